"""Archives of many assets: stored as a raw file, or downloaded at once."""

import secrets

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from cloudinary_sandbox.assets import change_notifications, replies
from cloudinary_sandbox.assets.file_responses import send_original
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.unsupported_params import refuse_missing_parts
from cloudinary_sandbox.assets.upload_service import store_made
from cloudinary_sandbox.compose import archives
from cloudinary_sandbox.compose.archive_selection import ArchiveSelection, choose
from cloudinary_sandbox.core.auth import check_not_expired
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import ApiError, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import base_name, checked_public_id, last_segment, random_name
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.router import Endpoint


async def generate(call: ApiCall) -> JSON | Response:
    """Make an archive and store it, send it, or both."""
    mode = call.params.text("mode", "create" if call.request.method == "POST" else "download")
    if mode not in {"create", "download", "create_and_download"}:
        raise invalid_value("mode", mode)
    refuse_missing_parts(call.params)
    check_not_expired(call.params)
    chosen = await choose(call.cloud, call.resource_type, call.params)
    if mode == "download":
        return await _sent(call, chosen, call.params)
    if mode == "create_and_download":
        asset, _ = await _created(call, chosen)
        return send_original(call.cloud, asset, _file_name(call.params))
    if not call.params.flag("async"):
        asset, reply = await _created(call, chosen)
        await call.notify(change_notifications.outcome("generate_archive", reply))
        return reply
    batch_id = call.params.text("batch_id") or secrets.token_hex(32)
    public_id = _public_id(call.params)

    async def later() -> None:
        try:
            _, reply = await _created(call, chosen, public_id)
            await call.notify(
                change_notifications.outcome("generate_archive", {**reply, "batch_id": batch_id}), batch_id=batch_id
            )
        except ApiError as error:
            await call.notify(change_notifications.failed(error.message, public_id, batch_id), batch_id=batch_id)

    call.cloud.spawn(later())
    return {"status": "processing", "public_id": public_id, "batch_id": batch_id}


async def _created(call: ApiCall, chosen: ArchiveSelection, public_id: str | None = None) -> tuple[SandboxAsset, JSON]:
    params = call.params
    path, count = await archives.write(call.cloud, chosen, params)
    try:
        description = Params({"tags": params.many("target_tags"), "asset_folder": params.text("target_asset_folder")})
        asset = await store_made(call.cloud, path, "upload", public_id or _public_id(params), "raw", description)
    finally:
        await call.cloud.files.discard(path)
    return asset, {
        **replies.uploaded(call.cloud, asset, call.caller.api_key),
        "resource_count": len(chosen.assets),
        "file_count": count,
        "missing_public_ids": chosen.missing,
        "empty_tags": chosen.empty_tags,
        "empty_prefixes": chosen.empty_prefixes,
    }


def _public_id(params: Params) -> str:
    """A raw file's public ID ends with its extension."""
    format = archives.read_format(params)
    name = checked_public_id(params.text("target_public_id") or random_name())
    return name if name.lower().endswith(f".{format}") else f"{name}.{format}"


def _file_name(params: Params) -> str:
    format = archives.read_format(params)
    name = base_name(params.text("target_filename")) or last_segment(params.text("target_public_id")) or "archive"
    return name if name.lower().endswith(f".{format}") else f"{name}.{format}"


async def _sent(call: ApiCall, chosen: ArchiveSelection, params: Params) -> Response:
    path, _ = await archives.write(call.cloud, chosen, params)
    return FileResponse(
        path,
        media_type=archives.MEDIA_TYPES[archives.read_format(params)],
        filename=_file_name(params),
        background=BackgroundTask(call.cloud.files.discard, path),
    )


async def download_tag(call: ApiCall) -> Response:
    """A zip of all assets with a tag, with one transformation if wanted: the older kind of download."""
    check_not_expired(call.params)
    tag = call.params.required("tag")
    given = Params({"tags": [tag], "target_filename": tag, "transformations": call.params.text("transformation")})
    return await _sent(call, await choose(call.cloud, call.resource_type, given), given)


ENDPOINTS = [
    Endpoint("POST", "/{rt_all}/generate_archive", generate, "download"),
    Endpoint("GET", "/{rt_all}/generate_archive", generate, "download"),
    Endpoint("GET", "/{rt_all}/download_tag.zip", download_tag, "download"),
]
