"""Pictures that a chat can show: small enough, in a known format, several on one sheet.

Pillow is loaded on first use.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

from cloudinary_tools.toolkit.results import Picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

MAX_SIDE = 768
"""Pixels of the longest side: what models look at without scaling it down themselves."""
MAX_BYTES = 150_000
MAX_ON_SHEET = 16

_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")
_MOST_PIXELS = 6_000_000
"""The largest picture that is decoded: what is asked for has a tenth of that, while 21 kB can claim a gigabyte."""
_QUALITIES = (85, 70, 55, 40)
_SHRINK = 0.75
_LABEL = 20
_GAP = 6
_PAPER = (242, 242, 242)
_INK = (32, 32, 32)
_EMPTY = (190, 190, 190)


class NotAPictureError(ValueError):
    """Bytes that cannot be read as a picture."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One place on a sheet: a label, and the picture where there is one."""

    label: str
    picture: bytes | None


def fit(data: bytes) -> Picture:
    """The picture with its longest side at most `MAX_SIDE` and at most `MAX_BYTES`, unchanged where it already is.

    Of an animation the first frame is left. Blocking. `NotAPictureError` for anything that Pillow cannot read.
    """
    image = _open(data)
    media_type = _MEDIA_TYPES.get(image.format or "")
    still = getattr(image, "n_frames", 1) == 1
    if media_type and still and max(image.size) <= MAX_SIDE and len(data) <= MAX_BYTES:
        return Picture(data, media_type)
    return _encoded(_loaded(image, (MAX_SIDE, MAX_SIDE)))


def cell_side(count: int) -> int:
    """The longest side, in pixels, of each of that many pictures on a sheet."""
    return (MAX_SIDE - _GAP) // ceil(sqrt(count)) - _GAP


def contact_sheet(cells: Sequence[Cell]) -> Picture:
    """Up to `MAX_ON_SHEET` pictures in a grid, each with its label below. Blocking."""
    from PIL import Image, ImageDraw

    columns = ceil(sqrt(len(cells)))
    rows = ceil(len(cells) / columns)
    side = cell_side(len(cells))
    height = min(side, (MAX_SIDE - _GAP) // rows - _GAP - _LABEL)
    size = (columns * (side + _GAP) + _GAP, rows * (height + _LABEL + _GAP) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for at, cell in enumerate(cells):
        left = _GAP + at % columns * (side + _GAP)
        top = _GAP + at // columns * (height + _LABEL + _GAP)
        image = _cell_image(cell, (side, height))
        if image is None:
            draw.rectangle((left, top, left + side - 1, top + height - 1), outline=_EMPTY)
            _write(draw, "no picture", left, top + (height - _LABEL) // 2, side)
        else:
            sheet.paste(image, (left + (side - image.width) // 2, top + (height - image.height) // 2))
        _write(draw, cell.label, left, top + height, side)
    return _encoded(sheet)


def _cell_image(cell: Cell, box: tuple[int, int]) -> "Image | None":
    if cell.picture is None:
        return None
    try:
        return _on_white(_loaded(_open(cell.picture), box))
    except NotAPictureError:
        return None


def _open(data: bytes) -> "Image":
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(data))
    except (OSError, Image.DecompressionBombError, ValueError, SyntaxError):
        raise NotAPictureError("the file is no picture that can be read here") from None
    if image.width * image.height > _MOST_PIXELS:
        raise NotAPictureError(f"it has more than {_MOST_PIXELS // 1_000_000} megapixels")
    return image


def _loaded(image: "Image", box: tuple[int, int]) -> "Image":
    """The first frame, upright, in RGB or RGBA, inside a box."""
    from PIL import ImageOps

    try:
        upright = ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError):
        raise NotAPictureError("the picture is damaged") from None
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    converted = upright.convert(mode)
    converted.thumbnail(box)
    return converted


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    if image.mode == "RGB":
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _encoded(image: "Image") -> Picture:
    """The best quality that fits, else a smaller picture: WebP where there is transparency, else JPEG."""
    kind = "WEBP" if image.mode == "RGBA" else "JPEG"
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            image.save(out, kind, quality=quality)
            if out.tell() <= MAX_BYTES:
                return Picture(out.getvalue(), _MEDIA_TYPES[kind])
        image = image.resize((max(1, int(image.width * _SHRINK)), max(1, int(image.height * _SHRINK))))


def _write(draw: "ImageDraw", text: str, left: int, top: int, width: int) -> None:
    """One line, cut with dots where it is too long, in the middle of its cell."""
    font = _font()
    shown = text = _in_ascii(text)
    while shown and draw.textlength(shown, font=font) > width:
        text = text[:-1]
        shown = f"{text}..." if text else ""
    draw.text((left + (width - draw.textlength(shown, font=font)) // 2, top + 2), shown, fill=_INK, font=font)


def _in_ascii(text: str) -> str:
    """Text in the letters that Pillow's own font has: accents go, other scripts become dots."""
    plain = "".join(letter for letter in normalize("NFKD", text) if not combining(letter))
    return _NOT_ASCII.sub("...", plain)


def _font() -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(13)
