"""Backed-up versions of assets: kept at an upload, restored from, deleted."""

import json
from dataclasses import dataclass
from typing import Any

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.json_types import JSON

_STATE = ("version", "format", "bytes", "width", "height", "etag", "facts")


class NoBackup(Exception):
    """An asset has no backed-up version to restore."""


@dataclass(frozen=True, slots=True)
class BackedUpVersion:
    """One version of an asset's file. `state` holds what the asset says of this file, `time` is in unix seconds."""

    version_id: str
    time: int
    file: str
    state: JSON

    def listed(self) -> JSON:
        """As the details of its asset show it."""
        return {
            "version_id": self.version_id,
            "version": str(self.state["version"]),
            **({"format": self.state["format"]} if self.state["format"] else {}),
            "size": self.state["bytes"],
            "time": clock.stamp(self.time),
            "restorable": True,
        }


async def add_version(session: Session, asset: SandboxAsset) -> None:
    """Back up an asset's present file: it stays in the store for as long as this version is not deleted."""
    state = {name: getattr(asset, name) for name in _STATE}
    await session.run(
        "INSERT OR IGNORE INTO backups (asset, version_id, time, file, state) VALUES (?, ?, ?, ?, ?)",
        asset.seq, asset.version_id, clock.now(), asset.file, json.dumps(state),
    )  # fmt: skip


async def add_all_versions(session: Session) -> int:
    """Back up all assets whose present file is not backed up; how many those were."""
    missing = "NOT EXISTS (SELECT 1 FROM backups AS b WHERE b.asset = assets.seq AND b.version_id = assets.version_id)"
    found = await assets.select(session, Where().add(missing))
    for asset in found:
        asset.backup = True
        await assets.update(session, asset)
        await add_version(session, asset)
    return len(found)


async def versions(session: Session, asset: SandboxAsset) -> list[BackedUpVersion]:
    """The backed-up versions of an asset, the oldest first."""
    rows = await session.rows(
        "SELECT version_id, time, file, state FROM backups WHERE asset = ? ORDER BY seq", asset.seq
    )
    return [BackedUpVersion(row["version_id"], row["time"], row["file"], json.loads(row["state"])) for row in rows]


async def restore(session: Session, asset: SandboxAsset, version_id: str | None) -> list[str]:
    """Give an asset, deleted or not, the file of a version (None: the newest); the files that are free now.

    Tags, context and the like stay as they are, or were when it was deleted. An asset that is there stays as it is when
    no version is named. `NoBackup` when there is no such version.
    """
    known = await versions(session, asset)
    chosen = next((item for item in reversed(known) if version_id in (None, item.version_id)), None)
    if chosen is None:
        raise NoBackup
    if not asset.deleted and version_id in (None, asset.version_id):
        return []
    freed = await assets.delete_derived(session, await assets.derived_of(session, asset))
    if asset.file not in {item.file for item in known}:
        freed.append(asset.file)
    values: dict[str, Any] = dict(chosen.state)
    if chosen.version_id != asset.version_id:
        values["version"] = max(clock.now(), asset.version + 1)  # its URLs must not show what is cached of others
    for name, value in values.items():
        setattr(asset, name, value)
    asset.version_id, asset.file, asset.placeholder = chosen.version_id, chosen.file, False
    asset.extra.pop("analysis", None)
    await assets.update(session, asset)
    return freed


async def delete(session: Session, asset: SandboxAsset, wanted: list[str]) -> tuple[list[str], list[str]]:
    """Delete versions: the ids of those that were there, and the files that are free now.

    With the last version of a deleted asset also its placeholder goes.
    """
    known = await versions(session, asset)
    doomed = [item for item in known if item.version_id in wanted]
    for item in doomed:
        await session.run("DELETE FROM backups WHERE asset = ? AND version_id = ?", asset.seq, item.version_id)
    if len(doomed) == len(known):
        asset.backup = False
        if asset.deleted:
            await session.run("DELETE FROM assets WHERE seq = ?", asset.seq)
        else:
            await assets.update(session, asset)
    needed = {asset.file, *(item.file for item in known if item not in doomed)}
    return [item.version_id for item in doomed], [item.file for item in doomed if item.file not in needed]


async def delete_all(session: Session, asset: SandboxAsset) -> None:
    """Forget all versions of an asset; their files are the caller's to remove."""
    await session.run("DELETE FROM backups WHERE asset = ?", asset.seq)
