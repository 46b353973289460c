"""`relate_assets`: say that assets belong together, or no longer do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.changes import RelationReply
from cloudinary_tools.library.asset_view import read_asset
from cloudinary_tools.library.names import AssetName, name_any
from cloudinary_tools.library.selection import assets_by_id, in_batches
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, quote, visible, without_nulls

PER_CALL = 10
"""Relations that one call makes or ends (Admin API reference)."""
MOST_ENDED = 20
"""Relations that are ended without a plan."""
WITHOUT_EFFECT = {"already_exists_ids": "were so already", "relation_does_not_exist_ids": "were not related"}


@dataclass(frozen=True, slots=True)
class Relating:
    """The asset whose relations change, and whether they are made or ended."""

    asset: AssetName
    unrelate: bool


class Relations(TypedDict, total=False):
    """What changed, what was so already, what failed and why, and the assets that are related now."""

    changed: list[str]
    unchanged: list[str]
    failed: dict[str, str]
    related: list[str]


async def execute_relate_assets(ctx: ToolContext, plan: Plan[NamedItem, Relating]) -> Outcome[NamedItem]:
    """Make or end the planned relations, ten a call."""
    name, unrelate = plan.options.asset, plan.options.unrelate
    verb, key = ("DELETE", "assets_to_unrelate") if unrelate else ("POST", "assets_to_relate")
    operation = "unrelate" if unrelate else "relate"
    path = ("resources", "related_assets", name.resource_type, name.type, name.public_id)
    found: dict[str, list[str]] = {"changed": [], "unchanged": []}
    failed: dict[str, str] = {}
    for some in in_batches([item.label for item in plan.items], PER_CALL):
        changes = [
            Change(other, f"{name} – {other}", plan.effect, operation, "relation", after={"asset": str(name)})
            for other in some
        ]
        async with ctx.recorded(changes) as record:
            reply = await ctx.admin(verb, *path, reply=RelationReply, json={key: some})
            for entry in (*reply["success"], *(reply.get("failed") or ())):
                other, code = visible(entry["asset"]), entry["code"]
                if code == "success_ids":
                    found["changed"].append(other)
                    record.done(entry["asset"])
                    continue
                why = WITHOUT_EFFECT.get(code) or visible(entry.get("message") or code)
                record.failed(entry["asset"], why)
                if code in WITHOUT_EFFECT:
                    found["unchanged"].append(other)
                else:
                    failed[other] = why
    now = await _related(ctx, name)
    rows = [f"{'Unrelated' if unrelate else 'Related'} {visible(str(name))}: {len(found['changed'])} changed."]
    if found["unchanged"]:
        why = WITHOUT_EFFECT["relation_does_not_exist_ids" if unrelate else "already_exists_ids"]
        rows.append(f"{', '.join(found['unchanged'])} {why}.")
    rows += [f"Failed: {other}: {why}." for other, why in failed.items()]
    data: dict[str, Any] = without_nulls({**found, "failed": failed})
    return Outcome(ToolResult(Relations(related=now, **data), "\n".join([*rows, _now(now)])))


@tool(kind="update", title="Relate assets", execute=execute_relate_assets, confirms=False)
async def relate_assets(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")],
    to: Annotated[list[str], Field(description="Others, likewise; none: only list")] = [],
    unrelate: Annotated[bool, Field(description="End the relation")] = False,
) -> Plan[NamedItem, Relating] | ToolResult[Relations]:
    """Relate assets in both directions, or end that; answers what is related."""
    given = name_any(ctx.cloud.config, public_id)
    asset = await read_asset(ctx, given)
    name = AssetName(asset["public_id"], asset["resource_type"], asset["type"])
    others = [await _qualified(ctx, other) for other in dict.fromkeys(to)]
    if not others:
        now = await _related(ctx, name)
        return ToolResult(Relations(related=now), _now(now))
    if len(others) > (MOST_ENDED if unrelate else PER_CALL * (ctx.budget.admin_calls - 1)):
        raise Problem(
            f"{len(others)} relations are too many for one call; nothing was changed.", hint="Split the list."
        )
    return Plan(
        operation="relate_assets",
        verb="End" if unrelate else "Make",
        refusal_suffix="nothing was changed",
        selection=f"of {quote(str(name))}",
        items=tuple(NamedItem(other if "/" in other else f"asset:{other}", other) for other in others),
        explicit=True,
        options=Relating(name, unrelate),
        effect="changes" if unrelate else "adds",
        targets=(str(name),),
        what="relation",
    )


def _now(related: Sequence[str]) -> str:
    return f"Related now: {', '.join(related) or 'none'}."


async def _qualified(ctx: ToolContext, given: str) -> str:
    name = name_any(ctx.cloud.config, given)
    if not name.asset_id:
        return str(name)
    found = await assets_by_id(ctx, [name.asset_id])
    return found[name.asset_id].label if name.asset_id in found else given


async def _related(ctx: ToolContext, name: AssetName) -> list[str]:
    asset = await read_asset(ctx, name, {"related": True})
    return [
        visible(f"{entry['resource_type']}/{entry['type']}/{entry['public_id']}")
        for entry in asset.get("related_assets") or ()
    ]
