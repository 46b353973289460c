"""Triggers: what Cloudinary tells by itself, and where to. One call sets up both ends."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import NotFound
from cloudinary_tools.notifications import EVENT_TYPES
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan, Thing
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, visible, without_nulls

POLL = "poll://"


class Trigger(TypedDict, total=False):
    """One trigger: an event type and where Cloudinary tells it."""

    id: str
    event_type: str
    uri: str
    uri_type: str
    additive: bool
    filter: Any
    updated_at: str


class TriggerList(TypedDict, total=False):
    """All triggers of the cloud."""

    count: int
    triggers: list[Trigger]


class SavedTrigger(TypedDict, total=False):
    """A trigger that was created or changed."""

    trigger: Trigger
    created: bool
    note: str


class TriggerTest(TypedDict, total=False):
    """Whether the trigger's filter lets a sample event through."""

    trigger_id: str
    filter_present: bool
    filter_result: bool
    note: str


class DeletedTrigger(TypedDict, total=False):
    """The trigger that is gone."""

    deleted: str
    note: str


@tool(toolset="triggers", kind="read", title="List triggers")
async def list_triggers(
    ctx: ToolContext, event_type: Annotated[str | None, Field(description="Only these events")] = None
) -> ToolResult[TriggerList]:
    """List the triggers that make Cloudinary send notifications."""
    _check_event(event_type)
    triggers = await _all(ctx, event_type)
    text = [f"{plural(len(triggers), 'trigger')}."] + [_line(trigger) for trigger in triggers]
    return ToolResult(TriggerList(count=len(triggers), triggers=triggers), "\n".join(text))


@tool(toolset="triggers", kind="update", title="Save a trigger")
async def save_trigger(
    ctx: ToolContext,
    event_type: Annotated[str, Field(description="upload, eager, moderation, delete, all, …")] = "all",
    channel: Annotated[str | None, Field(description="Poll channel; this server takes from it at once")] = None,
    uri: Annotated[str | None, Field(description="Webhook URL; this server's own by default")] = None,
    trigger_id: Annotated[str | None, Field(description="Change this one")] = None,
    additive: Annotated[bool, Field(description="Also when a call has its own notification_url")] = True,
    filter: Annotated[dict[str, Any] | None, Field(description="jsonlogic over the event")] = None,
) -> ToolResult[SavedTrigger]:
    """Create or change a trigger, to a poll channel (needs no public address) or to a webhook."""
    _check_event(event_type)
    if channel and uri:
        raise Problem("Give channel or uri, not both; nothing was changed.")
    target = f"{POLL}{channel.removeprefix(POLL)}" if channel else uri or ctx.events.webhook_url
    if not target:
        raise Problem(
            "This server has no public address for webhooks; nothing was changed.",
            hint="Give channel='NAME' (needs no address), or uri, or start the server with --public-url.",
        )
    if target.startswith(POLL) and not ctx.events.can_poll(ctx.cloud.config.name):
        raise Problem(
            "This server could not verify what comes through a poll channel: the cloud has no API secret here; "
            "nothing was changed.",
            hint="Set the secret in its CLOUDINARY_URL, or give a uri.",
        )
    body: dict[str, Any] = {
        "event_type": event_type,
        "uri_type": "poll" if target.startswith(POLL) else "webhook",
        "additive": additive,
        **({"filter": filter, "filter_language": "jsonlogic"} if filter else {}),
    }
    known = await _all(ctx, None)
    if trigger_id is None:
        trigger_id = next((one.get("id") for one in known if _goes(one, event_type, target)), None)
    elif trigger_id not in [one.get("id") for one in known]:
        raise Problem(f"There is no trigger {trigger_id!r}; nothing was changed.", hint="list_triggers shows them.")
    created = trigger_id is None
    if trigger_id is None:
        trigger_id = str((await ctx.admin("POST", "triggers", json={"uri": target, **body}))["id"])
    else:
        await ctx.admin("PUT", "triggers", trigger_id, json={"new_uri": target, **body})
    note = "Cloudinary sends these events from now on."
    if target.startswith(POLL):
        name = target.removeprefix(POLL)
        ctx.events.poll(ctx.cloud.config.name, name)
        note += f" This server takes them now; start it with --poll-channel {name} to take them after a restart too."
    saved = next((one for one in await _all(ctx, None) if one.get("id") == trigger_id), Trigger(id=trigger_id))
    return ToolResult(SavedTrigger(trigger=saved, created=created, note=note), f"{_line(saved)}\n{note}")


