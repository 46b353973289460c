"""`edit_assets`: one change to many assets, in the fewest calls; what is large or replaces something is planned."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError
from cloudinary_tools.client.permits import Effect
from cloudinary_tools.client.reply_types.assets import AssetReply, UploadReply
from cloudinary_tools.client.reply_types.changes import BulkEditReply, PublishReply
from cloudinary_tools.library.edits import Edits
from cloudinary_tools.library.selection import (
    IDS_PER_CALL,
    MAX_SELECTED,
    PlannedAsset,
    Selected,
    Selection,
    assets_by_id,
    in_batches,
    too_many,
    where_instead,
)
from cloudinary_tools.toolkit.concurrency import STOPPING, USED_UP, each, reason
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change, Record
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

MAX_ADDED_TO = 5000
"""Assets of one edit that only adds; one that replaces something holds as many as any plan."""


class Failure(TypedDict):
    """One asset that could not be edited."""

    asset: str
    why: str


class EditReport(TypedDict, total=False):
    """What was edited and what was not."""

    edited: int
    edited_public_ids: list[str]
    change: str
    failed_count: int
    failed: list[Failure]
    not_found: list[str]
    changed_since: list[str]
    not_edited: int
    stopped: str


async def execute_edit_assets(ctx: ToolContext, plan: Plan[PlannedAsset, Edits]) -> Outcome[PlannedAsset]:
    """Edit the planned assets, batch by batch; what is left when it stops is the rest."""
    editing = _Editing(ctx, plan.options, checks=not plan.fresh)
    await editing.all(plan.items)
    return Outcome(editing.report(plan.missing), tuple(editing.rest))


@tool(kind="update", title="Edit many assets", execute=execute_edit_assets)
async def edit_assets(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Or URLs")] = [],
    asset_ids: Annotated[list[str], Field(description="Or these")] = [],
    prefix: Annotated[str | None, Field(description="Start of the public_ids")] = None,
    tag: Annotated[str | None, Field(description="Exact tag")] = None,
    folder: Annotated[str | None, Field(description="Assets in it")] = None,
    recursive: Annotated[bool, Field(description="And below")] = False,
    expression: Annotated[str | None, Field(description="As of search_assets")] = None,
    resource_type: Annotated[
        Literal["image", "video", "raw", "all"] | None, Field(description="Default image; all for folder, expression")
    ] = None,
    type: Annotated[str | None, Field(description="Delivery type")] = None,
    add_tags: Annotated[list[str], Field(description="To add")] = [],
    remove_tags: Annotated[list[str], Field(description="To take away")] = [],
    tags: Annotated[list[str] | None, Field(description="Replaces all; [] removes")] = None,
    context: Annotated[dict[str, str] | None, Field(description='Merged; "" removes a key')] = None,
    metadata: Annotated[dict[str, Any] | None, Field(description='By external_id; "" clears')] = None,
    move_to: Annotated[str | None, Field(description="Folder; / is the root")] = None,
    access_control: Annotated[list[dict[str, Any]] | None, Field(description="As of update_asset")] = None,
    moderation_status: Annotated[Literal["approved", "rejected"] | None, Field(description="Decision")] = None,
    publish: Annotated[bool, Field(description="To type upload")] = False,
) -> Plan[PlannedAsset, Edits] | ToolResult[EditReport]:
    """Edit the assets of a selection. What replaces values of a selection or of more than 20 is planned first."""
    selection = Selection(
        public_ids, asset_ids, prefix, tag, folder, recursive, expression, resource_type=resource_type, type=type
    )
    place = None if move_to is None else move_to.strip("/")
    edits = Edits(add_tags, remove_tags, tags, context, metadata, place, access_control, moderation_status, publish)
    if place is not None and await ctx.folder_mode() == "fixed":
        raise Problem(
            "This cloud has fixed folders: the folder is the start of the public_id. Nothing was changed.",
            hint="rename_asset moves one asset.",
        )
    selected = await selection.resolve(ctx, MAX_ADDED_TO, state=True)
    if not selected.assets:
        hint = await where_instead(ctx, selection, selected.missing)
        raise Problem(f"No asset matches ({selection}); nothing was changed.", hint=hint)
    effects: tuple[Effect, ...] = tuple(edits.effect_on(asset) for asset in selected.assets)
    if "changes" in effects and len(selected.assets) > MAX_SELECTED:
        raise too_many(selection, MAX_SELECTED)
    left_out = "" if "changes" not in effects else await selection.left_out(ctx, len(selected.assets))
    return _plan(selection, selected, edits, effects, left_out)


def _plan(
    selection: Selection, selected: Selected, edits: Edits, effects: tuple[Effect, ...], left_out: str
) -> Plan[PlannedAsset, Edits]:
    count = len(selected.assets)
    sizes = [len(group) for group in _groups(selected.assets, edits.batch)]
    hundreds = -(-count // IDS_PER_CALL)
    alone = count if edits.one_by_one else 0
    admin = hundreds + (alone if edits.needs_admin else 0)
    admin += hundreds if edits.publish else 0
    upload = len(sizes) * len(edits.bulk_calls()) + (0 if edits.needs_admin else alone)
    replaced = effects.count("changes")
    lost = f"Of {replaced:,} of them values go or are replaced; they can be put back." if replaced else ""
    warnings = (f"The change: {edits.summary}.", lost, left_out, *selection.notes)
    return Plan(
        operation="edit_assets",
        verb="Edit",
        refusal_suffix="nothing was changed",
        selection=str(selection),
        items=selected.assets,
        explicit=selection.explicit,
        options=edits,
        effect="adds",
        effects=effects,
        leave="changes",  # the API knows one call for a new value and for another one
        targets=tuple(f"{asset.kind}/upload/{asset.public_id}" for asset in selected.assets) if edits.publish else (),
        warnings=tuple(warning for warning in warnings if warning),
        missing=selected.missing,
        cost=cost(selected.calls, admin, upload),
        admin_calls=admin,
    )


def _groups(assets: Iterable[PlannedAsset], most: int) -> list[list[PlannedAsset]]:
    """Batches of one resource type and delivery type each."""
    kinds: dict[tuple[str, str], list[PlannedAsset]] = {}
    for asset in assets:
        kinds.setdefault((asset.resource_type, asset.type), []).append(asset)
    return [group[start : start + most] for group in kinds.values() for start in range(0, len(group), most)]


@dataclass(slots=True)
class _Editing:
    """One change on its way through the assets; each ends in exactly one of the lists."""

    ctx: ToolContext
    edits: Edits
    checks: bool
    """Each asset is looked at again before it is edited."""
    done: list[PlannedAsset] = field(default_factory=list[PlannedAsset])
    failed: list[tuple[PlannedAsset, str]] = field(default_factory=list[tuple[PlannedAsset, str]])
    gone: list[PlannedAsset] = field(default_factory=list[PlannedAsset])
    changed: list[PlannedAsset] = field(default_factory=list[PlannedAsset])
    rest: list[PlannedAsset] = field(default_factory=list[PlannedAsset])
    unsure: set[str] = field(default_factory=set[str])
    stopped: str = ""
    total: int = 0

    async def all(self, assets: Sequence[PlannedAsset]) -> None:
        """Edit batch by batch until the end, a failure that the next batch would meet too, or the call's own end."""
        self.total = len(assets)
        for batch in _groups(assets, self._most()):
            if not self.stopped and not self._affords(len(batch)):
                self.stopped = USED_UP
            if self.stopped:
                self.rest += batch
                continue
            changes = [self._change(asset) for asset in batch]
            async with self.ctx.recorded(changes) as record:
                await self._edit(batch)
                self._tell(record, batch)
            await self.ctx.progress(self._through, self.total, f"{self._through:,} of {self.total:,} edited")

    async def _edit(self, batch: Sequence[PlannedAsset]) -> None:
        """Edit one batch; afterwards each of its assets is in one of the lists."""
        left = list(batch)
        try:
            if self.checks:
                left = await self._unchanged(left)
            for action, params in self.edits.bulk_calls():
                left = await self._bulk(action, params, left)
            if self.edits.one_by_one:
                left = await self._alone(left)
            if self.edits.publish:
                left = await self._publish(left)
            self.done += left
        except STOPPING as error:
            self.stopped = reason(error)
            await self._settle(self._open(left), unsure=error.outcome_unknown)
        except Problem:  # no Admin API call is left
            self.stopped = self.stopped or USED_UP
            self.rest += self._open(left)
        except CloudError as error:
            if error.outcome_unknown:
                self.unsure |= {asset.key for asset in self._open(left)}
            self.failed += [(asset, reason(error)) for asset in self._open(left)]

    def _change(self, asset: PlannedAsset) -> Change:
        before, after = self.edits.before(asset), self.edits.after(asset)
        effect = self.edits.effect_on(asset)
        return Change(asset.key, asset.label, effect, "edit", before=before, after=after)

    def _tell(self, record: Record, batch: Sequence[PlannedAsset]) -> None:
        """Put the outcome of a batch into the journal."""
        done = {asset.key for asset in self.done}
        why = {asset.key: reason for asset, reason in self.failed}
        changed = {asset.key for asset in self.changed}
        for asset in batch:
            if asset.key in done:
                record.done(asset.key)
            elif asset.key in self.unsure:
                record.unknown(asset.key, why.get(asset.key, self.stopped))
            else:
                since = "changed since the plan" if asset.key in changed else "not there, or not reached"
                record.failed(asset.key, why.get(asset.key, since))

    @property
    def _through(self) -> int:
        return len(self.done) + len(self.failed) + len(self.gone) + len(self.changed)

    def _open(self, assets: Iterable[PlannedAsset]) -> list[PlannedAsset]:
        """Those that are in no list yet."""
        closed = {asset.key for asset in (*self.gone, *self.changed, *self.rest, *self.done)}
        closed |= {asset.key for asset, _ in self.failed}
        return [asset for asset in assets if asset.key not in closed]

    def _most(self) -> int:
        """Assets of one batch: no more than this call's Admin API calls reach for, so that a batch ends as a whole."""
        calls, most = self.ctx.budget.admin_calls, self.edits.batch
        per_hundred = self.checks + self.edits.publish
        if self.edits.one_by_one and self.edits.needs_admin:
            return min(most, IDS_PER_CALL, max(calls - per_hundred, 1))
        return min(most, IDS_PER_CALL * max(calls // per_hundred, 1)) if per_hundred else most

    def _affords(self, count: int) -> bool:
        hundreds = -(-count // IDS_PER_CALL)
        calls = hundreds * (self.checks + self.edits.publish)
        return self.ctx.budget.allows(calls + (self.edits.needs_admin and bool(self.edits.one_by_one)))

    async def _unchanged(self, batch: list[PlannedAsset]) -> list[PlannedAsset]:
        """Those that still are what the plan saw, in version and in the values that the change touches."""
        now = await assets_by_id(self.ctx, [asset.asset_id for asset in batch], state=True)
        self.gone += [asset for asset in batch if asset.asset_id not in now]
        self.changed += [
            asset
            for asset in batch
            if (seen := now.get(asset.asset_id))
            and (seen.version, self.edits.before(seen)) != (asset.version, self.edits.before(asset))
        ]
        return self._open(batch)

    async def _bulk(self, action: str, params: dict[str, Any], batch: list[PlannedAsset]) -> list[PlannedAsset]:
        if not batch:
            return batch
        ids = [asset.public_id for asset in batch]
        reply = await self.ctx.cloud.upload_call(
            batch[0].resource_type,
            action,
            {**params, "type": batch[0].type, "public_ids": ids},
            reply=BulkEditReply,
        )
        touched, refused = set(reply["public_ids"]), set(reply.get("unauthorized") or ())
        self.failed += [(asset, "This key may not change it.") for asset in batch if asset.public_id in refused]
        self.gone += [asset for asset in batch if asset.public_id not in touched | refused]
        return self._open(batch)

    async def _alone(self, batch: list[PlannedAsset]) -> list[PlannedAsset]:
        fields = self.edits.one_by_one

        async def change(asset: PlannedAsset) -> None:
            if self.edits.needs_admin:
                place = ("resources", asset.resource_type, asset.type, asset.public_id)
                await self.ctx.admin("POST", *place, reply=AssetReply, json=fields)
            else:
                named = {"public_id": asset.public_id, "type": asset.type}
                await self.ctx.cloud.upload_call(
                    asset.resource_type, "explicit", {**named, **fields}, reply=UploadReply
                )

        async def tell(through: int) -> None:
            await self.ctx.progress(self._through + through, self.total)

        work = await each(batch, change, may_go_on=self._may_go_on(), tell=tell)
        self.failed += work.failed
        self.stopped = work.stopped
        await self._settle(work.unsure, unsure=True)
        self.rest += work.rest
        return self._open(batch)

    def _may_go_on(self) -> Callable[[], bool]:
        needed = 1 if self.edits.needs_admin else 0
        return lambda: self.ctx.budget.allows(needed)

    async def _publish(self, batch: list[PlannedAsset]) -> list[PlannedAsset]:
        hidden = [asset for asset in batch if asset.type != "upload"]
        for ids in in_batches([asset.public_id for asset in hidden], IDS_PER_CALL):
            chosen = {"public_ids": ids, "type": hidden[0].type}
            place = ("resources", hidden[0].resource_type, "publish_resources")
            reply = await self.ctx.admin("POST", *place, reply=PublishReply, json=chosen)
            published = {entry["public_id"] for entry in reply["published"]}
            failed = reply.get("failed") or ()
            why = {entry["public_id"]: visible(str(entry.get("error") or "refused")) for entry in failed}
            for asset in hidden:
                if asset.public_id in why:
                    self.failed.append((asset, f"Not published: {why[asset.public_id]}."))
                elif asset.public_id in set(ids) - published:
                    self.gone.append(asset)
        return self._open(batch)

    async def _settle(self, assets: list[PlannedAsset], *, unsure: bool) -> None:
        """Sort what a failed call leaves: what is in effect all the same is done, all else is left to do."""
        effective: set[str] = set()
        if unsure:
            try:
                effective = await self._effective(assets)
            except (CloudError, Problem):  # nobody can say: doing it again leads to the same state
                self.unsure |= {asset.key for asset in assets}
        self.done += [asset for asset in assets if asset.key in effective]
        self.rest += [asset for asset in assets if asset.key not in effective]

    async def _effective(self, assets: Sequence[PlannedAsset]) -> set[str]:
        found: set[str] = set()
        for ids in in_batches([asset.asset_id for asset in assets], IDS_PER_CALL):
            if not self.ctx.budget.allows():
                break
            now = await assets_by_id(self.ctx, ids, state=True)
            found |= {asset_id for asset_id, asset in now.items() if self.edits.holds(asset)}
        return found

    def report(self, missing: Sequence[str]) -> ToolResult[EditReport]:
        """What became of the assets."""
        gone = [visible(name) for name in (*missing, *(asset.label for asset in self.gone))]
        changed = [visible(asset.label) for asset in self.changed]
        failed = [Failure(asset=visible(asset.label), why=why) for asset, why in self.failed]
        text = [f"Edited {plural(len(self.done), 'asset')}: {self.edits.summary}."]
        text += [f"Failed: {entry['asset']}: {entry['why']}" for entry in failed[:NAMED_AT_MOST]]
        if len(failed) > NAMED_AT_MOST:
            text.append(f"{len(failed) - NAMED_AT_MOST:,} more failed.")
        if gone:
            text.append(f"Not there (any more): {first_names(gone)}.")
        if changed:
            text.append(f"Left alone, because changed since the plan was made: {first_names(changed)}.")
        if self.stopped:
            text.append(f"Stopped: {self.stopped.rstrip('.')}. Not edited yet: {len(self.rest):,}.")
        if 0 < len(self.done) <= NAMED_AT_MOST:
            text.append(f"Edited: {', '.join(visible(asset.label) for asset in self.done)}.")
        few = len(self.done) <= NAMED_AT_MOST
        data: dict[str, Any] = {
            "edited_public_ids": [visible(asset.public_id) for asset in self.done] if few else None,
            "change": self.edits.summary,
            "failed_count": len(failed) or None,
            "failed": failed[:NAMED_AT_MOST],
            "not_found": gone[:IDS_PER_CALL],
            "changed_since": changed[:IDS_PER_CALL],
            "not_edited": len(self.rest) or None,
            "stopped": self.stopped,
        }
        return ToolResult(EditReport(edited=len(self.done), **without_nulls(data)), "\n".join(text))
