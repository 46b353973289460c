"""How a picture or film is perceived: by people who are colour-blind, and as a still with a little motion in it.

Cloudinary does not publish how it counts; the shapes and ranges are its own, the measures here are plain ones.
"""

import math
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudinary_sandbox.media.facts import INVALID_VIDEO, NotMedia
from cloudinary_sandbox.media.pictures import open_picture, small_copy

if TYPE_CHECKING:
    from PIL import Image

_LOOK = 256
"""Pixels of the longer side of the copies that are compared."""
_COLOURS = 8
_DEUTERANOPIA = (0.625, 0.375, 0.0, 0.0, 0.7, 0.3, 0.0, 0.0, 0.0, 0.3, 0.7, 0.0)
"""How red and green mix for an eye without green cones, as a matrix for Pillow's `convert`."""
_ALIKE = 30.0
"""A distance of two colours in RGB below which they are hard to tell apart."""
_MOVED = 12
"""A difference of two grey values that is more than noise."""
_FRAMES = 12
"""How many frames of a film are compared."""

Colour = tuple[int, ...]


def accessibility_analysis(path: Path) -> dict[str, Any]:
    """What is left of a picture's edges and colours for a colour-blind person, each 0-1, and a score of both."""
    picture = small_copy(path, _LOOK).convert("RGB")
    seen = picture.convert("RGB", _DEUTERANOPIA)
    edges = _edges(picture)
    kept = min(1.0, _edges(seen) / edges) if edges else 1.0
    colours, pair = _distinct(picture)
    return {
        "colorblind_accessibility_analysis": {
            "distinct_edges": round(kept, 4),
            "distinct_colors": round(colours, 4),
            "most_indistinct_pair": ["#{:02X}{:02X}{:02X}".format(*colour) for colour in pair],
        },
        "colorblind_accessibility_score": round((kept + colours) / 2, 4),
    }


def _edges(picture: "Image.Image") -> float:
    from PIL import ImageFilter, ImageStat

    return sum(ImageStat.Stat(picture.filter(ImageFilter.FIND_EDGES)).mean)


def _distinct(picture: "Image.Image") -> tuple[float, tuple[Colour, Colour]]:
    """The share of the main colours' pairs that stay distinct, and the pair that loses most."""
    table = picture.quantize(_COLOURS).convert("RGB").getcolors(maxcolors=_COLOURS * 2) or []
    colours = [colour[:3] for _, colour in sorted(table, reverse=True) if isinstance(colour, tuple)]
    pairs = list(combinations(colours, 2))
    if not pairs:
        only: Colour = colours[0] if colours else (0, 0, 0)
        return 1.0, (only, only)
    left = {pair: math.dist(_dulled(pair[0]), _dulled(pair[1])) for pair in pairs}
    clear = sum(distance >= min(_ALIKE, math.dist(*pair)) for pair, distance in left.items())
    worst = min(pairs, key=lambda pair: left[pair] / (math.dist(*pair) or 1))
    return clear / len(pairs), worst


def _dulled(colour: Colour) -> tuple[float, ...]:
    rows = [_DEUTERANOPIA[at : at + 3] for at in (0, 4, 8)]
    return tuple(sum(part * value for part, value in zip(row, colour, strict=True)) for row in rows)


def cinemagraph_score(path: Path, resource_type: str) -> float | None:
    """0-1: how much of a moving picture stands still while something moves; 0 for a picture without motion.

    None for a film when PyAV (extra `video`) is not installed.
    """
    if resource_type == "video" and find_spec("av") is None:
        return None
    frames = _film(path) if resource_type == "video" else _animation(path)
    if len(frames) < 2:
        return 0.0
    moving = _moving(frames)
    return round(1 - moving, 4) if moving else 0.0


def _moving(frames: Sequence["Image.Image"]) -> float:
    """The share of the pixels that change at all."""
    from PIL import ImageChops

    changed = ImageChops.difference(frames[0], frames[1])
    for frame in frames[2:]:
        changed = ImageChops.lighter(changed, ImageChops.difference(frames[0], frame))
    histogram = changed.histogram()
    return sum(histogram[_MOVED:]) / sum(histogram)


def _animation(path: Path) -> list["Image.Image"]:
    frames: list[Image.Image] = []
    with open_picture(path) as image:
        total = int(getattr(image, "n_frames", 1))
        for at in range(0, total, max(1, total // _FRAMES)):
            image.seek(at)
            frame = image.convert("L")
            frame.thumbnail((_LOOK, _LOOK))
            frames.append(frame)
    return frames


def _film(path: Path) -> list["Image.Image"]:
    import av
    from av.error import FFmpegError
    from PIL import Image

    frames: list[Image.Image] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return []
            stream = container.streams.video[0]
            step = max(1, stream.frames // _FRAMES)
            for at, frame in enumerate(container.decode(stream)):
                if at % step == 0:
                    image = Image.fromarray(frame.to_ndarray(format="gray"))
                    image.thumbnail((_LOOK, _LOOK))
                    frames.append(image)
                if len(frames) == _FRAMES:
                    break
    except (FFmpegError, ValueError):
        raise NotMedia(INVALID_VIDEO) from None
    return frames
