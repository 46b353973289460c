"""Upload mappings: which remote address a folder of delivery URLs stands for."""

import sqlite3
import uuid
from typing import cast

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.paging import page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_tools.json_types import is_object


async def list_or_read(call: ApiCall) -> JSON:
    """All mappings, or with `folder` that one."""
    db = call.cloud.db
    if folder := call.params.text("folder"):
        row = await db.row("SELECT * FROM upload_mappings WHERE folder = ?", folder)
        if row is None:
            raise _missing(folder)
        return _shown(row)
    cursor = call.params.text("next_cursor")
    limit = page_size(call.params)
    rows = await db.rows(
        "SELECT * FROM upload_mappings WHERE folder > ? ORDER BY folder LIMIT ?",
        read_cursor(cursor, str)[0] if cursor else "", limit + 1,
    )  # fmt: skip
    following = {"next_cursor": write_cursor(rows[limit - 1]["folder"])} if len(rows) > limit else {}
    total = await db.value("SELECT COUNT(*) FROM upload_mappings")
    return {"mappings": [_shown(row) for row in rows[:limit]], "total_entries": total, **following}


def _shown(row: sqlite3.Row) -> JSON:
    # The preset of a mapping can be chosen in Cloudinary's console only: no parameter of the API names it.
    return {**dict(row), "upload_preset_name": None}


async def _external_id(tx: Session, folder: str) -> str:
    external_id = await tx.value("SELECT external_id FROM upload_mappings WHERE folder = ?", folder)
    if external_id is None:
        raise _missing(folder)
    return external_id


def _missing(folder: str) -> ApiError:
    return ApiError(404, f"Can't find upload mapping with folder {folder}")


async def create(call: ApiCall) -> JSON:
    """Map a folder."""
    folder, template = call.params.required("folder"), call.params.required("template")
    external_id = uuid.uuid4().hex
    async with call.cloud.db.change() as tx:
        made = await tx.run("INSERT OR IGNORE INTO upload_mappings VALUES (?, ?, ?)", folder, template, external_id)
    if not made:
        raise ApiError(409, f"Upload mapping with folder {folder} already exists")
    return {"message": "created", "folder": folder, "external_id": external_id}


async def update(call: ApiCall) -> JSON:
    """Map a folder to another address."""
    folder, template = call.params.required("folder"), call.params.required("template")
    async with call.cloud.db.change() as tx:
        external_id = await _external_id(tx, folder)
        await tx.run("UPDATE upload_mappings SET template = ? WHERE folder = ?", template, folder)
    return {"message": "updated", "external_id": external_id}


async def replace(call: ApiCall) -> JSON:
    """Put other mappings in the place of all there are; those of a folder that stays keep their external id."""
    given: object = call.params.json("mappings")
    if not isinstance(given, list):
        raise missing_parameter("mappings")
    wanted: dict[str, str] = {}
    for item in cast("list[object]", given):
        mapping = Params(item if is_object(item) else {})
        wanted[mapping.required("folder")] = mapping.required("template")
    async with call.cloud.db.change() as tx:
        known = {row["folder"]: row["external_id"] for row in await tx.rows("SELECT * FROM upload_mappings")}
        await tx.run("DELETE FROM upload_mappings")
        rows = [(folder, template, known.get(folder) or uuid.uuid4().hex) for folder, template in wanted.items()]
        await tx.run_many("INSERT INTO upload_mappings (folder, template, external_id) VALUES (?, ?, ?)", rows)
    return {"message": "updated"}


async def delete(call: ApiCall) -> JSON:
    """Remove a mapping."""
    folder = call.params.required("folder")
    async with call.cloud.db.change() as tx:
        external_id = await _external_id(tx, folder)
        await tx.run("DELETE FROM upload_mappings WHERE folder = ?", folder)
    return {"message": "deleted", "external_id": external_id}


ENDPOINTS = [
    Endpoint("GET", "/upload_mappings", list_or_read),
    Endpoint("POST", "/upload_mappings", create),
    Endpoint("PUT", "/upload_mappings", update),
    Endpoint("DELETE", "/upload_mappings", delete),
    Endpoint("PUT", "/upload_mappings/replace", replace),
]
