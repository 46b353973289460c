"""The pipes of a stdio server on the event loop, where the SDK's own hand every line to a worker thread.

A thread for each read, write and flush costs more than the rest of a short call. Pipes and sockets need none; what is
neither (a file, a terminal, anything on Windows) is left to the SDK.
"""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

LONGEST_LINE = 32 * 1024 * 1024
"""Bytes of one message: room for a picture as a data URI. A longer one is no message, and is answered as such."""


class LineReader:
    """The lines that come in, as text; half characters become U+FFFD."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def __aiter__(self) -> AsyncIterator[str]:
        """Each line until the other end closes."""
        while True:
            try:
                line = await self._reader.readline()
            except ValueError:  # longer than may be: what was read of it is dropped, which leaves no JSON
                line = b"\n"
            if not line:
                return
            yield line.decode("utf-8", "replace")


class LineWriter(asyncio.BaseProtocol):
    """Where the answers go. A reader that does not keep up holds back the writer; one that is gone ends the server."""

    def __init__(self, incoming: asyncio.StreamReader) -> None:
        self._incoming = incoming
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The pipe is open."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody reads any more: no further request is taken."""
        self._transport = None
        self._may_write.set()
        self._incoming.feed_eof()

    def pause_writing(self) -> None:
        """The pipe is full."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """The pipe has room again."""
        self._may_write.set()

    async def write(self, text: str) -> None:
        """Send text; what nobody reads any more is dropped."""
        if self._transport:
            self._transport.write(text.encode())

    async def flush(self) -> None:
        """Wait until the other end has taken enough."""
        await self._may_write.wait()


@asynccontextmanager
async def pipes() -> AsyncGenerator[tuple[LineReader, LineWriter] | tuple[None, None]]:
    """Take over stdin and stdout for the protocol where both are pipes or sockets; else `(None, None)`.

    Meanwhile file descriptor 0 is the null device and 1 is stderr, so that nothing else gets between the messages.
    """
    if not _are_pipes():
        yield None, None
        return
    loop = asyncio.get_running_loop()
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    read_end, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(incoming, "rb", buffering=0)
    )
    write_end, writer = await loop.connect_write_pipe(
        lambda: LineWriter(reader), os.fdopen(os.dup(outgoing), "wb", buffering=0)
    )
    try:
        yield LineReader(reader), writer
    finally:
        os.dup2(outgoing, 1)
        os.close(outgoing)
        read_end.close()
        write_end.close()


def _are_pipes() -> bool:
    """Whether both are pipes or sockets, and stdout is not stderr too, which would then no longer wait for room."""
    if sys.platform == "win32":
        return False
    try:
        kinds = [os.fstat(fd) for fd in (0, 1, 2)]
    except OSError:
        return False
    piped = all(stat.S_ISFIFO(kind.st_mode) or stat.S_ISSOCK(kind.st_mode) for kind in kinds[:2])
    return piped and (kinds[1].st_dev, kinds[1].st_ino) != (kinds[2].st_dev, kinds[2].st_ino)
