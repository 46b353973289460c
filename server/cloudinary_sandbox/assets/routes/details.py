"""One asset's details and their update."""

import dataclasses

from cloudinary_sandbox.assets import change_notifications, relations, replies
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.analysis import analysed
from cloudinary_sandbox.assets.asset_params import set_fields, touch
from cloudinary_sandbox.assets.folders import ensure_folders, folder_of
from cloudinary_sandbox.assets.hooks import AssetBackups, StructuredMetadata
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.unsupported_params import refuse_addons, refuse_missing_parts
from cloudinary_sandbox.assets.upload_service import make_display_name_unique
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.paging import page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.router import Endpoint


async def details(call: ApiCall) -> JSON:
    """Details by public ID or asset_id; a deleted asset that is backed up has some too."""
    return await _details(call, await _asset(call, call.cloud.db, deleted=True))


async def update(call: ApiCall) -> JSON:
    """Change an asset's description; its details are the reply."""
    params = call.params
    refuse_missing_parts(params)
    refuse_addons(params, updating=True)
    async with call.cloud.db.change() as tx:
        asset = await _asset(call, tx)
        before = dataclasses.replace(asset)
        set_fields(asset, params)
        if "metadata" in params:
            (await call.cloud.part(StructuredMetadata).read_changes(tx, params)).put(asset)
        if "moderation_status" in params:
            _decide(asset, params.text("moderation_status"))
        if params.flag("unique_display_name"):
            await make_display_name_unique(tx, asset)
        touch(asset)
        await ensure_folders(tx, folder_of(call.cloud, asset))
        await assets.update(tx, asset)
    await call.notify(*change_notifications.changed([(before, asset)]))
    if "moderation_status" in params:
        await call.notify(change_notifications.moderated(call.cloud, asset))
    return replies.details(call.cloud, asset, coordinates=True) | {"derived": await _derived(call, asset)}


async def _asset(call: ApiCall, session: Session, *, deleted: bool = False) -> SandboxAsset:
    """The asset that the path names, or, in the newer routes, the body."""
    if "asset_id" in call.path:
        asset_id = call.path["asset_id"]
        return assets.one(await assets.find_by_id(session, asset_id, deleted=deleted), asset_id)
    if "public_id" in call.path:
        resource_type, kind, public_id = call.resource_type, call.path["type"], call.path["public_id"]
    else:
        resource_type = call.params.text("resource_type", "image")
        kind, public_id = call.params.text("kind", "upload"), call.params.required("public_id")
    return assets.one(await assets.find(session, resource_type, kind, public_id, deleted=deleted), public_id)


def _decide(asset: SandboxAsset, status: str) -> None:
    """A person's verdict: on the manual moderation, which is added where there is none."""
    if status not in {"approved", "rejected"}:
        raise invalid_value("moderation_status", status)
    verdict = {"kind": "manual", "status": status, "updated_at": clock.stamp(clock.now())}
    asset.moderation = [*(item for item in asset.moderation if item["kind"] != "manual"), verdict]


async def _derived(call: ApiCall, asset: SandboxAsset) -> list[JSON]:
    found = await assets.derived_of(call.cloud.db, asset)
    return [replies.derived(call.cloud, asset, item) for item in found]


def _after(params: Params) -> int | None:
    """The row behind which the derived files go on; None for a cursor of another list, which has nothing behind it."""
    cursor = params.text("derived_next_cursor") or params.text("next_cursor")
    try:
        return read_cursor(cursor, int)[0] if cursor else 0
    except ApiError:
        return None


async def _details(call: ApiCall, asset: SandboxAsset) -> JSON:
    cloud, params = call.cloud, call.params
    reply = replies.details(cloud, asset, coordinates=params.flag("coordinates"), pages=params.flag("pages"))
    if not asset.deleted:
        reply |= await analysed(asset, cloud.files.path(asset.file), params)
    if params.flag("versions"):
        reply["versions"] = await cloud.part(AssetBackups).listed(cloud.db, asset)
    if params.flag("related"):
        reply |= await relations.related(cloud.db, asset, page_size(params), params.text("related_next_cursor"))
    if "derived" in params and not params.flag("derived"):
        return reply
    limit = page_size(params)
    after = _after(params)
    derived = [] if after is None else await assets.derived_of(cloud.db, asset, after, limit + 1)
    reply["derived"] = [replies.derived(cloud, asset, item) for item in derived[:limit]]
    if len(derived) > limit:
        reply["next_cursor"] = write_cursor(derived[limit - 1].seq)
    return reply


ENDPOINTS = [
    Endpoint("GET", "/resources/{rt}/{type}/{public_id:path}", details),
    Endpoint("GET", "/resources/{asset_id}", details),
    Endpoint("POST", "/resources/get_resource", details),
    Endpoint("POST", "/resources/{rt}/{type}/{public_id:path}", update),
    Endpoint("PUT", "/resources/{asset_id}", update),
    Endpoint("POST", "/resources/update", update),
]
