"""An asset as a search reply shows it: flat context, dates with an offset, its status."""

from datetime import UTC, datetime

from cloudinary_sandbox.assets import replies
from cloudinary_sandbox.assets.analysis import analysed
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import last_segment, split_extension
from cloudinary_sandbox.core.params import Params

EXTRAS = (
    "context", "tags", "metadata", "image_metadata", "image_analysis", "quality_analysis", "accessibility_analysis",
)  # fmt: skip
ALWAYS = frozenset({"public_id", "asset_id", "asset_folder", "folder", "created_at", "status", "type", "resource_type"})
_MEDIA = ("duration", "bit_rate", "frame_rate", "is_audio", "pages")


def stamp(seconds: float) -> str:
    """Write a moment like `2024-06-25T10:21:27+00:00`, as in search replies."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def format_of(asset: SandboxAsset) -> str:
    """The format as searches know it: of a raw file, which has none elsewhere, the extension of its public ID."""
    return asset.format or split_extension(last_segment(asset.public_id))[1].lower()


async def entry(cloud: SandboxCloud, asset: SandboxAsset, extras: frozenset[str], fields: frozenset[str]) -> JSON:
    """Describe one hit. `fields` narrows it to these (and those that are always there); else `extras` widen it."""
    deleted = asset.placeholder and not asset.bytes
    owner = {"access_key": cloud.identity.api_key}
    reply: JSON = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        **({"asset_folder": asset.asset_folder} if cloud.dynamic_folders else {"folder": asset.folder}),
        "filename": asset.public_id.rpartition("/")[2],
        **({"display_name": asset.display_name} if cloud.dynamic_folders else {}),
        "format": format_of(asset),
        "version": asset.version,
        "resource_type": asset.resource_type,
        "type": asset.type,
        "created_at": stamp(asset.created_at),
        "uploaded_at": stamp(asset.uploaded_at),
        "bytes": asset.bytes,
        "backup_bytes": asset.bytes if asset.backup else 0,
        **_size(asset),
        **{name: asset.facts[name] for name in _MEDIA if asset.facts.get(name)},
        **_url(cloud, asset),
        "status": "deleted" if deleted else "active",
        "access_mode": asset.access_mode,
        "access_control": asset.access_control,
        "etag": asset.etag,
        "created_by": owner,
        "uploaded_by": owner,
        **_moderation(asset),
    }
    for name in EXTRAS:
        if name in (fields or extras):
            reply[name] = await _extra(cloud, asset, name)
    return {key: value for key, value in reply.items() if key in fields | ALWAYS} if fields else reply


def _url(cloud: SandboxCloud, asset: SandboxAsset) -> JSON:
    url = replies.delivery_url(cloud, asset)
    return replies.urls(cloud, url)


def _size(asset: SandboxAsset) -> JSON:
    width, height = asset.width, asset.height
    if not width or not height:
        return {}
    return {"width": width, "height": height, "aspect_ratio": round(width / height, 5), "pixels": width * height}


def _moderation(asset: SandboxAsset) -> JSON:
    if not asset.moderation:
        return {}
    last = asset.moderation[-1]
    return {"moderation_kind": last["kind"], "moderation_status": last["status"]}


async def _extra(cloud: SandboxCloud, asset: SandboxAsset, name: str) -> object:
    known: JSON = asset.extra.get("analysis", {})
    match name:
        case "tags" | "context" | "metadata":
            return getattr(asset, name)
        case "image_metadata":
            if name in known or asset.placeholder:
                return known.get(name, {})
            read = await analysed(asset, cloud.files.path(asset.file), Params({name: True}))
            return read.get(name, {})
        case "image_analysis":
            faces = {"face_count": len(known["faces"]), "faces": known["faces"]} if "faces" in known else {}
            colors = {"colors": dict(known["predominant"]["google"])} if "predominant" in known else {}
            return faces | colors
        case _:
            return known.get(name, {})
