"""Eager transformations: what an upload or explicit call wants derived at once."""

from cloudinary_sandbox.assets import change_notifications, replies
from cloudinary_sandbox.assets.derived_files import derive
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_eager
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.transformation_text import components


def check_eager(params: Params) -> None:
    """Refuse with 400 an eager transformation that cannot be read, before anything is stored."""
    if "eager" in params:
        for transformation, _ in read_eager(params.raw("eager")):
            components(transformation)


async def make_eager(call: ApiCall, asset: SandboxAsset, params: Params, batch_id: str) -> JSON:
    """Derive what `eager` lists and the fields it adds to the reply; with `eager_async` it goes on behind the reply and
    its end is told by a notification.

    What cannot be derived is an item with status `failed` and a reason; the asset itself is stored by then.
    """
    if "eager" not in params:
        return {}
    cloud = call.cloud
    wanted = read_eager(params.raw("eager"))
    if params.flag("eager_async"):

        async def later() -> None:
            made = [await _one(cloud, asset, transformation, extension) for transformation, extension in wanted]
            notification = change_notifications.eager(asset, made, batch_id, call.caller.api_key)
            await call.notify(notification, params=params, batch_id=batch_id)

        cloud.spawn(later())
        items: list[JSON] = [
            {"status": "processing", "transformation": _written(transformation, extension)}
            for transformation, extension in wanted
        ]
        return {"eager": items, "batch_id": batch_id}
    return {"eager": [await _one(cloud, asset, transformation, extension) for transformation, extension in wanted]}


async def _one(cloud: SandboxCloud, asset: SandboxAsset, transformation: str, extension: str | None) -> JSON:
    try:
        item = await derive(cloud, asset, transformation, extension)
    except ApiError as error:
        return {"transformation": _written(transformation, extension), "status": "failed", "reason": error.message}
    return replies.eager(cloud, asset, item, _written("", extension))


def _written(transformation: str, extension: str | None) -> str:
    return transformation if extension is None else f"{transformation}/{extension}"
