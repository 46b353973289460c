"""The Upload API's operations on assets that exist: destroy."""

from cloudinary_mcp.sandbox import assets
from cloudinary_mcp.sandbox.addons import refuse_missing_parts
from cloudinary_mcp.sandbox.assets import JSON, Asset
from cloudinary_mcp.sandbox.call import Call
from cloudinary_mcp.sandbox.database import Session
from cloudinary_mcp.sandbox.router import Endpoint


async def destroy(call: Call) -> JSON:
    """Delete one asset by its public ID."""
    public_id = call.params.required("public_id")
    refuse_missing_parts(call.params)
    async with call.cloud.db.change() as tx:
        return await _destroy(call, tx, await assets.find(tx, call.resource_type, call.type, public_id))


async def destroy_by_id(call: Call) -> JSON:
    """Delete one asset by its asset_id."""
    asset_id = call.params.required("asset_id")
    refuse_missing_parts(call.params)
    async with call.cloud.db.change() as tx:
        return await _destroy(call, tx, await assets.find_by_id(tx, asset_id))


async def _destroy(call: Call, tx: Session, found: Asset | None) -> JSON:
    if found is None:
        return {"result": "not found"}
    await call.cloud.files.drop(await assets.delete(tx, [found]))
    return {"result": "ok"}


ENDPOINTS = [
    Endpoint("POST", "/{rt}/destroy", destroy, "upload"),
    Endpoint("POST", "/asset/destroy", destroy_by_id, "upload"),
]
