"""`delete_assets`: plan first; then exactly the planned assets go, unless they changed since."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError
from cloudinary_tools.client.reply_types.changes import DeletionReply
from cloudinary_tools.library.selection import (
    IDS_PER_CALL,
    PlannedAsset,
    Selection,
    assets_by_id,
    in_batches,
    where_instead,
)
from cloudinary_tools.toolkit.concurrency import USED_UP
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import Outcome, Plan, cost
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import (
    NAMED_AT_MOST,
    Problem,
    ToolResult,
    first_names,
    plural,
    visible,
    without_nulls,
)

CALLS_PER_BATCH = 2


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How the planned assets are deleted: with or without a CDN invalidation, as a whole or only what is derived."""

    invalidate: bool
    keep_original: bool
    left_out: str
    """What matched too but was not looked at, in words."""

    @property
    def params(self) -> dict[str, bool]:
        """As the Admin API takes them."""
        return {"invalidate": self.invalidate} | ({"keep_original": True} if self.keep_original else {})


class DeleteReport(TypedDict, total=False):
    """What was deleted and what was not; `kept_public_ids` are assets of which only the derived files went."""

    deleted: int
    kept_public_ids: list[str]
    derived_deleted: int
    deleted_public_ids: list[str]
    not_found: list[str]
    changed_since: list[str]
    not_deleted: int
    stopped: str
    note: str


async def execute_delete_assets(ctx: ToolContext, plan: Plan[PlannedAsset, DeleteOptions]) -> Outcome[PlannedAsset]:
    """Delete the planned assets by asset_id, 100 at a time, each checked again right before."""
    by_id = {asset.asset_id: asset for asset in plan.items}
    tally = _Tally()
    done = 0
    for batch in in_batches(by_id, IDS_PER_CALL):
        if not ctx.budget.allows(1 if plan.fresh else CALLS_PER_BATCH):
            tally.stopped = USED_UP
            break
        try:
            await _delete_batch(ctx, plan, [by_id[asset_id] for asset_id in batch], tally)
        except CloudError as error:
            tally.stopped = f"{error.message} {error.hint}"
            break
        done += len(batch)
        await ctx.progress(done, len(by_id), f"{done} of {len(by_id)} checked")
    rest = tuple(asset for asset in plan.items[done:] if asset not in tally.deleted)
    return Outcome(_report(plan, tally, rest), rest)


@dataclass(slots=True)
class _Tally:
    """What became of the planned assets so far."""

    deleted: list[PlannedAsset] = field(default_factory=list[PlannedAsset])
    derived: int = 0
    changed: list[PlannedAsset] = field(default_factory=list[PlannedAsset])
    gone: list[PlannedAsset] = field(default_factory=list[PlannedAsset])
    stopped: str = ""


async def _delete_batch(
    ctx: ToolContext, plan: Plan[PlannedAsset, DeleteOptions], batch: list[PlannedAsset], tally: _Tally
) -> None:
    same = batch
    if not plan.fresh:
        now = await assets_by_id(ctx, [asset.asset_id for asset in batch])
        same = [asset for asset in batch if (seen := now.get(asset.asset_id)) and seen.version == asset.version]
        tally.changed += [asset for asset in batch if asset.asset_id in now and asset not in same]
        tally.gone += [asset for asset in batch if asset.asset_id not in now]
    if not same:
        return
    options = plan.options
    ids = [asset.asset_id for asset in same]
    operation = "delete derived" if options.keep_original else "delete"
    changes = [Change(asset.key, asset.label, "destroys", operation, before=asset.facts) for asset in same]
    async with ctx.recorded(changes) as record:
        went: list[PlannedAsset] = []
        try:
            sent = {"asset_ids": ids, **options.params}
            reply = await ctx.admin_reply("DELETE", "resources", reply=DeletionReply, json=sent)
        except CloudError as error:
            if error.outcome_unknown and not options.keep_original:
                left = await assets_by_id(ctx, ids)
                went = [asset for asset in same if asset.asset_id not in left]
            raise
        else:
            # when it was sent twice, "not found" tells of the first attempt: they were there a moment ago
            went = [asset for asset in same if reply.repeated or _went(reply.body, asset)]
            tally.derived += _derived(reply.body)
            tally.gone += [asset for asset in same if asset not in went]
        finally:
            tally.deleted += went
            for asset in went:
                record.done(asset.key)


