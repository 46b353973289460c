"""The local files a tool may read and write: only within allowed folders, never hidden ones unless named."""

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cloudinary_tools.client import FileIdentity, open_regular
from cloudinary_tools.toolkit.results import Problem, size, visible

MAX_NAME = 255
"""Bytes of one name in a path that every common file system takes."""

MOST_FILES = 20_000
"""Files of a folder or pattern that are looked at; one call uploads far fewer."""


class LocalFiles:
    """Checks each path that a tool is given: reading only below the `allowed` folders, writing only below `downloads`.

    Symlinks are resolved before a path is judged. A file or folder whose name begins with a dot is refused, unless it
    is one of the allowed folders itself. Each method raises a `Problem` that says which flag would allow it.
    """

    def __init__(self, allowed: Sequence[Path], downloads: Path | None = None, *, never_replace: bool = False) -> None:
        self._allowed = [Path(os.path.realpath(folder)) for folder in allowed]
        self._downloads = Path(os.path.realpath(downloads)) if downloads else None
        self._never_replace = never_replace

    def readable(self, source: str) -> Path:
        """The real path of a local file given as a path, with `~`, or as a file:// URL."""
        path = self._within(source, _as_path(source))
        if not os.path.exists(path):  # noqa: PTH110 - of a name that cannot be, Path.exists() raises
            raise Problem(f"There is no file {visible(source)}.", hint=_nearby(path))
        if not path.is_file():
            raise Problem(f"{visible(source)} is no file.", hint=_nearby(path / "x"))
        if not os.access(path, os.R_OK):
            raise Problem(f"This server may not read {visible(source)}: its permissions do not let it.")
        return path

    def content(self, source: str, most: int) -> tuple[bytes, Path]:
        """All of a file of at most `most` bytes, and its real path. Its size is looked at before it is read.

        The file is opened once and what was opened is judged, so a pipe or a link that takes its place is refused.
        """
        path = self.readable(source)
        try:
            seen = FileIdentity.of(path.lstat())
            if seen.size > most:
                raise Problem(f"{visible(source)} has {size(seen.size)}; {size(most)} are read.", hint="Split it.")
            file, _ = open_regular(path, seen)
            with file:
                content = file.read(most + 1)
        except OSError as error:
            raise Problem(f"{visible(source)} cannot be read: {error.strerror}.") from None
        if len(content) != seen.size:  # what /proc and the like make up as it is read
            raise Problem(f"{visible(source)} is no file of a fixed size; it is not read.")
        return content, path

    def several(self, source: str) -> list[tuple[Path, str]]:
        """The files of a folder and its subfolders, or of a glob (`**` spans folders), or one file, in order.

        Each as its real path and its path below the folder. Hidden files and links that lead out are left out.
        """
        given = _as_path(source)
        if glob.has_magic(str(given)):
            fixed = next(number for number, part in enumerate(given.parts) if glob.has_magic(part))
            base, pattern = Path(*given.parts[:fixed]), str(Path(*given.parts[fixed:]))
            base = self._within(source, base)
            try:
                found = list(islice(base.glob(pattern), MOST_FILES + 1))
            except ValueError as error:
                raise Problem(f"{visible(source)} is no pattern of file names: {error}.") from None
        else:
            base = self._within(source, given)
            if not base.is_dir():
                return [(self.readable(source), base.name)]
            found = list(islice(_walk(base), MOST_FILES + 1))
        if len(found) > MOST_FILES:
            raise Problem(f"{visible(source)} holds more than {MOST_FILES:,} files.", hint="Name a folder below it.")
        return sorted(
            (Path(os.path.realpath(path)), path.relative_to(base).as_posix())
            for path in found
            if os.path.isfile(path)  # noqa: PTH113 - the same
            and self._inside(Path(os.path.realpath(path)))
        )

    def writable(self, name: str, *, overwrite: bool = False) -> Path:
        """The real path below the download folder for a file of that name; an existing file needs `overwrite`."""
        if self._downloads is None:
            raise Problem(
                "This server may write no local file.",
                hint="Start it with --download-dir FOLDER (or CLOUDINARY_MCP_DOWNLOAD_DIR), or ask for a URL.",
            )
        if "\0" in name or any(len(os.fsencode(part)) > MAX_NAME for part in Path(name).parts):
            raise Problem(f"{visible(name)} cannot be the name of a file; nothing was written.")
        path = Path(os.path.realpath(self._downloads / name))
        if path == self._downloads or not path.is_relative_to(self._downloads):
            raise Problem(f"{visible(name)} is not in the download folder {self._downloads}; nothing was written.")
        if any(part.startswith(".") for part in path.relative_to(self._downloads).parts):
            raise Problem(f"{visible(name)} would be hidden, or in a hidden folder; nothing was written.")
        if self._never_replace and overwrite and path.exists():
            raise Problem(
                f"{visible(name)} exists, and a read-only server replaces no file; nothing was written.",
                hint="Choose another name.",
            )
        if path.is_dir() or (path.exists() and not overwrite):
            raise Problem(
                f"{visible(name)} exists in the download folder; nothing was written.",
                hint=None if path.is_dir() else "Choose another name, or give overwrite=true.",
            )
        return path

    def _within(self, source: str, given: Path) -> Path:
        """The real path, if it is below an allowed folder and not hidden there."""
        if not self._allowed:
            raise Problem(
                "This server may read no local folder.",
                hint="Start it with --allow-dir FOLDER (or CLOUDINARY_MCP_ALLOW_DIR), or give a URL or data URI.",
            )
        path = Path(os.path.realpath(given))
        root = self._root(path)
        if root is None:
            folders = ", ".join(str(folder) for folder in self._allowed)
            raise Problem(
                f"{visible(source)} is not in an allowed folder. Allowed: {folders}.",
                hint="Start the server with --allow-dir for its folder, or move the file.",
            )
        if not self._inside(path):
            raise Problem(f"{visible(source)} is hidden, or in a hidden folder; hidden files are not uploaded.")
        return path

    def _root(self, path: Path) -> Path | None:
        return next((folder for folder in self._allowed if path.is_relative_to(folder)), None)

    def _inside(self, path: Path) -> bool:
        root = self._root(path)
        return root is not None and not any(part.startswith(".") for part in path.relative_to(root).parts)


