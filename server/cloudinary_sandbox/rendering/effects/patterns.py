"""Masks and tiles that several effects draw with."""

import math

from PIL import Image, ImageChops


def tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture of the given size covered with copies of a small one."""
    row = Image.new(tile.mode, (size[0], tile.height))
    for left in range(0, size[0], tile.width):
        row.paste(tile, (left, 0))
    whole = Image.new(tile.mode, size)
    for top in range(0, size[1], tile.height):
        whole.paste(row, (0, top))
    return whole


def grown(mask: Image.Image, radius: float) -> Image.Image:
    """A mask whose outline lies `radius` pixels farther out, round at corners. Same size: what sticks out is cut."""
    result = mask
    for part, steps in ((1.0, 24), (0.6, 16), (0.3, 8)):
        for step in range(steps):
            angle = 2 * math.pi * step / steps
            shift = round(math.cos(angle) * radius * part), round(math.sin(angle) * radius * part)
            moved = Image.new("L", mask.size, 0)
            moved.paste(mask, shift)
            result = ImageChops.lighter(result, moved)
    return result


def shrunk(mask: Image.Image, radius: float) -> Image.Image:
    """A mask whose outline lies `radius` pixels farther in; beyond the edge of the picture there is nothing."""
    margin = round(radius) + 1
    hole = Image.new("L", (mask.width + 2 * margin, mask.height + 2 * margin), 255)
    hole.paste(ImageChops.invert(mask), (margin, margin))
    inside = ImageChops.invert(grown(hole, radius))
    return inside.crop((margin, margin, margin + mask.width, margin + mask.height))


def unlike(image: Image.Image, shade: tuple[int, ...]) -> Image.Image:
    """How far each pixel is from a colour: the largest difference of a channel, as a mask (0 is the same)."""
    apart = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, shade[:3])).split()
    return ImageChops.lighter(ImageChops.lighter(apart[0], apart[1]), apart[2])


def ramp(size: tuple[int, int], reach: float, *, down: bool, back: bool, power: float) -> Image.Image:
    """A mask that rises from black at an edge to white after `reach` pixels.

    `down` starts at the top rather than at the left, `back` at the opposite edge; `power` bends the rise.
    """
    length = size[1] if down else size[0]
    levels = bytes(round(255 * min(1.0, (at + 0.5) / max(1.0, reach)) ** power) for at in range(length))
    line = Image.frombytes("L", (1, length) if down else (length, 1), levels[::-1] if back else levels)
    return line.resize(size, Image.Resampling.NEAREST)
