"""Backups: restoring assets, downloading and deleting versions, backing up what is there."""

import secrets

from starlette.responses import Response

from cloudinary_sandbox.assets import change_notifications, replies
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.file_responses import send_file
from cloudinary_sandbox.assets.folders import ensure_folders, folder_of
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.unsupported_params import refuse_missing_parts
from cloudinary_sandbox.backups import models as backups
from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, bad_request, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import last_segment
from cloudinary_sandbox.core.paging import page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.router import Endpoint

_MAX_IDS = 100


async def restore(call: ApiCall) -> JSON:
    """Restore assets by their public IDs."""
    return await _restore(call, "public_ids")


async def restore_by_asset_ids(call: ApiCall) -> JSON:
    """Restore assets by their asset_ids."""
    return await _restore(call, "asset_ids")


async def _restore(call: ApiCall, key: str) -> JSON:
    refuse_missing_parts(call.params)
    ids = call.params.many(key, _MAX_IDS)
    if not ids:
        raise missing_parameter(key)
    wanted: list[str | None] = [*call.params.many("versions")]
    if wanted and len(wanted) != len(ids):
        raise bad_request(f"versions must have as many entries as {key}: {len(ids)}")
    reply: JSON = {}
    freed: list[str] = []
    async with call.cloud.db.change() as tx:
        for name, version_id in zip(ids, wanted or [None] * len(ids), strict=True):
            asset = await _find(call, tx, key, name)
            try:
                if asset is None:
                    raise backups.NoBackup
                freed += await backups.restore(tx, asset, version_id)
            except backups.NoBackup:
                reply[name] = {"error": "no_backup"}
                continue
            await ensure_folders(tx, folder_of(call.cloud, asset))
            reply[name] = replies.listed(call.cloud, asset)
    await call.cloud.files.drop(freed)
    restored = [entry for entry in reply.values() if "error" not in entry]
    await call.notify(*(change_notifications.outcome("restore_asset_version", entry) for entry in restored))
    return reply


async def _find(call: ApiCall, session: Session, key: str, name: str) -> SandboxAsset | None:
    if key == "asset_ids":
        return await assets.find_by_id(session, name, deleted=True)
    return await assets.find(session, call.resource_type, call.path["type"], name, deleted=True)


async def _by_id(session: Session, asset_id: str) -> SandboxAsset:
    return assets.one(await assets.find_by_id(session, asset_id, deleted=True), asset_id)


async def download(call: ApiCall) -> Response:
    """One backed-up version of an asset, also of a deleted one."""
    asset = await _by_id(call.cloud.db, call.params.required("asset_id"))
    version_id = call.params.required("version_id")
    for item in await backups.versions(call.cloud.db, asset):
        if item.version_id == version_id:
            extension = item.state["format"] or asset.public_id.rpartition(".")[2]
            name = last_segment(asset.public_id)
            name = f"{name}.{item.state['format']}" if item.state["format"] else name
            return send_file(call.cloud, item.file, extension, item.state["etag"], download_as=name)
    raise ApiError(404, assumptions.BACKUP_NOT_FOUND_TEXT.format(version_id=version_id))


async def delete(call: ApiCall) -> JSON:
    """Delete backed-up versions of an asset; 207 when some were not there."""
    wanted = call.params.many("version_ids", _MAX_IDS)
    if not wanted:
        raise missing_parameter("version_ids")
    async with call.cloud.db.change() as tx:
        asset = await _by_id(tx, call.path["asset_id"])
        deleted, freed = await backups.delete(tx, asset, wanted)
    await call.cloud.files.drop(freed)
    reply: JSON = {"asset_id": asset.asset_id, "deleted_version_ids": deleted}
    failed = [item for item in dict.fromkeys(wanted) if item not in deleted]
    if failed:
        call.status = 207
        text = assumptions.BACKUP_NOT_FOUND_TEXT
        reply["failures"] = [{"version_id": item, "error": text.format(version_id=item)} for item in failed]
    return reply


async def back_up_all(call: ApiCall) -> JSON:
    """Back up everything that is not backed up."""
    operation = secrets.token_hex(16)
    async with call.cloud.db.change() as tx:
        count = await backups.add_all_versions(tx)
        await tx.run(
            "INSERT INTO backup_operations (id, created_at, assets) VALUES (?, ?, ?)", operation, clock.now(), count
        )
    return _operation(operation, clock.now(), count)


def _operation(id: str, created_at: int, count: int) -> JSON:
    return {"id": id, "status": "completed", "created_at": clock.stamp(created_at), "processed_assets": count}


async def list_operations(call: ApiCall) -> JSON:
    """The initial backups that were made, the newest first."""
    cursor, limit = call.params.text("next_cursor"), page_size(call.params)
    before = read_cursor(cursor, int, str) if cursor else [2**62, ""]
    rows = await call.cloud.db.rows(
        "SELECT * FROM backup_operations WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?",
        *before, limit + 1,
    )  # fmt: skip
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    following = {"next_cursor": write_cursor(last["created_at"], last["id"])} if last else {}
    return {"operations": [_operation(row["id"], row["created_at"], row["assets"]) for row in shown], **following}


async def operation(call: ApiCall) -> JSON:
    """One initial backup."""
    wanted = call.path["id"]
    row = await call.cloud.db.row("SELECT * FROM backup_operations WHERE id = ?", wanted)
    if row is None:
        raise ApiError(404, f"Can't find operation with id {wanted}")
    return _operation(row["id"], row["created_at"], row["assets"])


ENDPOINTS = [
    Endpoint("POST", "/resources/{rt}/{type}/restore", restore),
    Endpoint("POST", "/resources/restore", restore_by_asset_ids),
    Endpoint("GET", "/download_backup", download, "download"),
    Endpoint("DELETE", "/resources/backup/{asset_id}", delete),
    Endpoint("POST", "/operations/initial_backup", back_up_all),
    Endpoint("GET", "/operations/initial_backup", list_operations),
    Endpoint("GET", "/operations/initial_backup/{id:name}", operation),
]
