"""Text layers: read the style, break the lines, draw them with Pillow's bundled font."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from cloudinary_sandbox.rendering.colour import TRANSPARENT, Rgba
from cloudinary_sandbox.rendering.contract import Unsupported, invalid
from cloudinary_sandbox.rendering.geometry import whole

FONT = "Aileron"
"""The family of the one font that Pillow brings along."""

_STYLE = re.compile(r"(?P<family>[^:]+?)_(?P<size>\d+(?:\.\d+)?)(?:_(?P<rest>[^:]*))?")
_HEAVY = frozenset({"demibold", "semibold", "bold", "extrabold", "ultrabold", "black", "heavy"})
_PLAIN = frozenset({"thin", "extralight", "light", "normal", "book", "medium", "none"})
_MAX_SIZE = 2000
_SLANT = 0.21
_ALIGN = {"left": 0.0, "start": 0.0, "center": 0.5, "right": 1.0, "end": 1.0}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a text is written; sizes in pixels. `align` is the share of free space left of a line."""

    family: str
    size: float
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strikethrough: bool = False
    align: float = 0.0
    outlined: bool = False
    letter_spacing: float = 0.0
    line_spacing: float = 0.0


@dataclass(frozen=True, slots=True)
class TextBox:
    """What surrounds a text: its colours, its outline in pixels, and the width and height it must keep within."""

    colour: Rgba = (0, 0, 0, 255)
    background: Rgba = TRANSPARENT
    outline: float = 0.0
    outline_colour: Rgba = (0, 0, 0, 255)
    width: float | None = None
    height: float | None = None
    trim: bool = True


def read_style(text: str) -> TextStyle:
    """Read `Arial_40_bold_underline_letter_spacing_4`. `Unsupported` for the id of a stored style."""
    match = _STYLE.fullmatch(text)
    if not match:
        raise Unsupported(f"the stored text style {text}")
    style = TextStyle(match["family"], float(match["size"]))
    if not 0 < style.size <= _MAX_SIZE:
        raise invalid("font size", match["size"])
    words = (match["rest"] or "").split("_") if match["rest"] else []
    while words:
        style = _with_word(style, words.pop(0), words)
    return style


def _with_word(style: TextStyle, word: str, rest: list[str]) -> TextStyle:
    if word in _HEAVY:
        return replace(style, bold=True)
    if word in _PLAIN:
        return style
    if word in _ALIGN:
        return replace(style, align=_ALIGN[word])
    if word in {"letter", "line"} and len(rest) >= 2 and rest[0] == "spacing":
        del rest[0]
        amount = rest.pop(0)
        try:
            spacing = float(amount)
        except ValueError:
            raise invalid(f"{word} spacing", amount) from None
        return replace(style, letter_spacing=spacing) if word == "letter" else replace(style, line_spacing=spacing)
    if word in {"antialias", "hinting"} and rest:
        del rest[0]  # a matter of the rasteriser, which is Pillow's own
        return style
    match word:
        case "italic":
            return replace(style, italic=True)
        case "underline":
            return replace(style, underline=True)
        case "strikethrough":
            return replace(style, strikethrough=True)
        case "stroke":
            return replace(style, outlined=True)
        case "justify":
            raise Unsupported("the text alignment justify")
        case _:
            raise invalid("text style", word)


@lru_cache(maxsize=32)
def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow without FreeType"
    return font


def draw(style: TextStyle, text: str, box: TextBox) -> Image.Image:
    """The text on a transparent (or coloured) ground, cut to what is seen unless `trim` is off or a ground is given."""
    weight = style.size / 40 if style.bold else 0.0
    style = replace(style, letter_spacing=style.letter_spacing + weight)  # thicker letters need more room
    lines = _fitting(_lines(style, text, box.width), style, box)
    around = box.outline + weight
    ascent, descent = _font(style.size).getmetrics()
    advance = ascent + descent + style.line_spacing
    widths = [_length(style, line) for line in lines]
    width = max([*widths, 1.0]) if box.width is None else max(box.width, *widths)
    margin = round(around + style.size * _SLANT + 1)
    block = whole(width, advance * (len(lines) - 1) + ascent + descent)
    canvas = Image.new("RGBA", whole(block[0] + 2 * margin, block[1] + 2 * margin), TRANSPARENT)
    for at, (line, length) in enumerate(zip(lines, widths, strict=True)):
        strip = _strip(style, line, length, margin, box, weight)
        left = round((width - length) * style.align)
        canvas.alpha_composite(strip, (max(0, left), max(0, round(at * advance))))
    frame = (margin, margin, margin + block[0], margin + block[1])
    if box.background[3]:
        ground = Image.new("RGBA", block, box.background)
        ground.alpha_composite(canvas.crop(frame))
        return ground
    seen = canvas.getbbox() if box.trim else frame
    return canvas.crop(seen or frame)


def _strip(style: TextStyle, line: str, length: float, margin: int, box: TextBox, weight: float) -> Image.Image:
    """One line with a margin on all sides."""
    ascent, descent = _font(style.size).getmetrics()
    strip = Image.new("RGBA", whole(length + 2 * margin, ascent + descent + 2 * margin), TRANSPARENT)
    if box.outline:
        _write(strip, style, line, margin, box.outline_colour, box.outline + weight)
    _write(strip, style, line, margin, box.colour, weight)
    pen = ImageDraw.Draw(strip)
    thick = max(1, round(style.size / 16))
    for wanted, height in ((style.underline, ascent + style.size * 0.1), (style.strikethrough, ascent * 0.68)):
        if wanted:
            top = margin + round(height)
            pen.rectangle((margin, top, margin + length, top + thick - 1), fill=box.colour)
    if style.italic:
        foot = margin + ascent
        strip = strip.transform(
            strip.size, Image.Transform.AFFINE, (1, _SLANT, -_SLANT * foot, 0, 1, 0), Image.Resampling.BICUBIC
        )
    return strip


def _write(strip: Image.Image, style: TextStyle, line: str, margin: int, colour: Rgba, stroke: float) -> None:
    pen, font = ImageDraw.Draw(strip), _font(style.size)
    if not style.letter_spacing:
        pen.text((margin, margin), line, fill=colour, font=font, stroke_width=stroke)
        return
    left = float(margin)
    for letter in line:
        pen.text((left, margin), letter, fill=colour, font=font, stroke_width=stroke)
        left += font.getlength(letter) + style.letter_spacing


def _length(style: TextStyle, line: str) -> float:
    return _font(style.size).getlength(line) + style.letter_spacing * max(0, len(line) - 1)


def _lines(style: TextStyle, text: str, width: float | None) -> list[str]:
    """Break at newlines and, when a width is given, between words."""
    found: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width is not None and _length(style, longer) > width:
                found.append(line)
                longer = word
            line = longer
        found.append(line)
    return found


def _fitting(lines: list[str], style: TextStyle, box: TextBox) -> list[str]:
    """Drop the lines that exceed the height; the last one left then ends with an ellipsis."""
    if box.height is None:
        return lines
    ascent, descent = _font(style.size).getmetrics()
    room = max(1, int((box.height + style.line_spacing) // (ascent + descent + style.line_spacing)))
    return lines if len(lines) <= room else [*lines[: room - 1], f"{lines[room - 1]}…"]
