"""`rename_asset`: another public_id or delivery type; a taken name is never lost without a yes."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError, NotFound, check_public_id
from cloudinary_tools.client.reply_types.assets import AssetReply, RenamedReply
from cloudinary_tools.library.asset_view import asset_data, asset_line, asset_url, read_asset
from cloudinary_tools.library.selection import MANAGED_TYPES, AssetName, PlannedAsset, name_any
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, visible, without_nulls


@dataclass(frozen=True, slots=True)
class Renaming:
    """One asset's way from a name to another of the same resource type."""

    asset_id: str
    source: AssetName
    target: AssetName
    invalidate: bool
    overwrite: bool = False

    @property
    def params(self) -> dict[str, Any]:
        """As the Upload API takes them."""
        return {
            "from_public_id": self.source.public_id,
            "to_public_id": self.target.public_id,
            "type": self.source.type,
            **({"to_type": self.target.type} if self.target.type != self.source.type else {}),
            **({"invalidate": True} if self.invalidate else {}),
            **({"overwrite": True} if self.overwrite else {}),
        }


class Renamed(TypedDict, total=False):
    """An asset under its new name."""

    public_id: str
    resource_type: str
    type: str
    asset_id: str
    was: str
    url: str
    replaced: str
    note: str


async def execute_rename_asset(ctx: ToolContext, plan: Plan[PlannedAsset, Renaming]) -> Outcome[PlannedAsset]:
    """Rename over the planned asset, if it still is the one that was seen."""
    (victim,) = plan.items
    now = await _present(ctx, AssetName(victim.public_id, victim.resource_type, victim.type))
    if now is not None and (now["asset_id"], now.get("version") or 0) != (victim.asset_id, victim.version):
        raise Problem(f"{victim.label} was replaced since the plan was made; nothing was changed.", hint="Plan again.")
    return Outcome(await _rename(ctx, plan.options, victim.label if now else ""))


@tool(kind="update", title="Rename an asset", execute=execute_rename_asset)
async def rename_asset(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")] = "",
    to_public_id: Annotated[str, Field(description="New public_id")] = "",
    to_type: Annotated[str | None, Field(description="New type")] = None,
    overwrite: Annotated[bool, Field(description="Replace what has it")] = False,
    invalidate: Annotated[bool, Field(description="Clear CDN copies")] = False,
) -> Plan[PlannedAsset, Renaming] | ToolResult[Renamed]:
    """Change an asset's public_id or type, and so its URL. Replacing another asset is planned first."""
    check_public_id(to_public_id, "to_public_id")
    if to_type not in (None, *MANAGED_TYPES):
        raise Problem(f"to_type cannot be {to_type!r}; use one of {', '.join(MANAGED_TYPES)}. Nothing was changed.")
    asset = await read_asset(ctx, name_any(ctx.cloud.config, public_id))
    kind, delivery, name = asset["resource_type"], asset["type"], asset["public_id"]
    target = AssetName(to_public_id, kind, to_type or delivery)
    if (target.public_id, target.type) == (name, delivery):
        raise Problem(f"{visible(str(target))} is its name already; nothing was changed.")
    renaming = Renaming(
        asset_id=asset["asset_id"],
        source=AssetName(name, kind, delivery),
        target=target,
        invalidate=invalidate,
    )
    there = await _present(ctx, target)
    if there is None:
        return await _rename(ctx, renaming)
    described = asset_line(asset_data(ctx.cloud.config, there))
    if not overwrite:
        raise Problem(
            f"The name {visible(str(target))} is taken, by: {described}. Nothing was changed.",
            hint="Choose another name, or give overwrite=true to replace that asset.",
        )
    victim = PlannedAsset.from_entry(there)
    backup = "it has a backup" if victim.backup else "this cannot be undone: it has no backup"
    return Plan(
        operation="rename_asset",
        verb="Replace",
        refusal_suffix="nothing was changed",
        selection=f"by renaming {visible(name)}",
        items=(victim,),
        explicit=True,
        options=replace(renaming, overwrite=True),
        warnings=(f"It goes for good, {backup}. It is: {described}.",),
    )


async def _present(ctx: ToolContext, name: AssetName) -> AssetReply | None:
    """What has a name now; a placeholder of something deleted does not count."""
    try:
        found = await ctx.admin("GET", *name.path, reply=AssetReply)
    except NotFound:
        return None
    return None if found.get("placeholder") else found


async def _rename(ctx: ToolContext, renaming: Renaming, replaced: str = "") -> ToolResult[Renamed]:
    source, target = renaming.source, renaming.target
    try:
        reply: RenamedReply | AssetReply = await ctx.cloud.upload_call(
            source.resource_type, "rename", renaming.params, reply=RenamedReply
        )
    except CloudError as error:
        now = await _present(ctx, target) if error.outcome_unknown else None
        if now is None or now["asset_id"] != renaming.asset_id:
            raise
        reply = now  # the answer was lost, not the renaming
    was = visible(str(source))
    data = {
        "public_id": target.public_id,
        "resource_type": target.resource_type,
        "type": target.type,
        "asset_id": renaming.asset_id,
        "was": was,
        "url": asset_url(ctx.cloud.config, reply),
        "replaced": visible(replaced),
        "note": "Folder and display name stayed as they were.",
    }
    text = f"Renamed {was} to {visible(str(target))}{', replacing what was there' if replaced else ''}."
    return ToolResult(Renamed(**without_nulls(data)), f"{text} {data['note']}\nURL: {data['url']}")
