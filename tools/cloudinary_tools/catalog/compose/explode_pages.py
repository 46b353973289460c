"""`explode_pages`: every page of a document, or frame of an animation, as a picture of its own."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.creations import ExplodeReply
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.library.asset_view import asset_url, read_asset
from cloudinary_tools.library.selection import name_any
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, filled, visible


class Exploded(TypedDict, total=False):
    """A document whose pages are being made into pictures."""

    status: str
    batch_id: str
    pages: int
    note: str


@tool(kind="create", title="Explode pages")
async def explode_pages(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="PDF, PSD, GIF")],
    transformation: Annotated[str | None, Field(description="Of each, w_300")] = None,
    format: Annotated[str, Field(description="Format")] = "png",
) -> ToolResult[Exploded]:
    """Make a picture of every page or frame."""
    asset = await read_asset(ctx, name_any(ctx.cloud.config, public_id), {"pages": True})
    if asset["resource_type"] != "image":
        raise Problem(f"{visible(asset['public_id'])} is a {asset['resource_type']} asset; only images have pages.")
    parts = [part for part in (serialise(transformation) if transformation else None, "pg_all") if part]
    params = {
        "public_id": asset["public_id"],
        "type": asset["type"],
        "transformation": "/".join(parts),
        "format": format,
    }
    reply = await ctx.cloud.upload_call("image", "explode", params, reply=ExplodeReply)
    address = {**asset, "secure_url": None, "format": format}
    first = asset_url(ctx.cloud.config, address)
    note = f"Pages are made in the background; page N is delivered with pg_N as transformation, from {first}."
    status = reply.get("status")
    data = filled(Exploded, note=note, status=status, batch_id=reply.get("batch_id"), pages=asset.get("pages"))
    return ToolResult(data, f"{status or 'processing'}: {note}")
