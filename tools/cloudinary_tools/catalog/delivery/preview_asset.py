"""`preview_asset`: the picture itself in the chat, of one asset or of several on one sheet."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import anyio
from anyio import to_thread
from pydantic import Field

from cloudinary_tools.client import BadRequest, CloudError, Downloaded, NotFound, Unauthorized
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.delivery.urls.responsive import chain
from cloudinary_tools.library import thumbnails
from cloudinary_tools.library.delivery_source import (
    DeliverySource,
    LightTransformation,
    as_asset_name,
    find_source,
    plain_url,
    read_transformation,
    signed_url,
)
from cloudinary_tools.library.names import look_for, named
from cloudinary_tools.library.thumbnails import MAX_ON_SHEET, MAX_SIDE, Cell, NotAPictureError
from cloudinary_tools.toolkit.context import ANSWER_TIME, ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Picture, Problem, ToolResult, plural, size, visible

MAX_FETCHED = 8_000_000
"""Bytes of a rendered picture that are taken; it is shrunk afterwards."""
AT_ONCE = 4

_TOO_LATE = "not rendered in time"


@tool(kind="read", title="Preview assets", pictures=True)
async def preview_asset(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id or delivery URL")] = "",
    public_ids: Annotated[
        list[str], Field(max_length=MAX_ON_SHEET, description="Several: one contact sheet of at most 16")
    ] = [],
    asset_id: Annotated[str, Field(description="Instead of public_id")] = "",
    resource_type: Annotated[Literal["image", "video", "raw"] | None, Field(description="Default image")] = None,
    type: Annotated[str | None, Field(description="Delivery type, default upload")] = None,
    transformation: LightTransformation = None,
) -> ToolResult[None]:
    """Show the picture in the chat: an asset, as it is or transformed; a frame of a video."""
    steps = read_transformation(transformation)
    names = list(dict.fromkeys(name for name in (public_id, *public_ids) if name))
    if asset_id and names:
        raise Problem("Name the asset by asset_id or by public_id, not by both.")
    if len(names) > MAX_ON_SHEET:
        raise Problem(f"One sheet shows at most {MAX_ON_SHEET} assets.", hint="Call again for the rest.")
    shots = [
        Shot(source, steps or source.transformation or None)
        for source in [await find_source(ctx, name, resource_type, type, asset_id) for name in names or [""]]
    ]
    for shot in shots:
        shot.check()
    return await _single(ctx, shots[0]) if len(shots) == 1 else await _sheet(ctx, shots)


@dataclass(frozen=True, slots=True)
class Shot:
    """An asset to be shown, with the transformation to show it with."""

    source: DeliverySource
    transformation: Any

    @property
    def moving(self) -> bool:
        """Whether it is a video, of which one frame is shown."""
        return self.source.resource_type == "video"

    def check(self) -> None:
        """Refuse a transformation that cannot be before anything is fetched; `TransformationError` says why."""
        if self.transformation:
            serialise(self.transformation, self.source.resource_type, format="jpg" if self.moving else None)

    def picture_url(self, ctx: ToolContext, side: int) -> str:
        """Where a small still picture of it comes from; signed wherever that is possible, so nothing refuses it."""
        still: dict[str, Any] = {"width": side, "height": side, "crop": "limit"}
        look: dict[str, Any] = {"quality": "auto"} if self.moving else {"fetch_format": "webp", "quality": "auto"}
        steps = chain(self.transformation, still, look)
        options: dict[str, Any] = {
            "format": "jpg" if self.moving else self.source.second_extension,
            "version": self.source.version,
            "secure": True,
        }
        config = ctx.cloud.config
        if config.api_secret:
            return signed_url(config, self.source, steps, time.time(), **options).url
        return plain_url(config, self.source, steps, **options)

    def link(self, ctx: ToolContext) -> str:
        """The URL of what is shown, for people; what is restricted has none that may simply be passed on."""
        if self.source.needs_signature(self.transformation):
            return "restricted; build_signed_url makes a link"
        source = self.source
        return plain_url(ctx.cloud.config, source, self.transformation, format=source.extension, version=source.version)


async def _fetch(ctx: ToolContext, shot: Shot, side: int) -> Downloaded:
    if shot.source.resource_type == "raw":
        raise Problem("A raw file has no picture.", hint="build_url or build_signed_url give its address.")
    url = shot.picture_url(ctx, side)
    left = max(ctx.budget.seconds_left - ANSWER_TIME, 1)
    return await ctx.cloud.fetch(url, max_bytes=MAX_FETCHED, accept="image/*", timeout=left)


async def _single(ctx: ToolContext, shot: Shot) -> ToolResult[None]:
    name = str(shot.source)
    try:
        with anyio.fail_after(ctx.budget.seconds_left - ANSWER_TIME):
            found = await _fetch(ctx, shot, MAX_SIDE)
        picture = await to_thread.run_sync(thumbnails.fit, found.data)
    except TimeoutError:
        raise Problem(
            f"{name} was {_TOO_LATE}.", hint="Call again: Cloudinary goes on rendering.", retryable=True
        ) from None
    except NotAPictureError as error:
        raise Problem(f"{name} cannot be shown: {error}.") from None
    except NotFound as error:
        if hits := await look_for(ctx, [as_asset_name(shot.source)]):
            error.hint = f"There is {named(hits)}: name it like that."
        raise
    except CloudError as error:
        raise _explained(error) from None
    frame = ", a frame of the video" if shot.moving else ""
    facts = f"{visible(name)}{frame} ({picture.mime_type}, {size(len(picture.data))})"
    return ToolResult(None, f"{facts}\nURL: {shot.link(ctx)}{_approximation([found])}", (picture,))


def _approximation(found: Iterable[Downloaded | str]) -> str:
    """A line for what the sandbox only approximates; "" for pictures from Cloudinary itself."""
    told = dict.fromkeys(each.approximation for each in found if isinstance(each, Downloaded) and each.approximation)
    return f"\nApproximated by the sandbox, Cloudinary's own may differ: {visible('; '.join(told))}." if told else ""


def _explained(error: CloudError) -> CloudError:
    """The delivery host's refusal with a hint that fits a picture, not an API call."""
    if isinstance(error, Unauthorized):
        error.hint = (
            "The cloud does not deliver this: access control, strict transformations, or PDF and ZIP files being off."
        )
    elif isinstance(error, BadRequest):
        error.hint = "The host cannot render this; correct the transformation, or preview the asset without it."
    return error


