"""What can be uploaded: a local file, bytes at hand, or an address that Cloudinary fetches itself."""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import anyio.to_thread

from cloudinary_tools.client.errors import InvalidValue, TooLarge

MAX_DATA_URI = 62_910_000
"""Characters of the longest data URI."""

_REMOTE = re.compile(r"(https?|ftp)://[^\s/]|(s3|gs)://[^\s/]|data:[^,]{0,200};base64,", re.IGNORECASE)


_OPENING = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes to would block for ever
)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Windows has no such flag; there a link that took the file's place is told by the identity of what was opened."""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file it is, and in which state: what was looked at is what is sent, or nothing is."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        """The identity of what `os.stat` or `os.fstat` saw."""
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A local file, streamed. `filename` is what Cloudinary is told, by default the file's own name.

    With an `identity` only that very file is sent, unchanged, and `path` must not be a link.
    """

    path: Path
    filename: str | None = None
    identity: FileIdentity | None = None


def open_regular(path: Path, identity: FileIdentity | None = None) -> tuple[BinaryIO, FileIdentity]:
    """Open a file to read; what is judged is what was opened. Blocks.

    Raises OSError for what cannot be read, is no regular file (a folder, pipe or device), or is not `identity` any
    more. With an `identity` a symbolic link is not followed.
    """
    descriptor = os.open(path, _OPENING | (_NO_LINK if identity else 0))
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "not a file")
        opened = FileIdentity.of(found)
        if identity not in (None, opened):
            raise OSError(0, "it was changed or replaced since it was looked at")
        return os.fdopen(descriptor, "rb"), opened
    except BaseException:
        os.close(descriptor)
        raise


@dataclass(frozen=True, slots=True)
class BytesSource:
    """Bytes that are in memory already."""

    data: bytes = field(repr=False)
    filename: str = "file"


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """An http(s), ftp, s3 or gs address, or a base64 data URI; not shown in `repr`, it may carry a token."""

    url: str = field(repr=False)

    def checked(self) -> str:
        """The address, if Cloudinary can fetch it; else an `InvalidValue` or `TooLarge`."""
        if not _REMOTE.match(self.url):
            raise InvalidValue(
                "the source is no address that Cloudinary fetches",
                hint="Give an http, https, ftp, s3 or gs address, or a data: URI in base64.",
            )
        if self.url[:5].lower() == "data:" and len(self.url) > MAX_DATA_URI:
            raise TooLarge(
                f"the data URI has {len(self.url)} characters, {MAX_DATA_URI} are allowed",
                size=len(self.url),
                maximum=MAX_DATA_URI,
            )
        return self.url


Source = FileSource | BytesSource | RemoteSource


class OpenedSource:
    """A source ready to be read from anywhere, more than once; a context manager that closes its file."""

    def __init__(self, filename: str, size: int, data: bytes = b"", file: BinaryIO | None = None) -> None:
        self.filename = filename
        self.size = size
        self._data = data
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    async def read(self, offset: int, count: int) -> bytes:
        """At most `count` bytes from `offset`, without blocking the loop; an `InvalidValue` when there are none."""
        if self._file is None:
            return self._data[offset : offset + count]
        try:
            data = await anyio.to_thread.run_sync(_read_at, self._file, offset, count)
        except OSError as error:
            raise InvalidValue(f"cannot read {self.filename!r}: {error.strerror or 'not readable'}") from None
        if not data:
            raise InvalidValue(
                f"{self.filename!r} became shorter while it was sent",
                hint="Upload it again once nothing writes to it; the upload was cut off.",
            )
        return data


async def open_source(source: FileSource | BytesSource) -> OpenedSource:
    """Open a source for reading; use the result in a `with`. `InvalidValue` when it cannot be read or is empty."""
    if isinstance(source, BytesSource):
        opened = OpenedSource(source.filename, len(source.data), data=source.data)
    else:
        name = source.filename or source.path.name
        try:
            file, found = await anyio.to_thread.run_sync(open_regular, source.path, source.identity)
        except OSError as error:
            raise InvalidValue(f"cannot read {name!r}: {error.strerror or 'not readable'}") from None
        opened = OpenedSource(name, found.size, file=file)
    if not opened.size:
        with opened:
            raise InvalidValue(f"{opened.filename!r} is empty")
    return opened


def _read_at(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)
