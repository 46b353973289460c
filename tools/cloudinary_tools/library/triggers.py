"""Triggers, which make Cloudinary send notifications: their list and how one is shown."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.notifications import TriggerListReply
from cloudinary_tools.notifications import EVENT_TYPES
from cloudinary_tools.suggestions import did_you_mean
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.results import Problem, visible, without_nulls


class TriggerData(TypedDict, total=False):
    """One trigger: an event type and where Cloudinary tells it."""

    id: str
    event_type: str
    uri: str
    uri_type: str
    additive: bool
    filter: Any
    updated_at: str


async def read_triggers(ctx: ToolContext, event_type: str | None) -> list[TriggerData]:
    """All triggers of the cloud, or those of one event type."""
    reply = await ctx.admin("GET", "triggers", reply=TriggerListReply, params={"event_type": event_type})
    keys = ("id", "event_type", "uri", "uri_type", "additive", "filter", "updated_at")
    return [TriggerData(**without_nulls({key: one.get(key) for key in keys})) for one in reply["triggers"]]


async def find_trigger(ctx: ToolContext, trigger_id: str) -> TriggerData | None:
    """One trigger as it is now; None when there is none of this id."""
    return next((one for one in await read_triggers(ctx, None) if one.get("id") == trigger_id), None)


def check_event_type(event_type: str | None) -> None:
    """`Problem` for an event type that Cloudinary does not have; names the nearest one."""
    if event_type is not None and event_type not in EVENT_TYPES:
        guess = did_you_mean(event_type, EVENT_TYPES, otherwise=".")
        raise Problem(f"There is no event type {event_type!r}{guess} The types are {', '.join(EVENT_TYPES)}.")


def trigger_line(trigger: Mapping[str, Any]) -> str:
    """A trigger on one line: its id, what it tells and where to."""
    also = " · additive" if trigger.get("additive") else ""
    filtered = " · filtered" if trigger.get("filter") else ""
    name = visible(str(trigger.get("uri", "")))
    return f"{trigger.get('id')} · {trigger.get('event_type')} → {name}{also}{filtered}"
