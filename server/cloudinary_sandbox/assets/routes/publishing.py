"""Making assets public: publish, and the older access mode."""

from cloudinary_sandbox.assets import change_notifications, replies
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.asset_params import read_access_mode, touch
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.removal import clear_public_id
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.conditions import Where, starts_with
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint

_MOST = 1000
_HIDDEN_TYPES = ["private", "authenticated"]


async def _selected(call: ApiCall, session: Session, where: Where) -> list[SandboxAsset]:
    params = call.params
    if ids := params.many("public_ids", 100):
        where.one_of("public_id", ids)
    elif prefix := params.text("prefix"):
        where.add(*starts_with("public_id", prefix))
    elif tag := params.text("tag"):
        where.add("seq IN (SELECT seq FROM asset_tags WHERE tag = ?)", tag)
    else:
        raise missing_parameter("public_ids, prefix or tag")
    return await assets.select(session, where, _MOST)


async def publish(call: ApiCall) -> JSON:
    """Turn private and authenticated assets into ones of type `upload`."""
    wanted = call.params.text("type")
    where = Where().add("resource_type = ?", call.resource_type)
    where.one_of("type", [wanted] if wanted in _HIDDEN_TYPES else [] if wanted else _HIDDEN_TYPES)
    published: list[SandboxAsset] = []
    failed: list[JSON] = []
    freed: list[str] = []
    async with call.cloud.db.change() as tx:
        for asset in await _selected(call, tx, where):
            present = await assets.find(tx, asset.resource_type, "upload", asset.public_id)
            if present and not call.params.flag("overwrite"):
                failed.append({"public_id": asset.public_id, "error": "already exists"})
                continue
            freed += await clear_public_id(call.cloud, tx, asset.resource_type, "upload", asset.public_id)
            asset.type = "upload"
            touch(asset)
            await assets.update(tx, asset)
            published.append(asset)
    await call.cloud.files.drop(freed)
    await call.notify(*change_notifications.published(call.cloud, published))
    return {"published": [replies.listed(call.cloud, asset) for asset in published], "failed": failed}


async def access_mode(call: ApiCall) -> JSON:
    """Set the access mode of assets: public or authenticated."""
    mode = read_access_mode(call.params.required("access_mode"))
    where = Where().add("resource_type = ?", call.resource_type).add("type = ?", call.path["type"])
    async with call.cloud.db.change() as tx:
        found = await _selected(call, tx, where)
        for asset in found:
            asset.access_mode = mode
            touch(asset, "access_control_updated_at")
            await assets.update(tx, asset)
    return {"updated": [{"public_id": asset.public_id, "access_mode": mode} for asset in found], "failed": []}


ENDPOINTS = [
    Endpoint("POST", "/resources/{rt}/publish_resources", publish),
    Endpoint("POST", "/resources/{rt}/{type}/update_access_mode", access_mode),
]
