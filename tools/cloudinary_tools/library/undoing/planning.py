"""What of a change set goes back: each change is compared with the cloud as it is now."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudinary_tools.client import NotFound
from cloudinary_tools.client.reply_types.assets import AssetReply
from cloudinary_tools.library.folders import folder_exists
from cloudinary_tools.library.names import AssetName
from cloudinary_tools.library.selection import (
    PlannedAsset,
    assets_by_id,
    folders_below,
    named_assets,
)
from cloudinary_tools.library.triggers import TriggerData, read_triggers, trigger_line
from cloudinary_tools.library.undoing.steps import ORDER, Step
from cloudinary_tools.library.undoing.values import ChangedSinceError, NotKeptError, back
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.past_changes import PastChange
from cloudinary_tools.toolkit.redaction import is_redacted

_ASSET_ID = re.compile(r"[0-9a-f]{32}")
FORGOTTEN = "its values were not kept"
GONE = "it is gone"
TAKEN = "something else has its name"
LEFT = "the file was replaced since"
NEVER = {
    ("asset", "delete derived"): "derived files are made again when they are asked for",
    ("derived", "delete"): "derived files are made again when they are asked for",
    ("asset", "derive"): "derived files stay; they change nothing",
    ("asset", "explode"): "the pages that were derived stay",
    ("file", "overwrite"): "a local file that was replaced cannot be brought back",
}
"""What nothing is to be done about, and why."""


@dataclass(slots=True)
class Found:
    """What goes back, and what does not: `left` was changed since, `lost` cannot come back; reasons by name."""

    steps: list[Step] = field(default_factory=list[Step])
    left: dict[str, str] = field(default_factory=dict[str, str])
    lost: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)


async def find_steps(ctx: ToolContext, changes: Iterable[PastChange]) -> Found:
    """The steps that undo these changes, in the order in which they can be made."""
    made = [past for past in changes if past.state != "failed"]
    ids = [past.change.key for past in made if _ASSET_ID.fullmatch(past.change.key)]
    planner = _Planner(ctx, await assets_by_id(ctx, ids, state=True))
    for past in reversed(made):
        await planner.add(past)
    await planner.settle_names()
    found = planner.found
    found.steps.sort(key=lambda step: ORDER.index(step.action))
    return found


@dataclass(slots=True)
class _Planner:
    """One change set on its way to the steps that undo it."""

    ctx: ToolContext
    present: Mapping[str, PlannedAsset]
    found: Found = field(default_factory=Found)
    triggers: list[TriggerData] | None = None

    async def add(self, past: PastChange) -> None:
        """Add what undoes one change, or say why nothing does."""
        change = past.change
        place = change.kind, change.operation
        if why := NEVER.get(place):
            self.found.lost[change.label] = why
            return
        match place:
            case "asset", "edit":
                self._edited(change)
            case "asset", "rename":
                self._renamed(change)
            case "asset", ("upload" | "create"):
                await self._created(change)
            case "asset", "delete":
                self._deleted(past)
            case "asset", "overwrite":
                await self._overwritten(past)
            case "asset", "restore":
                await (self._overwritten(past) if change.before else self._created(change))
            case "folder", "move":
                await self._moved(change)
            case "folder", "create":
                await self._folder_created(change)
            case "folder", "delete":
                await self._folder_deleted(change)
            case "relation", _:
                self._related(change)
            case "trigger", _:
                await self._trigger(change)
            case _:
                self.found.lost[change.label] = FORGOTTEN

    def _step(self, asset: PlannedAsset, step: Step) -> None:
        self.found.steps.append(step)
        if asset.values.get("asset_folder") and step.action == "delete":
            self.found.note("Folders that came with it stay.")

    def _asset(self, change: Change) -> PlannedAsset | None:
        asset = self.present.get(change.key)
        if asset is None:
            self.found.left[change.label] = GONE
        return asset

    def _edited(self, change: Change) -> None:
        if change.before is None or change.after is None:
            self.found.lost[change.label] = FORGOTTEN
            return
        if not (asset := self._asset(change)):
            return
        present = {**asset.values, "type": asset.type}
        now: dict[str, Any] = {}
        to: dict[str, Any] = {}
        for name in change.before:  # one by one: what cannot go back keeps nothing else from it
            try:
                one, other = back({name: change.before[name]}, change.after, present)
            except ChangedSinceError as error:
                self.found.left[asset.label] = f"its {error} changed since"
            except NotKeptError as error:
                self.found.lost[asset.label] = str(error)
            else:
                now |= one
                to |= other
        delivery = to.pop("type", None), now.pop("type", None)
        if to:
            self.found.steps.append(_of(asset, "edit", now=now, to=to))
            if "asset_folder" in to:
                self.found.note("Folders that were made for it stay.")
        if delivery[0]:
            self._rename(asset, {"public_id": asset.public_id, "type": delivery[0]})

    def _renamed(self, change: Change) -> None:
        if change.before is None or change.after is None:
            self.found.lost[change.label] = FORGOTTEN
        elif asset := self._asset(change):
            if (asset.public_id, asset.type) != (change.after["public_id"], change.after["type"]):
                self.found.left[asset.label] = "it was renamed since"
            else:
                self._rename(asset, change.before)

    def _rename(self, asset: PlannedAsset, to: Mapping[str, Any]) -> None:
        now = {"public_id": asset.public_id, "type": asset.type}
        also = f"{asset.resource_type}/{to['type']}/{to['public_id']}"
        self.found.steps.append(_of(asset, "rename", now=now, to=dict(to), also=also))

    async def _created(self, change: Change) -> None:
        """Undone by deleting it, unless its file is another one by now."""
        after = change.after or {}
        asset = self.present.get(change.key) or await self._named(change, after)
        if asset is None:
            self.found.left[change.label] = GONE
        elif after.get("version") not in (None, asset.version):
            self.found.left[asset.label] = LEFT
        else:
            self._step(asset, _of(asset, "delete", "destroys", now=asset.facts))

    async def _named(self, change: Change, after: Mapping[str, Any]) -> PlannedAsset | None:
        """What a call made that told no asset_id, by its name."""
        kind, _, rest = change.key.partition("/")
        delivery, _, name = rest.partition("/")
        name = after.get("public_id") or name
        if _ASSET_ID.fullmatch(change.key) or not name or kind not in ("image", "video", "raw"):
            return None
        return next(iter(await named_assets(self.ctx, kind, delivery, [name], state=True)), None)

    def _deleted(self, past: PastChange) -> None:
        change, facts = past.change, past.change.before
        if facts is None:
            self.found.lost[change.label] = FORGOTTEN
        elif change.key in self.present:
            if past.state == "done":
                self.found.left[change.label] = "it is there again"
        elif past.kept_file and not facts.get("backup"):
            self._again(past, facts)
        elif facts.get("backup"):
            self.found.steps.append(
                Step("restore", change.key, change.label, "adds", _targets(change), to=dict(facts), backup=True)
            )
            self.found.note("Derived files are made again when they are asked for.")
        else:
            self.found.lost[change.label] = "it had no backup, and no copy was kept"

    def _again(self, past: PastChange, facts: Mapping[str, Any]) -> None:
        change = past.change
        to = {**facts, "kept_file": past.kept_file}
        self.found.steps.append(Step("upload_again", change.key, change.label, "adds", _targets(change), to=to))
        self.found.note("It gets a new asset_id and version; its derived files are made again when they are asked for.")
        if _decided(facts):
            self.found.note("No upload sets the outcome of a moderation.")

    async def _overwritten(self, past: PastChange) -> None:
        change, facts, after = past.change, past.change.before, past.change.after or {}
        if facts is None or not facts.get("version"):
            self.found.lost[change.label] = FORGOTTEN
            return
        asset = self.present.get(change.key) or self.present.get(str(facts.get("asset_id")))
        if asset is None and after:
            self.found.left[change.label] = GONE
            return
        if asset is None:
            self._deleted(past)  # it was renamed over
            return
        if after.get("version") not in (None, asset.version):
            self.found.left[asset.label] = LEFT
            return
        version_id = await self._version_id(asset, int(facts["version"]))
        now = asset.facts
        if version_id:
            to = {**facts, "version_id": version_id}
            self.found.steps.append(_of(asset, "restore", "destroys", now=now, to=to))
        elif past.kept_file:
            to = {**facts, "kept_file": past.kept_file}
            self.found.steps.append(_of(asset, "upload_again", "destroys", now=now, to=to))
        else:
            self.found.lost[asset.label] = "its previous file had no backup, and no copy was kept"
            return
        self.found.note("The file comes back under a new version.")

    async def _version_id(self, asset: PlannedAsset, version: int) -> str | None:
        place = AssetName(asset.public_id, asset.resource_type, asset.type).path
        try:
            details = await self.ctx.admin("GET", *place, reply=AssetReply, params={"versions": True})
        except NotFound:
            return None
        for entry in details.get("versions") or ():
            if int(entry.get("version") or 0) == version and entry.get("restorable", True):
                return entry["version_id"]
        return None

    async def _moved(self, change: Change) -> None:
        old, new = (change.before or {}).get("path"), (change.after or {}).get("path")
        if not old or not new:
            self.found.lost[change.label] = FORGOTTEN
        elif not await folder_exists(self.ctx, new):
            self.found.left[new] = GONE
        elif await folder_exists(self.ctx, old):
            self.found.left[new] = f"there is a folder {old} again"
        else:
            targets = (f"folder:{new}", f"folder:{old}")
            step = Step("move_folder", f"folder:{new}", new, "changes", targets, {"path": new}, {"path": old})
            self.found.steps.append(step)

    async def _folder_created(self, change: Change) -> None:
        path = change.key.partition(":")[2]
        if not await folder_exists(self.ctx, path):
            self.found.left[path] = GONE
        elif await folders_below(self.ctx, path):
            self.found.left[path] = "there are folders in it by now"
        else:
            self.found.steps.append(Step("delete_folder", change.key, path, "destroys", (change.key,)))
            if "/" in path:
                self.found.note("The folders above it stay.")

    async def _folder_deleted(self, change: Change) -> None:
        path = change.key.partition(":")[2]
        if await folder_exists(self.ctx, path):
            self.found.left[path] = "it is there again"
        else:
            self.found.steps.append(Step("create_folder", change.key, path, "adds", (change.key,)))

    def _related(self, change: Change) -> None:
        asset = str((change.after or {}).get("asset") or "")
        if not asset:
            self.found.lost[change.label] = FORGOTTEN
            return
        action = "unrelate" if change.operation == "relate" else "relate"
        effect = "changes" if action == "unrelate" else "adds"
        other = change.key if "/" in change.key else f"asset:{change.key}"
        step = Step(action, change.key, change.label, effect, (other, asset), to={"asset": asset})
        self.found.steps.append(step)

    async def _trigger(self, change: Change) -> None:
        if self.triggers is None:
            self.triggers = await read_triggers(self.ctx, None)
        there = next((one for one in self.triggers if f"trigger:{one.get('id')}" == change.key), None)
        before, after = change.before, change.after
        if before is None and after is None:
            self.found.lost[change.label] = FORGOTTEN
        elif is_redacted(before):
            self.found.lost[change.label] = "its address held a secret, which the journal does not keep"
        elif before is not None and after is None:
            if there is None:
                targets = (f"trigger:{before.get('event_type')}",)
                step = Step("create_trigger", change.key, change.label, "adds", targets, to=dict(before))
                self.found.steps.append(step)
                self.found.note("A trigger comes back with a new id.")
            else:
                self.found.left[change.label] = "it is there again"
        elif there is None:
            self.found.left[change.label] = GONE
        elif not is_redacted(after) and any(
            there.get(name) != value for name, value in (after or {}).items() if name in _TRIGGER
        ):
            self.found.left[trigger_line(there)] = "it was changed since"
        elif before is None:
            step = Step("delete_trigger", change.key, trigger_line(there), "destroys", (change.key,), now={**there})
            self.found.steps.append(step)
        else:
            step = Step(
                "update_trigger", change.key, trigger_line(there), "changes", (change.key,), {**there}, dict(before)
            )
            self.found.steps.append(step)

    async def settle_names(self) -> None:
        """Leave alone what would come back under a name that something else has."""
        wanted: dict[tuple[str, str], dict[str, Step]] = {}
        for step in self.found.steps:
            if step.action == "rename" or (step.action in ("restore", "upload_again") and not step.now):
                kind, delivery, name = _place(step)
                wanted.setdefault((kind, delivery), {})[name] = step
        leaving = {step.key for step in self.found.steps if step.action in ("rename", "delete")}
        for (kind, delivery), steps in wanted.items():
            for there in await named_assets(self.ctx, kind, delivery, steps):
                if there.asset_id not in leaving:
                    step = steps[there.public_id]
                    self.found.steps.remove(step)
                    self.found.left[step.label] = TAKEN


_TRIGGER = ("uri", "event_type", "additive", "filter")


def _of(
    asset: PlannedAsset, action: Any, effect: Any = "changes", *, now: dict[str, Any],
    to: dict[str, Any] | None = None, also: str = "",
) -> Step:  # fmt: skip
    """A step on an asset that is there."""
    targets = (*asset.targets, *((also,) if also else ()))
    return Step(
        action, asset.key, asset.label, effect, targets, now, to or {}, asset.version, asset.bytes, asset.backup,
        asset.resource_type,
    )  # fmt: skip


def _place(step: Step) -> tuple[str, str, str]:
    """Resource type, delivery type and public_id under which something comes back."""
    kind = step.label.partition("/")[0]
    return str(step.to.get("resource_type") or kind), str(step.to["type"]), str(step.to["public_id"])


def _targets(change: Change) -> tuple[str, ...]:
    return (f"asset:{change.key}", change.label)


def _decided(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("moderation_status"))


def same_steps(planned: Sequence[Step], now: Sequence[Step]) -> list[Step]:
    """Those of the planned steps that still would be planned."""
    known = {(step.action, step.key): step for step in now}
    return [step for step in planned if known.get((step.action, step.key)) == step]
