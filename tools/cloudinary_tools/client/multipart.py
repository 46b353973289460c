"""A multipart form whose file part is streamed, with progress; httpx's own reads files without yielding to the loop."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from secrets import token_hex

from cloudinary_tools.client.sources import OpenedSource

PIECE = 256 * 1024
"""Bytes of a file that are in memory at a time."""

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})

Sent = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """A range of a source: `length` bytes from `start`."""

    source: OpenedSource
    start: int
    length: int


class MultipartBody:
    """The body of a multipart request; `length` is known before the first byte.

    Names and file names are quoted UTF-8 as browsers send them (WHATWG): Cloudinary does not see a field whose name is
    unquoted. `sent` is awaited with the position in the source that has gone out.
    """

    def __init__(self, fields: Sequence[tuple[str, str]], file: Part | None = None, sent: Sent | None = None) -> None:
        boundary = token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
            for name, value in fields
        )
        if file:
            head += (
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
                f'filename="{_quoted(_valid(file.source.filename))}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            )
        self._head = head.encode()
        self._tail = ("\r\n" if file else "").encode() + f"--{boundary}--\r\n".encode()
        self._file = file
        self._sent = sent
        self.length = len(self._head) + (file.length if file else 0) + len(self._tail)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        if self._file:
            position, end = self._file.start, self._file.start + self._file.length
            while position < end:
                piece = await self._file.source.read(position, min(PIECE, end - position))
                yield piece
                position += len(piece)
                if self._sent:
                    await self._sent(position)
        yield self._tail


def _quoted(name: str) -> str:
    return name.translate(_QUOTED)


def _valid(filename: str) -> str:
    """A file name without the bytes that are no text (file systems allow them)."""
    return filename.encode(errors="replace").decode()
