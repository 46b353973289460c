"""`explode_pages`: every page of a document, or frame of an animation, as a picture of its own."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.creations import ExplodeReply
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.library.asset_view import asset_url, read_asset
from cloudinary_tools.library.names import name_any
from cloudinary_tools.library.selection import PlannedAsset
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, filled, quote, visible


class Exploded(TypedDict, total=False):
    """A document whose pages are being made into pictures."""

    status: str
    batch_id: str
    pages: int
    note: str


@dataclass(frozen=True, slots=True)
class Explosion:
    """The parameters of the call, how many pages there are, and where the first will be."""

    params: dict[str, Any]
    pages: int | None
    first: str


async def execute_explode_pages(ctx: ToolContext, plan: Plan[PlannedAsset, Explosion]) -> Outcome[PlannedAsset]:
    """Have the pages of the planned document made."""
    (asset,) = plan.items
    async with ctx.recorded([Change(asset.key, asset.label, "adds", "explode")]) as record:
        reply = await ctx.cloud.upload_call("image", "explode", plan.options.params, reply=ExplodeReply)
        record.done(asset.key)
    first = plan.options.first
    note = f"Pages are made in the background; page N is delivered with pg_N as transformation, from {first}."
    status = reply.get("status")
    data = filled(Exploded, note=note, status=status, batch_id=reply.get("batch_id"), pages=plan.options.pages)
    return Outcome(ToolResult(data, f"{status or 'processing'}: {note}"))


@tool(kind="create", title="Explode pages", execute=execute_explode_pages, confirms=False)
async def explode_pages(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="PDF, PSD, GIF")],
    transformation: Annotated[str | None, Field(description="Of each, w_300")] = None,
    format: Annotated[str, Field(description="Format")] = "png",
) -> Plan[PlannedAsset, Explosion] | ToolResult[Exploded]:
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
    first = asset_url(ctx.cloud.config, {**asset, "secure_url": None, "format": format})
    return Plan(
        operation="explode_pages",
        verb="Make pictures of the pages of",
        refusal_suffix="nothing was created",
        selection=f"as {quote(format)}",
        items=(PlannedAsset.from_entry(asset),),
        explicit=True,
        options=Explosion(params, asset.get("pages"), first),
        effect="adds",
    )
