"""Upload mappings: which remote address a folder of delivery URLs stands for."""

import uuid

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.paging import page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.router import Endpoint


async def list_or_read(call: ApiCall) -> JSON:
    """All mappings, or with `folder` that one."""
    db = call.cloud.db
    if folder := call.params.text("folder"):
        row = await db.row("SELECT * FROM upload_mappings WHERE folder = ?", folder)
        if row is None:
            raise _missing(folder)
        return dict(row)
    cursor = call.params.text("next_cursor")
    limit = page_size(call.params)
    rows = await db.rows(
        "SELECT * FROM upload_mappings WHERE folder > ? ORDER BY folder LIMIT ?",
        read_cursor(cursor, str)[0] if cursor else "", limit + 1,
    )  # fmt: skip
    following = {"next_cursor": write_cursor(rows[limit - 1]["folder"])} if len(rows) > limit else {}
    total = await db.value("SELECT COUNT(*) FROM upload_mappings")
    return {"mappings": [dict(row) for row in rows[:limit]], "total_entries": total, **following}


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
        if not await tx.run("UPDATE upload_mappings SET template = ? WHERE folder = ?", template, folder):
            raise _missing(folder)
    return {"message": "updated", "folder": folder}


async def delete(call: ApiCall) -> JSON:
    """Remove a mapping."""
    folder = call.params.required("folder")
    async with call.cloud.db.change() as tx:
        if not await tx.run("DELETE FROM upload_mappings WHERE folder = ?", folder):
            raise _missing(folder)
    return {"message": "deleted"}


ENDPOINTS = [
    Endpoint("GET", "/upload_mappings", list_or_read),
    Endpoint("POST", "/upload_mappings", create),
    Endpoint("PUT", "/upload_mappings", update),
    Endpoint("DELETE", "/upload_mappings", delete),
]
