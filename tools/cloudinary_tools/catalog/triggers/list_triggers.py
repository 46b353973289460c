"""`list_triggers`: what Cloudinary tells by itself, and where to."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.library.triggers import TriggerData, check_event_type, read_triggers, trigger_line
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, plural


class TriggerList(TypedDict, total=False):
    """All triggers of the cloud."""

    count: int
    triggers: list[TriggerData]


@tool(kind="read", title="List triggers")
async def list_triggers(
    ctx: ToolContext, event_type: Annotated[str | None, Field(description="Only these events")] = None
) -> ToolResult[TriggerList]:
    """List the triggers that make Cloudinary send notifications."""
    check_event_type(event_type)
    triggers = await read_triggers(ctx, event_type)
    text = [f"{plural(len(triggers), 'trigger')}."] + [trigger_line(trigger) for trigger in triggers]
    return ToolResult(TriggerList(count=len(triggers), triggers=triggers), "\n".join(text))