async def _sheet(ctx: ToolContext, shots: Sequence[Shot]) -> ToolResult[None]:
    found: dict[int, Downloaded | str] = {}
    slots = anyio.CapacityLimiter(AT_ONCE)
    side = thumbnails.cell_side(len(shots))

    async def one(at: int) -> None:
        async with slots:
            try:
                found[at] = await _fetch(ctx, shots[at], side)
            except (CloudError, Problem) as error:
                found[at] = error.message
            except UrlError as error:
                found[at] = str(error)
        await ctx.progress(len(found), len(shots))

    with anyio.move_on_after(ctx.budget.seconds_left - ANSWER_TIME):
        async with anyio.create_task_group() as group:
            for at in range(len(shots)):
                group.start_soon(one, at)
    outcomes = [found.get(at, _TOO_LATE) for at in range(len(shots))]
    reasons = [text for text in outcomes if isinstance(text, str)]
    if len(reasons) == len(shots):
        raise Problem("None of them can be shown: " + "; ".join(dict.fromkeys(reasons)) + ".")
    picture = await to_thread.run_sync(partial(_compose, shots, outcomes))
    rows = [
        f"{at + 1}. {visible(str(shot.source))}: " + (outcome if isinstance(outcome, str) else shot.link(ctx))
        for at, (shot, outcome) in enumerate(zip(shots, outcomes, strict=True))
    ]
    failed = f", {len(reasons)} without a picture" if reasons else ""
    text = "\n".join([f"Contact sheet of {plural(len(shots), 'asset')}{failed}:", *rows])
    return ToolResult(None, text + _approximation(outcomes), (picture,))


def _compose(shots: Sequence[Shot], outcomes: Sequence[Downloaded | str]) -> Picture:
    cells: list[Cell] = []
    for at, (shot, outcome) in enumerate(zip(shots, outcomes, strict=True)):
        label = f"{at + 1} {shot.source.public_id.rsplit('/', 1)[-1]}"
        cells.append(Cell(label, None if isinstance(outcome, str) else outcome.data))
    return thumbnails.contact_sheet(cells)
