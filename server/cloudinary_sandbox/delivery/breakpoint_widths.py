"""`w_auto:breakpoints`: the widths between which a picture's file grows evenly, as JSON or as the one that fits."""

import re
from dataclasses import dataclass, replace

from cloudinary_sandbox.assets.breakpoints import Breakpoints, breakpoint_widths
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.delivery.client_hints import ClientHints

_BREAKPOINTS = re.compile(
    r"(?<![^,/])w_auto:breakpoints(?:_(\d+)_(\d+)_(\d+)_(\d+))?(?::(json|\d+))?(?![^,/])"
)  # smallest, largest, kilobytes between them, how many at most
_KILOBYTE = 1024
_MOST = 200


@dataclass(frozen=True)
class BreakpointRequest:
    """A transformation that asks for breakpoints; `before` are its components before the one that asks.

    `wanted` is "json" for the list itself, or a width in pixels, or "" to go by the client hints.
    """

    transformation: str
    before: str
    setting: Breakpoints
    wanted: str

    @classmethod
    def read(cls, transformation: str) -> "BreakpointRequest | None":
        """None when a transformation asks for none; 400 for numbers that cannot be."""
        match = _BREAKPOINTS.search(transformation)
        if match is None:
            return None
        before = transformation[: match.start()].rpartition("/")[0]
        setting = Breakpoints(transformation=before, create_derived=False)
        if match[1]:
            low, high, kilobytes, most = (int(number) for number in match.groups()[:4])
            if min(low, kilobytes) < 1 or low > high or not 1 <= most <= _MOST:
                raise bad_request(f"Invalid width in transformation: {match[0].removeprefix('w_')}")
            setting = replace(setting, min_width=low, max_width=high, bytes_step=kilobytes * _KILOBYTE, max_images=most)
        return cls(transformation, before, setting, match[5] or "")

    def with_width(self, width: int) -> str:
        """The transformation with a width in place of the breakpoints."""
        return _BREAKPOINTS.sub(f"w_{width}", self.transformation, count=1)


async def widths(cloud: SandboxCloud, asset: SandboxAsset, request: BreakpointRequest) -> list[int]:
    """The breakpoints of a picture in pixels, the smallest first."""
    return sorted(await breakpoint_widths(cloud, asset, request.setting))


async def fitting(cloud: SandboxCloud, asset: SandboxAsset, request: BreakpointRequest, hints: ClientHints) -> str:
    """The transformation at the breakpoint that is asked for.

    That is the nearest to a named width, or the smallest that covers the width of the hints, or the largest.
    """
    found = await widths(cloud, asset, request)
    if request.wanted:
        wanted = int(request.wanted)
        return request.with_width(min(found, key=lambda width: abs(width - wanted)))
    needed = (hints.width or found[-1]) * (hints.dpr or 1)
    return request.with_width(next((width for width in found if width >= needed), found[-1]))
