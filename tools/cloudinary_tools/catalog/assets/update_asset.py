"""`update_asset`: change what is stored about one asset; answers before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.permits import Effect
from cloudinary_tools.client.reply_types.assets import AssetReply, flat_context
from cloudinary_tools.library.asset_view import AccessRule, moderation_state, read_asset
from cloudinary_tools.library.names import name_asset
from cloudinary_tools.library.selection import PlannedAsset
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, inline, quote, undisguised, visible


class FieldChange(TypedDict):
    """One field's value before and after; an empty value was or is not set."""

    before: Any
    after: Any


class UpdateReport(TypedDict, total=False):
    """What an update changed."""

    public_id: str
    asset_id: str
    changed: dict[str, FieldChange]
    note: str


@dataclass(frozen=True, slots=True)
class Update:
    """The parameters of an update, and the values that were there before."""

    body: dict[str, Any]
    before: dict[str, Any]


async def execute_update_asset(ctx: ToolContext, plan: Plan[PlannedAsset, Update]) -> Outcome[PlannedAsset]:
    """Update the planned asset, if the values in question still are what the plan saw."""
    (asset,) = plan.items
    body, before = plan.options.body, plan.options.before
    place = ("resources", asset.resource_type, asset.type, asset.public_id)
    if not plan.fresh:
        now = await ctx.admin("GET", *place, reply=AssetReply)
        if now["asset_id"] != asset.asset_id or {key: _value(now, key) for key in body} != before:
            raise Problem(
                f"{visible(asset.label)} was changed since the plan was made; nothing was changed.", hint="Plan again."
            )
    change = Change(asset.key, asset.label, plan.effect, "edit", before=before)
    async with ctx.recorded([change]) as record:
        after = await ctx.admin("POST", *place, reply=AssetReply, json=body)
        record.done(asset.key, after={key: _value(after, key) for key in body})
    return Outcome(_report(before, after, body))


@tool(kind="update", title="Update an asset", execute=execute_update_asset, confirms=False)
async def update_asset(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id or delivery URL")] = "",
    asset_id: Annotated[str, Field(description="Instead of public_id")] = "",
    resource_type: Annotated[Literal["image", "video", "raw"] | None, Field(description="Default image")] = None,
    type: Annotated[str | None, Field(description="Delivery type, default upload")] = None,
    tags: Annotated[list[str] | None, Field(description="Replaces all tags; [] removes them")] = None,
    add_tags: Annotated[list[str], Field(description="Added to the tags")] = [],
    remove_tags: Annotated[list[str], Field(description="Taken from the tags")] = [],
    context: Annotated[dict[str, str] | None, Field(description='Merged; "" removes a key')] = None,
    replace_context: Annotated[bool, Field(description="Drop the keys not given in context")] = False,
    metadata: Annotated[dict[str, Any] | None, Field(description="Structured metadata by external_id, merged")] = None,
    moderation_status: Annotated[
        Literal["approved", "rejected", "pending"] | None, Field(description="approved or rejected")
    ] = None,
    display_name: Annotated[str | None, Field(description="Name shown to people")] = None,
    asset_folder: Annotated[str | None, Field(description="Move to this folder; the URL stays")] = None,
    access_control: Annotated[
        list[AccessRule] | None, Field(description="[] makes it public; token restricts it")
    ] = None,
) -> Plan[PlannedAsset, Update] | ToolResult[UpdateReport]:
    """Change tags, context, metadata, moderation, name, folder or access of one asset; answers before and after."""
    if moderation_status == "pending":
        raise Problem(
            "Cloudinary takes no update to pending: only a decision, approved or rejected. Nothing was changed.",
            hint="An asset becomes pending by an upload with moderation='manual'.",
        )
    if tags is not None and (add_tags or remove_tags):
        raise Problem("Give tags (the whole new list) or add_tags / remove_tags, not both. Nothing was changed.")
    name = name_asset(ctx.cloud.config, public_id, resource_type, type, asset_id)
    if asset_folder is not None and await ctx.folder_mode() == "fixed":
        raise Problem(
            "This cloud has fixed folders: the folder is the start of the public_id. Nothing was changed.",
            hint="Rename the asset to move it (rename_asset in the toolset library).",
        )
    before = await read_asset(ctx, name)
    body: dict[str, Any] = {
        "display_name": display_name,
        "asset_folder": asset_folder,
        "metadata": metadata,
        "moderation_status": moderation_status,
        "access_control": access_control,
        "tags": _new_tags(before, tags, add_tags, remove_tags),
        "context": _new_context(before, context, replace=replace_context),
    }
    body = {key: value for key, value in body.items() if value is not None}
    if not body:
        raise Problem("Nothing to change was given.", hint="For example tags, context, display_name, asset_folder.")
    old = {key: _value(before, key) for key in body}
    return Plan(
        operation="update_asset",
        verb="Update",
        refusal_suffix="nothing was changed",
        selection=f"the fields {', '.join(body)}",
        items=(PlannedAsset.from_entry(before),),
        explicit=True,
        options=Update(body, old),
        effect=_effect(old, body),
        leave="changes",
        warnings=tuple(f"{key}: {quote(_shown(old[key]))} → {quote(_shown(value))}" for key, value in body.items()),
    )


