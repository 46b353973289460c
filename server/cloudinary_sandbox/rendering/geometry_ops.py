"""Outlines and orientation: rounded corners, borders, rotation, opacity, backgrounds behind transparency."""

import math
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw

from cloudinary_sandbox.rendering.colour import TRANSPARENT, Rgba
from cloudinary_sandbox.rendering.contract import RenderError, invalid
from cloudinary_sandbox.rendering.geometry import Size, whole

Radii = tuple[float, float, float, float]
"""Corner radii in pixels, clockwise from the top left; infinity stands for `max`."""

_SMOOTH = 4
"""Each pixel of a curve is the mean of this many squared."""

_FLIPS = {"hflip": Image.Transpose.FLIP_LEFT_RIGHT, "vflip": Image.Transpose.FLIP_TOP_BOTTOM}
_QUARTERS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def radii(values: Sequence[float]) -> Radii:
    """One to four corner values in Cloudinary's order: all; two diagonals; three; clockwise from the top left."""
    if not 1 <= len(values) <= 4 or any(value < 0 for value in values):
        raise invalid("radius", ":".join(f"{value:g}" for value in values))
    first, *rest = values
    match rest:
        case []:
            return first, first, first, first
        case [second]:
            return first, second, first, second
        case [second, third]:
            return first, second, third, second
        case _:
            return first, rest[0], rest[1], rest[2]


def corner_mask(size: Size, corners: Radii) -> Image.Image:
    """A mask that is white within the rounded outline. Radii end at half the picture, `max` makes an ellipse of it."""
    mask = Image.new("L", size, 255)
    for at, radius in enumerate(corners):
        if not radius:
            continue
        most = min(size) / 2
        wide = size[0] / 2 if radius == float("inf") else min(radius, most)
        high = size[1] / 2 if radius == float("inf") else min(radius, most)
        width, height = max(1, round(wide)), max(1, round(high))
        large = Image.new("L", (width * _SMOOTH, height * _SMOOTH), 0)
        left, top = (0 if at in {0, 3} else -large.width), (0 if at < 2 else -large.height)
        ellipse = (left, top, left + 2 * large.width - 1, top + 2 * large.height - 1)
        ImageDraw.Draw(large).ellipse(ellipse, fill=255)
        corner = large.resize((width, height), Image.Resampling.BOX)
        mask.paste(corner, (0 if at in {0, 3} else size[0] - width, 0 if at < 2 else size[1] - height))
    return mask


def with_alpha(image: Image.Image) -> Image.Image:
    """The picture as RGBA."""
    return image if image.mode == "RGBA" else image.convert("RGBA")


def as_rgb(image: Image.Image) -> Image.Image:
    """The picture as RGB, itself if it is; its transparency is forgotten."""
    return image if image.mode == "RGB" else image.convert("RGB")


def is_opaque(image: Image.Image) -> bool:
    """Whether no pixel is transparent in the least."""
    return image.mode != "RGBA" or image.getchannel("A").getextrema()[0] == 255


def masked(image: Image.Image, mask: Image.Image) -> Image.Image:
    """The picture with its opacity multiplied by a mask."""
    result = image.convert("RGBA")  # always a new picture
    result.putalpha(ImageChops.multiply(result.getchannel("A"), mask))
    return result


def rounded(image: Image.Image, corners: Radii) -> Image.Image:
    """The picture with round corners."""
    return masked(image, corner_mask(image.size, corners))


def bordered(image: Image.Image, width: int, colour: Rgba, corners: Radii | None) -> Image.Image:
    """A solid border outside the picture, which grows by twice the width; it follows round corners."""
    if not width:
        return image
    outer = whole(image.width + 2 * width, image.height + 2 * width)
    inside = corners or (0.0, 0.0, 0.0, 0.0)
    ring = corner_mask(outer, radii([radius + width if radius else 0.0 for radius in inside]))
    hole = Image.new("L", outer, 0)
    hole.paste(corner_mask(image.size, inside), (width, width))
    frame = Image.new("RGBA", outer, colour)
    frame.putalpha(ImageChops.multiply(ImageChops.subtract(ring, hole), frame.getchannel("A")))
    result = Image.new("RGBA", outer, TRANSPARENT)
    result.paste(image, (width, width))
    return added(frame, result)


def added(first: Image.Image, second: Image.Image) -> Image.Image:
    """Join two pictures whose opacities complement each other: their seams do not shine through."""
    total = ImageChops.add(first.getchannel("A"), second.getchannel("A"))
    joined = ImageChops.add(first.convert("RGBa"), second.convert("RGBa")).convert("RGBA")
    joined.putalpha(total)
    return joined


def faded(image: Image.Image, percent: float) -> Image.Image:
    """The picture at an opacity of 0 to 100 percent."""
    if not 0 <= percent <= 100:
        raise invalid("opacity", f"{percent:g}")
    return image if percent == 100 else masked(image, Image.new("L", image.size, round(255 * percent / 100)))


def turned(image: Image.Image, degrees: float) -> Image.Image:
    """Rotated clockwise; the canvas grows and its new corners are transparent."""
    degrees %= 360
    if degrees in _QUARTERS:
        return image.transpose(_QUARTERS[round(degrees)])
    if not degrees:
        return image
    whole(image.width + image.height, image.width + image.height)
    canvas = with_alpha(image).rotate(-degrees, Image.Resampling.BICUBIC, expand=True)
    # Pillow counts every pixel that is touched; the live service rounds the rectangle, so an edge may go.
    across, down = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    width = min(canvas.width, round(image.width * across + image.height * down))
    height = min(canvas.height, round(image.width * down + image.height * across))
    left, top = (canvas.width - width) // 2, (canvas.height - height) // 2
    return canvas.crop((left, top, left + width, top + height))


def oriented(image: Image.Image, angle: str, target: tuple[float | None, float | None]) -> Image.Image:
    """Carry out an angle that is not a number: a flip, or a quarter turn when the asked shape lies the other way."""
    if angle in _FLIPS:
        return image.transpose(_FLIPS[angle])
    if angle in {"auto_right", "auto_left"}:
        width, height = target
        if width is None or height is None:
            raise RenderError(f"Invalid angle in transformation: {angle} needs width and height")
        lies_across = (image.width - image.height) * (width - height) < 0
        return turned(image, 90 if angle == "auto_right" else 270) if lies_across else image
    raise invalid("angle", angle)


def flattened(image: Image.Image, colour: Rgba) -> Image.Image:
    """The picture on a colour, opaque if that is."""
    if image.mode != "RGBA":
        return image
    base = Image.new("RGBA", image.size, colour)
    base.alpha_composite(image)
    return base.convert("RGB") if colour[3] == 255 else base
