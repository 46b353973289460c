"""New files made of others: sprites, animations, the pages of a document, pictures of texts."""

import dataclasses
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from cloudinary_sandbox.assets import change_notifications, replies
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.derived_files import derive, insert_derived
from cloudinary_sandbox.assets.models import DerivedFile, SandboxAsset
from cloudinary_sandbox.assets.unsupported_params import refuse_missing_parts
from cloudinary_sandbox.assets.upload_service import store_made
from cloudinary_sandbox.compose.compose_sources import CompositionRecipe, gather
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.auth import check_not_expired
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import checked_public_id, last_segment, random_name
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.rendering import RenderError, Unsupported

_PAGES = "pg_all"


async def _drawn(work: Callable[..., Any], *given: Any) -> Any:
    """Draw in a worker thread; what cannot be drawn becomes the call's error."""
    try:
        return await to_thread.run_sync(work, *given)
    except Unsupported as error:
        raise ApiError(501, error.message) from None
    except RenderError as error:
        raise ApiError(error.status, error.message) from None


async def _composed(
    call: ApiCall,
    notification_type: str,
    recipe: CompositionRecipe,
    draw: Callable[[SandboxCloud, CompositionRecipe, Path], Awaitable[JSON]],
    store: "_Store",
) -> JSON | Response:
    """Draw and store (or with `mode` download send) a composition, with `async` behind the reply."""
    refuse_missing_parts(call.params)
    check_not_expired(call.params)
    mode = call.params.text("mode")
    if mode not in {"", "download"}:
        raise invalid_value("mode", mode)
    if mode == "download" or call.request.method == "GET":
        path = call.cloud.files.incoming(f".{recipe.format}")
        try:
            await draw(call.cloud, recipe, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        name = f"{last_segment(recipe.public_id)}.{recipe.format}"
        return FileResponse(path, filename=name, background=BackgroundTask(call.cloud.files.discard, path))

    async def made() -> JSON:
        path = call.cloud.files.incoming(f".{recipe.format}")
        try:
            return await store(call.cloud, recipe, path, await draw(call.cloud, recipe, path))
        finally:
            await call.cloud.files.discard(path)

    if not call.params.flag("async"):
        reply = await made()
        await call.notify(change_notifications.outcome(notification_type, reply))
        return reply
    return _behind(call, notification_type, recipe.public_id, made)


def _behind(call: ApiCall, notification_type: str, public_id: str, work: Callable[[], Awaitable[JSON]]) -> JSON:
    """Let work go on behind the reply; its outcome is told by a notification."""
    batch_id = call.params.text("batch_id") or secrets.token_hex(32)

    async def later() -> None:
        try:
            told = change_notifications.outcome(notification_type, {**await work(), "batch_id": batch_id})
        except ApiError as error:
            told = change_notifications.failed(error.message, public_id, batch_id)
        await call.notify(told, batch_id=batch_id)

    call.cloud.spawn(later())
    return {"status": "processing", "public_id": public_id, "batch_id": batch_id}


_Store = Callable[[SandboxCloud, CompositionRecipe, Path, JSON], Awaitable[JSON]]


async def sprite(call: ApiCall) -> JSON | Response:
    """Put pictures into one, with a style sheet and a JSON file that say where each is."""
    return await _composed(
        call, "sprite", CompositionRecipe.read(call.params, "png", whole_name=True), _draw_sprite, _keep_sprite
    )


async def _draw_sprite(cloud: SandboxCloud, recipe: CompositionRecipe, path: Path) -> JSON:
    from cloudinary_sandbox.compose import compose_render

    return await _drawn(compose_render.sprite, (await gather(cloud, recipe)).images, path, recipe.format)


async def _keep_sprite(cloud: SandboxCloud, recipe: CompositionRecipe, path: Path, infos: JSON) -> JSON:
    from cloudinary_sandbox.compose import compose_render

    asset = await store_made(cloud, path, "sprite", checked_public_id(recipe.public_id), "image", Params({}))
    url = replies.delivery_url(cloud, asset)
    urls = {"image_url": url}
    for kind, content, media_type in (
        ("css", compose_render.style_sheet(infos, url), "text/css"),
        ("json", json.dumps(infos), "application/json"),
    ):
        urls[f"{kind}_url"] = replies.delivery_url(cloud, asset, format=kind)
        await _beside(cloud, asset, kind, content, media_type)
    secure = {f"secure_{name}": cloud.secure(address) for name, address in urls.items()}
    return {**urls, **secure, "version": asset.version, "public_id": asset.public_id, "image_infos": infos}


async def _beside(cloud: SandboxCloud, asset: SandboxAsset, kind: str, content: str, media_type: str) -> None:
    """Keep a text beside an asset, delivered at its URL with another extension."""
    path = cloud.files.incoming()
    size = await to_thread.run_sync(path.write_text, content, "utf-8")
    serving: JSON = {"content_type": media_type, "attachment": None, "approximations": [], "vary_accept": False}
    item = DerivedFile(
        id=uuid.uuid4().hex, asset=asset.seq, transformation="", request=kind, format=kind, bytes=size,
        width=None, height=None, file=await cloud.files.store_file(path), created_at=clock.now(), serving=serving,
    )  # fmt: skip
    if not await insert_derived(cloud, asset, item):
        await cloud.files.drop([item.file])


async def multi(call: ApiCall) -> JSON | Response:
    """Show pictures one after the other: an animation, a film or a PDF."""
    return await _composed(call, "multi", CompositionRecipe.read(call.params, "gif"), _draw_multi, _keep_multi)


async def _draw_multi(cloud: SandboxCloud, recipe: CompositionRecipe, path: Path) -> JSON:
    from cloudinary_sandbox.compose import compose_render

    images = list((await gather(cloud, recipe)).images.values())
    await _drawn(compose_render.sequence, images, path, recipe.format, recipe.delay)
    return {}


async def _keep_multi(cloud: SandboxCloud, recipe: CompositionRecipe, path: Path, _: JSON) -> JSON:
    wanted = "video" if recipe.format in {"mp4", "webm"} else "image"
    asset = await store_made(cloud, path, "multi", checked_public_id(recipe.public_id), wanted, Params({}))
    shown = recipe.transformation if recipe.name != recipe.public_id else ""
    url = replies.delivery_url(cloud, dataclasses.replace(asset, public_id=recipe.name), shown, asset.format)
    named = {"asset_id": asset.asset_id, "public_id": asset.public_id, "version": asset.version}
    return {**replies.urls(cloud, url), **named}


async def explode(call: ApiCall) -> JSON:
    """Derive every page (or frame) of a picture, behind the reply."""
    params, cloud = call.params, call.cloud
    refuse_missing_parts(params)
    public_id, transformation = params.required("public_id"), params.required("transformation")
    pieces = [part for component in transformation.split("/") for part in component.split(",")]
    if pieces.count(_PAGES) != 1:
        raise bad_request(f"transformation must have exactly one {_PAGES}")
    found = await assets.find(cloud.db, "image", call.type, public_id)
    asset = assets.one(found, public_id)
    pages = await _drawn(_count, cloud.files.path(asset.file))

    async def work() -> JSON:
        infos: list[JSON] = []
        for page in range(1, pages + 1):
            item = await derive(
                cloud, asset, transformation.replace(_PAGES, f"pg_{page}"), params.text("format", "png")
            )
            url = replies.delivery_url(cloud, asset, item.transformation, item.format)
            infos.append({"bytes": item.bytes, **replies.urls(cloud, url)})
        named = {"asset_id": asset.asset_id, "public_id": asset.public_id}
        return {"pages": pages, "image_infos": infos, **named}

    reply = _behind(call, "explode", public_id, work)
    return {"status": reply["status"], "batch_id": reply["batch_id"]}


def _count(path: Path) -> int:
    from cloudinary_sandbox.rendering.source import count_frames

    return count_frames(path)


async def text(call: ApiCall) -> JSON:
    """Draw a text and store the picture as an asset of the type `text`."""
    from cloudinary_sandbox.compose import compose_render

    refuse_missing_parts(call.params)
    if "text" not in call.params:
        raise missing_parameter("text")
    public_id = checked_public_id(call.params.text("public_id") or random_name())
    path = call.cloud.files.incoming(".png")
    try:
        await _drawn(compose_render.text, call.params, path)
        style = {"text_style": compose_render.text_style(call.params)}
        asset = await store_made(call.cloud, path, "text", public_id, "image", Params({}), extra=style)
    finally:
        await call.cloud.files.discard(path)
    return replies.uploaded(call.cloud, asset, call.caller.api_key)


# Their callers need a signature or Basic, as for downloads: no preset stands in for it.
ENDPOINTS = [
    Endpoint("POST", "/image/sprite", sprite, "download"),
    Endpoint("GET", "/image/sprite", sprite, "download"),
    Endpoint("POST", "/image/multi", multi, "download"),
    Endpoint("GET", "/image/multi", multi, "download"),
    Endpoint("POST", "/image/explode", explode, "download"),
    Endpoint("POST", "/image/text", text, "download"),
]
