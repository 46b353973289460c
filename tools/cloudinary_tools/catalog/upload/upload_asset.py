"""`upload_asset`: one file, URL or data URI; says where the asset ended up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal, cast

from anyio import to_thread
from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import FileIdentity, FileSource, Progress, RemoteSource, check_public_id
from cloudinary_tools.client.effects import SCRIPTS
from cloudinary_tools.client.permits import WHOLESALE
from cloudinary_tools.client.reply_types.assets import UploadReply
from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.library.asset_view import (
    AccessRule,
    asset_data,
    asset_line,
    asset_url,
    moderation_state,
    read_asset,
)
from cloudinary_tools.library.names import AssetName
from cloudinary_tools.library.replacing import (
    at_risk,
    attributes_of,
    carried_over,
    check_preset,
    exact_name,
    find_replaced,
    lost,
    tell_stored,
    without_naming,
)
from cloudinary_tools.library.selection import PlannedAsset
from cloudinary_tools.library.upload_sources import ALWAYS_ALLOWED, REMOTE, kind_of
from cloudinary_tools.notifications import summary
from cloudinary_tools.toolkit.context import ANSWER_TIME, BackgroundUpload, Notifications, ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import (
    Problem,
    ToolResult,
    inline,
    lines,
    quote,
    size,
    undisguised,
    visible,
    without_nulls,
)


class Uploaded(TypedDict, total=False):
    """An uploaded asset, or the state of an upload that is still running."""

    public_id: str
    asset_id: str
    resource_type: str
    type: str
    format: str
    bytes: int
    width: int
    height: int
    duration: float
    pages: int
    version: int
    url: str
    asset_folder: str
    display_name: str
    original_filename: str
    tags: list[str]
    moderation: str
    eager: list[dict[str, Any]]
    status: str
    outcome: dict[str, Any]
    upload_id: str
    sent: int
    note: str


@dataclass(frozen=True, slots=True)
class UploadOrder:
    """What is sent, and what to wait for. `before` are the attributes of what it replaces, `file` is what was seen."""

    source: str
    params: dict[str, Any]
    resource_type: Literal["auto", "image", "video", "raw"]
    unsigned: bool
    wait_for: Literal["eager", "moderation"] | None
    before: dict[str, Any]
    file: FileIdentity | None = None


Replaced = PlannedAsset | NamedItem
"""The asset that is replaced, or a new one."""


async def execute_upload_asset(ctx: ToolContext, plan: Plan[Replaced, UploadOrder]) -> Outcome[Replaced]:
    """Upload as planned; an asset that changed since the plan is not replaced."""
    (item,) = plan.items
    order = plan.options
    replaces = isinstance(item, PlannedAsset)
    if replaces and not plan.fresh:
        await _check_unchanged(ctx, item, order.before)
    notifications, started = (ctx.notifications, datetime.now(UTC)) if order.wait_for else (None, None)
    what = await _source(ctx, order)
    facts = {**item.facts, **order.before} if replaces else None
    change = Change(item.key, item.label, plan.effect, "overwrite" if replaces else "upload", before=facts)

    async def send(report: Progress) -> UploadReply:
        async with ctx.recorded([change]) as record:
            reply = await ctx.cloud.upload(
                what, order.params, resource_type=order.resource_type, unsigned=order.unsigned, progress=report
            )
            tell_stored(record, change, reply)
            return reply

    outcome = await ctx.uploads.finish_within(ctx.budget.seconds_left - ANSWER_TIME, send, ctx.progress)
    if isinstance(outcome, BackgroundUpload):
        return Outcome(_running_or_done(ctx, outcome))
    answer = _uploaded(ctx, cast("UploadReply", outcome), order.before)
    if notifications is None or order.wait_for is None or "public_id" not in answer.data:
        return Outcome(answer)
    return Outcome(await _with_outcome(ctx, notifications, answer, order.wait_for, started))


async def _check_unchanged(ctx: ToolContext, asset: PlannedAsset, before: Mapping[str, Any]) -> None:
    place = AssetName(asset.public_id, asset.resource_type, asset.type)
    now = await read_asset(ctx, place)
    if (now["asset_id"], now.get("version") or 0) != (asset.asset_id, asset.version) or attributes_of(now) != before:
        raise Problem(
            f"{visible(asset.label)} was changed since the plan was made; nothing was uploaded.",
            hint="Make a new plan.",
        )


@tool(kind="create", title="Upload an asset", execute=execute_upload_asset)
async def upload_asset(
    ctx: ToolContext,
    source: Annotated[str, Field(description="URL, data URI or path of a local file")] = "",
    public_id: Annotated[str | None, Field(description="Random if not given")] = None,
    folder: Annotated[str | None, Field(description="Folder that also starts the public_id")] = None,
    asset_folder: Annotated[str | None, Field(description="Folder that is not in the public_id")] = None,
    display_name: Annotated[str | None, Field(description="Name shown to people")] = None,
    tags: Annotated[list[str], Field(description="Tags to set")] = [],
    context: Annotated[dict[str, str] | None, Field(description="Such as alt, caption")] = None,
    metadata: Annotated[dict[str, Any] | None, Field(description="Structured metadata by external_id")] = None,
    resource_type: Annotated[Literal["auto", "image", "video", "raw"], Field(description="auto: by content")] = "auto",
    type: Annotated[
        Literal["upload", "private", "authenticated"], Field(description="Delivery type; others need signed URLs")
    ] = "upload",
    access_control: Annotated[list[AccessRule] | None, Field(description="Restrict who may read it")] = None,
    overwrite: Annotated[bool, Field(description="Replace an asset with this public_id")] = False,
    carry_over: Annotated[bool, Field(description="Keep its tags, context, metadata …")] = False,
    use_filename: Annotated[bool, Field(description="Make the public_id from the file name")] = False,
    unique_filename: Annotated[bool, Field(description="Add random characters to it")] = True,
    filename: Annotated[str | None, Field(description="File name to record")] = None,
    invalidate: Annotated[bool, Field(description="Clear CDN copies of what is replaced")] = False,
    upload_preset: Annotated[str | None, Field(description="Preset whose settings apply")] = None,
    unsigned: Annotated[bool, Field(description="Upload with an unsigned preset")] = False,
    transformation: Annotated[Any, Field(description="Applied before storing")] = None,
    format: Annotated[str | None, Field(description="Convert to")] = None,
    eager: Annotated[list[Any], Field(description="Transformations to make now")] = [],
    eager_async: Annotated[bool, Field(description="Make eager in the background")] = False,
    moderation: Annotated[str | None, Field(description="manual, aws_rek, …")] = None,
    notification_url: Annotated[str | None, Field(description="Webhook to tell")] = None,
    backup: Annotated[bool | None, Field(description="Keep a backup")] = None,
    options: Annotated[dict[str, Any] | None, Field(description="Other upload parameters of Cloudinary")] = None,
    wait_for: Annotated[Literal["eager", "moderation"] | None, Field(description="Wait for its outcome")] = None,
    upload_id: Annotated[str | None, Field(description="Ask for an upload still running")] = None,
) -> Plan[Replaced, UploadOrder] | ToolResult[Uploaded]:
    """Upload a file, URL or data URI. An existing public_id is kept unless overwrite is true."""
    if upload_id:
        return _running_or_done(ctx, await ctx.uploads.wait(upload_id, ctx.budget.seconds_left - ANSWER_TIME))
    if not source:
        raise Problem("Say what to upload: source is a URL, a data URI or the path of a local file.")
    if unsigned and not upload_preset:
        raise Problem("An unsigned upload needs an upload_preset that allows it.")
    params: dict[str, Any] = {
        **_extra(options),
        "public_id": check_public_id(public_id) if public_id else None,
        **await _placement(ctx, folder, asset_folder),
        "display_name": display_name,
        "tags": tags or None,
        "context": context,
        "metadata": metadata,
        "type": None if type == "upload" else type,
        "access_control": access_control,
        "overwrite": None if unsigned else False,
        "use_filename": use_filename or None,
        "unique_filename": False if use_filename and not unique_filename else None,
        "filename_override": filename,
        "invalidate": invalidate or None,
        "upload_preset": upload_preset,
        "transformation": serialise(transformation) if transformation else None,
        "format": format,
        "eager": serialise_eager(eager) if eager else None,
        "eager_async": eager_async or wait_for == "eager" or None,
        "moderation": moderation,
        "notification_url": notification_url,
        "backup": backup,
    }
    params = {name: value for name, value in params.items() if value is not None}
    plan = _plan_new(UploadOrder(source, params, resource_type, unsigned, wait_for, {}, await _identity(ctx, source)))
    return await _plan_replacing(ctx, plan, carry_over=carry_over) if overwrite else plan


def _plan_new(order: UploadOrder) -> Plan[Replaced, UploadOrder]:
    """An upload that keeps whatever has its name, unless a script of Cloudinary's may do anything."""
    params = order.params
    scripts = [name for name in SCRIPTS if params.get(name)]
    name = f"{order.resource_type}/{params.get('type') or 'upload'}/{params.get('public_id') or ''}"
    return Plan(
        operation="upload_asset",
        verb="Upload",
        refusal_suffix="nothing was uploaded",
        selection=f"{quote(_shown(order.source))} as {quote(name)}",
        items=(NamedItem(name, name),),
        explicit=True,
        options=order,
        effect="destroys" if scripts else "adds",
        targets=(WHOLESALE,) if scripts else (),
        warnings=(f"A script ({', '.join(scripts)}) runs in Cloudinary; it may rename, replace and set anything.",)
        if scripts
        else (),
    )


