"""`upload_assets`: many sources in one call that can be run again; what replaces something is planned."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import anyio.to_thread
from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError, NotSent, Progress, RateLimited, Unauthorized, Unreachable
from cloudinary_tools.client.permits import Effect
from cloudinary_tools.client.reply_types.assets import AssetEntry, UploadReply
from cloudinary_tools.json_types import as_list
from cloudinary_tools.library.names import RESOURCE_TYPES
from cloudinary_tools.library.replacing import at_risk, attributes_of, carried_over, check_preset, tell_stored
from cloudinary_tools.library.selection import IDS_PER_CALL, STATE, assets_by_id, in_batches
from cloudinary_tools.library.upload_sources import ALWAYS_ALLOWED, PATTERN, RESERVED, Naming, Upload, expand
from cloudinary_tools.search.expression import quoted
from cloudinary_tools.search.pages import search_all
from cloudinary_tools.toolkit.concurrency import each
from cloudinary_tools.toolkit.context import ANSWER_TIME, BackgroundUpload, ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import (
    NAMED_AT_MOST,
    Problem,
    ToolResult,
    filled,
    first_names,
    plural,
    quote,
    size,
    visible,
    without_nulls,
)

AT_ONCE = 4
"""Uploads in flight at the same time."""
COMPARED = ("etag", "version", "bytes", "backup_bytes", "display_name", *STATE)
"""What is looked up of the assets that have the names."""
STOPPING = (RateLimited, Unauthorized, Unreachable)
REST = "rest"


class FailedUpload(TypedDict):
    """One source that did not become an asset."""

    source: str
    why: str


class UploadReport(TypedDict, total=False):
    """What became of the sources. `kept` are assets of other content that have the name and were not replaced."""

    uploaded: int
    uploaded_public_ids: list[str]
    bytes: int
    already_there: int
    kept: list[str]
    failed_count: int
    failed: list[FailedUpload]
    not_sent: int
    stopped: str
    would_upload: list[str]
    would_replace: list[str]
    status: str
    upload_id: str
    note: str


@dataclass(frozen=True, slots=True)
class SharedOptions:
    """What all uploads of a call have in common; `there` counts the sources that the cloud has already."""

    params: Mapping[str, Any]
    tags: Sequence[str]
    resource_type: str
    dynamic: bool
    """Whether folders are apart from public_ids in this cloud."""
    there: int = 0
    kept: Sequence[str] = ()
    """Sources whose name another asset has."""
    failed: Sequence[FailedUpload] = ()
    """Sources that cannot be uploaded, as was found while planning."""


async def execute_upload_assets(ctx: ToolContext, plan: Plan[Upload, SharedOptions]) -> Outcome[Upload]:
    """Upload what was planned; an asset that changed since the plan is kept."""
    uploads, changed = list(plan.items), list[str]()
    if not plan.fresh:
        uploads, changed = await _still_as_planned(ctx, uploads)
    kept = [*plan.options.kept, *changed]
    sending = _Sending(ctx, uploads, plan.options, there=plan.options.there, kept=kept)
    sending.failed += plan.options.failed
    answer, rest = await sending.answer()
    return Outcome(answer, rest)


async def _still_as_planned(ctx: ToolContext, uploads: Sequence[Upload]) -> tuple[list[Upload], list[str]]:
    """Those that may be sent, and the names of those whose asset changed since. What replaces nothing any more is sent
    so that whatever came in its place is kept."""
    now = await assets_by_id(ctx, [upload.replaces for upload in uploads if upload.replaces], state=True)
    left: list[Upload] = []
    changed: list[str] = []
    for upload in uploads:
        seen = now.get(upload.replaces)
        old = {name: value for name, value in upload.before.items() if name != "display_name"}
        if seen is None:
            left.append(replace(upload, replaces=""))
        elif (seen.version, {name: seen.values[name] for name in STATE if seen.values[name]}) == (upload.version, old):
            left.append(upload)
        else:
            changed.append(upload.label)
    return left, changed


@tool(kind="create", title="Upload many assets", execute=execute_upload_assets)
async def upload_assets(
    ctx: ToolContext,
    sources: Annotated[list[str], Field(description="URLs, data URIs, local files, folders, globs")] = [],
    manifest: Annotated[
        str | None, Field(description="CSV or JSON, text or file: source, public_id, folder, tags, context.alt …")
    ] = None,
    folder: Annotated[str, Field(description="Where they go")] = "",
    keep_folders: Annotated[bool, Field(description="Local subfolders become folders")] = True,
    name: Annotated[str, Field(description="public_id from {folder} {name} {ext} {index} {date}")] = PATTERN,
    tags: Annotated[list[str], Field(description="For all")] = [],
    resource_type: Annotated[Literal["image", "video", "raw"] | None, Field(description="Else by content")] = None,
    overwrite: Annotated[bool, Field(description="Replace what differs")] = False,
    carry_over: Annotated[bool, Field(description="Keep tags, context … of what is replaced")] = False,
    options: Annotated[dict[str, Any] | None, Field(description="Other upload parameters")] = None,
    dry_run: Annotated[bool, Field(description="Only tell")] = False,
    upload_id: Annotated[str | None, Field(description="Ask for uploads still running")] = None,
) -> Plan[Upload, SharedOptions] | ToolResult[UploadReport]:
    """Upload many sources; what is there is skipped. Replacing is planned first."""
    if upload_id:
        return _running_or_done(await ctx.uploads.wait(upload_id, ctx.budget.seconds_left - ANSWER_TIME))[0]
    if refused := sorted(RESERVED & (options or {}).keys()):
        raise Problem(f"options cannot set {', '.join(refused)}; nothing was uploaded.")
    kind = resource_type or "auto"
    others = {key: value for key, value in (options or {}).items() if key not in ("tags", "resource_type")}
    place = str(others.pop("folder", "") or "")
    prefix = (place or str(others.pop("public_id_prefix", "") or "")).strip("/")
    naming = Naming(folder.strip("/"), keep_folders, name, kind, prefix)
    uploads, unnamed = await anyio.to_thread.run_sync(expand, ctx.files, sources, manifest, naming)
    dynamic = await ctx.folder_mode() == "dynamic"
    if place and dynamic:
        uploads = [replace(upload, folder=upload.folder or prefix) for upload in uploads]
    shared = SharedOptions(others, [*_tags((options or {}).get("tags", [])), *tags], kind, dynamic)
    sending = _Sending(ctx, uploads, shared)
    sending.failed += [FailedUpload(source=source, why=why) for source, why in unnamed]
    await sending.compare(overwrite=overwrite, carry_over=carry_over)
    if dry_run:
        return sending.preview()
    replacing = [upload for upload in sending.uploads if upload.replaces]
    preset = others.get("upload_preset")
    if replacing and preset:
        await check_preset(ctx, str(preset))
    new = [upload for upload in sending.uploads if not upload.replaces]
    names = first_names([quote(f"{upload.kind}/upload/{upload.public_id}") for upload in replacing])
    effects: tuple[Effect, ...] = (*("destroys" for _ in replacing), *("adds" for _ in new))
    return Plan(
        operation="upload_assets",
        verb=f"Replace {plural(len(replacing), 'asset')} by uploading" if replacing else "Upload",
        refusal_suffix="nothing was uploaded",
        selection=names if replacing else "to free names",
        items=(*replacing, *new),
        explicit=False,
        options=replace(shared, there=sending.there, kept=sending.kept, failed=sending.failed),
        effect="adds",
        effects=effects,
        warnings=_warnings(replacing, shared, carry_over=carry_over),
        what="file",
    )


def _warnings(replacing: Sequence[Upload], shared: SharedOptions, *, carry_over: bool) -> tuple[str, ...]:
    """What goes with the files that are replaced."""
    if not replacing:
        return ()
    said = ["The files they hold now are lost unless the account keeps backups."]
    risks = Counter(name for upload in replacing for name in at_risk(upload.before, {**shared.params, **upload.params}))
    if risks:
        counted = ", ".join(f"{name} of {count:,}" for name, count in risks.items())
        said.append(f"May be lost with them: {counted}.{'' if carry_over else ' carry_over=true sets them anew.'}")
    return tuple(said)


@dataclass(slots=True)
class _Sending:
    """Uploads on their way, and what became of those that are through."""

    ctx: ToolContext
    uploads: list[Upload]
    shared: SharedOptions
    there: int = 0
    kept: list[str] = field(default_factory=list[str])
    failed: list[FailedUpload] = field(default_factory=list[FailedUpload])
    sent: dict[str, int] = field(default_factory=dict[str, int])

    async def compare(self, *, overwrite: bool, carry_over: bool) -> None:
        """Leave out what the cloud has already, and what has another content unless that is to be replaced."""
        present: dict[tuple[str, str], AssetEntry] = {}
        for names in in_batches(dict.fromkeys(upload.public_id for upload in self.uploads), IDS_PER_CALL):
            expression = f"type=upload AND public_id:({' OR '.join(map(quoted, names))})"
            async for row in search_all(self.ctx, expression, fields=COMPARED):
                present[row["public_id"], row.get("resource_type", "")] = row
        fresh: list[Upload] = []
        for upload in self.uploads:
            kinds = (upload.kind,) if upload.kind else RESOURCE_TYPES
            rows = [present[upload.public_id, kind] for kind in kinds if (upload.public_id, kind) in present]
            if not rows:
                fresh.append(upload)
                continue
            try:
                content = await anyio.to_thread.run_sync(upload.md5)
            except OSError as error:
                self.failed.append(FailedUpload(source=upload.shown, why=f"It cannot be read: {error.strerror}."))
                continue
            if content in [row.get("etag") for row in rows] or (content is None and not overwrite):
                self.there += 1
            elif not overwrite:
                self.kept.append(upload.label)
            elif len(rows) > 1:
                why = "Several assets have this name; say resource_type."
                self.failed.append(FailedUpload(source=upload.shown, why=why))
            else:
                fresh.append(self._replacing(upload, rows[0], carry_over=carry_over))
        self.uploads = fresh

    def _replacing(self, upload: Upload, row: AssetEntry, *, carry_over: bool) -> Upload:
        """The upload as it takes the place of an asset: of the same kind, whatever the file turns out to be."""
        before = attributes_of(row)
        given = {**self.shared.params, **upload.params, **({"asset_folder": upload.folder} if upload.folder else {})}
        params = {**upload.params, **carried_over(before, given)} if carry_over else upload.params
        return replace(
            upload,
            kind=row.get("resource_type") or upload.kind,
            replaces=row["asset_id"],
            version=row.get("version") or 0,
            backup=bool(row.get("backup_bytes")),
            before=before,
            params=params,
        )

    def preview(self) -> ToolResult[UploadReport]:
        """What a real run would do."""
        new = [upload for upload in self.uploads if not upload.replaces]
        old = [upload for upload in self.uploads if upload.replaces]
        count = sum(upload.bytes for upload in self.uploads)
        data: dict[str, Any] = {
            "bytes": count or None,
            "already_there": self.there or None,
            "kept": self.kept[:NAMED_AT_MOST],
            "would_upload": [visible(upload.label) for upload in new[:NAMED_AT_MOST]],
            "would_replace": [visible(upload.label) for upload in old[:NAMED_AT_MOST]],
            "note": f"Dry run: {len(new):,} would be uploaded, {len(old):,} replaced; nothing was sent.",
        }
        if self.failed:
            data["failed_count"], data["failed"] = len(self.failed), self.failed[:NAMED_AT_MOST]
        rows = [data["note"], *data["would_upload"], *(f"replaced: {row}" for row in data["would_replace"])]
        rows.append(f"{size(count)} in all; {self.there:,} there already; {len(self.kept):,} kept, as they differ.")
        rows += [f"Cannot be uploaded: {entry['source']}: {entry['why']}" for entry in data.get("failed", [])]
        return ToolResult(UploadReport(**without_nulls(data)), "\n".join(rows))

    async def answer(self) -> tuple[ToolResult[UploadReport], tuple[Upload, ...]]:
        """Send them all; when the call has to answer first, the server goes on sending."""
        if not self.uploads:
            return _told(self.report([], [], 0, "")), ()

        async def tell(sent: int, total: int) -> None:
            files = f"{len(self.sent):,} of {plural(len(self.uploads), 'file')} begun"
            await self.ctx.progress(sent, total, f"{files}, {size(sent)} of {size(total)} sent")

        seconds = self.ctx.budget.seconds_left - ANSWER_TIME
        outcome = await self.ctx.uploads.finish_within(seconds, self._send, tell)
        if isinstance(outcome, BackgroundUpload):
            return _running_or_done(outcome)
        rest: set[str] = {*outcome.pop(REST, [])}
        return _told(outcome), tuple(upload for upload in self.uploads if upload.key in rest)

    async def _send(self, report: Progress) -> dict[str, Any]:
        total = sum(upload.bytes for upload in self.uploads) or len(self.uploads)
        whole = any(upload.bytes for upload in self.uploads)

        async def one(upload: Upload) -> UploadReply:
            async def progress(sent: int, _: int) -> None:
                self.sent[upload.key] = sent
                await report(sum(self.sent.values()) if whole else len(self.sent), total)

            self.sent.setdefault(upload.key, 0)
            return await self._upload(upload, progress)

        work = await each(self.uploads, one, at_once=AT_ONCE, stopping=STOPPING)
        for upload, why in work.failed:
            self.failed.append(FailedUpload(source=upload.shown, why=why))
        stored: list[str] = []
        count = 0
        for upload, reply in work.done:
            if not reply.get("existing"):
                stored.append(reply["public_id"])
                count += reply.get("bytes") or 0
            elif await self._is_content(upload, reply.get("etag")):
                self.there += 1
            else:
                self.kept.append(upload.label)
        return self.report(stored, [*work.unsure, *work.rest], count, work.stopped)

    async def _is_content(self, upload: Upload, etag: str | None) -> bool:
        """Whether a stored file is this one, as far as anybody can tell."""
        try:
            return await anyio.to_thread.run_sync(upload.md5) in (None, etag)
        except OSError:  # changed since it was sent
            return False

    async def _upload(self, upload: Upload, progress: Progress) -> UploadReply:
        if upload.path is not None and upload.bytes > ALWAYS_ALLOWED:
            await self.ctx.cloud.check_size(upload.bytes, upload.kind or "auto")
        own = dict(upload.params)
        tags = [*self.shared.tags, *_tags(own.pop("tags", []))]
        params = {
            **self.shared.params,
            **own,
            "public_id": upload.public_id,
            "overwrite": bool(upload.replaces),
            **({"invalidate": True} if upload.replaces else {}),
            **({"tags": tags} if tags else {}),
            **({"asset_folder": upload.folder} if upload.folder and self.shared.dynamic else {}),
        }
        resource_type = upload.kind if upload.replaces else self.shared.resource_type
        operation, effect = ("overwrite", "destroys") if upload.replaces else ("upload", "adds")
        change = Change(upload.key, upload.label, effect, operation, before=upload.facts)
        try:
            async with self.ctx.recorded([change]) as record:
                reply = await self.ctx.cloud.upload(upload.sent, params, resource_type=resource_type, progress=progress)
                tell_stored(record, change, reply)
                return reply
        except NotSent:
            raise
        except CloudError as error:
            if error.outcome_unknown:
                error.hint = "It may have arrived; run the same call again, which skips what is there."
            raise

    def report(self, stored: Sequence[str], rest: Sequence[Upload], count: int, stopped: str) -> dict[str, Any]:
        """The outcome as data, with the keys of what was not sent."""
        few = len(stored) <= NAMED_AT_MOST
        data: dict[str, Any] = {
            "uploaded_public_ids": [visible(name) for name in stored] if few else None,
            "bytes": count or None,
            "already_there": self.there or None,
            "kept": [visible(label) for label in self.kept[:IDS_PER_CALL]],
            "failed_count": len(self.failed) or None,
            "failed": self.failed[:NAMED_AT_MOST],
            "not_sent": len(rest) or None,
            "stopped": stopped,
            REST: [upload.key for upload in rest],
        }
        return {"uploaded": len(stored), **without_nulls(data)}


def _tags(value: object) -> list[str]:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else as_list(value) or []


def _told(report: dict[str, Any]) -> ToolResult[UploadReport]:
    """The outcome in words."""
    data = filled(UploadReport, **{name: value for name, value in report.items() if name != REST})
    sent = size(data.get("bytes", 0))
    rows = [f"Uploaded {plural(data.get('uploaded', 0), 'asset')} ({sent})."]
    if names := data.get("uploaded_public_ids"):
        rows.append(", ".join(names))
    if there := data.get("already_there"):
        rows.append(f"Skipped, there already with the same content: {there:,}.")
    if kept := data.get("kept"):
        rows.append(f"Kept, of other content under the same name: {first_names(kept)}.")
        rows.append("overwrite=true replaces them, after a yes.")
    rows += [f"Failed: {entry['source']}: {entry['why']}" for entry in data.get("failed", [])]
    if stopped := data.get("stopped"):
        left = data.get("not_sent", 0)
        data["note"] = "Repeat the call to go on: what is there is skipped."
        rows.append(f"Stopped: {stopped.rstrip('.')}. Not sent: {left:,}. {data['note']}")
    return ToolResult(data, "\n".join(rows))


def _running_or_done(running: BackgroundUpload) -> tuple[ToolResult[UploadReport], tuple[Upload, ...]]:
    if running.error:
        raise running.error
    if running.result is not None:
        return _told(dict(running.result)), ()
    part = f"{size(running.sent)} of {size(running.total)} sent" if running.total else "begun"
    note = f"The uploads go on in the server ({part}). Ask again with upload_assets(upload_id={running.id!r})."
    return ToolResult(UploadReport(status="uploading", upload_id=running.id, note=note), note), ()
