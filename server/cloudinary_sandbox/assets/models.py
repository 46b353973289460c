"""An asset as the sandbox keeps it, and the queries over assets and their derived files."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import not_found
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import parent_folder
from cloudinary_sandbox.core.paging import read_cursor, write_cursor


@dataclass(slots=True, kw_only=True)
class SandboxAsset:
    """One row of `assets`. Times are unix seconds.

    `facts` are the media module's facts about the file; `extra` holds what only some assets have: coordinates, headers,
    regions, analysis results, quality_override, last_updated.
    """

    seq: int = 0
    asset_id: str
    resource_type: str
    type: str
    public_id: str
    version: int
    version_id: str
    format: str | None
    bytes: int
    width: int | None
    height: int | None
    etag: str
    created_at: int
    uploaded_at: int
    asset_folder: str = ""
    display_name: str = ""
    original_filename: str | None = None
    access_mode: str = "public"
    backup: bool = False
    placeholder: bool = False
    file: str
    tags: list[str] = field(default_factory=list[str])
    context: dict[str, str] = field(default_factory=dict[str, str])
    metadata: JSON = field(default_factory=dict[str, Any])
    access_control: list[JSON] | None = None
    moderation: list[JSON] = field(default_factory=list[JSON])
    facts: JSON = field(default_factory=dict[str, Any])
    extra: JSON = field(default_factory=dict[str, Any])

    @property
    def deleted(self) -> bool:
        """Whether this is only the placeholder of a deleted asset, from whose backup it can be restored."""
        return self.placeholder and not self.bytes

    @property
    def folder(self) -> str:
        """The folder of a fixed-folder environment: the path of the public ID."""
        return parent_folder(self.public_id)

    @property
    def source(self) -> str:
        """The last part of a delivery URL: the public ID, with the format unless the public ID has it."""
        return self.public_id if self.resource_type == "raw" or not self.format else f"{self.public_id}.{self.format}"


@dataclass(slots=True, kw_only=True)
class DerivedFile:
    """One file made of an asset by a transformation.

    `request` tells apart what one transformation makes for different wanted formats. `serving` is what its delivery
    needs: content_type, attachment, approximations, vary_accept.
    """

    seq: int = 0
    id: str
    asset: int
    transformation: str
    request: str
    format: str
    bytes: int
    width: int | None
    height: int | None
    file: str
    created_at: int
    serving: JSON


def read_derived(row: sqlite3.Row) -> DerivedFile:
    """A derived file from its row."""
    values: JSON = dict(row)
    return DerivedFile(**{**values, "serving": json.loads(values["serving"])})


_COLUMNS = [item.name for item in fields(SandboxAsset)]
_JSON_COLUMNS = ("tags", "context", "metadata", "access_control", "moderation", "facts", "extra")
_FLAGS = ("backup", "placeholder")
_STORED = [name for name in _COLUMNS if name != "seq"]
_INSERT = f"INSERT INTO assets ({', '.join(_STORED)}) VALUES ({', '.join('?' * len(_STORED))})"  # noqa: S608 - own names
_UPDATE = f"UPDATE assets SET {', '.join(f'{name} = ?' for name in _STORED)} WHERE seq = ?"  # noqa: S608 - own names


def _asset(row: sqlite3.Row) -> SandboxAsset:
    values: JSON = {name: row[name] for name in _COLUMNS}
    for name in _JSON_COLUMNS:
        values[name] = None if values[name] is None else json.loads(values[name])
    for name in _FLAGS:
        values[name] = bool(values[name])
    return SandboxAsset(**values)


def _stored(asset: SandboxAsset) -> list[Any]:
    values: list[Any] = []
    for name in _STORED:
        value = getattr(asset, name)
        values.append(json.dumps(value) if name in _JSON_COLUMNS and value is not None else value)
    return values


async def find(
    session: Session, resource_type: str, kind: str, public_id: str, *, deleted: bool = False
) -> SandboxAsset | None:
    """The asset with this resource type, delivery type and public ID; `deleted`: also one that is deleted."""
    row = await session.row(
        "SELECT * FROM assets WHERE resource_type = ? AND type = ? AND public_id = ?", resource_type, kind, public_id
    )
    return _asset(row) if row and (deleted or row["bytes"]) else None


async def find_by_id(session: Session, asset_id: str, *, deleted: bool = False) -> SandboxAsset | None:
    """The asset with this asset_id; with `deleted` also the placeholder of a deleted one."""
    row = await session.row("SELECT * FROM assets WHERE asset_id = ?", asset_id)
    return _asset(row) if row and (deleted or row["bytes"]) else None


async def select(
    session: Session, where: Where, limit: int = -1, order: str = "seq", *, deleted: bool = False
) -> list[SandboxAsset]:
    """All assets that meet the conditions; with `deleted` also the placeholders of deleted ones."""
    alive = "" if deleted else "bytes > 0 AND "
    sql = f"SELECT * FROM assets WHERE {alive}{where.sql} ORDER BY {order} LIMIT ?"  # noqa: S608 - our own text
    return [_asset(row) for row in await session.rows(sql, *where.values, limit)]


async def insert(session: Session, asset: SandboxAsset) -> None:
    """Store a new asset and give it its `seq`."""
    await session.run(_INSERT, *_stored(asset))
    asset.seq = await session.value("SELECT last_insert_rowid()")


async def update(session: Session, asset: SandboxAsset) -> None:
    """Store an asset's present state."""
    await session.run(_UPDATE, *_stored(asset), asset.seq)


async def derived_of(session: Session, asset: SandboxAsset, after: int = 0, limit: int = -1) -> list[DerivedFile]:
    """What was derived of an asset, the oldest first, from behind the row number `after`."""
    sql = "SELECT * FROM derived WHERE asset = ? AND seq > ? ORDER BY seq LIMIT ?"
    return [read_derived(row) for row in await session.rows(sql, asset.seq, after, limit)]


async def delete_derived(session: Session, found: Sequence[DerivedFile]) -> list[str]:
    """Delete derived files; the names of the files that are free now."""
    for item in found:
        await session.run("DELETE FROM derived WHERE seq = ?", item.seq)
    return [item.file for item in found]


async def page(
    session: Session, where: Where, *, key: str, descending: bool, limit: int, cursor: str | None, key_type: type = int
) -> tuple[list[SandboxAsset], str | None]:
    """One page of assets ordered by `key` (then by age), and the cursor of the next one if there is more."""
    where = Where(list(where.conditions), list(where.values))
    if cursor:
        where.add(f"({key}, seq) {'<' if descending else '>'} (?, ?)", *read_cursor(cursor, key_type, int))
    way = "DESC" if descending else "ASC"
    found = await select(session, where, limit + 1, f"{key} {way}, seq {way}")
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], write_cursor(getattr(last, key), last.seq)


def one(found: SandboxAsset | None, identifier: str) -> SandboxAsset:
    """The asset that was found, or the 404 that names what was looked for."""
    if found is None:
        raise not_found(identifier)
    return found
