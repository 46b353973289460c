"""The Upload API's operations on one asset that exists: explicit, rename, destroy."""

import dataclasses
import secrets

from cloudinary_sandbox.assets import analysis, change_notifications, replies, upload_reaction, upload_scripts
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.asset_params import set_fields, touch
from cloudinary_sandbox.assets.breakpoints import make_breakpoints
from cloudinary_sandbox.assets.eager_transformations import make_eager
from cloudinary_sandbox.assets.fetched_assets import FETCHED, fetch_asset
from cloudinary_sandbox.assets.folders import ensure_folders, folder_of
from cloudinary_sandbox.assets.hooks import StructuredMetadata, UploadPresets
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.removal import clear_public_id, delete_assets
from cloudinary_sandbox.assets.unsupported_params import refuse_missing_parts
from cloudinary_sandbox.assets.upload_service import MANAGED_TYPES, check_params, resource_info
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import ApiError, bad_request, not_built
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import checked_public_id
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.router import Endpoint

_CREDENTIALS = frozenset({"api_key", "signature", "timestamp"})


async def explicit(call: ApiCall) -> JSON:
    """Apply upload parameters to an asset that is stored already, with `async` behind the reply.

    One of the delivery type `fetch` is fetched first where it is not there.
    """
    public_id, kind = call.params.required("public_id"), call.params.required("type")
    if kind not in MANAGED_TYPES | {FETCHED}:
        raise not_built(f"explicit for the delivery type {kind}")
    params = await call.cloud.part(UploadPresets).joined(call.params, unsigned=False)
    check_params(params)
    if not params.flag("async"):
        return await _applied(call, params, kind, public_id)
    batch_id = params.text("batch_id") or secrets.token_hex(32)
    params = params.but(batch_id=batch_id)

    async def later() -> None:
        try:
            await _applied(call, params, kind, public_id)
        except ApiError as error:
            await call.notify(change_notifications.failed(error.message, public_id, batch_id), params=params)

    call.cloud.spawn(later())
    named: JSON = {"resource_type": call.resource_type, "type": kind, "public_id": public_id}
    return {"status": "pending", **named, "batch_id": batch_id}


async def _applied(call: ApiCall, params: Params, kind: str, public_id: str) -> JSON:
    cloud = call.cloud
    found = await assets.find(cloud.db, call.resource_type, kind, public_id)
    if found is None and kind == FETCHED:
        found = await fetch_asset(cloud, call.resource_type, public_id)
    present = assets.one(found, public_id)
    path = cloud.files.path(present.file)
    if script := params.text("eval"):
        info = await resource_info(cloud, present, path, params)
        params = await upload_scripts.evaluate(cloud, script, info, params)
        check_params(params)
    results = await analysis.analysed(present, path, params)
    async with cloud.db.change() as tx:
        asset = assets.one(await assets.find(tx, call.resource_type, kind, public_id), public_id)
        set_fields(asset, params)
        if "metadata" in params:
            (await cloud.part(StructuredMetadata).read_changes(tx, params)).put(asset)
        analysis.set_results(asset, results, params)
        await ensure_folders(tx, folder_of(cloud, asset))
        await assets.update(tx, asset)
    reply = replies.uploaded(cloud, asset, call.caller.api_key)
    reply |= await make_eager(call, asset, params, params.text("batch_id") or secrets.token_hex(32))
    reply |= await make_breakpoints(cloud, asset, params)
    if script := params.text("on_success"):
        reply |= await upload_reaction.reacted(cloud, asset, script, reply, call.caller.api_key)
    return reply


async def rename(call: ApiCall) -> JSON:
    """Give an asset another public ID, and with `to_type` another delivery type."""
    params, cloud = call.params, call.cloud
    source = params.required("from_public_id")
    target = checked_public_id(params.required("to_public_id"))
    kind, to_type = params.text("type", "upload"), params.text("to_type") or params.text("type", "upload")
    if to_type not in MANAGED_TYPES:
        raise bad_request(f"Invalid type {to_type}")
    refuse_missing_parts(params)
    async with cloud.db.change() as tx:
        asset = assets.one(await assets.find(tx, call.resource_type, kind, source), source)
        present = await assets.find(tx, call.resource_type, to_type, target)
        if present is not None and (present.seq == asset.seq or not params.flag("overwrite")):
            text = assumptions.RENAME_CONFLICT_TEXT.format(public_id=target)
            raise ApiError(assumptions.RENAME_CONFLICT_STATUS, text)
        freed = await clear_public_id(cloud, tx, call.resource_type, to_type, target)
        before = dataclasses.replace(asset)
        asset.public_id, asset.type = target, to_type
        touch(asset, "public_id_updated_at")
        if not cloud.dynamic_folders:
            await ensure_folders(tx, asset.folder)
        await assets.update(tx, asset)
    await cloud.files.drop(freed)
    await call.notify(change_notifications.renamed(cloud, before, asset))
    reply = replies.uploaded(cloud, asset, call.caller.api_key)
    left_out = {name for name in ("context", "metadata") if not params.flag(name)}
    return {key: value for key, value in reply.items() if key not in left_out}


async def destroy(call: ApiCall) -> JSON:
    """Delete one asset by its public ID."""
    public_id = call.params.required("public_id")
    refuse_missing_parts(call.params)
    async with call.cloud.db.change() as tx:
        found = await assets.find(tx, call.resource_type, call.type, public_id)
        freed = await delete_assets(call.cloud, tx, [found]) if found else []
    return await _destroyed(call, found, freed)


async def destroy_by_id(call: ApiCall) -> JSON:
    """Delete one asset by its asset_id."""
    asset_id = call.params.required("asset_id")
    refuse_missing_parts(call.params)
    async with call.cloud.db.change() as tx:
        found = await assets.find_by_id(tx, asset_id)
        freed = await delete_assets(call.cloud, tx, [found]) if found else []
    return await _destroyed(call, found, freed)


async def _destroyed(call: ApiCall, found: SandboxAsset | None, freed: list[str]) -> JSON:
    if found is None:
        return {"result": "not found"}
    await call.cloud.files.drop(freed)
    await call.notify(*change_notifications.deleted(call.cloud, [found]))
    return {"result": "ok"}


async def evaluate(call: ApiCall) -> JSON:
    """Run a script as an upload's `eval`, on an image that is stored or on none, and show the options it leaves."""
    params, cloud = call.params, call.cloud
    info: JSON = {}
    if public_id := params.text("public_id"):
        asset = assets.one(await assets.find(cloud.db, "image", call.type, public_id), public_id)
        info = await resource_info(cloud, asset, cloud.files.path(asset.file), params)
    left = await upload_scripts.evaluate(cloud, params.required("eval"), info, params)
    return {name: value for name, value in left.values.items() if name not in _CREDENTIALS}


ENDPOINTS = [
    Endpoint("POST", "/{rt}/explicit", explicit, "managing"),
    Endpoint("POST", "/{rt}/rename", rename, "managing"),
    Endpoint("POST", "/eval", evaluate, "managing"),
    Endpoint("POST", "/{rt}/destroy", destroy, "managing"),
    Endpoint("POST", "/asset/destroy", destroy_by_id, "managing"),
]
