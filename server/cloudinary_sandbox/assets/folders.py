"""Folders: kept as rows in dynamic mode, and in fixed mode also implied by the public IDs."""

import uuid
from dataclasses import dataclass

from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.conditions import starts_with
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import ancestors, last_segment, parent_folder


@dataclass(frozen=True)
class Folder:
    """One folder."""

    path: str
    external_id: str
    created_at: int

    def listed(self) -> JSON:
        """As a listing shows it."""
        return {"name": last_segment(self.path), "path": self.path, "external_id": self.external_id}


def folder_of(cloud: SandboxCloud, asset: SandboxAsset) -> str:
    """The path of the folder that an asset is in."""
    return asset.asset_folder if cloud.dynamic_folders else asset.folder


async def ensure_folders(session: Session, path: str) -> None:
    """Make a folder and those above it, where they are missing."""
    rows = [(folder, uuid.uuid4().hex, clock.now()) for folder in ancestors(path)]
    await session.run_many("INSERT OR IGNORE INTO folders (path, external_id, created_at) VALUES (?, ?, ?)", rows)


async def all_folders(session: Session) -> dict[str, Folder]:
    """Every folder by its path."""
    return {row["path"]: Folder(**dict(row)) for row in await session.rows("SELECT * FROM folders")}


def children(found: dict[str, Folder], path: str) -> list[Folder]:
    """The folders directly in one (the root is ""), by name."""
    inside = [folder for folder in found.values() if parent_folder(folder.path) == path]
    return sorted(inside, key=lambda folder: folder.path)


def descendants(found: dict[str, Folder], path: str) -> list[Folder]:
    """A folder and all folders below it, by path."""
    inside = [folder for folder in found.values() if folder.path == path or folder.path.startswith(f"{path}/")]
    return sorted(inside, key=lambda folder: folder.path)


async def has_assets(cloud: SandboxCloud, session: Session, path: str, *, deleted: bool) -> bool:
    """Whether the folder or one below it holds assets; with `deleted` also deleted ones with a backup count."""
    column = "asset_folder" if cloud.dynamic_folders else "public_id"
    condition, low, high = starts_with(column, f"{path}/")
    alive = "" if deleted else "bytes > 0 AND "
    sql = f"SELECT 1 FROM assets WHERE {alive}({column} = ? OR ({condition})) LIMIT 1"  # noqa: S608 - own names
    return bool(await session.value(sql, path if cloud.dynamic_folders else "\0", low, high))
