"""One asset's details and their update."""

from cloudinary_mcp.sandbox import assets, serialise
from cloudinary_mcp.sandbox.analysis import analysed
from cloudinary_mcp.sandbox.assets import JSON, Asset
from cloudinary_mcp.sandbox.call import Call
from cloudinary_mcp.sandbox.errors import not_built
from cloudinary_mcp.sandbox.router import Endpoint
from cloudinary_mcp.sandbox.routes.listing import page_size

_NOT_BUILT = ("cinemagraph_analysis", "accessibility_analysis", "versions", "related")


async def by_public_id(call: Call) -> JSON:
    """Details by public ID."""
    public_id = call.path["public_id"]
    found = await assets.find(call.cloud.db, call.resource_type, call.type, public_id)
    return await _details(call, assets.one(found, public_id))


async def by_asset_id(call: Call) -> JSON:
    """Details by asset_id."""
    asset_id = call.path["asset_id"]
    return await _details(call, assets.one(await assets.find_by_id(call.cloud.db, asset_id), asset_id))


async def _details(call: Call, asset: Asset) -> JSON:
    cloud, params = call.cloud, call.params
    for name in _NOT_BUILT:
        if params.flag(name):
            raise not_built(f"the parameter {name}")
    reply = serialise.details(cloud, asset, coordinates=params.flag("coordinates"), pages=params.flag("pages"))
    reply |= await analysed(asset, cloud.files.path(asset.file), params)
    cursor = params.text("derived_next_cursor") or params.text("next_cursor")
    after = assets.read_cursor(cursor, int)[0] if cursor else 0
    limit = page_size(params)
    derived = await assets.derived_of(cloud.db, asset, after, limit + 1)
    reply["derived"] = [serialise.derived(cloud, asset, item) for item in derived[:limit]]
    if len(derived) > limit:
        reply["next_cursor"] = assets.write_cursor(derived[limit - 1].seq)
    return reply


ENDPOINTS = [
    Endpoint("GET", "/resources/{rt}/{type}/{public_id:path}", by_public_id),
    Endpoint("GET", "/resources/{asset_id}", by_asset_id),
]
