"""`save_trigger`: have Cloudinary send notifications; sets up both ends."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.client.reply_types.notifications import TriggerEntry
from cloudinary_tools.library.triggers import TriggerData, check_event_type, find_trigger, read_triggers, trigger_line
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, quote

POLL = "poll://"


@dataclass(frozen=True, slots=True)
class TriggerOrder:
    """What a trigger is to be: where it goes, and the other parameters; `before` is what it is, None for a new one."""

    uri: str
    body: dict[str, Any]
    before: TriggerData | None


class SavedTrigger(TypedDict, total=False):
    """A trigger that was created or changed."""

    trigger: TriggerData
    created: bool
    note: str


async def execute_save_trigger(ctx: ToolContext, plan: Plan[NamedItem, TriggerOrder]) -> Outcome[NamedItem]:
    """Create or change the planned trigger, if it still is what the plan saw."""
    (item,) = plan.items
    order, trigger_id = plan.options, item.id
    if order.before and not plan.fresh and await find_trigger(ctx, trigger_id) != order.before:
        raise Problem(f"The trigger {trigger_id} was changed since the plan; nothing was changed.", hint="Plan again.")
    operation = "update" if order.before else "create"
    after = {"uri": order.uri, **order.body}
    before = {**order.before} if order.before else None
    change = Change(item.key, item.label, plan.effect, operation, "trigger", before=before, after=after)
    async with ctx.recorded([change]) as record:
        if order.before:
            await ctx.admin("PUT", "triggers", trigger_id, reply=DoneReply, json={"new_uri": order.uri, **order.body})
            record.done(item.key)
        else:
            made = await ctx.admin("POST", "triggers", reply=TriggerEntry, json={"uri": order.uri, **order.body})
            trigger_id = made["id"]
            record.done(item.key, became=f"trigger:{trigger_id}")
    note = "Cloudinary sends these events from now on."
    if order.uri.startswith(POLL):
        name = order.uri.removeprefix(POLL)
        ctx.notifications.poll(ctx.cloud.config.name, name)
        note += f" This server takes them now; start it with --poll-channel {name} to take them after a restart too."
    saved = await find_trigger(ctx, trigger_id) or TriggerData(id=trigger_id)
    answer = SavedTrigger(trigger=saved, created=order.before is None, note=note)
    return Outcome(ToolResult(answer, f"{trigger_line(saved)}\n{note}"))


@tool(kind="update", title="Save a trigger", execute=execute_save_trigger, confirms=False)
async def save_trigger(
    ctx: ToolContext,
    event_type: Annotated[str | None, Field(description="upload, eager, moderation, delete, … A new one: all")] = None,
    channel: Annotated[str | None, Field(description="Poll channel; this server takes from it at once")] = None,
    uri: Annotated[str | None, Field(description="Webhook URL; this server's own by default")] = None,
    trigger_id: Annotated[str | None, Field(description="Change this one; what is not given stays")] = None,
    additive: Annotated[
        bool | None, Field(description="Also when a call has its own notification_url. A new one: true")
    ] = None,
    filter: Annotated[dict[str, Any] | None, Field(description="jsonlogic over the event")] = None,
) -> Plan[NamedItem, TriggerOrder] | ToolResult[SavedTrigger]:
    """Create or change a trigger, to a poll channel (needs no public address) or to a webhook."""
    check_event_type(event_type)
    if channel and uri:
        raise Problem("Give channel or uri, not both; nothing was changed.")
    known = await read_triggers(ctx, None)
    before = None
    if trigger_id is not None:
        before = next((one for one in known if one.get("id") == trigger_id), None)
        if before is None:
            raise Problem(f"There is no trigger {trigger_id!r}; nothing was changed.", hint="list_triggers shows them.")
        if event_type not in (None, before.get("event_type")):
            raise Problem(
                f"A trigger keeps its event type, here {before.get('event_type')}; nothing was changed.",
                hint="Save a new trigger for the other type, then delete this one.",
            )
    target = f"{POLL}{channel.removeprefix(POLL)}" if channel else uri or (before or {}).get("uri")
    target = target or ctx.notifications.webhook_url
    if not target:
        raise Problem(
            "This server has no public address for webhooks; nothing was changed.",
            hint="Give channel='NAME' (needs no address), or uri, or start the server with --public-url.",
        )
    if target.startswith(POLL) and not ctx.notifications.can_poll(ctx.cloud.config.name):
        raise Problem(
            "This server could not verify what comes through a poll channel: the cloud has no API secret here; "
            "nothing was changed.",
            hint="Set the secret in its CLOUDINARY_URL, or give a uri.",
        )
    wanted = event_type or (before or {}).get("event_type") or "all"
    before = before or next((one for one in known if _goes(one, wanted, target)), None)
    return _plan(wanted, target, additive, filter, before)


def _plan(
    event_type: str, uri: str, additive: bool | None, filter: dict[str, Any] | None, before: TriggerData | None
) -> Plan[NamedItem, TriggerOrder]:
    """What is not given stays as it is."""
    old = before or TriggerData()
    kept = filter if filter is not None else old.get("filter")
    body: dict[str, Any] = {
        "event_type": event_type,
        "uri_type": _uri_type(uri, old),
        "additive": additive if additive is not None else old.get("additive", before is None),
        **({"filter": kept, "filter_language": "jsonlogic"} if kept else {}),
    }
    label = trigger_line({"id": old.get("id", "new"), "uri": uri, **body})
    return Plan(
        operation="save_trigger",
        verb="Change" if before else "Create",
        refusal_suffix="nothing was changed",
        selection=f"{event_type} to {quote(uri)}",
        items=(NamedItem(f"trigger:{old.get('id', event_type)}", label),),
        explicit=True,
        options=TriggerOrder(uri, body, before),
        effect="changes" if before else "adds",
        what="trigger",
    )


def _uri_type(uri: str, old: TriggerData) -> str:
    """What the address is; a trigger that keeps its address keeps its kind too, such as `flow`."""
    if uri == old.get("uri") and (kept := old.get("uri_type")):
        return kept
    return "poll" if uri.startswith(POLL) else "webhook"


def _goes(trigger: TriggerData, event_type: str, target: str) -> bool:
    return trigger.get("uri") == target and trigger.get("event_type") == event_type
