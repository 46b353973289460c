"""`test_trigger`: whether a trigger's filter lets a sample event through."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.notifications import TriggerTestReply
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult


class TriggerTest(TypedDict, total=False):
    """Whether the trigger's filter lets a sample event through."""

    trigger_id: str
    filter_present: bool
    filter_result: bool
    note: str


@tool(kind="read", title="Test a trigger")
async def test_trigger(
    ctx: ToolContext,
    trigger_id: Annotated[str, Field(description="From list_triggers")],
    sample: Annotated[dict[str, Any], Field(description="An event's payload")],
) -> ToolResult[TriggerTest]:
    """Say whether a trigger's filter lets a sample event through; nothing is sent."""
    if not trigger_id.isalnum():
        raise Problem(f"{trigger_id!r} is no trigger's id.", hint="list_triggers shows them.")
    sent = {"sample_data": sample}
    reply = await ctx.admin("POST", "triggers", trigger_id, "test", reply=TriggerTestReply, json=sent)
    present, result = reply["filter_present"], bool(reply.get("filter_result"))
    note = "It has no filter: every event of its type goes out."
    if present:
        note = "The filter lets it through." if result else "The filter holds it back."
    return ToolResult(
        TriggerTest(trigger_id=trigger_id, filter_present=present, filter_result=result, note=note), f"{note}"
    )
