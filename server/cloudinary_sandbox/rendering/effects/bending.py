"""Effects that move pixels: perspective, arcs, slants, waves and displacement maps."""

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from PIL import Image

from cloudinary_sandbox.rendering.effects.call import Effect, EffectCall
from cloudinary_sandbox.rendering.geometry import MAX_SIDE, whole
from cloudinary_sandbox.rendering.geometry_ops import with_alpha

Point = tuple[float, float]
_CELL = 8
"""Pixels of a side of the squares into which a bent picture is divided."""
_STEEPEST = 80.0
"""Degrees of a slant; near 90 the picture would never end."""


def bent(image: Image.Image, size: tuple[int, int], origin: Callable[[float, float], Point | None]) -> Image.Image:
    """A picture of the given size; `origin` tells for a place in it where in `image` it comes from (None: nowhere).

    Between the corners of small squares places are interpolated.
    """
    source = with_alpha(image)
    cells = list(_cells(size, origin))
    # Transparent pixels around the source, so that what lies outside fades out and does not repeat the edge.
    framed = Image.new("RGBa", (source.width + 2, source.height + 2))
    framed.paste(source.convert("RGBa"), (1, 1))
    if not cells:
        return Image.new("RGBA", size)
    return framed.transform(size, Image.Transform.MESH, cells, Image.Resampling.BILINEAR).convert("RGBA")


def _cells(
    size: tuple[int, int], origin: Callable[[float, float], Point | None]
) -> Iterator[tuple[tuple[int, int, int, int], tuple[float, ...]]]:
    for top in range(0, size[1], _CELL):
        bottom = min(size[1], top + _CELL)
        for left in range(0, size[0], _CELL):
            right = min(size[0], left + _CELL)
            corners = [origin(x, y) for x, y in ((left, top), (left, bottom), (right, bottom), (right, top))]
            quad = [value + 1 for corner in corners if corner is not None for value in corner]
            if len(quad) == 8:
                yield (left, top, right, bottom), tuple(quad)


def _distort(image: Image.Image, call: EffectCall) -> Image.Image:
    if call.argument(0) == "arc":
        call.at_most(2)
        degrees = call.number(1, 0, -360, 360)
        return _arc(image, degrees, call) if degrees else image
    if len(call.arguments) != 8:
        raise call.fault("eight coordinates, or arc and degrees")
    values = [_coordinate(call, at, image.size) for at in range(8)]
    points = [(values[at], values[at + 1]) for at in range(0, 8, 2)]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    size = whole(max(x for x, _ in points) - left, max(y for _, y in points) - top)
    target = [(x - left, y - top) for x, y in points]
    corners = [
        (0.0, 0.0),
        (float(image.width), 0.0),
        (float(image.width), float(image.height)),
        (0.0, float(image.height)),
    ]
    coefficients = perspective(target, corners)
    if coefficients is None:
        raise call.fault("the four corners lie on a line")
    picture = with_alpha(image).convert("RGBa")
    return picture.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC).convert("RGBA")


def _coordinate(call: EffectCall, at: int, size: tuple[int, int]) -> float:
    """Pixels, or a part of the side when it ends with p."""
    text = call.argument(at)
    if text.endswith("p"):
        part = EffectCall(call.text, (text[:-1],), call.finder, call.notes).number(0, 0, -400, 400)
        return size[at % 2] * part / 100
    return call.number(at, 0, -MAX_SIDE, MAX_SIDE)


def perspective(points: list[Point], origins: list[Point]) -> tuple[float, ...] | None:
    """The eight coefficients that lead from four points back to their origins; None when three lie on a line."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(points, origins, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for at in range(8):
        best = max(range(at, 8), key=lambda row: abs(rows[row][at]))
        if abs(rows[best][at]) < 1e-9:
            return None
        rows[at], rows[best] = rows[best], rows[at]
        pivot = rows[at][at]
        rows[at] = [value / pivot for value in rows[at]]
        for other in range(8):
            if other != at and (factor := rows[other][at]):
                rows[other] = [value - factor * own for value, own in zip(rows[other], rows[at], strict=True)]
    return tuple(row[8] for row in rows)


def _arc(image: Image.Image, degrees: float, call: EffectCall) -> Image.Image:
    """Bend the picture so that its width covers an angle; its height stays. Negative angles bend it downwards."""
    call.approximate()
    upright = image if degrees > 0 else image.transpose(Image.Transpose.ROTATE_180)
    angle = math.radians(abs(degrees))
    width, height = upright.size
    middle = width / angle
    outer, inner = middle + height / 2, max(0.0, middle - height / 2)
    half = angle / 2
    across = outer * (math.sin(half) if half < math.pi / 2 else 1.0)
    lowest = -(inner if half < math.pi / 2 else outer) * math.cos(half)
    size = whole(2 * across, outer + lowest)

    def origin(x: float, y: float) -> Point | None:
        dx, dy = x - size[0] / 2, outer - y
        turn, radius = math.atan2(dx, dy), math.hypot(dx, dy)
        if abs(turn) > half + 0.3 or radius > outer + 2 * _CELL or radius < inner - 2 * _CELL:
            return None
        if math.pi - abs(turn) < _CELL / max(radius, 1.0):
            return None  # the seam: left and right end meet here
        return width / 2 + turn * middle, outer - radius

    made = bent(upright, size, origin)
    return made if degrees > 0 else made.transpose(Image.Transpose.ROTATE_180)


def _shear(image: Image.Image, call: EffectCall) -> Image.Image:
    call.at_most(2)
    right, down = (math.tan(math.radians(call.number(at, 0, -_STEEPEST, _STEEPEST))) for at in (0, 1))
    size = whole(image.width + abs(right) * image.height, image.height + abs(down) * image.width)
    left, top = max(0.0, -right) * image.height, max(0.0, -down) * image.width
    scale = 1 - right * down
    if abs(scale) < 1e-6:
        raise call.fault("nothing would be left")
    # The inverse of x' = x + right·y + left, y' = down·x + y + top.
    inverse = (
        1 / scale, -right / scale, (-left + right * top) / scale,
        -down / scale, 1 / scale, (down * left - top) / scale,
    )  # fmt: skip
    picture = with_alpha(image).convert("RGBa")
    return picture.transform(size, Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC).convert("RGBA")


def wavy(image: Image.Image, level: float) -> Image.Image:
    """Shift pixels by a slight wave, up to 4 pixels at level 100."""
    reach = level / 25

    def origin(x: float, y: float) -> Point:
        return x + reach * math.sin(y / 9 + x / 23), y + reach * math.sin(x / 11 + y / 19)

    return bent(image, image.size, origin)


def displaced(image: Image.Image, layer: Image.Image, x: float, y: float) -> Image.Image:
    """Move pixels by a map: black by -x and -y, white by x and y, middle grey not at all."""
    chart = with_alpha(layer).resize(image.size, Image.Resampling.BILINEAR)
    grey = Image.new("RGBA", chart.size, (128, 128, 128, 255))
    grey.alpha_composite(chart)
    levels = grey.convert("L").tobytes()
    width, height = image.size

    def origin(at_x: float, at_y: float) -> Point:
        level = levels[min(height - 1, int(at_y)) * width + min(width - 1, int(at_x))]
        share = (level - 127.5) / 127.5
        return at_x - share * x, at_y - share * y

    return bent(image, image.size, origin)


BENDING: Mapping[str, Effect] = MappingProxyType({"distort": _distort, "shear": _shear})
