"""The calls that undo: step by step of one plan, each in the journal like any other change."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudinary_tools.client import BytesSource, CloudError
from cloudinary_tools.client.permits import Effect
from cloudinary_tools.client.reply_types.assets import AssetReply, UploadReply
from cloudinary_tools.client.reply_types.changes import BulkEditReply, DeletionReply, DoneReply, RestoreReply
from cloudinary_tools.client.reply_types.folders import FolderDeletionReply
from cloudinary_tools.client.reply_types.notifications import TriggerEntry
from cloudinary_tools.library.edits import BULK_IDS, Edits
from cloudinary_tools.library.selection import IDS_PER_CALL, STATE, named_assets
from cloudinary_tools.library.undoing.steps import ORDER, Action, Step
from cloudinary_tools.toolkit.concurrency import STOPPING, USED_UP, each, reason
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change, Record
from cloudinary_tools.toolkit.results import Problem

ALONE = ("asset_folder", "access_control", "moderation_status", "display_name")
"""Values that each asset needs a call of its own for."""
OPERATIONS: Mapping[Action, tuple[str, str]] = {
    "edit": ("asset", "edit"),
    "rename": ("asset", "rename"),
    "restore": ("asset", "restore"),
    "upload_again": ("asset", "upload"),
    "delete": ("asset", "delete"),
    "move_folder": ("folder", "move"),
    "create_folder": ("folder", "create"),
    "delete_folder": ("folder", "delete"),
    "relate": ("relation", "relate"),
    "unrelate": ("relation", "unrelate"),
    "create_trigger": ("trigger", "create"),
    "update_trigger": ("trigger", "update"),
    "delete_trigger": ("trigger", "delete"),
}
"""What the journal calls each step, so that it can be undone like what a tool did."""


@dataclass(slots=True)
class Undone:
    """Steps on their way; each ends in exactly one of the lists."""

    ctx: ToolContext
    done: list[Step] = field(default_factory=list[Step])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    rest: list[Step] = field(default_factory=list[Step])
    stopped: str = ""

    async def all(self, steps: Sequence[Step]) -> None:
        """Make the steps, kind by kind, until the end, a failure that the next would meet too, or the call's end."""
        doers: dict[Action, Callable[[Sequence[Step], Record], Awaitable[None]]] = {
            "edit": self._edit,
            "rename": self._rename,
            "restore": self._restore,
            "upload_again": self._upload_again,
            "delete": self._delete,
            "move_folder": self._move_folder,
            "create_folder": self._create_folder,
            "delete_folder": self._delete_folder,
            "relate": self._relate,
            "unrelate": self._relate,
            "create_trigger": self._trigger,
            "update_trigger": self._trigger,
            "delete_trigger": self._trigger,
        }
        for batch in _batches(steps):
            if not self.stopped and not self.ctx.budget.allows():
                self.stopped = USED_UP
            if self.stopped:
                self.rest += batch
                continue
            try:
                async with self.ctx.recorded([_change(step) for step in batch]) as record:
                    await doers[batch[0].action](batch, record)
            except STOPPING as error:
                self.stopped = reason(error)
                self._sort(batch, self.stopped if error.outcome_unknown else "")
            except CloudError as error:
                self._sort(batch, reason(error))
            except Problem as problem:
                self.stopped = problem.message
                self._sort(batch, "")
            else:
                self._sort(batch, "Cloudinary did not mention it")
            await self.ctx.progress(len(self.done) + len(self.failed), len(steps))

    def _sort(self, batch: Sequence[Step], why: str) -> None:
        """What of a batch is in no list yet failed, or is left to do."""
        for step in batch:
            if step in self.done or step.label in self.failed:
                continue
            if why:
                self.failed[step.label] = why
            else:
                self.rest.append(step)

    def _done(self, record: Record, step: Step, **told: Any) -> None:
        record.done(step.key, **told)
        self.done.append(step)

    def _failed(self, record: Record, step: Step, why: str) -> None:
        record.failed(step.key, why)
        self.failed[step.label] = why

    async def _edit(self, steps: Sequence[Step], record: Record) -> None:
        """Values that many assets can share in one call, then those that each needs a call of its own for."""
        first = steps[0]
        left = list(steps)
        for action, params in _bulk_calls(first):
            sent = {**params, "type": _type(first), "public_ids": [_name(step) for step in left]}
            reply = await self.ctx.cloud.upload_call(first.kind, action, sent, reply=BulkEditReply)
            for step in [step for step in left if _name(step) not in reply["public_ids"]]:
                self._failed(record, step, "this key may not change it, or it is gone")
                left.remove(step)

        async def alone(step: Step) -> None:
            fields = {name: step.to[name] for name in ALONE if name in step.to}
            if fields:
                await self._set(step, fields)
            self._done(record, step)

        work = await each(left, alone)
        for step, why in work.failed:
            self._failed(record, step, why)
        for step in work.unsure:
            record.unknown(step.key, work.stopped)
        self.stopped = work.stopped
        self.rest += [*work.unsure, *work.rest]
        self._told(record, work.rest)

    def _told(self, record: Record, steps: Iterable[Step]) -> None:
        for step in steps:
            record.failed(step.key, "not reached")

    async def _set(self, step: Step, fields: Mapping[str, Any]) -> None:
        """Set values of one asset; by the Admin API only what an upload form cannot say."""
        empty = any(fields.get(name) in ("", []) for name in fields)
        if empty or "moderation_status" in fields:
            place = ("resources", step.kind, _type(step), _name(step))
            await self.ctx.admin("POST", *place, reply=AssetReply, json=dict(fields))
        else:
            params = {"public_id": _name(step), "type": _type(step), **fields}
            await self.ctx.cloud.upload_call(step.kind, "explicit", params, reply=UploadReply)

    async def _rename(self, steps: Sequence[Step], record: Record) -> None:
        for step in steps:
            params = {"from_public_id": step.now["public_id"], "to_public_id": step.to["public_id"]}
            params["type"] = step.now["type"]
            if step.to["type"] != step.now["type"]:
                params["to_type"] = step.to["type"]
            await self.ctx.cloud.upload_call(step.kind, "rename", params, reply=AssetReply)
            self._done(record, step)

    async def _restore(self, steps: Sequence[Step], record: Record) -> None:
        first = steps[0]
        kind, delivery = first.to["resource_type"], _delivery(first)
        names = [_restored_name(step) for step in steps]
        body: dict[str, Any] = {"public_ids": names}
        if "version_id" in first.to:
            body["versions"] = [step.to["version_id"] for step in steps]
        reply = await self.ctx.admin("POST", "resources", kind, delivery, "restore", reply=RestoreReply, json=body)
        back = await named_assets(self.ctx, kind, delivery, names, state=True)
        there = {asset.public_id: asset for asset in back}
        for step, name in zip(steps, names, strict=True):
            entry, asset = reply.get(name), there.get(name)
            if entry is None or entry.get("error") or asset is None:
                why = (entry or {}).get("error") or "not mentioned"
                self._failed(record, step, f"Cloudinary could not restore it ({why})")
                continue
            missing = {key: step.to[key] for key in STATE if key in step.to and step.to[key] != asset.values.get(key)}
            if missing.get("moderation_status") not in ("approved", "rejected"):
                missing.pop("moderation_status", None)
            if missing:
                place = ("resources", kind, delivery, name)
                await self.ctx.admin("POST", *place, reply=AssetReply, json=missing)
            self._done(record, step, became=asset.asset_id, after={"version": asset.version})

    async def _upload_again(self, steps: Sequence[Step], record: Record) -> None:
        for step in steps:
            data = self.ctx.past_changes.kept(step.to["kept_file"])
            if data is None:
                self._failed(record, step, "the copy that was kept is no longer there")
                continue
            values = {name: step.to.get(name) for name in ("tags", "context", "metadata", *ALONE)}
            params: dict[str, Any] = {name: value for name, value in values.items() if value}
            params.pop("moderation_status", None)
            params |= {"public_id": _restored_name(step), "type": _delivery(step), "overwrite": bool(step.now)}
            extension = step.to.get("format")
            file = f"{params['public_id'].rpartition('/')[2]}{f'.{extension}' if extension else ''}"
            source = BytesSource(data, file)
            reply = await self.ctx.cloud.upload(source, params, resource_type=step.to["resource_type"])
            if reply.get("existing"):
                self._failed(record, step, "something else has its name")
            else:
                told = {"version": reply.get("version"), "public_id": reply["public_id"]}
                self._done(record, step, became=reply.get("asset_id"), after=told)

    async def _delete(self, steps: Sequence[Step], record: Record) -> None:
        body = {"asset_ids": [step.key for step in steps], "invalidate": True}
        reply = await self.ctx.admin_reply("DELETE", "resources", reply=DeletionReply, json=body)
        states = reply.body["deleted"]
        for step in steps:
            state = states.get(step.key, states.get(_name(step)))
            if reply.repeated or state == "deleted":
                self._done(record, step)
            else:
                self._failed(record, step, "it was gone already")

    async def _move_folder(self, steps: Sequence[Step], record: Record) -> None:
        for step in steps:
            to = step.to["path"]
            await self.ctx.admin("PUT", "folders", step.now["path"], reply=DoneReply, json={"to_folder": to})
            self._done(record, step, became=f"folder:{to}")

    async def _create_folder(self, steps: Sequence[Step], record: Record) -> None:
        for step in sorted(steps, key=lambda step: step.label.count("/")):
            await self.ctx.admin("POST", "folders", step.label, reply=DoneReply)
            self._done(record, step)

    async def _delete_folder(self, steps: Sequence[Step], record: Record) -> None:
        for step in sorted(steps, key=lambda step: -step.label.count("/")):
            await self.ctx.admin("DELETE", "folders", step.label, reply=FolderDeletionReply)
            self._done(record, step)

    async def _relate(self, steps: Sequence[Step], record: Record) -> None:
        ends = steps[0].action == "unrelate"
        verb, key = ("DELETE", "assets_to_unrelate") if ends else ("POST", "assets_to_relate")
        path = steps[0].to["asset"].split("/", 2)
        for step in steps:
            await self.ctx.admin(verb, "resources", "related_assets", *path, json={key: [step.key]})
            self._done(record, step)

    async def _trigger(self, steps: Sequence[Step], record: Record) -> None:
        for step in steps:
            body = {name: step.to[name] for name in ("event_type", "uri_type", "additive", "filter") if name in step.to}
            if "filter" in body:
                body["filter_language"] = "jsonlogic"
            name = step.key.partition(":")[2]
            match step.action:
                case "create_trigger":
                    body["uri"] = step.to["uri"]
                    made = await self.ctx.admin("POST", "triggers", reply=TriggerEntry, json=body)
                    self._done(record, step, became=f"trigger:{made['id']}")
                case "update_trigger":
                    body["new_uri"] = step.to["uri"]
                    await self.ctx.admin("PUT", "triggers", name, reply=DoneReply, json=body)
                    self._done(record, step)
                case _:
                    await self.ctx.admin("DELETE", "triggers", name, reply=DoneReply)
                    self._done(record, step)


