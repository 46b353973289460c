"""`rename_asset`: another public_id or delivery type; a taken name is never lost without a yes."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError, NotFound, check_public_id
from cloudinary_tools.client.reply_types.assets import AssetReply, RenamedReply
from cloudinary_tools.library.asset_view import asset_data, asset_line, asset_url, read_asset
from cloudinary_tools.library.names import MANAGED_TYPES, AssetName, name_any
from cloudinary_tools.library.selection import PlannedAsset
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, quote, visible, without_nulls


@dataclass(frozen=True, slots=True)
class Renaming:
    """One asset's way from a name to another of the same resource type."""

    asset_id: str
    version: int
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
    """Rename the planned asset, if it and what it replaces still are what was seen."""
    renaming = plan.options
    replaced = [asset for asset in plan.items if asset.asset_id != renaming.asset_id]
    if not plan.fresh:
        await _check_unchanged(ctx, renaming.source, renaming.asset_id, renaming.version)
        for victim in replaced:
            await _check_unchanged(ctx, renaming.target, victim.asset_id, victim.version)
    changes = [
        Change(
            renaming.asset_id, str(renaming.source), "changes", "rename",
            before={"public_id": renaming.source.public_id, "type": renaming.source.type},
            after={"public_id": renaming.target.public_id, "type": renaming.target.type},
        ),
        *(Change(victim.key, victim.label, "destroys", "overwrite", before=victim.facts) for victim in replaced),
    ]  # fmt: skip
    async with ctx.recorded(changes) as record:
        reply = await _rename(ctx, renaming)
        for change in changes:
            record.done(change.key)
    was = visible(str(renaming.source))
    target = renaming.target
    data = {
        "public_id": target.public_id,
        "resource_type": target.resource_type,
        "type": target.type,
        "asset_id": renaming.asset_id,
        "was": was,
        "url": asset_url(ctx.cloud.config, reply),
        "replaced": visible(replaced[0].label) if replaced else "",
        "note": "Folder and display name stayed as they were.",
    }
    over = ""
    if replaced:
        backup = "which has a backup" if replaced[0].backup else "which had no backup"
        over = f", replacing what was there ({backup})"
    text = f"Renamed {was} to {visible(str(target))}{over}."
    return Outcome(ToolResult(Renamed(**without_nulls(data)), f"{text} {data['note']}\nURL: {data['url']}"))


@tool(kind="update", title="Rename an asset", execute=execute_rename_asset)
async def rename_asset(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")],
    to_public_id: Annotated[str, Field(description="New public_id")],
    to_type: Annotated[str | None, Field(description="New type")] = None,
    overwrite: Annotated[bool, Field(description="Replace what has it")] = False,
    invalidate: Annotated[bool, Field(description="Clear CDN copies")] = False,
) -> Plan[PlannedAsset, Renaming] | ToolResult[Renamed]:
    """Change an asset's public_id or type, and so its URL. Replacing another asset is planned first."""
    check_public_id(to_public_id, "to_public_id")
    if to_type not in (None, *MANAGED_TYPES):
        raise Problem(f"to_type cannot be {to_type!r}; use one of {', '.join(MANAGED_TYPES)}. Nothing was changed.")
    asset = await read_asset(ctx, name_any(ctx.cloud.config, public_id))
    if asset.get("placeholder"):
        raise Problem(f"{visible(asset['public_id'])} was deleted; nothing was changed.", hint="restore_assets first.")
    kind, delivery, name = asset["resource_type"], asset["type"], asset["public_id"]
    target = AssetName(to_public_id, kind, to_type or delivery)
    if (target.public_id, target.type) == (name, delivery):
        raise Problem(f"{visible(str(target))} is its name already; nothing was changed.")
    there = await _present(ctx, target)
    renaming = Renaming(
        asset_id=asset["asset_id"],
        version=asset.get("version") or 0,
        source=AssetName(name, kind, delivery),
        target=target,
        invalidate=invalidate,
        overwrite=there is not None,
    )
    if there is None:
        return Plan(
            operation="rename_asset",
            verb="Rename",
            refusal_suffix="nothing was changed",
            selection=f"to {quote(str(target))}",
            items=(PlannedAsset.from_entry(asset),),
            explicit=True,
            options=renaming,
            effect="changes",
            targets=(str(target),),
        )
    described = asset_line(asset_data(ctx.cloud.config, there))
    if not overwrite:
        raise Problem(
            f"The name {visible(str(target))} is taken, by: {described}. Nothing was changed.",
            hint="Choose another name, or give overwrite=true to replace that asset.",
        )
    victim = PlannedAsset.from_entry(there, state=True)
    backup = "it has a backup" if victim.backup else "this cannot be undone: it has no backup"
    return Plan(
        operation="rename_asset",
        verb="Replace",
        refusal_suffix="nothing was changed",
        selection=f"by renaming {quote(str(renaming.source))}",
        items=(victim,),
        explicit=True,
        options=renaming,
        effect="destroys",
        targets=(str(renaming.source),),
        warnings=(f"What has the name now goes for good, {backup}. It is: {quote(described)}.",),
    )


async def _check_unchanged(ctx: ToolContext, name: AssetName, asset_id: str, version: int) -> None:
    now = await _present(ctx, name)
    if now is None or (now["asset_id"], now.get("version") or 0) != (asset_id, version):
        raise Problem(
            f"{visible(str(name))} was replaced since the plan was made, or is gone; nothing was changed.",
            hint="Make a new plan.",
        )


async def _present(ctx: ToolContext, name: AssetName) -> AssetReply | None:
    """What has a name now; a placeholder of something deleted does not count."""
    try:
        found = await ctx.admin("GET", *name.path, reply=AssetReply)
    except NotFound:
        return None
    return None if found.get("placeholder") else found


async def _rename(ctx: ToolContext, renaming: Renaming) -> RenamedReply | AssetReply:
    try:
        return await ctx.cloud.upload_call(renaming.source.resource_type, "rename", renaming.params, reply=RenamedReply)
    except CloudError as error:
        now = await _present(ctx, renaming.target) if error.outcome_unknown else None
        if now is None or now["asset_id"] != renaming.asset_id:
            raise
        return now  # the answer was lost, not the renaming
