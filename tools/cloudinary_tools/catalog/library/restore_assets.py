"""`restore_assets`: deleted assets come back from their backups, or an earlier version of a present one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError
from cloudinary_tools.client.reply_types.changes import RestoreReply
from cloudinary_tools.library.selection import IDS_PER_CALL, PlannedAsset, assets_by_id, name_any, named_assets
from cloudinary_tools.toolkit.concurrency import reason
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, visible

WHY = {
    "no_backup": "no backup of it exists",
    "failed": "Cloudinary failed to restore it",
    "unauthorized": "this key may not restore it",
}
"""Outcomes of a restoring, in words."""


Path = tuple[str, ...]
"""Where the Admin API restores assets of one kind."""
Order = tuple[str, str]
"""A public_id or asset_id, and a version_id or nothing."""
Orders = Mapping[Path, Sequence[Order]]


class Restored(TypedDict, total=False):
    """What was restored and what was not."""

    restored: list[str]
    not_restored: dict[str, str]


async def execute_restore_assets(ctx: ToolContext, plan: Plan[PlannedAsset, Orders]) -> Outcome[PlannedAsset]:
    """Restore as planned; an asset that was replaced since the plan is left alone."""
    now = await assets_by_id(ctx, [asset.asset_id for asset in plan.items])
    changed = [asset for asset in plan.items if (seen := now.get(asset.asset_id)) and seen.version != asset.version]
    if changed:
        raise Problem(
            f"{visible(changed[0].label)} was replaced since the plan was made; nothing was restored.",
            hint="Look at list_versions and make a new plan.",
        )
    return Outcome(await _restore(ctx, plan.options))


@tool(kind="update", title="Restore assets", execute=execute_restore_assets)
async def restore_assets(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Each as public_id of list_versions")] = [],
    version_ids: Annotated[list[str], Field(description="One for each, from list_versions")] = [],
) -> Plan[PlannedAsset, Orders] | ToolResult[Restored]:
    """Restore deleted assets from backups. An earlier version replaces the present file: planned first."""
    if not public_ids:
        raise Problem("Say in public_ids which assets; nothing was restored.")
    if len(public_ids) > IDS_PER_CALL:
        raise Problem(f"One call restores at most {IDS_PER_CALL} assets; nothing was restored.", hint="Split the list.")
    if version_ids and len(version_ids) != len(public_ids):
        raise Problem(
            f"{plural(len(version_ids), 'version_id')} for {plural(len(public_ids), 'asset')}: give one for each, in "
            "the same order; nothing was restored."
        )
    orders: dict[Path, list[Order]] = {}
    for given, version in zip(public_ids, version_ids or [""] * len(public_ids), strict=True):
        name = name_any(ctx.cloud.config, given)
        path = ("resources", "restore") if name.asset_id else ("resources", name.resource_type, name.type, "restore")
        orders.setdefault(path, []).append((name.asset_id or name.public_id, version))
    live = await _live(ctx, orders)
    if live and version_ids:
        return Plan(
            operation="restore_assets",
            verb="Replace, by an earlier version,",
            refusal_suffix="nothing was restored",
            selection="restoring versions",
            items=tuple(live.values()),
            explicit=True,
            options=orders,
            warnings=("The present files are replaced; they can come back only if they have backups themselves.",),
        )
    there = [key for key in live if not version_ids]
    wanted = {path: [order for order in some if (path, order[0]) not in there] for path, some in orders.items()}
    return await _restore(ctx, wanted, [name for _, name in there])


async def _live(ctx: ToolContext, orders: Orders) -> dict[tuple[Path, str], PlannedAsset]:
    """Which of them are not deleted."""
    live: dict[tuple[Path, str], PlannedAsset] = {}
    for path, some in orders.items():
        names = [name for name, _ in some]
        if len(path) == 2:
            live |= {(path, asset_id): asset for asset_id, asset in (await assets_by_id(ctx, names)).items()}
        else:
            live |= {(path, asset.public_id): asset for asset in await named_assets(ctx, path[1], path[2], names)}
    return live


async def _restore(ctx: ToolContext, orders: Orders, there: Sequence[str] = ()) -> ToolResult[Restored]:
    failed = dict.fromkeys(there, "it is not deleted; give version_ids")
    restored: list[str] = []
    for path, some in orders.items():
        if not some:
            continue
        body: dict[str, Any] = {"asset_ids" if len(path) == 2 else "public_ids": [name for name, _ in some]}
        if versions := [version for _, version in some if version]:
            body["versions"] = versions
        try:
            reply = await ctx.admin("POST", *path, reply=RestoreReply, json=body)
        except CloudError as error:
            if not restored and len(orders) == 1:
                raise
            failed |= dict.fromkeys((name for name, _ in some), reason(error))
            continue
        for name, _ in some:
            entry = reply.get(name)
            if why := "not mentioned in the answer" if entry is None else entry.get("error"):
                failed[name] = WHY.get(why, why)
            else:
                restored.append(name)
    shown = {visible(name): visible(why) for name, why in failed.items()}
    rows = [f"Restored {plural(len(restored), 'asset')}{': ' if restored else ''}{', '.join(map(visible, restored))}."]
    rows += [f"Not restored: {name}: {why}." for name, why in shown.items()]
    data = Restored(restored=[visible(name) for name in restored])
    if shown:
        data["not_restored"] = shown
    return ToolResult(data, "\n".join(rows))
