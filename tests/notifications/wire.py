"""A process that serves, and raw requests to it: cheaper than a client library, and free to break the rules."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Self

from tests.notifications.helpers import WEBHOOK, signed


class Served:
    """`async with Served(folder=…, port=…)`: tests.notifications.serve in a process; killed at the end."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self.port = 0

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.notifications.serve", json.dumps(self._options), stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout
        self.port = int(await self.process.stdout.readline())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()


def request(
    body: bytes, headers: Mapping[str, str] | None = None, path: str = WEBHOOK, length: int | None = None
) -> bytes:
    """One POST as bytes; good headers by default, and a content length that may lie."""
    headers = signed(body) if headers is None else headers
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Connection:
    """A kept-alive connection. `send` returns the status, or None when the server hung up instead of answering."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, raw: bytes) -> int | None:
        try:
            self._writer.write(raw)
            head = await self._reader.readuntil(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    await self._reader.readexactly(int(line.partition(b":")[2]))
            return int(head.split(b" ", 2)[1])
        except (OSError, asyncio.IncompleteReadError):
            return None


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncGenerator[Connection, None]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
