"""Responsive breakpoints: the widths between which a picture's file grows by about the same number of bytes."""

import math
from dataclasses import dataclass
from typing import Any, cast

from cloudinary_sandbox.assets import replies
from cloudinary_sandbox.assets.derived_files import derive, render
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import bad_request, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_transformation
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.transformation_text import components
from cloudinary_tools.json_types import is_list

_MOST = 200
"""How many breakpoints one setting may ask for."""


@dataclass(frozen=True)
class Breakpoints:
    """One setting: widths in pixels, `bytes_step` in bytes; `format` is the extension that was asked for, if any."""

    transformation: str = ""
    format: str | None = None
    create_derived: bool = True
    min_width: int = 50
    max_width: int = 1000
    bytes_step: int = 20_000
    max_images: int = 20

    def widths(self, available: int, smallest: int, largest: int) -> list[int]:
        """The breakpoints, the widest first.

        `available` is the width of the transformed picture; `smallest` and `largest` are the bytes of the files at both
        ends, between which the size is taken to grow with the square of the width.
        """
        high = min(self.max_width, available)
        low = min(self.min_width, high)
        if low == high or self.max_images == 1:
            return [high]
        steps = min(self.max_images - 1, max(1, math.ceil((largest - smallest) / self.bytes_step)))
        squares = [low**2 + (high**2 - low**2) * step / steps for step in range(steps + 1)]
        return sorted({round(math.sqrt(square)) for square in squares}, reverse=True)


def read_breakpoints(params: Params) -> list[Breakpoints]:
    """The settings of `responsive_breakpoints`: JSON text, or JSON itself; 400 for what cannot be read."""
    given: object = params.json("responsive_breakpoints")
    items = given if is_list(given) else [] if given is None else [given]
    return [_setting(item) for item in items]


def _setting(item: object) -> Breakpoints:
    if not isinstance(item, dict):
        raise invalid_value("responsive_breakpoints", repr(item))
    values = Params(cast("JSON", item))
    default = Breakpoints()
    text, extension = _transformation(values.raw("transformation"))
    components(text) if text else None
    sizes = {name: values.integer(name, getattr(default, name)) for name in ("min_width", "max_width", "bytes_step")}
    images = values.integer("max_images", default.max_images)
    if min(*sizes.values(), images) < 1 or sizes["min_width"] > sizes["max_width"] or images > _MOST:
        raise invalid_value("responsive_breakpoints", values.values)
    extension = values.text("format") or extension
    return Breakpoints(
        transformation=text,
        format=extension or None,
        create_derived=values.flag("create_derived", True),
        max_images=images,
        **sizes,
    )


def _transformation(given: Any) -> tuple[str, str | None]:
    if given is not None and not isinstance(given, str):
        raise bad_request("Invalid value for parameter responsive_breakpoints: transformation is not a text")
    return read_transformation(given or "")


async def make_breakpoints(cloud: SandboxCloud, asset: SandboxAsset, params: Params) -> JSON:
    """The field `responsive_breakpoints` of a reply; nothing when the call does not ask for it."""
    settings = read_breakpoints(params)
    return {"responsive_breakpoints": [await _made(cloud, asset, each) for each in settings]} if settings else {}


async def _made(cloud: SandboxCloud, asset: SandboxAsset, setting: Breakpoints) -> JSON:
    if asset.resource_type != "image":
        raise bad_request("Responsive breakpoints are made of images only")
    sizes = await _files(cloud, asset, setting)
    entry: JSON = {"transformation": setting.transformation} if setting.transformation else {}
    return entry | {"breakpoints": [sizes[width] for width in sorted(sizes, reverse=True)]}


async def breakpoint_widths(cloud: SandboxCloud, asset: SandboxAsset, setting: Breakpoints) -> list[int]:
    """The breakpoints of a picture in pixels; the files at both ends are made to be measured."""
    available = await _width(cloud, asset, setting)
    ends = [(await _file(cloud, asset, setting, width))["bytes"] for width in setting.widths(available, 0, 0)]
    return setting.widths(available, min(ends), max(ends))


async def _files(cloud: SandboxCloud, asset: SandboxAsset, setting: Breakpoints) -> dict[int, JSON]:
    available = await _width(cloud, asset, setting)
    sizes = {width: await _file(cloud, asset, setting, width) for width in setting.widths(available, 0, 0)}
    sizes |= {
        width: await _file(cloud, asset, setting, width)
        for width in setting.widths(available, sizes[min(sizes)]["bytes"], sizes[max(sizes)]["bytes"])
        if width not in sizes
    }
    return sizes


async def _width(cloud: SandboxCloud, asset: SandboxAsset, setting: Breakpoints) -> int:
    """The width of the picture before it is scaled."""
    if not setting.transformation:
        return asset.width or 1
    made = await render(cloud, cloud.files.path(asset.file), asset, setting.transformation, setting.format or "png")
    await cloud.files.discard(made.path)
    return made.width or 1


async def _file(cloud: SandboxCloud, asset: SandboxAsset, setting: Breakpoints, width: int) -> JSON:
    """The picture at a width: derived for good, or only made to be measured."""
    transformation = "/".join(part for part in (setting.transformation, f"c_scale,w_{width}") if part)
    extension = setting.format or asset.format
    if setting.create_derived:
        made = await derive(cloud, asset, transformation, setting.format)
    else:
        made = await render(cloud, cloud.files.path(asset.file), asset, transformation, extension)
        await cloud.files.discard(made.path)
    url = replies.delivery_url(cloud, asset, transformation, extension)
    return {"width": made.width, "height": made.height, "bytes": made.bytes, **replies.urls(cloud, url)}