def _batches(steps: Iterable[Step]) -> list[list[Step]]:
    """Steps that one block of the journal holds, in the order in which they are made."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(json.dumps([ORDER.index(step.action), *_alike(step)]), []).append(step)
    most = {"edit": BULK_IDS, "rename": 1, "upload_again": 1}
    return [
        group[start : start + most.get(group[0].action, IDS_PER_CALL)]
        for _, group in sorted(groups.items(), key=lambda entry: json.loads(entry[0])[0])
        for start in range(0, len(group), most.get(group[0].action, IDS_PER_CALL))
    ]


def _alike(step: Step) -> list[Any]:
    """What steps of one call have in common."""
    match step.action:
        case "edit":
            return [step.kind, _type(step), _bulk_calls(step)]
        case "restore":
            return [step.to["resource_type"], _delivery(step), "version_id" in step.to]
        case "relate" | "unrelate":
            return [step.to["asset"]]
        case _:
            return []


def _bulk_calls(step: Step) -> list[tuple[str, dict[str, Any]]]:
    old: list[str] = step.now.get("tags") or []
    new: list[str] = step.to.get("tags") or []
    added, removed = [tag for tag in new if tag not in old], [tag for tag in old if tag not in new]
    context, metadata = step.to.get("context"), step.to.get("metadata")
    if not (added or removed or context or metadata):
        return []
    return Edits(add_tags=added, remove_tags=removed, context=context, metadata=metadata).bulk_calls()


def _change(step: Step) -> Change:
    kind, operation = OPERATIONS[step.action]
    if step.action in ("restore", "upload_again") and step.now:
        operation = "restore" if step.action == "restore" else "overwrite"
    before, after = step.now or None, step.to or None
    if step.action in ("delete", "delete_folder", "delete_trigger"):
        after = None
    if step.action in ("restore", "upload_again"):
        after = None
    effect: Effect = step.effect
    return Change(step.key, step.label, effect, operation, kind, before=before, after=after)


def _name(step: Step) -> str:
    return step.label.split("/", 2)[2]


def _type(step: Step) -> str:
    return step.label.split("/", 2)[1]


def _delivery(step: Step) -> str:
    return _type(step) if step.now else str(step.to["type"])


def _restored_name(step: Step) -> str:
    return _name(step) if step.now else str(step.to["public_id"])