@tool(toolset="triggers", kind="read", title="Test a trigger")
async def test_trigger(
    ctx: ToolContext,
    trigger_id: Annotated[str, Field(description="From list_triggers")],
    sample: Annotated[dict[str, Any], Field(description="An event's payload")],
) -> ToolResult[TriggerTest]:
    """Say whether a trigger's filter lets a sample event through; nothing is sent."""
    if not trigger_id.isalnum():
        raise Problem(f"{trigger_id!r} is no trigger's id.", hint="list_triggers shows them.")
    reply = await ctx.admin("POST", "triggers", trigger_id, "test", json={"sample_data": sample})
    present, result = bool(reply.get("filter_present")), bool(reply.get("filter_result"))
    note = "It has no filter: every event of its type goes out."
    if present:
        note = "The filter lets it through." if result else "The filter holds it back."
    return ToolResult(
        TriggerTest(trigger_id=trigger_id, filter_present=present, filter_result=result, note=note), f"{note}"
    )


async def run(ctx: ToolContext, plan: Plan) -> Outcome:
    """Delete the planned trigger."""
    (thing,) = plan.items
    try:
        await ctx.admin("DELETE", "triggers", thing.key)
    except NotFound:
        note = "It was gone already."
        return Outcome(ToolResult(DeletedTrigger(deleted=thing.key, note=note), note))
    return Outcome(ToolResult(DeletedTrigger(deleted=thing.key), f"Deleted the trigger {visible(thing.label)}."))


@tool(toolset="triggers", kind="delete", title="Delete a trigger", execute=run)
async def delete_trigger(
    ctx: ToolContext, trigger_id: Annotated[str, Field(description="From list_triggers")]
) -> Plan | ToolResult[DeletedTrigger]:
    """Delete a trigger: Cloudinary no longer sends its notifications."""
    found = next((one for one in await _all(ctx, None) if one.get("id") == trigger_id), None)
    if found is None:
        raise Problem(
            f"There is no trigger {trigger_id!r}; nothing was deleted.", hint="list_triggers shows their ids."
        )
    return Plan(
        operation="delete_trigger",
        title="Delete",
        nothing="nothing was deleted",
        selection=f"trigger {trigger_id}",
        items=(Thing(trigger_id, _line(found)),),
        explicit=True,
        warnings=("Its notifications stop; notifications that came stay.",),
        what="trigger",
    )


async def _all(ctx: ToolContext, event_type: str | None) -> list[Trigger]:
    reply = await ctx.admin("GET", "triggers", params={"event_type": event_type})
    keys = ("id", "event_type", "uri", "uri_type", "additive", "filter", "updated_at")
    return [Trigger(**without_nulls({key: one.get(key) for key in keys})) for one in reply.get("triggers", ())]


def _goes(trigger: Trigger, event_type: str, target: str) -> bool:
    return trigger.get("uri") == target and trigger.get("event_type") == event_type


def _check_event(event_type: str | None) -> None:
    if event_type is not None and event_type not in EVENT_TYPES:
        near = difflib.get_close_matches(event_type, EVENT_TYPES, n=1)
        guess = f": did you mean {near[0]!r}?" if near else "."
        raise Problem(f"There is no event type {event_type!r}{guess} The types are {', '.join(EVENT_TYPES)}.")


def _line(trigger: Mapping[str, Any]) -> str:
    also = " · additive" if trigger.get("additive") else ""
    filtered = " · filtered" if trigger.get("filter") else ""
    name = visible(str(trigger.get("uri", "")))
    return f"{trigger.get('id')} · {trigger.get('event_type')} → {name}{also}{filtered}"
