"""Sizes and places as plain numbers; no picture is touched here."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cloudinary_sandbox.rendering.contract import RenderError

Size = tuple[int, int]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

MAX_PIXELS = 25_000_000
MAX_SIDE = 16_000

COMPASS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        f"{vertical}_{horizontal}".strip("_") or "center": (fx, fy)
        for vertical, fy in (("north", 0.0), ("", 0.5), ("south", 1.0))
        for horizontal, fx in (("west", 0.0), ("", 0.5), ("east", 1.0))
    }
)
"""Where a gravity points to, as fractions of the free space."""


@dataclass(frozen=True, slots=True)
class TargetSize:
    """The asked size: each side in pixels or None, and the ratio of width to height or None."""

    width: float | None = None
    height: float | None = None
    ratio: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no size is asked at all."""
        return self.width is None and self.height is None and self.ratio is None

    def box(self, size: Size) -> tuple[float, float]:
        """Both sides: a missing one comes from the ratio, else from the picture; a ratio alone fits the picture."""
        width, height = self.width, self.height
        if self.ratio and width is None and height is None:
            return min(size[0], size[1] * self.ratio), min(size[1], size[0] / self.ratio)
        if self.ratio and width is None and height is not None:
            width = height * self.ratio
        elif self.ratio and height is None and width is not None:
            height = width / self.ratio
        return (size[0] if width is None else width), (size[1] if height is None else height)


def whole(width: float, height: float) -> Size:
    """Round to pixels, at least one each. `RenderError` for a picture that is too large to make."""
    size = max(1, round(width)), max(1, round(height))
    if size[0] * size[1] > MAX_PIXELS or max(size) > MAX_SIDE:
        raise RenderError(f"Maximum image size is {MAX_PIXELS // 1_000_000} Megapixels and {MAX_SIDE} pixels a side")
    return size


def scaled(size: Size, target: TargetSize, *, ignore_ratio: bool = False) -> Size:
    """`c_scale`: exactly the asked sides; with one side the other keeps the ratio (or its length, if told to)."""
    width, height = target.width, target.height
    if target.ratio:
        return whole(*target.box(size))
    if not ignore_ratio:
        if width is None and height is not None:
            width = size[0] * height / size[1]
        elif height is None and width is not None:
            height = size[1] * width / size[0]
    return whole(size[0] if width is None else width, size[1] if height is None else height)


def fit_factor(size: Size, target: TargetSize) -> float:
    """The factor by which the picture just fits into the asked box; a side that is not asked does not bind."""
    width, height = target.width, target.height
    if target.ratio:
        width, height = target.box(size)
    factors = [side / own for side, own in ((width, size[0]), (height, size[1])) if side is not None]
    return min(factors, default=1.0)


def fitted(size: Size, target: TargetSize, *, least: float = 0.0, most: float = float("inf")) -> Size:
    """`c_fit`, `c_limit` (`most=1`) and `c_mfit` (`least=1`): the picture scaled to fit the box, ratio kept."""
    factor = max(least, min(most, fit_factor(size, target)))
    return whole(size[0] * factor, size[1] * factor)


def placed(gravity: str, outer: tuple[float, float], inner: tuple[float, float], x: float, y: float) -> tuple[int, int]:
    """Left and top of `inner` in `outer` at a compass point; x and y lead inwards from an edge, right and down else."""
    fx, fy = COMPASS[gravity]
    left = (outer[0] - inner[0]) * fx + (-x if fx == 1 else x)
    top = (outer[1] - inner[1]) * fy + (-y if fy == 1 else y)
    return round(left), round(top)


def around(centre: tuple[float, float], window: tuple[float, float], size: Size) -> Box:
    """A window of the given size about a point, shifted (and, if it must, shrunk) to lie within the picture."""
    width, height = min(window[0], size[0]), min(window[1], size[1])
    left = max(0.0, min(size[0] - width, centre[0] - width / 2))
    top = max(0.0, min(size[1] - height, centre[1] - height / 2))
    return left, top, left + width, top + height


def middle(box: Box) -> tuple[float, float]:
    """The centre of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
