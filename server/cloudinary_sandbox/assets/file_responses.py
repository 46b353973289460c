"""Stored files as HTTP responses: an asset's own file, what is derived of it, and any other."""

import mimetypes

from starlette.responses import FileResponse, Response

from cloudinary_sandbox.assets.models import DerivedFile, SandboxAsset
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, not_found

_UNKNOWN = "application/octet-stream"
_MEDIA_TYPES = {
    "webp": "image/webp",
    "avif": "image/avif",
    "jxl": "image/jxl",
    "heic": "image/heic",
    "jpg": "image/jpeg",
}


def send_original(cloud: SandboxCloud, asset: SandboxAsset, download_as: str | None = None) -> Response:
    """An asset's own file, as an attachment when a name is given; ranges and HEAD are served."""
    if asset.placeholder and not asset.bytes:
        raise not_found(asset.public_id)
    extension = asset.format or asset.public_id.rpartition(".")[2]
    return send_file(cloud, asset.file, extension, asset.etag, asset.extra.get("headers"), download_as)


def send_derived(
    cloud: SandboxCloud, asset: SandboxAsset, item: DerivedFile, download_as: str | None = None
) -> Response:
    """A derived file, as an attachment when a name is given or the transformation says so."""
    serving = item.serving
    headers: dict[str, str] = dict(asset.extra.get("headers", {}))
    if serving["approximations"]:
        headers["X-Sandbox-Approximation"] = "; ".join(serving["approximations"])
    if serving["vary_accept"]:
        headers["Vary"] = "Accept"
    if serving["attachment"] and not download_as:
        stem = asset.display_name if serving["attachment"] is True else serving["attachment"]
        download_as = f"{stem}.{item.format}"
    return send_file(cloud, item.file, item.format, item.id, headers, download_as, serving["content_type"])


def send_file(
    cloud: SandboxCloud,
    name: str,
    extension: str,
    etag: str,
    headers: dict[str, str] | None = None,
    download_as: str | None = None,
    media_type: str | None = None,
) -> Response:
    """A stored file with its media type and an ETag."""
    path = cloud.files.path(name)
    if not path.is_file():
        raise ApiError(404, assumptions.MISSING_FILE_TEXT)
    media_type = media_type or _MEDIA_TYPES.get(extension) or mimetypes.guess_type(f"x.{extension}")[0] or _UNKNOWN
    base = {"ETag": f'"{etag}"', "Cache-Control": "public, max-age=2592000", "Access-Control-Allow-Origin": "*"}
    return FileResponse(path, headers={**base, **(headers or {})}, media_type=media_type, filename=download_as)
