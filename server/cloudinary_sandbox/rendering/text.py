"""Text layers: read the style, break the lines, draw them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from cloudinary_sandbox.rendering.colour import TRANSPARENT, Rgba, colour
from cloudinary_sandbox.rendering.contract import Unsupported, invalid
from cloudinary_sandbox.rendering.fonts import TextRun, has_italic, metrics, text_runs
from cloudinary_sandbox.rendering.geometry import whole

_STYLE = re.compile(r"(?P<family>[^:]+?)_(?P<size>\d+(?:\.\d+)?)(?:_(?P<rest>[^:]*))?")
_WEIGHTS = {
    "thin": 400, "extralight": 400, "light": 400, "normal": 400, "book": 400, "none": 400, "medium": 500,
    "demibold": 600, "semibold": 600, "bold": 700, "extrabold": 800, "ultrabold": 800, "black": 900, "heavy": 900,
}  # fmt: skip
"""The weights of a font, 400 being normal; there is nothing lighter here."""
_MAX_SIZE = 2000
_SLANT = 0.21
_BOLDEST = 0.05
"""How far a stroke that stands for a bold font may reach beyond a letter, as a share of the size."""
_ALIGN = {"left": 0.0, "start": 0.0, "center": 0.5, "right": 1.0, "end": 1.0}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a text is written; sizes in pixels, `weight` 400-900. `align` is the share of free space left of a line."""

    family: str
    size: float
    weight: float = 400.0
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
    """Read `Arial_40_bold_underline_letter_spacing_4`. `RenderError` for what is no style."""
    match = _STYLE.fullmatch(text)
    if not match:
        raise invalid("text style", text)
    style = TextStyle(match["family"], float(match["size"]))
    if not 0 < style.size <= _MAX_SIZE:
        raise invalid("font size", match["size"])
    words = (match["rest"] or "").split("_") if match["rest"] else []
    while words:
        style = _with_word(style, words.pop(0), words)
    return style


def is_style(text: str) -> bool:
    """Whether a text is a style itself, and not the id of a stored one."""
    return _STYLE.fullmatch(text) is not None


def style_of(values: Mapping[str, str]) -> tuple[TextStyle, TextBox]:
    """The style of a text by the parameters of the API (`font_family`, `font_size`, `font_color` …)."""
    size, opacity = _number(values, "font_size", 12), _number(values, "opacity", 100)
    if not 0 < size <= _MAX_SIZE:
        raise invalid("font size", f"{size:g}")
    decoration, align = values.get("text_decoration", "none"), values.get("text_align", "left")
    if decoration not in {"none", "normal", "underline", "strikethrough"}:
        raise invalid("text decoration", decoration)
    if align == "justify":
        raise Unsupported("the text alignment justify")
    if align not in _ALIGN:
        raise invalid("text align", align)
    style = TextStyle(
        values.get("font_family", "Arial"),
        size,
        weight=_WEIGHTS.get(values.get("font_weight", "normal"), 400),
        italic=values.get("font_style") == "italic",
        underline=decoration == "underline",
        strikethrough=decoration == "strikethrough",
        align=_ALIGN[align],
        line_spacing=_number(values, "line_spacing", 0),
        letter_spacing=_number(values, "letter_spacing", 0),
    )
    red, green, blue, alpha = colour(values.get("font_color", "black"))
    ink = (red, green, blue, round(alpha * min(max(opacity, 0), 100) / 100))
    return style, TextBox(ink, colour(values.get("background", "transparent")))


def _number(values: Mapping[str, str], name: str, default: float) -> float:
    text = values.get(name) or str(default)
    try:
        return float(text)
    except ValueError:
        raise invalid(name.replace("_", " "), text) from None


def _with_word(style: TextStyle, word: str, rest: list[str]) -> TextStyle:
    if word in _WEIGHTS:
        return replace(style, weight=_WEIGHTS[word])
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


def draw(style: TextStyle, text: str, box: TextBox) -> Image.Image:
    """The text on a transparent (or coloured) ground, cut to what is seen unless `trim` is off or a ground is given."""
    lines = _fitting(_lines(style, text, box.width), style, box)
    ascent, descent = metrics(style.size)
    advance = ascent + descent + style.line_spacing
    widths = [_length(style, line) for line in lines]
    width = max([*widths, 1.0]) if box.width is None else max(box.width, *widths)
    margin = round(box.outline + style.size * (_SLANT + _BOLDEST) + 1)
    block = whole(width, advance * (len(lines) - 1) + ascent + descent)
    canvas = Image.new("RGBA", whole(block[0] + 2 * margin, block[1] + 2 * margin), TRANSPARENT)
    for at, (line, length) in enumerate(zip(lines, widths, strict=True)):
        strip = _strip(style, line, length, margin, box)
        left = round((width - length) * style.align)
        canvas.alpha_composite(strip, (max(0, left), max(0, round(at * advance))))
    frame = (margin, margin, margin + block[0], margin + block[1])
    if box.background[3]:
        ground = Image.new("RGBA", block, box.background)
        ground.alpha_composite(canvas.crop(frame))
        return ground
    seen = canvas.getbbox() if box.trim else frame
    return canvas.crop(seen or frame)


def _strip(style: TextStyle, line: str, length: float, margin: int, box: TextBox) -> Image.Image:
    """One line with a margin on all sides."""
    ascent, descent = metrics(style.size)
    strip = Image.new("RGBA", whole(length + 2 * margin, ascent + descent + 2 * margin), TRANSPARENT)
    if box.outline:
        _write(strip, style, line, margin, box.outline_colour, box.outline)
    _write(strip, style, line, margin, box.colour, 0.0)
    pen = ImageDraw.Draw(strip)
    thick = max(1, round(style.size / 16))
    for wanted, height in ((style.underline, ascent + style.size * 0.1), (style.strikethrough, ascent * 0.68)):
        if wanted:
            top = margin + round(height)
            pen.rectangle((margin, top, margin + length, top + thick - 1), fill=box.colour)
    if style.italic and not has_italic():
        foot = margin + ascent
        strip = strip.transform(
            strip.size, Image.Transform.AFFINE, (1, _SLANT, -_SLANT * foot, 0, 1, 0), Image.Resampling.BICUBIC
        )
    return strip


def _write(strip: Image.Image, style: TextStyle, line: str, margin: int, colour: Rgba, stroke: float) -> None:
    pen, base = ImageDraw.Draw(strip), margin + metrics(style.size)[0]
    left = float(margin)
    for run in _runs(style, line):
        pen.text((left, base), run.text, fill=colour, font=run.font, stroke_width=stroke + run.stroke, anchor="ls")
        left += run.length + style.letter_spacing + run.stroke


def _runs(style: TextStyle, line: str) -> list[TextRun]:
    """The runs of a line. Letters with space between them, or thickened by a stroke, are runs of their own."""
    runs = text_runs(line, style.size, style.weight, italic=style.italic)
    if style.letter_spacing or any(run.stroke for run in runs):
        return [replace(run, text=letter) for run in runs for letter in run.text]
    return runs


def _length(style: TextStyle, line: str) -> float:
    runs = _runs(style, line)
    return sum(run.length + run.stroke for run in runs) + style.letter_spacing * max(0, len(runs) - 1)


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
    ascent, descent = metrics(style.size)
    room = max(1, int((box.height + style.line_spacing) // (ascent + descent + style.line_spacing)))
    return lines if len(lines) <= room else [*lines[: room - 1], f"{lines[room - 1]}…"]
