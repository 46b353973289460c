"""Copies of originals that are about to go, in the data folder."""

import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

import anyio
import anyio.to_thread

from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.delivery.urls.api_downloads import asset_download_url
from cloudinary_tools.toolkit.concurrency import each
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.results import Problem, size, visible

FOLDER = "kept"
GOES = ("delete", "overwrite")
"""Operations after which an original is no more."""
FOR = 600
"""Seconds for which the address of an original is valid."""

Keep = Callable[[Sequence[Change]], Awaitable[Mapping[str, str]]]
"""Keeps what these changes destroy; the files by key. A `Problem` when one cannot be kept."""


class KeptFiles:
    """Originals of up to `most` bytes, each in a file of its own that only this user may read; 0 keeps none."""

    def __init__(self, data_dir: Path, most: int) -> None:
        self.folder = data_dir / FOLDER
        self.most = most

    def wanted(self, changes: Iterable[Change]) -> list[Change]:
        """The changes after which an original without a backup would be lost, and that is not too large."""
        return [change for change in changes if self._goes(change)]

    def keeping(self, client: CloudinaryClient) -> Keep:
        """What downloads the originals of a cloud before they go."""

        async def keep(changes: Sequence[Change]) -> Mapping[str, str]:
            async def one(change: Change) -> str:
                asset_id = str((change.before or {})["asset_id"])
                url = asset_download_url(client.config, asset_id, attachment=True, expires_at=int(time.time()) + FOR)
                file = await client.fetch(url, max_bytes=self.most)
                return await anyio.to_thread.run_sync(self._write, file.data)

            work = await each(self.wanted(changes), one)
            kept = {change.key: name for change, name in work.done}
            lacking = [change for change, _ in work.failed] + work.unsure + work.rest
            if lacking:
                await anyio.to_thread.run_sync(self.remove, kept.values())
                why = work.stopped or work.failed[0][1]
                raise Problem(
                    f"No copy of {visible(lacking[0].label)} could be kept ({why}); nothing was deleted.",
                    hint="Try again, or start the server without --keep-deleted.",
                )
            return kept

        return keep

    def read(self, name: str) -> bytes | None:
        """A copy, whole; None when it is gone."""
        try:
            return self._path(name).read_bytes()
        except OSError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        """Remove copies; one that is gone is no error."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def __len__(self) -> int:
        """Bytes of all copies."""
        return sum(path.stat().st_size for path in self.folder.glob("*.original")) if self.folder.exists() else 0

    def _goes(self, change: Change) -> bool:
        before = change.before or {}
        known = change.kind == "asset" and "asset_id" in before and not before.get("backup")
        return known and change.operation in GOES and before.get("bytes", 0) <= self.most

    def _path(self, name: str) -> Path:
        return self.folder / Path(name).name

    def _write(self, data: bytes) -> str:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{secrets.token_hex(12)}.original"
        try:
            file = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            (self.folder / name).unlink(missing_ok=True)
            raise Problem(f"{size(len(data))} cannot be kept: {error.strerror}; nothing was deleted.") from error
        return name
