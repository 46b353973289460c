"""`undo_changes`: what this server changed goes back, as far as nobody else has changed it since."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.library.undoing.carrying_out import Undone
from cloudinary_tools.library.undoing.planning import Found, find_steps, same_steps
from cloudinary_tools.library.undoing.steps import Step, Undoing, set_number
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.past_changes import PastSet
from cloudinary_tools.toolkit.plans import SAMPLE, Outcome, Plan, cost
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import (
    NAMED_AT_MOST,
    Problem,
    ToolResult,
    first_names,
    plural,
    quote,
    visible,
    without_nulls,
)

SINCE = "it was changed since the plan"


class UndoReport(TypedDict, total=False):
    """What went back and what did not, with the reasons."""

    undone: int
    names: list[str]
    left_alone: dict[str, str]
    lost: dict[str, str]
    failed: dict[str, str]
    not_reached: int
    stopped: str
    note: str


async def execute_undo_changes(ctx: ToolContext, plan: Plan[Step, Undoing]) -> Outcome[Step]:
    """Put back what the plan says, but for what was changed since."""
    steps, options = list(plan.items), plan.options
    if not plan.fresh:
        _, found = await _found(ctx, options.set_id)
        same = same_steps(steps, found.steps)
        since = {step.label: SINCE for step in steps if step not in same}
        steps, options = same, replace(options, left={**options.left, **since})
    work = Undone(ctx)
    await work.all(steps)
    return Outcome(_report(work, options), tuple(work.rest))


@tool(kind="update", title="Undo changes", execute=execute_undo_changes)
async def undo_changes(
    ctx: ToolContext, change_id: Annotated[str | None, Field(description="c12; else your last")] = None
) -> Plan[Step, Undoing] | ToolResult[UndoReport]:
    """Undo a change of this server. What others changed since is left alone."""
    before = ctx.budget.admin_calls
    if change_id:
        number = set_number(change_id)
    else:
        last = await ctx.past_changes.last(ctx.cloud.config.name)
        if last is None:
            raise Problem("There is no change to undo; nothing was changed.", hint="list_changes shows what there was.")
        number = last.id
    past, found = await _found(ctx, number)
    undoing = Undoing(number, found.left, found.lost, tuple(found.notes))
    if not found.steps:
        return _report(Undone(ctx), undoing)
    assets = all(step.kind for step in found.steps)
    return Plan(
        operation="undo_changes",
        verb="Undo the change of",
        refusal_suffix="nothing was changed",
        selection=f"c{number}, {past.tool}",
        items=tuple(found.steps),
        explicit=True,
        options=undoing,
        effect="changes",
        effects=tuple(step.effect for step in found.steps),
        leave="destroys" if any(step.action in ("restore", "upload_again") for step in found.steps) else "changes"
        if all(step.effect != "destroys" for step in found.steps) else None,
        warnings=tuple(_warnings(found)),
        undoes=number,
        what="asset" if assets else "thing",
        cost=cost(before - ctx.budget.admin_calls, len(found.steps)),
    )  # fmt: skip


async def _found(ctx: ToolContext, number: int) -> tuple[PastSet, Found]:
    known = await ctx.past_changes.find(ctx.cloud.config.name, number)
    if known is None:
        raise Problem(f"There is no change c{number}; nothing was changed.", hint="list_changes shows them.")
    return known[0], await find_steps(ctx, known[1])


def _warnings(found: Found) -> list[str]:
    """What returns to what, and what does not."""
    said = [f"{step.shown}." for step in found.steps[:SAMPLE]]
    more = len(found.steps) - SAMPLE
    said += [f"And {more:,} more likewise."] if more > 0 else []
    for head, reasons in (("Left alone", found.left), ("Cannot come back", found.lost)):
        if reasons:
            said.append(f"{head}: {first_names([f'{quote(name)} ({why})' for name, why in reasons.items()], SAMPLE)}.")
    return [*said, *found.notes]


def _report(work: Undone, undoing: Undoing) -> ToolResult[UndoReport]:
    names = [visible(step.label) for step in work.done]
    text = [f"Undid c{undoing.set_id}: {plural(len(names), 'thing')} went back."]
    if names:
        text.append(f"{first_names(names)}.")
    else:
        text[0] = f"Nothing of c{undoing.set_id} was undone."
    kinds = {"left_alone": undoing.left, "lost": undoing.lost, "failed": work.failed}
    heads = {"left_alone": "Left alone", "lost": "Cannot come back", "failed": "Failed"}
    data: dict[str, Any] = {"names": names[:NAMED_AT_MOST]}
    for key, reasons in kinds.items():
        shown = {visible(name): visible(why) for name, why in reasons.items()}
        data[key] = dict([*shown.items()][:NAMED_AT_MOST])
        if shown:
            text.append(f"{heads[key]}: {first_names([f'{name} ({why})' for name, why in shown.items()])}.")
    if work.stopped:
        data |= {"stopped": work.stopped, "not_reached": len(work.rest) or None}
        text.append(f"Stopped: {work.stopped.rstrip('.')}. Not undone yet: {len(work.rest):,}.")
    data["note"] = " ".join(undoing.notes)
    text += undoing.notes
    return ToolResult(UndoReport(undone=len(names), **without_nulls(data)), "\n".join(text))
