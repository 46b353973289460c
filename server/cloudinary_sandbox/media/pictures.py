"""Open pictures with Pillow and read what it knows without surprises."""

import math
import struct
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cloudinary_sandbox.media import drawing
from cloudinary_sandbox.media.facts import INVALID_IMAGE, NotMedia

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 25_000_000
"""The largest picture that is decoded: 100 MB in memory. It is also the Free plan's limit of an upload."""
_ORIENTATION = 0x0112
_SWAPPED = frozenset({5, 6, 7, 8})
"""EXIF orientations that exchange width and height."""


@contextmanager
def open_picture(path: Path, *, most: int | None = MAX_PIXELS, page: int = 1) -> "Generator[Image.Image]":
    """Open lazily; what Pillow cannot read or decode in the body becomes `NotMedia`.

    So does a picture of more than `most` pixels, before any is decoded; with None it is opened to be measured. SVG, PDF
    and HEIC are drawn at their own size, of a PDF the given `page`; `MissingLibrary` without the extra for it.
    """
    from PIL import Image

    try:
        if drawn := drawing.drawn_format(path):
            width, height = drawing.drawn_size(path, drawn, page)
            _check_pixels(width, height, most)
            yield drawing.draw(path, drawn, page)
            return
        with Image.open(path) as image:
            _check_pixels(image.width, image.height, most)
            yield image
    except (NotMedia, FileNotFoundError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotMedia(f"{INVALID_IMAGE}: it claims too many pixels") from None
    except (OSError, ValueError, SyntaxError, IndexError, EOFError, struct.error):
        raise NotMedia(INVALID_IMAGE) from None


def _check_pixels(width: float, height: float, most: int | None) -> None:
    if most is not None and width * height > most:
        raise NotMedia(f"{INVALID_IMAGE}: it claims too many pixels ({width:g} x {height:g}, at most {most:,})")


def small_copy(path: Path, side: int) -> "Image.Image":
    """A decoded copy no larger than `side` in either direction, turned upright, as RGB or RGBA."""
    from PIL import Image, ImageOps

    with open_picture(path) as image:
        if image.format in {"JPEG", "MPO"}:
            image.draft("RGB", (side, side))
        copy = image.convert("RGBA" if image.has_transparency_data else "RGB")
        orientation = image.getexif().get(_ORIENTATION, 1)
    copy.thumbnail((side, side), Image.Resampling.BOX)
    copy.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(copy)


def displayed_size(image: "Image.Image") -> tuple[int, int]:
    """Width and height after the EXIF orientation."""
    width, height = image.size
    return (height, width) if image.getexif().get(_ORIENTATION) in _SWAPPED else (width, height)


def is_grayscale(small: "Image.Image") -> bool:
    """Whether the three colour channels of a small copy are the same, give or take the noise of compression."""
    from PIL import ImageChops

    red, green, blue = small.convert("RGB").split()
    spread = ImageChops.lighter(ImageChops.difference(red, green), ImageChops.difference(green, blue))
    low_high = spread.getextrema()
    return isinstance(low_high[1], (int, float)) and low_high[1] <= 4


def perceptual_hash(small: "Image.Image") -> str:
    """64 bits as 16 hex digits: the signs of the 8 x 8 lowest frequencies against their median (DCT of 32 x 32 greys).

    Pictures that look alike differ in few bits.
    """
    from PIL import Image

    side, keep = 32, 8
    grey = small.convert("L").resize((side, side), Image.Resampling.LANCZOS).tobytes()
    waves = [[math.cos(math.pi * k * (2 * n + 1) / (2 * side)) for n in range(side)] for k in range(keep)]
    rows = [[sum(grey[y * side + x] * wave[x] for x in range(side)) for wave in waves] for y in range(side)]
    table = [sum(rows[y][u] * wave[y] for y in range(side)) for wave in waves for u in range(keep)]
    median = sorted(table[1:])[len(table) // 2 - 1]
    bits = "".join("1" if value > median else "0" for value in table)
    return f"{int(bits, 2):016x}"
