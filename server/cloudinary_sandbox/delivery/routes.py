"""Signed downloads from the API's own address, which stop working at a given moment."""

from starlette.responses import Response

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.derived_files import derive
from cloudinary_sandbox.assets.file_responses import send_derived, send_original
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.auth import check_not_expired
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.naming import base_name, canonical_format, last_segment
from cloudinary_sandbox.core.router import Endpoint


async def by_public_id(call: ApiCall) -> Response:
    """Download by public ID, whatever the delivery type."""
    public_id = call.params.required("public_id")
    found = await assets.find(call.cloud.db, call.resource_type, call.type, public_id)
    return await _send(call, assets.one(found, public_id))


async def by_asset_id(call: ApiCall) -> Response:
    """Download by asset_id."""
    asset_id = call.params.required("asset_id")
    return await _send(call, assets.one(await assets.find_by_id(call.cloud.db, asset_id), asset_id))


async def _send(call: ApiCall, asset: SandboxAsset) -> Response:
    params = call.params
    check_not_expired(params)
    wanted, transformation = canonical_format(params.text("format")), params.text("transformation")
    if not transformation and wanted in ("", asset.format):
        return send_original(call.cloud, asset, _name(call, asset, asset.format))
    item = await derive(call.cloud, asset, transformation, wanted or None)
    return send_derived(call.cloud, asset, item, _name(call, asset, item.format))


def _name(call: ApiCall, asset: SandboxAsset, extension: str | None) -> str | None:
    """What the file is to be called by whoever saves it; None when the browser may show it."""
    if name := call.params.text("target_filename"):
        return base_name(name)
    attachment = call.params.text("attachment")
    if attachment.lower() in {"", "0", "false"}:
        return None
    if attachment.lower() not in {"1", "true"}:
        return base_name(attachment)
    stem = last_segment(asset.public_id)
    return f"{stem}.{extension}" if extension else stem


ENDPOINTS = [
    Endpoint("GET", "/{rt}/download", by_public_id, "download"),
    Endpoint("GET", "/asset/download", by_asset_id, "download"),
]
