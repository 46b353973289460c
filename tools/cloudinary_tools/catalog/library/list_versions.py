"""`list_versions`: the backed-up versions of an asset."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.library.asset_view import read_asset
from cloudinary_tools.library.names import name_any
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, filled, plural, size, visible, without_nulls


class Version(TypedDict, total=False):
    """One backed-up version; size in bytes."""

    version_id: str
    version: int
    time: str
    bytes: int
    format: str
    restorable: bool


class Versions(TypedDict, total=False):
    """The versions of an asset, as Cloudinary lists them."""

    public_id: str
    asset_id: str
    deleted: bool
    versions: list[Version]


@tool(kind="read", title="List backed-up versions")
async def list_versions(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")] = "",
) -> ToolResult[Versions]:
    """List the backed-up versions of an asset, also of a deleted one."""
    name = name_any(ctx.cloud.config, public_id)
    asset = await read_asset(ctx, name, {"versions": True})
    found = [
        filled(
            Version,
            version_id=entry.get("version_id"),
            version=int(version) if (version := entry.get("version")) else None,  # the live service has a text
            time=entry.get("time"),
            bytes=entry.get("size"),
            format=entry.get("format"),
            restorable=entry.get("restorable"),
        )
        for entry in asset.get("versions") or ()
    ]
    deleted = bool(asset.get("placeholder"))
    data = {"public_id": asset["public_id"], "asset_id": asset["asset_id"], "deleted": deleted or None}
    head = f"{visible(asset['public_id'])}{', which is deleted' if deleted else ''}: "
    rows = [f"{head}{plural(len(found), 'backed-up version')}."]
    if not found:
        rows.append("A backup is made of what is uploaded or replaced while backup is on.")
    for entry in found:
        state = "" if entry.get("restorable", True) else " · not restorable"
        rows.append(f"{entry.get('version_id')} · {entry.get('time', '')} · {size(entry.get('bytes', 0))}{state}")
    return ToolResult(Versions(versions=found, **without_nulls(data)), "\n".join(rows))