async def _plan_replacing(
    ctx: ToolContext, plan: Plan[Replaced, UploadOrder], *, carry_over: bool
) -> Plan[Replaced, UploadOrder]:
    """The same upload in place of what has its exact name; as it is when nothing has it."""
    order = plan.options
    if order.unsigned:
        raise Problem("An unsigned upload never replaces anything; nothing was uploaded.", hint="Leave out overwrite.")
    public_id = exact_name(order.source, order.params, order.resource_type)
    if public_id is None or plan.effect != "adds":
        return plan
    delivery = str(order.params.get("type") or "upload")
    there = await find_replaced(ctx, public_id, delivery, order.resource_type, order.source, order.params)
    if there is None:
        return plan
    if preset := order.params.get("upload_preset"):
        await check_preset(ctx, str(preset))
    dynamic = await ctx.folder_mode() == "dynamic"
    params = {**without_naming(order.params, public_id, dynamic=dynamic), "overwrite": True}
    before = attributes_of(there)
    risks = at_risk(before, params)
    if carry_over:
        params |= carried_over(before, params)
    victim = PlannedAsset.from_entry(there, state=True)
    kind = cast("Literal['image', 'video', 'raw']", victim.resource_type)
    backup = "it has a backup" if victim.backup else "this cannot be undone: it has no backup"
    warnings = [
        f"The file it holds now is replaced; {backup}. It is: {quote(asset_line(asset_data(ctx.cloud.config, there)))}."
    ]
    if risks:
        carried = "they are set anew, but for a moderation" if carry_over else "carry_over=true sets them anew"
        warnings.append(f"May be lost with it: {', '.join(risks)}; {carried}.")
    return replace(
        plan,
        verb="Replace",
        selection=f"by uploading {quote(_shown(order.source))}",
        items=(victim,),
        options=replace(order, params=params, resource_type=kind, before=before),
        effect="destroys",
        warnings=tuple(warnings),
    )