class NoLocalFiles:
    """Refuses every local file: over HTTP, client and server may be different machines."""

    def readable(self, source: str) -> Path:
        """Always a `Problem`."""
        raise Problem(
            "A server reached over HTTP reads no local files.", hint="Give an http(s) URL or a data URI as the source."
        )

    def content(self, source: str, most: int) -> tuple[bytes, Path]:
        """Always a `Problem`."""
        return b"", self.readable(source)

    def several(self, source: str) -> list[tuple[Path, str]]:
        """Always a `Problem`."""
        return [(self.readable(source), source)]

    def writable(self, name: str, *, overwrite: bool = False) -> Path:
        """Always a `Problem`."""
        raise Problem("A server reached over HTTP writes no local files.", hint="Ask for a URL instead.")


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names if not name.startswith("."))


def _as_path(source: str) -> Path:
    try:
        path = _of_url(source) if source.lower().startswith("file:") else Path(source).expanduser()
    except (ValueError, RuntimeError):  # brackets of no address, the home of nobody
        path = Path("\0")
    if "\0" in str(path):
        raise Problem(f"{visible(source)} cannot be the path of a file.", hint="Give the whole path, or ~/…")
    if not path.is_absolute():
        raise Problem(f"{visible(source)} is neither a URL nor an absolute path.", hint="Give the whole path, or ~/…")
    return path


def _of_url(source: str) -> Path:
    parts = urlsplit(source)
    if parts.netloc not in ("", "localhost"):
        raise Problem(f"{visible(source)} names another machine; give file:///path/on/this/machine.")
    return Path(url2pathname(parts.path))


def _nearby(path: Path) -> str | None:
    """A few names that are there instead."""
    names: list[str] = []
    with suppress(OSError):
        names = sorted(
            entry.name for entry in path.parent.iterdir() if entry.is_file() and not entry.name.startswith(".")
        )
    return f"That folder has: {', '.join(map(visible, names[:8]))}{', …' if len(names) > 8 else ''}." if names else None
