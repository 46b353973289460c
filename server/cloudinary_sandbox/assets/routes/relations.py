"""Relating assets to each other, and ending it, by public IDs and by asset_ids."""

import re
from collections.abc import Awaitable, Callable

from cloudinary_sandbox.assets import change_notifications, relations
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import bad_request, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint

_MOST = 10
_QUALIFIED = re.compile(r"(image|video|raw)/([a-z0-9_]+)/(.+)", re.DOTALL)
_ASSET_ID = re.compile(r"[0-9a-f]{32}")


async def relate(call: ApiCall) -> JSON:
    """Relate an asset to up to ten others."""
    return await _change(call, "assets_to_relate", "add", relations.relate, "already_exists_ids")


async def unrelate(call: ApiCall) -> JSON:
    """End the relations of an asset to up to ten others."""
    return await _change(call, "assets_to_unrelate", "remove", relations.unrelate, "relation_does_not_exist_ids")


async def _change(
    call: ApiCall,
    key: str,
    action: str,
    change: Callable[[Session, SandboxAsset, SandboxAsset], Awaitable[bool]],
    without_effect: str,
) -> JSON:
    wanted = call.params.many(key)
    if not wanted:
        raise missing_parameter(key)
    if len(wanted) > _MOST:
        raise bad_request(f"{key} holds {len(wanted)} assets, at most {_MOST} are allowed")
    success: list[JSON] = []
    failed: list[JSON] = []
    async with call.cloud.db.change() as tx:
        asset = await _asset(call, tx)
        for name in wanted:
            code, other = await _other(call, tx, asset, name)
            if other is not None:
                code = "success_ids" if await change(tx, asset, other) else without_effect
            status, message = assumptions.RELATION_OUTCOMES[code]
            (failed if status >= 400 else success).append(
                {"asset": name, "message": message, "code": code, "status": status}
            )
    if success:
        counts = {"total_success": len(success), "total_failed": len(failed)}
        told = {"action_type": action, "asset_id": asset.asset_id, **counts}
        await call.notify(change_notifications.outcome("related_assets", told))
    call.status = 207 if failed else 200
    return {"success": success, "failed": failed}


async def _asset(call: ApiCall, session: Session) -> SandboxAsset:
    if "asset_id" in call.path:
        asset_id = call.path["asset_id"]
        return assets.one(await assets.find_by_id(session, asset_id), asset_id)
    public_id = call.path["public_id"]
    return assets.one(await assets.find(session, call.resource_type, call.path["type"], public_id), public_id)


async def _other(call: ApiCall, session: Session, asset: SandboxAsset, name: str) -> tuple[str, SandboxAsset | None]:
    """The asset to relate to; without one the code that says why."""
    if "asset_id" in call.path:
        if not _ASSET_ID.fullmatch(name):
            return "invalid_ids", None
        other = await assets.find_by_id(session, name)
    else:
        match = _QUALIFIED.fullmatch(name)
        if match is None:
            return "invalid_ids", None
        other = await assets.find(session, match[1], match[2], match[3])
    if other is None:
        return "non_existing_ids", None
    return ("invalid_relate_to_self_id", None) if other.seq == asset.seq else ("", other)


ENDPOINTS = [
    Endpoint("POST", "/resources/related_assets/{rt}/{type}/{public_id:path}", relate),
    Endpoint("DELETE", "/resources/related_assets/{rt}/{type}/{public_id:path}", unrelate),
    Endpoint("POST", "/resources/related_assets/{asset_id}", relate),
    Endpoint("DELETE", "/resources/related_assets/{asset_id}", unrelate),
]
