"""The sandbox's folder of files. Names are random; nothing a client says ever becomes part of a path."""

import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from anyio import to_thread

_NAME_LENGTH = 32


class FileStore:
    """Stored files under `files/`, half-made ones under `incoming/` of the data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._files = data_dir / "files"
        self._incoming = data_dir / "incoming"
        for folder in (self._files, self._incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def workdir(self) -> Path:
        """The folder of unfinished files."""
        return self._incoming

    def path(self, name: str) -> Path:
        """Where the stored file with this name lies."""
        if len(name) != _NAME_LENGTH or not name.isalnum():
            raise ValueError("not the name of a stored file")
        return self._files / name[:2] / name

    def incoming(self, suffix: str = "") -> Path:
        """A fresh path for a file that is still being written."""
        return self._incoming / f"{uuid.uuid4().hex}{suffix}"

    async def store_file(self, path: Path) -> str:
        """Move a finished file into the store, and return its new name."""
        name = uuid.uuid4().hex

        def move() -> None:
            target = self.path(name)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            path.replace(target)

        await to_thread.run_sync(move)
        return name

    async def drop(self, names: Iterable[str]) -> None:
        """Remove stored files; the ones that are gone already do not matter."""
        paths = [self.path(name) for name in names if name]
        if paths:
            await to_thread.run_sync(lambda: [path.unlink(missing_ok=True) for path in paths])

    async def discard(self, *paths: Path | None) -> None:
        """Remove unfinished files."""
        doomed = [path for path in paths if path is not None]
        if doomed:
            await to_thread.run_sync(lambda: [path.unlink(missing_ok=True) for path in doomed])

    async def sweep(self, known: set[str]) -> None:
        """Remove what a crash left behind: everything half-made, and stored files that no row names."""

        def clean() -> None:
            for path in self._incoming.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            for path in self._files.glob("*/*"):
                if path.name not in known:
                    path.unlink()

        await to_thread.run_sync(clean)
