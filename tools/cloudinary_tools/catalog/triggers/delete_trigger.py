"""`delete_trigger`: Cloudinary stops sending the notifications of one trigger."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import NotFound
from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.library.triggers import TriggerData, find_trigger, trigger_line
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, quote, visible


class DeletedTrigger(TypedDict, total=False):
    """The trigger that is gone."""

    deleted: str
    note: str


async def execute_delete_trigger(ctx: ToolContext, plan: Plan[NamedItem, TriggerData]) -> Outcome[NamedItem]:
    """Delete the planned trigger, if it still is what the plan says."""
    (trigger,) = plan.items
    if not plan.fresh:
        now = await find_trigger(ctx, trigger.id)
        if now is None:
            return Outcome(_gone(trigger))
        if now != plan.options:
            raise Problem(
                f"The trigger {trigger.id} was changed since the plan: {visible(trigger_line(now))}. "
                "Nothing was deleted.",
                hint="Make a new plan.",
            )
    change = Change(trigger.key, trigger.label, "destroys", "delete", "trigger", before={**plan.options})
    async with ctx.recorded([change]) as record:
        try:
            await ctx.admin("DELETE", "triggers", trigger.id, reply=DoneReply)
        except NotFound:
            record.failed(trigger.key, "it was gone already")
            return Outcome(_gone(trigger))
        record.done(trigger.key)
    return Outcome(ToolResult(DeletedTrigger(deleted=trigger.id), f"Deleted the trigger {visible(trigger.label)}."))


@tool(kind="delete", title="Delete a trigger", execute=execute_delete_trigger)
async def delete_trigger(
    ctx: ToolContext, trigger_id: Annotated[str, Field(description="From list_triggers")]
) -> Plan[NamedItem, TriggerData] | ToolResult[DeletedTrigger]:
    """Delete a trigger: Cloudinary no longer sends its notifications."""
    found = await find_trigger(ctx, trigger_id)
    if found is None:
        raise Problem(
            f"There is no trigger {trigger_id!r}; nothing was deleted.", hint="list_triggers shows their ids."
        )
    return Plan(
        operation="delete_trigger",
        verb="Delete",
        refusal_suffix="nothing was deleted",
        selection=f"the trigger {quote(trigger_id)}",
        items=(NamedItem(f"trigger:{trigger_id}", trigger_line(found)),),
        explicit=True,
        options=found,
        effect="destroys",
        warnings=("Its notifications stop; notifications that came stay.",),
        what="trigger",
    )


def _gone(trigger: NamedItem) -> ToolResult[DeletedTrigger]:
    note = "It was gone already."
    return ToolResult(DeletedTrigger(deleted=trigger.id, note=note), note)