@tool(kind="delete", title="Delete assets", execute=execute_delete_assets)
async def delete_assets(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="public_ids or delivery URLs")] = [],
    asset_ids: Annotated[list[str], Field(description="Instead of or beside public_ids")] = [],
    prefix: Annotated[str | None, Field(description="Start of the public_ids")] = None,
    tag: Annotated[str | None, Field(description="Exact tag")] = None,
    folder: Annotated[str | None, Field(description="Assets in it")] = None,
    recursive: Annotated[bool, Field(description="And in its subfolders")] = False,
    expression: Annotated[str | None, Field(description="As of search_assets")] = None,
    all: Annotated[bool, Field(description="Everything of resource_type and type")] = False,
    resource_type: Annotated[
        Literal["image", "video", "raw", "all"] | None, Field(description="Default image; all for folder, expression")
    ] = None,
    type: Annotated[str | None, Field(description="Delivery type, default upload")] = None,
    invalidate: Annotated[bool, Field(description="Also clear cached copies on the CDN")] = True,
    keep_original: Annotated[bool, Field(description="Delete only derived assets")] = False,
) -> Plan[PlannedAsset, DeleteOptions] | ToolResult[DeleteReport]:
    """Delete assets for good. Without confirm nothing is deleted: the user is asked, or a plan comes back."""
    selection = Selection(public_ids, asset_ids, prefix, tag, folder, recursive, expression, all, resource_type, type)
    selected = await selection.resolve(ctx, state=True)
    if not selected.assets:
        hint = await where_instead(ctx, selection, selected.missing)
        raise Problem(f"No asset matches ({selection}); nothing was deleted.", hint=hint)
    warnings: list[str] = []
    backed_up = sum(asset.backup for asset in selected.assets)
    if keep_original:
        warnings.append("Only derived assets go; the originals stay.")
    elif backed_up == len(selected.assets):
        warnings.append("All have backups and can be restored.")
    else:
        backups = f"backups exist of {backed_up} only" if backed_up else "there are no backups"
        warnings.append(f"{backups.capitalize()}." if ctx.kept_up_to else f"This cannot be undone: {backups}.")
    left_out = await selection.left_out(ctx, len(selected.assets))
    warnings += [left_out] if left_out else []
    warnings += selection.notes
    calls = CALLS_PER_BATCH * -(-len(selected.assets) // IDS_PER_CALL)
    return Plan(
        operation="delete_assets",
        verb="Delete the derived assets of" if keep_original else "Delete",
        refusal_suffix="nothing was deleted",
        selection=str(selection),
        items=selected.assets,
        explicit=selection.explicit,
        options=DeleteOptions(invalidate, keep_original, left_out),
        effect="destroys",
        warnings=tuple(warnings),
        missing=selected.missing,
        cost=cost(selected.calls, calls),
        admin_calls=calls,
    )


def _went(reply: DeletionReply, asset: PlannedAsset) -> bool:
    """The reply is keyed by asset_id or by public_id (not documented which); either tells."""
    states = reply["deleted"]
    return states.get(asset.asset_id, states.get(asset.public_id)) == "deleted"


def _derived(reply: DeletionReply) -> int:
    return sum(count.get("derived") or 0 for count in (reply.get("deleted_counts") or {}).values())


def _report(
    plan: Plan[PlannedAsset, DeleteOptions], tally: _Tally, rest: Sequence[PlannedAsset]
) -> ToolResult[DeleteReport]:
    count = len(tally.deleted)
    keep = plan.options.keep_original
    missing = [visible(name) for name in (*plan.missing, *(asset.label for asset in tally.gone))]
    changed = [visible(asset.label) for asset in tally.changed]
    if keep:
        text = [f"Deleted {plural(tally.derived, 'derived file')} of {plural(count, 'asset')}; the originals stay."]
    else:
        kinds = Counter(asset.resource_type for asset in tally.deleted)
        of = ", ".join(f"{some:,} {kind}" for kind, some in kinds.most_common())
        also = f" and {plural(tally.derived, 'derived file')}" if tally.derived else ""
        text = [f"Deleted {plural(count, 'asset')}{f' ({of})' if of else ''}{also}."]
        backed_up = sum(asset.backup for asset in tally.deleted)
        if count:
            text.append(f"Backups exist of {'all' if backed_up == count else backed_up or 'none'} of them.")
    if tally.deleted:
        text.append(f"{'Of' if keep else 'Gone'}: {first_names([visible(asset.label) for asset in tally.deleted])}.")
    if plan.options.left_out:
        text.append(plan.options.left_out)
    if missing:
        text.append(f"Not there (any more): {first_names(missing)}.")
    if changed:
        text.append(f"Kept, because replaced since the plan was made: {first_names(changed)}.")
    if tally.stopped:
        text.append(f"Stopped: {tally.stopped.rstrip('.')}. Not deleted yet: {len(rest):,}.")
    names = [visible(asset.public_id) for asset in tally.deleted] if count <= NAMED_AT_MOST else None
    data: dict[str, Any] = {
        "derived_deleted": tally.derived or None,
        "deleted_public_ids": None if keep else names,
        "kept_public_ids": names if keep else None,
        "not_found": missing[:IDS_PER_CALL],
        "changed_since": changed[:IDS_PER_CALL],
        "not_deleted": len(rest) or None,
        "stopped": tally.stopped,
        "note": plan.options.left_out,
    }
    report = DeleteReport(deleted=0 if keep else count, **without_nulls(data))
    return ToolResult(report, "\n".join(text))
