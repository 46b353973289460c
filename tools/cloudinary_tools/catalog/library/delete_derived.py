"""`delete_derived`: derived files of an asset go, the original stays."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.assets import DerivedEntry
from cloudinary_tools.client.reply_types.changes import DerivedDeletionReply
from cloudinary_tools.library.asset_view import read_asset
from cloudinary_tools.library.names import name_any
from cloudinary_tools.library.selection import IDS_PER_CALL, in_batches
from cloudinary_tools.toolkit.concurrency import STOPPING, USED_UP, reason
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan, cost
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import NAMED_AT_MOST, Problem, ToolResult, plural, quote, visible, without_nulls

DERIVED_PAGE = 500


@dataclass(frozen=True, slots=True)
class Invalidation:
    """Whether copies on the CDN are cleared too."""

    invalidate: bool


class DeletedDerived(TypedDict, total=False):
    """How many derived files went."""

    deleted: int
    not_found: int
    not_deleted: int
    stopped: str


async def execute_delete_derived(ctx: ToolContext, plan: Plan[NamedItem, Invalidation]) -> Outcome[NamedItem]:
    """Delete the planned derived files by id, 100 at a time."""
    by_id = {item.id: item for item in plan.items}
    deleted: set[str] = set()
    tried: set[str] = set()
    stopped = ""
    for some in in_batches(by_id, IDS_PER_CALL):
        if not ctx.budget.allows():
            stopped = USED_UP
            break
        params = {"derived_resource_ids": some, "invalidate": plan.options.invalidate}
        changes = [
            Change(by_id[name].key, by_id[name].label, "destroys", "delete", "derived", before={"of": plan.selection})
            for name in some
        ]
        try:
            async with ctx.recorded(changes) as record:
                reply = await ctx.admin_reply("DELETE", "derived_resources", reply=DerivedDeletionReply, json=params)
                states = reply.body["deleted"]
                went = {name for name in some if reply.repeated or states.get(name) == "deleted"}
                for name in went:
                    record.done(by_id[name].key)
        except STOPPING as error:
            stopped = reason(error) + (" Some of these may be gone already." if error.outcome_unknown else "")
            break
        tried |= set(some)
        deleted |= went
    rest = [name for name in by_id if name not in tried]
    data = {"not_found": len(tried - deleted) or None, "not_deleted": len(rest) or None, "stopped": stopped}
    text = f"Deleted {plural(len(deleted), 'derived file')}; the originals stay."
    if stopped:
        text += f" Stopped: {stopped.rstrip('.')}. Not deleted yet: {len(rest):,}."
    answer = ToolResult(DeletedDerived(deleted=len(deleted), **without_nulls(data)), text)
    return Outcome(answer, tuple(by_id[name] for name in rest))


@tool(kind="delete", title="Delete derived files", execute=execute_delete_derived)
async def delete_derived(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")],
    transformations: Annotated[list[str], Field(description="Only these")] = [],
    invalidate: Annotated[bool, Field(description="Clear CDN copies")] = True,
) -> Plan[NamedItem, Invalidation] | ToolResult[DeletedDerived]:
    """Delete derived files of an asset; the original stays."""
    before = ctx.budget.admin_calls
    name = name_any(ctx.cloud.config, public_id)
    derived: list[DerivedEntry] = []
    cursor: str | None = None
    while True:
        asset = await read_asset(ctx, name, {"max_results": DERIVED_PAGE, "derived_next_cursor": cursor})
        derived += asset.get("derived") or ()
        cursor = asset.get("derived_next_cursor") or asset.get("next_cursor")
        if not cursor:
            break
    chosen = [entry for entry in derived if not transformations or entry.get("transformation") in transformations]
    if not chosen:
        known = sorted({str(entry.get("transformation")) for entry in derived})[:NAMED_AT_MOST]
        hint = f"There are: {', '.join(known)}." if known else None
        raise Problem(f"{visible(asset['public_id'])} has no such derived file; nothing was deleted.", hint=hint)
    items = tuple(
        NamedItem(
            f"derived:{entry['id']}",
            f"{entry.get('transformation')} {entry.get('format') or ''}",
            bytes=entry.get("bytes") or 0,
        )
        for entry in chosen
    )
    return Plan(
        operation="delete_derived",
        verb="Delete",
        refusal_suffix="nothing was deleted",
        selection=f"of {quote(asset['public_id'])}",
        items=items,
        explicit=len(items) <= IDS_PER_CALL,
        options=Invalidation(invalidate),
        effect="destroys",
        warnings=("Only derived files go; the original stays.",),
        what="derived file",
        cost=cost(before - ctx.budget.admin_calls, -(-len(items) // IDS_PER_CALL)),
    )
