"""`generate_derived`: make transformed files of existing assets now, so that no visitor waits for them."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError
from cloudinary_tools.client.reply_types.assets import EagerEntry, UploadReply
from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.library.delivery_source import find_source, read_transformation
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, inline, plural, quote, visible, without_nulls

MAX_ASSETS = 50
NEEDS = 5
"""Seconds that have to be left for another asset to be begun."""

_KEPT = ("transformation", "status", "reason", "format", "width", "height", "bytes")


class DerivedOf(TypedDict, total=False):
    """One asset and what was made of it; `error` says why nothing was."""

    public_id: Required[str]
    derived: list[dict[str, Any]]
    error: str


class DerivedReport(TypedDict, total=False):
    """What was made; `remaining_public_ids`, which were not begun in time, go into `public_ids` of the next call."""

    assets: list[DerivedOf]
    batch_ids: list[str]
    remaining_public_ids: list[str]
    note: str


@dataclass(frozen=True, slots=True)
class Deriving:
    """What is made of each asset, and how."""

    resource_type: Literal["image", "video"]
    type: str
    eager: str
    background: bool
    flow: dict[str, Any]


async def execute_generate_derived(ctx: ToolContext, plan: Plan[NamedItem, Deriving]) -> Outcome[NamedItem]:
    """Make the planned files, asset by asset, as long as there is time."""
    order = plan.options
    report: list[DerivedOf] = []
    batches: list[str] = []
    left = list(plan.items)
    failure: CloudError | None = None
    while left and (not report or ctx.budget.allows(0, NEEDS)):
        item = left.pop(0)
        source = await find_source(ctx, item.label, order.resource_type, order.type)
        params = {"public_id": source.public_id, "type": source.type, "eager": order.eager, **order.flow}
        try:
            async with ctx.recorded([Change(item.key, item.label, "adds", "derive")]) as record:
                sent = without_nulls(params)
                reply = await ctx.cloud.upload_call(order.resource_type, "explicit", sent, reply=UploadReply)
                record.done(item.key)
        except CloudError as error:
            failure = error
            report.append(DerivedOf(public_id=source.public_id, error=f"{error.message}. {error.hint}"))
        else:
            derived = [_one(item) for item in reply.get("eager") or ()]
            report.append(DerivedOf(public_id=source.public_id, derived=derived))
            if order.background and (batch := reply.get("batch_id")):
                batches.append(batch)
        await ctx.progress(len(report), len(plan.items))
    if failure and len(report) == 1 and not left:
        raise failure
    return Outcome(_answer(report, batches, [item.label for item in left], background=order.background))


@tool(kind="create", title="Generate derived files", execute=execute_generate_derived, confirms=False)
async def generate_derived(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(min_length=1, max_length=MAX_ASSETS, description="Or URLs")],
    transformations: Annotated[list[Any], Field(min_length=1, description="Each as in build_url")],
    resource_type: Annotated[Literal["image", "video"], Field(description="Of all")] = "image",
    type: Annotated[str, Field(description="Delivery type")] = "upload",
    background: Annotated[bool, Field(description="Do not wait")] = False,
    notification_url: Annotated[str | None, Field(description="Told when done")] = None,
) -> Plan[NamedItem, Deriving] | ToolResult[DerivedReport]:
    """Make transformed files of existing assets ahead of time (eager)."""
    steps = [read_transformation(item) for item in transformations]
    if not all(steps):
        raise Problem("A transformation is empty: the original exists already. Nothing was made.")
    eager = serialise_eager(steps, resource_type)
    if notification_url and not background:
        raise Problem("notification_url goes with background=true. Nothing was made.")
    flow = {"eager_async": background or None, "eager_notification_url": notification_url}
    names = list(dict.fromkeys(public_ids))
    return Plan(
        operation="generate_derived",
        verb="Make derived files of",
        refusal_suffix="nothing was made",
        selection=quote(eager),
        items=tuple(NamedItem(f"{resource_type}/{type}/{name}", name) for name in names),
        explicit=True,
        options=Deriving(resource_type, type, eager, background, without_nulls(flow)),
        effect="adds",
    )


def _one(item: EagerEntry) -> dict[str, Any]:
    kept = {name: item.get(name) for name in _KEPT}
    return without_nulls({**kept, "url": item.get("secure_url") or item.get("url")})


def _answer(
    report: list[DerivedOf], batches: list[str], left: list[str], *, background: bool
) -> ToolResult[DerivedReport]:
    failed = sum("error" in entry for entry in report)
    files = [item for entry in report for item in entry.get("derived", [])]
    bad = sum(item.get("status") == "failed" for item in files)
    verb = "being made" if background else "made"
    head = f"{plural(len(files) - bad, 'file')} {verb} of {plural(len(report) - failed, 'asset')}"
    head += f", {bad} refused" if bad else ""
    head += f"; {plural(failed, 'asset')} failed" if failed else ""
    note = "Time ran out: call again with remaining_public_ids as public_ids." if left else ""
    data = DerivedReport(assets=report)
    if batches:
        data["batch_ids"] = batches
    if left:
        data["remaining_public_ids"], data["note"] = left, note
    rows = [f"{head}."]
    for entry in report:
        rows.append(visible(entry["public_id"]) + (f": {entry['error']}" if "error" in entry else ":"))
        rows += [f"- {inline(item)}" for item in entry.get("derived", [])]
    rows += [f"Batches: {', '.join(batches)}"] if batches else []
    rows += [f"{note} remaining_public_ids: {', '.join(map(visible, left))}"] if left else []
    return ToolResult(data, "\n".join(rows))
