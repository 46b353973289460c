"""`save_trigger`: have Cloudinary send notifications; sets up both ends."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.client.reply_types.notifications import TriggerEntry
from cloudinary_tools.library.triggers import TriggerData, check_event_type, read_triggers, trigger_line
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult

POLL = "poll://"


class SavedTrigger(TypedDict, total=False):
    """A trigger that was created or changed."""

    trigger: TriggerData
    created: bool
    note: str


@tool(kind="update", title="Save a trigger")
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
    check_event_type(event_type)
    if channel and uri:
        raise Problem("Give channel or uri, not both; nothing was changed.")
    target = f"{POLL}{channel.removeprefix(POLL)}" if channel else uri or ctx.notifications.webhook_url
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
    body: dict[str, Any] = {
        "event_type": event_type,
        "uri_type": "poll" if target.startswith(POLL) else "webhook",
        "additive": additive,
        **({"filter": filter, "filter_language": "jsonlogic"} if filter else {}),
    }
    known = await read_triggers(ctx, None)
    if trigger_id is None:
        trigger_id = next((one.get("id") for one in known if _goes(one, event_type, target)), None)
    elif trigger_id not in [one.get("id") for one in known]:
        raise Problem(f"There is no trigger {trigger_id!r}; nothing was changed.", hint="list_triggers shows them.")
    created = trigger_id is None
    if trigger_id is None:
        made = await ctx.admin("POST", "triggers", reply=TriggerEntry, json={"uri": target, **body})
        trigger_id = made["id"]
    else:
        await ctx.admin("PUT", "triggers", trigger_id, reply=DoneReply, json={"new_uri": target, **body})
    note = "Cloudinary sends these events from now on."
    if target.startswith(POLL):
        name = target.removeprefix(POLL)
        ctx.notifications.poll(ctx.cloud.config.name, name)
        note += f" This server takes them now; start it with --poll-channel {name} to take them after a restart too."
    saved = next(
        (one for one in await read_triggers(ctx, None) if one.get("id") == trigger_id), TriggerData(id=trigger_id)
    )
    return ToolResult(SavedTrigger(trigger=saved, created=created, note=note), f"{trigger_line(saved)}\n{note}")


def _goes(trigger: TriggerData, event_type: str, target: str) -> bool:
    return trigger.get("uri") == target and trigger.get("event_type") == event_type
