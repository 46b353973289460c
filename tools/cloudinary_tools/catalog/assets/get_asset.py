"""`get_asset`: everything that is known about one asset, as much of it as was asked for."""

from typing import Annotated, Any, Literal

from pydantic import Field

from cloudinary_tools.client.reply_types.assets import AssetReply, flat_context
from cloudinary_tools.library.asset_view import ROW, AssetData, asset_url, moderation_state, read_asset
from cloudinary_tools.library.names import name_asset
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, undisguised, without_nulls

Include = Literal["colors", "faces", "exif", "derived", "versions", "coordinates", "phash", "quality", "info"]

_FLAGS = {
    "colors": {"colors": True},
    "faces": {"faces": True},
    "exif": {"image_metadata": True},
    "versions": {"versions": True},
    "coordinates": {"coordinates": True},
    "phash": {"phash": True},
    "quality": {"quality_analysis": True},
}
_DETAILS = (
    "asset_id", "version", "display_name", "asset_folder", "folder", "tags", "metadata", "access_control", "pages",
    "frame_rate", "bit_rate", "is_audio", "etag", "original_filename", "placeholder", "backup",
)  # fmt: skip
TOP_COLORS = 5
MAX_DERIVED = 20


class AssetDetails(AssetData, total=False):
    """One asset in full. `derived` is a count unless it was asked for."""

    folder: str
    pages: int
    frame_rate: float
    bit_rate: int
    is_audio: bool
    etag: str
    original_filename: str
    placeholder: bool
    backup: bool
    derived_count: int
    derived: list[dict[str, Any]]
    colors: list[str]
    faces: list[list[int]]
    exif: dict[str, Any]
    versions: list[dict[str, Any]]
    coordinates: dict[str, Any]
    phash: str
    quality: dict[str, Any]
    info: dict[str, Any]
    note: str


@tool(kind="read", title="Get an asset")
async def get_asset(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id or delivery URL")] = "",
    asset_id: Annotated[str, Field(description="Instead of public_id")] = "",
    resource_type: Annotated[Literal["image", "video", "raw"] | None, Field(description="Default image")] = None,
    type: Annotated[str | None, Field(description="Delivery type, default upload")] = None,
    include: Annotated[list[Include], Field(description="Facts that cost more")] = [],
) -> ToolResult[AssetDetails]:
    """Get one asset: format, size, URL, folder, tags, context, metadata, moderation."""
    name = name_asset(ctx.cloud.config, public_id, resource_type, type, asset_id)
    params: dict[str, Any] = {"max_results": MAX_DERIVED if "derived" in include else None}
    for flag in include:
        params |= _FLAGS.get(flag, {})
    return ToolResult(_details(ctx, await read_asset(ctx, name, params), include))


def _details(ctx: ToolContext, reply: AssetReply, include: list[Include]) -> AssetDetails:
    """What was asked for of a details reply."""
    data: dict[str, Any] = {name: reply.get(name) for name in ("public_id", "resource_type", "type")}
    data |= {name: reply.get(name) for name in (*ROW, *_DETAILS)}
    data["url"] = asset_url(ctx.cloud.config, reply)
    data["context"] = flat_context(reply.get("context"))
    data["moderation"] = moderation_state(reply)
    derived = reply.get("derived") or []
    if "derived" in include:
        data["derived"] = [
            without_nulls({key: entry.get(key) for key in ("id", "transformation", "format", "bytes")})
            for entry in derived
        ]
    elif derived:
        data["derived_count"] = len(derived)
    if "colors" in include:
        data["colors"] = [f"{color} {share:g}%" for color, share in (reply.get("colors") or [])[:TOP_COLORS]]
    for name, key in {
        "faces": "faces", "exif": "image_metadata", "versions": "versions", "coordinates": "coordinates",
        "phash": "phash", "quality": "quality_analysis", "info": "info",
    }.items():  # fmt: skip
        if name in include:
            data[name] = reply.get(key)
    if data.get("display_name") == str(data.get("public_id", "")).rsplit("/", 1)[-1]:
        del data["display_name"]
    if reply.get("placeholder"):
        data["note"] = "Deleted; only its backup is left."
    else:
        data.pop("placeholder")
    for name in ("backup", "is_audio"):
        if not data.get(name):
            data.pop(name, None)
    return AssetDetails(**undisguised(without_nulls(data)))
