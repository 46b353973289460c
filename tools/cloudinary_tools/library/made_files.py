"""Files that Cloudinary makes and names by a parameter: sprites, animations, pictures of texts, archives.

A call that makes one replaces what has the name, without a word. So the name is looked up first.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from cloudinary_tools.json_types import is_mapping
from cloudinary_tools.library.selection import PlannedAsset, named_assets
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Plan
from cloudinary_tools.toolkit.results import Problem, quote, visible

PlannedFile = PlannedAsset | NamedItem
"""The file that is replaced, or one under a free name."""

T = TypeVar("T")

_VIDEO_FORMATS = ("mp4", "webm")

_NOUNS = {"sprite": "sprite", "multi": "animation", "text": "picture"}


async def plan_file(
    ctx: ToolContext, operation: str, type: str, name: str | None, params: dict[str, Any]
) -> Plan[PlannedFile, dict[str, Any]]:
    """The plan of a tool that makes an image of a delivery type; without a name Cloudinary gives it a new one."""
    there = await present_file(ctx, "image", type, name, params.get("transformation"))
    if not there and params.get("format") in _VIDEO_FORMATS:  # it may be kept as what it is
        there = await present_file(ctx, "video", type, name, params.get("transformation"))
    noun = _NOUNS[type]
    item: PlannedFile = there or NamedItem(f"image/{type}/{name or ''}", f"image/{type}/{name or '(new)'}")
    backup = "it has a backup" if there and there.backup else "the present file cannot be brought back"
    return Plan(
        operation=operation,
        verb="Replace" if there else "Create",
        refusal_suffix="nothing was created",
        selection=f"a new {noun} under the name {quote(name)}" if name else f"a new {noun}",
        items=(item,),
        explicit=True,
        options=params,
        effect="destroys" if there else "adds",
        leave="destroys",
        targets=(f"image/{type}/{name or ''}",),
        warnings=(f"It is made anew; {backup}.",) if there else (),
        what=noun,
    )


async def present_file(
    ctx: ToolContext, kind: str, type: str, name: str | None, transformation: str | None = None
) -> PlannedAsset | None:
    """What has the name now. With a transformation an animation is named `tag,transformation`."""
    if not name:
        return None
    plain = name.strip(" /")  # Cloudinary trims names: a tag with a space before it names the same file
    names = [*dict.fromkeys(one + more for one in (plain, name) for more in _suffixes(transformation) if one)]
    return next(iter(await named_assets(ctx, kind, type, names, state=True)), None)


def _suffixes(transformation: str | None) -> list[str]:
    return ["", *([f",{transformation}"] if transformation else [])]


async def make_file(ctx: ToolContext, plan: Plan[PlannedFile, dict[str, Any]], action: str, reply: type[T]) -> T:
    """Make a planned file, if what it replaces still is what was seen."""
    (item,) = plan.items
    if isinstance(item, PlannedAsset) and not plan.fresh:
        now = await present_file(ctx, item.resource_type, item.type, item.public_id)
        if now is None or (now.asset_id, now.version) != (item.asset_id, item.version):
            raise Problem(f"{visible(item.label)} was replaced since the plan was made; nothing was created.")
    before = item.facts if isinstance(item, PlannedAsset) else None
    operation = "overwrite" if before else "create"
    async with ctx.recorded([Change(item.key, item.label, plan.effect, operation, before=before)]) as record:
        answer = await ctx.cloud.upload_call("image", action, plan.options, reply=reply)
        record.done(item.key, after=_made(answer))
    return answer


def _made(answer: object) -> dict[str, Any]:
    """What the journal needs to find a made file again: its name and version, as far as they were told."""
    told: Mapping[str, Any] = answer if is_mapping(answer) else {}
    return {name: told[name] for name in ("public_id", "version") if told.get(name)}