def _shown(source: str) -> str:
    """A source without what may be secret in it, or too long."""
    return (
        "a data URI" if source[:5].lower() == "data:" else source.partition("?")[0] if REMOTE.match(source) else source
    )


async def _with_outcome(
    ctx: ToolContext, notifications: Notifications, answer: ToolResult[Uploaded], kind: str, since: datetime | None
) -> ToolResult[Uploaded]:
    """Add what Cloudinary tells about the finished eager transformations or the moderation."""
    public_id = answer.data.get("public_id", "")
    seconds = ctx.budget.seconds_left - ANSWER_TIME
    notification = await notifications.wait(
        ctx.config_name, type=kind, public_id=public_id, since=since, timeout=max(seconds, 1)
    )
    data = answer.data.copy()
    if notification is None:
        note = f"No {kind} notification yet; go on with wait_for_notification(type={kind!r}, public_id={public_id!r})."
        data["note"] = note
        return ToolResult(data, f"{answer.text}\n{note}")
    data["outcome"] = summary(notification)
    return ToolResult(data, "\n".join([answer.text, f"outcome of {kind}:", *lines(data["outcome"], "  ")]))


_OURS = frozenset({"file", "api_key", "api_secret", "signature", "timestamp", "cloud_name"})


def _extra(options: Mapping[str, Any] | None) -> dict[str, Any]:
    if refused := sorted(_OURS & (options or {}).keys()):
        raise Problem(f"options cannot set {', '.join(refused)}: the server does.")
    return dict(options or {})


async def _placement(ctx: ToolContext, folder: str | None, asset_folder: str | None) -> dict[str, str]:
    """Where it goes, in the terms of the cloud's folder mode (Cloudinary documentation, dynamic folders)."""
    placement = {"folder": folder, "asset_folder": asset_folder}
    if asset_folder and await ctx.folder_mode() == "fixed":
        if folder and folder != asset_folder:
            raise Problem("This cloud has fixed folders: give folder alone, it starts the public_id.")
        placement = {"folder": asset_folder}
    return {name: path.strip("/") for name, path in placement.items() if path}


