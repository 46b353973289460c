"""The local files a tool may read: only within allowed folders, never hidden ones unless named."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cloudinary_tools.results import Problem, visible


class LocalFiles:
    """Reading within `allowed`. Symlinks are resolved first; hidden files and folders count only if named there."""

    def __init__(self, allowed: Sequence[Path]) -> None:
        self._allowed = [Path(os.path.realpath(folder)) for folder in allowed]

    def readable(self, source: str) -> Path:
        """The real path of a local file given as a path, with `~`, or as a file:// URL."""
        if not self._allowed:
            raise Problem(
                "This server may read no local folder.",
                hint="Start it with --allow-dir FOLDER (or CLOUDINARY_MCP_ALLOW_DIR), or give a URL or data URI.",
            )
        path = Path(os.path.realpath(_as_path(source)))
        root = next((folder for folder in self._allowed if path.is_relative_to(folder)), None)
        if root is None:
            folders = ", ".join(str(folder) for folder in self._allowed)
            raise Problem(
                f"{visible(source)} is not in an allowed folder. Allowed: {folders}.",
                hint="Start the server with --allow-dir for its folder, or move the file.",
            )
        if any(part.startswith(".") for part in path.relative_to(root).parts):
            raise Problem(f"{visible(source)} is hidden, or in a hidden folder; hidden files are not uploaded.")
        if not path.exists():
            raise Problem(f"There is no file {visible(source)}.", hint=_nearby(path))
        if not path.is_file():
            raise Problem(f"{visible(source)} is no file.", hint=_nearby(path / "x"))
        return path


class NoFiles:
    """Over HTTP there are no local files: client and server may be different machines."""

    def readable(self, source: str) -> Path:
        """Always a `Problem`."""
        raise Problem(
            "A server reached over HTTP reads no local files.", hint="Give an http(s) URL or a data URI as the source."
        )


def _as_path(source: str) -> Path:
    if source.lower().startswith("file:"):
        parts = urlsplit(source)
        if parts.netloc not in ("", "localhost"):
            raise Problem(f"{visible(source)} names another machine; give file:///path/on/this/machine.")
        return Path(unquote(parts.path))
    path = Path(source).expanduser()
    if not path.is_absolute():
        raise Problem(f"{visible(source)} is neither a URL nor an absolute path.", hint="Give the whole path, or ~/…")
    return path


def _nearby(path: Path) -> str | None:
    """A few names that are there instead."""
    if not path.parent.is_dir():
        return None
    names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file() and not entry.name.startswith("."))
    return f"That folder has: {', '.join(map(visible, names[:8]))}{', …' if len(names) > 8 else ''}." if names else None
