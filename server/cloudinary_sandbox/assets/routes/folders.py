"""Folders: listing, making, moving, removing."""

from typing import Any

from cloudinary_sandbox.assets import change_notifications, folders
from cloudinary_sandbox.assets.folders import Folder
from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import checked_folder, last_segment
from cloudinary_sandbox.core.paging import page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.router import Endpoint

_ROOT_MOST = 2000


def _missing(path: str) -> ApiError:
    return ApiError(404, f"Can't find folder with path {path}")


async def _present(session: Session, path: str) -> dict[str, Folder]:
    """All folders; the 404 when this one is not among them."""
    found = await folders.all_folders(session)
    if path not in found:
        raise _missing(path)
    return found


async def list_root(call: ApiCall) -> JSON:
    """The folders in the root."""
    return _listed(call, folders.children(await folders.all_folders(call.cloud.db), "")[:_ROOT_MOST])


async def list_children(call: ApiCall) -> JSON:
    """The folders in a folder."""
    path = checked_folder(call.path["path"])
    return _listed(call, folders.children(await _present(call.cloud.db, path), path))


def _listed(call: ApiCall, found: list[Folder]) -> JSON:
    cursor = call.params.text("next_cursor")
    after = read_cursor(cursor, str)[0] if cursor else ""
    rest = [folder for folder in found if folder.path > after]
    limit = page_size(call.params, _ROOT_MOST, _ROOT_MOST)
    following = write_cursor(rest[limit - 1].path) if len(rest) > limit else None
    return {
        "folders": [folder.listed() for folder in rest[:limit]],
        "next_cursor": following,
        "total_count": len(found),
    }


async def create(call: ApiCall) -> JSON:
    """Make a folder, and those above it."""
    path = _checked(call.path["path"])
    async with call.cloud.db.change() as tx:
        known = await folders.all_folders(tx)
        if path in known and not assumptions.CREATING_AN_EXISTING_FOLDER_SUCCEEDS:
            raise ApiError(409, f"Folder {path} already exists")
        await folders.ensure_folders(tx, path)
        folder = (await folders.all_folders(tx))[path]
    if path not in known:
        await call.notify(change_notifications.folder("create_folder", path))
    return {"success": True, **folder.listed(), "created_at": clock.stamp(folder.created_at)}


def _checked(path: str) -> str:
    if path != path.strip("/"):
        raise bad_request(f"Folder path ({path}) is invalid")
    return checked_folder(path)


async def move(call: ApiCall) -> JSON:
    """Move or rename a folder with all that is in it; public IDs stay."""
    if not call.cloud.dynamic_folders and not assumptions.FIXED_MODE_RENAMES_FOLDERS:
        raise bad_request("Renaming folders is supported in dynamic folder mode only")
    source, target = _checked(call.path["path"]), _checked(call.params.required("to_folder"))
    async with call.cloud.db.change() as tx:
        await _move(tx, source, target)
    await call.notify(change_notifications.folder_moved(source, target))
    return {
        "from": {"name": last_segment(source), "path": source},
        "to": {"name": last_segment(target), "path": target},
    }


async def _move(tx: Session, source: str, target: str) -> int:
    known = await _present(tx, source)
    if target in known:
        raise ApiError(409, f"Folder {target} already exists")
    if target.startswith(f"{source}/"):
        raise bad_request("A folder cannot be moved into itself")
    await folders.ensure_folders(tx, target.rpartition("/")[0])
    moved = 0
    for folder in folders.descendants(known, source):
        path = target + folder.path[len(source) :]
        await tx.run("UPDATE folders SET path = ? WHERE path = ?", path, folder.path)
        moved += await tx.run("UPDATE assets SET asset_folder = ? WHERE asset_folder = ?", path, folder.path)
    return moved


async def delete(call: ApiCall) -> JSON:
    """Remove a folder and those below it, when they hold no asset nor (without `skip_backup`) the backup of one."""
    path = checked_folder(call.path["path"])
    async with call.cloud.db.change() as tx:
        known = await _present(tx, path)
        if await folders.has_assets(call.cloud, tx, path, deleted=not call.params.flag("skip_backup")):
            raise bad_request(assumptions.FOLDER_NOT_EMPTY_TEXT)
        doomed = [folder.path for folder in folders.descendants(known, path)]
        await tx.run_many("DELETE FROM folders WHERE path = ?", [(item,) for item in doomed])
    await call.notify(change_notifications.folder("delete_folder", path))
    return {"deleted": doomed}


async def by_id(call: ApiCall) -> JSON:
    """One folder by its external id."""
    external_id = call.params.required("id")
    known = await folders.all_folders(call.cloud.db)
    return _found(next((folder for folder in known.values() if folder.external_id == external_id), None), external_id)


async def by_path(call: ApiCall) -> JSON:
    """One folder by its path; with `case_sensitive` false in any case."""
    path = checked_folder(call.params.text("path"))
    known = await folders.all_folders(call.cloud.db)
    if call.params.flag("case_sensitive", True):
        return _found(known.get(path), path)
    return _found(next((folder for folder in known.values() if folder.path.lower() == path.lower()), None), path)


def _found(folder: Folder | None, wanted: str) -> JSON:
    if folder is None:
        raise _missing(wanted)
    return {**folder.listed(), "created_at": clock.stamp(folder.created_at)}


async def descendants(call: ApiCall) -> JSON:
    """All folders below one; with `inclusive` also itself; with `filter_ids` only those."""
    external_id = call.params.required("id")
    known = await folders.all_folders(call.cloud.db)
    top = next((folder for folder in known.values() if folder.external_id == external_id), None)
    if top is None:
        raise _missing(external_id)
    wanted = set(call.params.many("filter_ids"))
    below: list[Any] = [
        folder.listed()
        for folder in folders.descendants(known, top.path)
        if (folder != top or call.params.flag("inclusive")) and (not wanted or folder.external_id in wanted)
    ]
    return {"folders": below, "total_count": len(below)}


async def rename(call: ApiCall) -> JSON:
    """Move a folder by the newer route, which counts what it moved."""
    if not call.cloud.dynamic_folders:
        raise bad_request("Renaming folders is supported in dynamic folder mode only")
    source, target = _checked(call.params.required("path")), _checked(call.params.required("to_path"))
    async with call.cloud.db.change() as tx:
        moved = await _move(tx, source, target)
    await call.notify(change_notifications.folder_moved(source, target))
    return {"moved": moved, "failed": 0, "rejected": 0, "folder_deleted": True}


ENDPOINTS = [
    Endpoint("GET", "/folders", list_root),
    Endpoint("GET", "/folders/{path}", list_children),
    Endpoint("POST", "/folders/{path}", create),
    Endpoint("PUT", "/folders/{path}", move),
    Endpoint("DELETE", "/folders/{path}", delete),
    Endpoint("PUT", "/folders/by_id", by_id),
    Endpoint("PUT", "/folders/by_path", by_path),
    Endpoint("PUT", "/folders/descendants", descendants),
    Endpoint("PUT", "/folder_operations/rename", rename),
]
