"""`delete_trigger`: Cloudinary stops sending the notifications of one trigger."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import NotFound
from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.library.triggers import read_triggers, trigger_line
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, visible


class DeletedTrigger(TypedDict, total=False):
    """The trigger that is gone."""

    deleted: str
    note: str


async def execute_delete_trigger(ctx: ToolContext, plan: Plan[NamedItem, None]) -> Outcome[NamedItem]:
    """Delete the planned trigger."""
    (trigger,) = plan.items
    try:
        await ctx.admin("DELETE", "triggers", trigger.key, reply=DoneReply)
    except NotFound:
        note = "It was gone already."
        return Outcome(ToolResult(DeletedTrigger(deleted=trigger.key, note=note), note))
    return Outcome(ToolResult(DeletedTrigger(deleted=trigger.key), f"Deleted the trigger {visible(trigger.label)}."))


@tool(kind="delete", title="Delete a trigger", execute=execute_delete_trigger)
async def delete_trigger(
    ctx: ToolContext, trigger_id: Annotated[str, Field(description="From list_triggers")]
) -> Plan[NamedItem, None] | ToolResult[DeletedTrigger]:
    """Delete a trigger: Cloudinary no longer sends its notifications."""
    found = next((one for one in await read_triggers(ctx, None) if one.get("id") == trigger_id), None)
    if found is None:
        raise Problem(
            f"There is no trigger {trigger_id!r}; nothing was deleted.", hint="list_triggers shows their ids."
        )
    return Plan(
        operation="delete_trigger",
        verb="Delete",
        refusal_suffix="nothing was deleted",
        selection=f"trigger {trigger_id}",
        items=(NamedItem(trigger_id, trigger_line(found)),),
        explicit=True,
        options=None,
        warnings=("Its notifications stop; notifications that came stay.",),
        what="trigger",
    )