async def _identity(ctx: ToolContext, source: str) -> FileIdentity | None:
    """Which local file a source is now; None for what Cloudinary fetches."""
    return (
        None
        if REMOTE.match(source)
        else FileIdentity.of((await to_thread.run_sync(ctx.files.readable, source)).lstat())
    )


async def _source(ctx: ToolContext, order: UploadOrder) -> FileSource | RemoteSource:
    """What is sent: of local files only the one that was looked at when the upload was planned."""
    if order.file is None:
        return RemoteSource(order.source)
    path = await to_thread.run_sync(ctx.files.readable, order.source)
    if not order.file.size:
        raise Problem(f"{visible(path.name)} is empty; Cloudinary takes no empty file.")
    if order.file.size > ALWAYS_ALLOWED:
        kind = order.resource_type if order.resource_type != "auto" else kind_of(path.name) or "raw"
        await ctx.cloud.check_size(order.file.size, kind)
    return FileSource(path, identity=order.file)


_PLAIN = (
    "public_id", "asset_id", "resource_type", "type", "format", "bytes", "width", "height", "duration", "pages",
    "version", "asset_folder", "display_name", "original_filename", "tags",
)  # fmt: skip


def _uploaded(
    ctx: ToolContext, reply: UploadReply, before: Mapping[str, Any] = MappingProxyType({})
) -> ToolResult[Uploaded]:
    """The answer about a stored file; `before` are the attributes of what it replaced."""
    if reply.get("status") == "pending":
        note = "Cloudinary accepted it and works on it; get_asset shows it when it is ready."
        named = {name: reply.get(name) for name in ("public_id", "resource_type", "type")}
        pending = Uploaded(**undisguised(without_nulls({"status": "pending", "note": note, **named})))
        return ToolResult(pending, f"{visible(str(named['public_id']))}: {note}")
    data: dict[str, Any] = {name: reply.get(name) for name in _PLAIN}
    if data["pages"] == 1:
        del data["pages"]
    data["asset_folder"] = reply.get("asset_folder") or reply.get("folder")
    data["url"] = asset_url(ctx.cloud.config, reply)
    data["moderation"] = moderation_state(reply)
    data["eager"] = [
        without_nulls({key: entry.get(key) for key in ("transformation", "status", "reason", "secure_url")})
        for entry in reply.get("eager") or ()
    ]
    if reply.get("existing"):
        data["note"] = "This public_id was taken and kept as it is: nothing was stored. overwrite=true replaces it."
    elif reply.get("overwritten"):
        gone = lost(before, reply)
        also = f" Gone with the old file: {', '.join(gone)}." if gone else ""
        data["note"] = f"Replaced the asset that had this public_id.{also}"
    answer = Uploaded(**undisguised(without_nulls(data)))
    return ToolResult(answer, _text(answer, existing=bool(reply.get("existing"))))


def _text(data: Uploaded, *, existing: bool) -> str:
    name = visible(f"{data.get('resource_type')}/{data.get('type')}/{data.get('public_id')}")
    shape = [str(data.get("format", "")), f"{data.get('width')}x{data.get('height')}" if "width" in data else ""]
    shape.append(size(data.get("bytes", 0)))
    where = data.get("asset_folder")
    rows = [
        f"{'Kept' if existing else 'Uploaded'} {name} ({', '.join(part for part in shape if part)})"
        + (f" in the folder {visible(where)}." if where else " in the root folder.")
    ]
    if "note" in data:
        rows.append(data["note"])
    rows.append(f"URL: {data.get('url')}")
    more = ("asset_id", "original_filename", "tags", "moderation", "eager")
    rows += [f"{key}: {inline(data.get(key))}" for key in more if key in data]
    return "\n".join(rows)


def _running_or_done(ctx: ToolContext, upload: BackgroundUpload) -> ToolResult[Uploaded]:
    if upload.error:
        raise upload.error
    if upload.result is not None:
        return _uploaded(ctx, cast("UploadReply", upload.result))
    part = f"{size(upload.sent)} of {size(upload.total)} sent" if upload.total else f"{size(upload.sent)} sent"
    note = f"The upload goes on in the server ({part}). Ask again with upload_asset(upload_id={upload.id!r})."
    return ToolResult(Uploaded(status="uploading", upload_id=upload.id, sent=upload.sent, note=note), note)