def _effect(before: Mapping[str, Any], body: Mapping[str, Any]) -> Effect:
    """`changes` where a value that is there goes or is replaced, `adds` where none was."""
    for key, old in before.items():
        new = body[key]
        match key:
            case "tags":
                lost = not set(new).issuperset(old)
            case "context" | "metadata":
                lost = any(new[name] != value for name, value in old.items() if name in new and value)
            case _:
                lost = old != new and bool(old or key in ("access_control", "asset_folder"))
        if lost:
            return "changes"
    return "adds"


def _new_tags(
    before: AssetReply, tags: Sequence[str] | None, add: Sequence[str], remove: Sequence[str]
) -> list[str] | None:
    if tags is not None:
        return list(dict.fromkeys(tags))
    if not add and not remove:
        return None
    return [tag for tag in dict.fromkeys([*(before.get("tags") or ()), *add]) if tag not in remove]


def _new_context(before: AssetReply, context: Mapping[str, str] | None, *, replace: bool) -> dict[str, str] | None:
    """The whole context: right whether Cloudinary merges an update or replaces with it, which is not documented."""
    if context is None:
        return None
    old = flat_context(before.get("context"))
    return {**(dict.fromkeys(old, "") if replace else old), **context}


def _report(before: Mapping[str, Any], after: AssetReply, body: Mapping[str, Any]) -> ToolResult[UpdateReport]:
    changed: dict[str, FieldChange] = {}
    for key in body:
        pair = FieldChange(before=undisguised(before[key]), after=undisguised(_value(after, key)))
        if pair["before"] != pair["after"]:
            changed[key] = pair
    report = UpdateReport(public_id=after["public_id"], asset_id=after["asset_id"], changed=changed)
    head = f"{visible(after['resource_type'] + '/' + after['type'] + '/' + after['public_id'])}: "
    if not changed:
        report["note"] = "Everything already was as asked."
        return ToolResult(report, head + report["note"])
    rows = [f"{key}: {_shown(pair['before'])} → {_shown(pair['after'])}" for key, pair in changed.items()]
    return ToolResult(report, head + "updated.\n" + "\n".join(rows))


def _value(reply: AssetReply, key: str) -> Any:
    match key:
        case "context":
            return flat_context(reply.get("context"))
        case "moderation_status":
            return moderation_state(reply) or ""
        case "tags" | "access_control":
            return reply.get(key) or []
        case "metadata":
            return reply.get(key) or {}
        case _:
            return reply.get(key) or ""


def _shown(value: Any) -> str:
    return inline(value) if value else "none"
