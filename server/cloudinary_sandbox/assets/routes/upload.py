"""Uploading: whole, in parts, signed, unsigned, at once or behind the reply."""

import secrets
from pathlib import Path

from anyio import to_thread

from cloudinary_sandbox.assets import change_notifications, replies, upload_reaction
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.breakpoints import make_breakpoints
from cloudinary_sandbox.assets.eager_transformations import make_eager
from cloudinary_sandbox.assets.hooks import UploadPresets
from cloudinary_sandbox.assets.removal import delete_assets
from cloudinary_sandbox.assets.upload_service import check_params, check_size, name_of_source, name_upload, store
from cloudinary_sandbox.assets.upload_sources import IncomingFile, fetch_source
from cloudinary_sandbox.core import chunks, clock
from cloudinary_sandbox.core.auth import stale
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.errors import ApiError, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.router import Endpoint

_TOKEN_LIFE = 600


async def upload(call: ApiCall) -> JSON:
    """Store a file, or one part of it."""
    presets = call.cloud.part(UploadPresets)
    if call.caller.unsigned:
        presets.check_unsigned(call.params)
    params = await presets.joined(call.params, unsigned=call.caller.unsigned)
    check_params(params)
    source = await fetch_source(call.cloud, call.body)
    if call.body.file is not None and source.path == call.body.file:
        call.body.file = None  # from here on it is this function's to discard
    try:
        part = chunks.read_headers(call.request.headers, source.path.stat().st_size)
        if part is not None:
            return await _part(call, params, source, part)
        return await _whole(call, params, source)
    finally:
        await call.cloud.files.discard(source.path)


async def _whole(call: ApiCall, params: Params, source: IncomingFile, public_id: str | None = None) -> JSON:
    if not params.flag("async"):
        return await _stored(call, params, source, public_id)
    batch_id = params.text("batch_id") or secrets.token_hex(32)
    params = params.but(batch_id=batch_id)
    wanted = call.path.get("rt", "auto")
    name = name_upload(params, name_of_source(source, params), wanted == "raw", public_id)
    mine = call.cloud.files.incoming()
    await to_thread.run_sync(source.path.replace, mine)

    async def later() -> None:
        try:
            await _stored(call, params, IncomingFile(mine, source.filename), name)
        except ApiError as error:
            await call.notify(change_notifications.failed(error.message, name, batch_id), params=params)
        finally:
            await call.cloud.files.discard(mine)

    call.cloud.spawn(later())
    client = call.request.client
    return {
        "status": "pending",
        **({} if wanted == "auto" else {"resource_type": wanted}),
        "type": params.text("type", "upload"),
        "public_id": name,
        "batch_id": batch_id,
        "requester_ip": client.host if client else "127.0.0.1",
    }


async def _stored(call: ApiCall, params: Params, source: IncomingFile, public_id: str | None) -> JSON:
    cloud = call.cloud
    stored = await store(
        cloud, source, call.path.get("rt", "auto"), params, unsigned=call.caller.unsigned, public_id=public_id
    )
    params = stored.params
    reply = replies.uploaded(cloud, stored.asset, call.caller.api_key)
    if stored.existing:
        reply["existing"] = True
        await call.notify(change_notifications.uploaded(reply), params=params)
        return reply
    if stored.overwritten:
        reply["overwritten"] = True
    reply |= await make_eager(call, stored.asset, params, params.text("batch_id") or secrets.token_hex(32))
    reply |= await make_breakpoints(cloud, stored.asset, params)
    if script := params.text("on_success"):
        reply |= await upload_reaction.reacted(cloud, stored.asset, script, reply, call.caller.api_key)
    if params.flag("return_delete_token"):
        token = secrets.token_hex(64)
        async with cloud.db.change() as tx:
            await tx.run(
                "INSERT INTO delete_tokens (token, asset, expires_at) VALUES (?, ?, ?)",
                token, stored.asset.seq, clock.now() + _TOKEN_LIFE,
            )  # fmt: skip
        reply["delete_token"] = token
    await call.notify(change_notifications.uploaded(reply), params=params, batch_id=reply.get("batch_id", ""))
    return reply


async def _part(call: ApiCall, params: Params, source: IncomingFile, part: chunks.UploadPart) -> JSON:
    cloud, wanted = call.cloud, call.path.get("rt", "auto")
    sender = call.caller.api_key or params.text("upload_preset")
    await cloud.files.discard(*cloud.chunks.expired())
    ongoing = cloud.chunks.of(sender, part.upload_id)
    size = source.path.stat().st_size
    if size == 0:
        check_size(cloud, wanted, size)
    if not ongoing.parts and wanted != "auto":
        ongoing.public_id = name_upload(params, name_of_source(source, params), wanted == "raw")
    mine = cloud.files.incoming()
    await to_thread.run_sync(source.path.replace, mine)
    try:
        replaced = ongoing.add(part, mine, size)
    except ApiError:
        await cloud.files.discard(mine)
        raise
    complete = ongoing.complete(part)
    if complete:  # at once, so that of two parts that come together only one ends the upload
        cloud.chunks.end(sender, part.upload_id)
    await cloud.files.discard(*replaced)
    whole: Path | None = None
    try:
        if wanted != "auto":
            check_size(cloud, wanted, ongoing.size)
        if not complete:
            return {
                "done": False,
                "bytes": ongoing.size,
                **({"public_id": ongoing.public_id} if ongoing.public_id else {}),
                "kind": params.text("type", "upload"),
                **({} if wanted == "auto" else {"resource_type": wanted}),
            }
        whole = cloud.files.incoming()
        await to_thread.run_sync(ongoing.join, whole)
        reply = await _whole(call, params, IncomingFile(whole, source.filename), ongoing.public_id)
        return reply if "status" in reply else reply | {"done": True}
    except ApiError:
        cloud.chunks.end(sender, part.upload_id)
        await cloud.files.discard(*ongoing.paths)
        raise
    finally:
        await cloud.files.discard(whole)


async def delete_by_token(call: ApiCall) -> JSON:
    """Delete the asset that a delete token was given for; an expired one is answered like a stale request."""
    token = call.params.text("token")
    if not token:
        raise missing_parameter("token")
    async with call.cloud.db.change() as tx:
        row = await tx.row("SELECT asset, expires_at FROM delete_tokens WHERE token = ?", token)
        if row is None:
            raise ApiError(400, "Invalid token")
        if row["expires_at"] < clock.now():
            raise stale(row["expires_at"] - _TOKEN_LIFE)
        found = await assets.select(tx, Where().add("seq = ?", row["asset"]))
        freed = await delete_assets(call.cloud, tx, found)
    await call.cloud.files.drop(freed)
    await call.notify(*change_notifications.deleted(call.cloud, found, by_token=True))
    return {"result": "ok"}


ENDPOINTS = [
    Endpoint("POST", "/upload", upload, "upload"),
    Endpoint("POST", "/{rt_auto}/upload", upload, "upload"),
    Endpoint("PUT", "/upload", upload, "upload", raw_body=True),
    Endpoint("PUT", "/{rt_auto}/upload", upload, "upload", raw_body=True),
    Endpoint("POST", "/upload_chunked", upload, "upload"),
    Endpoint("POST", "/{rt_auto}/upload_chunked", upload, "upload"),
    Endpoint("POST", "/delete_by_token", delete_by_token, "open"),
    Endpoint("POST", "/{rt}/delete_by_token", delete_by_token, "open"),
]
