"""`list_versions`, `restore_assets`, `delete_derived`: what is kept beside an asset's present file."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError
from cloudinary_tools.library.asset_view import read_asset
from cloudinary_tools.library.selection import IDS_PER_CALL, Asset, assets_by_id, in_batches, name_any, named_assets
from cloudinary_tools.toolkit.concurrency import STOPPING, reason
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan, Thing, cost
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, size, visible, without_nulls

DERIVED_PAGE = 500
NAMED_AT_MOST = 20
WHY = {
    "no_backup": "no backup of it exists",
    "failed": "Cloudinary failed to restore it",
    "unauthorized": "this key may not restore it",
}
"""Outcomes of a restoring, in words."""


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


class Restored(TypedDict, total=False):
    """What was restored and what was not."""

    restored: list[str]
    not_restored: dict[str, str]


class DeletedDerived(TypedDict, total=False):
    """How many derived files went."""

    deleted: int
    not_found: int
    not_deleted: int
    stopped: str


@tool(toolset="library", kind="read", title="List backed-up versions")
async def list_versions(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")] = "",
) -> ToolResult[Versions]:
    """List the backed-up versions of an asset, also of a deleted one."""
    name = name_any(ctx.cloud.config, public_id)
    asset = await read_asset(ctx, name, {"versions": True})
    found: list[dict[str, Any]] = [
        without_nulls(
            {
                "version_id": entry.get("version_id"),
                "version": entry.get("version"),
                "time": entry.get("time"),
                "bytes": entry.get("size"),
                "format": entry.get("format"),
                "restorable": entry.get("restorable"),
            }
        )
        for entry in asset.get("versions", ())
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
    return ToolResult(Versions(versions=cast("list[Version]", found), **without_nulls(data)), "\n".join(rows))


async def run_restore(ctx: ToolContext, plan: Plan) -> Outcome:
    """Restore as planned; an asset that was replaced since the plan is left alone."""
    live = cast("tuple[Asset, ...]", plan.items)
    now = await assets_by_id(ctx, [asset.asset_id for asset in live])
    changed = [asset for asset in live if (seen := now.get(asset.asset_id)) and seen.version != asset.version]
    if changed:
        raise Problem(
            f"{visible(changed[0].label)} was replaced since the plan was made; nothing was restored.",
            hint="Look at list_versions and make a new plan.",
        )
    return Outcome(await _restore(ctx, plan.options["orders"]))


@tool(toolset="library", kind="update", title="Restore assets", execute=run_restore)
async def restore_assets(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Each as public_id of list_versions")] = [],
    version_ids: Annotated[list[str], Field(description="One for each, from list_versions")] = [],
) -> Plan | ToolResult[Restored]:
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
    orders: dict[tuple[str, ...], list[_Order]] = {}
    for given, version in zip(public_ids, version_ids or [""] * len(public_ids), strict=True):
        name = name_any(ctx.cloud.config, given)
        path = ("resources", "restore") if name.asset_id else ("resources", name.resource_type, name.type, "restore")
        orders.setdefault(path, []).append((name.asset_id or name.public_id, version))
    live = await _live(ctx, orders)
    if live and version_ids:
        return Plan(
            operation="restore_assets",
            title="Replace, by an earlier version,",
            nothing="nothing was restored",
            selection="restoring versions",
            items=tuple(live.values()),
            explicit=True,
            options={"orders": orders},
            warnings=("The present files are replaced; they can come back only if they have backups themselves.",),
        )
    there = [key for key in live if not version_ids]
    wanted = {path: [order for order in some if (path, order[0]) not in there] for path, some in orders.items()}
    return await _restore(ctx, wanted, [name for _, name in there])


_Order = tuple[str, str]
"""A public_id or asset_id, and a version_id or nothing."""


async def _live(
    ctx: ToolContext, orders: Mapping[tuple[str, ...], Sequence[_Order]]
) -> dict[tuple[tuple[str, ...], str], Asset]:
    """Which of them are not deleted."""
    live: dict[tuple[tuple[str, ...], str], Asset] = {}
    for path, some in orders.items():
        names = [name for name, _ in some]
        if len(path) == 2:
            live |= {(path, asset_id): asset for asset_id, asset in (await assets_by_id(ctx, names)).items()}
        else:
            live |= {(path, asset.public_id): asset for asset in await named_assets(ctx, path[1], path[2], names)}
    return live


async def _restore(
    ctx: ToolContext, orders: Mapping[tuple[str, ...], Sequence[_Order]], there: Sequence[str] = ()
) -> ToolResult[Restored]:
    failed = dict.fromkeys(there, "it is not deleted; give version_ids")
    restored: list[str] = []
    for path, some in orders.items():
        if not some:
            continue
        body: dict[str, Any] = {"asset_ids" if len(path) == 2 else "public_ids": [name for name, _ in some]}
        if versions := [version for _, version in some if version]:
            body["versions"] = versions
        try:
            reply = await ctx.admin("POST", *path, json=body)
        except CloudError as error:
            if not restored and len(orders) == 1:
                raise
            failed |= dict.fromkeys((name for name, _ in some), reason(error))
            continue
        for name, _ in some:
            entry = cast("dict[str, Any]", reply.get(name) or {"error": "not mentioned in the answer"})
            if "error" in entry:
                failed[name] = WHY.get(str(entry["error"]), str(entry["error"]))
            else:
                restored.append(name)
    shown = {visible(name): visible(why) for name, why in failed.items()}
    rows = [f"Restored {plural(len(restored), 'asset')}{': ' if restored else ''}{', '.join(map(visible, restored))}."]
    rows += [f"Not restored: {name}: {why}." for name, why in shown.items()]
    data = Restored(restored=[visible(name) for name in restored])
    if shown:
        data["not_restored"] = shown
    return ToolResult(data, "\n".join(rows))


async def run_delete(ctx: ToolContext, plan: Plan) -> Outcome:
    """Delete the planned derived files by id, 100 at a time."""
    ids = [item.key for item in plan.items]
    by_id = {item.key: item for item in plan.items}
    deleted: set[str] = set()
    tried: set[str] = set()
    stopped = ""
    for some in in_batches(ids, IDS_PER_CALL):
        if not ctx.budget.allows():
            stopped = "this call's time or Admin API calls were used up"
            break
        params = {"derived_resource_ids": some, "invalidate": plan.options["invalidate"]}
        try:
            reply = await ctx.admin("DELETE", "derived_resources", json=params)
        except STOPPING as error:
            stopped = reason(error) + (" Some of these may be gone already." if error.outcome_unknown else "")
            break
        states = cast("Mapping[str, str]", reply.get("deleted") or {})
        tried |= set(some)
        deleted |= {name for name in some if reply.repeated or states.get(name) == "deleted"}
    rest = [name for name in ids if name not in tried]
    data = {"not_found": len(tried - deleted) or None, "not_deleted": len(rest) or None, "stopped": stopped}
    text = f"Deleted {plural(len(deleted), 'derived file')}; the originals stay."
    if stopped:
        text += f" Stopped: {stopped.rstrip('.')}. Not deleted yet: {len(rest):,}."
    answer = ToolResult(DeletedDerived(deleted=len(deleted), **without_nulls(data)), text)
    return Outcome(answer, tuple(by_id[name] for name in rest))


@tool(toolset="library", kind="delete", title="Delete derived files", execute=run_delete)
async def delete_derived(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")] = "",
    transformations: Annotated[list[str], Field(description="Only these")] = [],
    invalidate: Annotated[bool, Field(description="Clear CDN copies")] = True,
) -> Plan | ToolResult[DeletedDerived]:
    """Delete derived files of an asset; the original stays."""
    before = ctx.budget.admin_calls
    name = name_any(ctx.cloud.config, public_id)
    derived: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while True:
        asset = await read_asset(ctx, name, {"max_results": DERIVED_PAGE, "derived_next_cursor": cursor})
        derived += asset.get("derived", ())
        cursor = asset.get("derived_next_cursor") or asset.get("next_cursor")
        if not cursor:
            break
    chosen = [entry for entry in derived if not transformations or entry.get("transformation") in transformations]
    if not chosen:
        known = sorted({str(entry.get("transformation")) for entry in derived})[:NAMED_AT_MOST]
        hint = f"There are: {', '.join(known)}." if known else None
        raise Problem(f"{visible(asset['public_id'])} has no such derived file; nothing was deleted.", hint=hint)
    items = tuple(
        Thing(
            str(entry["id"]),
            f"{entry.get('transformation')} {entry.get('format', '')}",
            bytes=int(entry.get("bytes") or 0),
        )
        for entry in chosen
    )
    return Plan(
        operation="delete_derived",
        title="Delete",
        nothing="nothing was deleted",
        selection=f"of {visible(asset['public_id'])}",
        items=items,
        explicit=len(items) <= IDS_PER_CALL,
        options={"invalidate": invalidate},
        warnings=("Only derived files go; the original stays.",),
        what="derived file",
        cost=cost(before - ctx.budget.admin_calls, -(-len(items) // IDS_PER_CALL)),
    )
