"""The fonts of text layers: Arimo where it is installed, and for what it lacks the fonts of this machine.

Arimo (extra `documents`) has the widths of Arial, Latin, Greek, Cyrillic and Hebrew, and true bold and italic. Pillow
brings a font with little more than ASCII.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec

from PIL import Image, ImageDraw, ImageFont

SYSTEM_FONTS = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "FreeSans.ttf", "segoeui.ttf", "arial.ttf",
    "Arial Unicode.ttf", "seguisym.ttf", "Apple Symbols.ttf", "NotoSansSymbols2-Regular.ttf", "NotoSansCJK-Regular.ttc",
    "PingFang.ttc", "Hiragino Sans GB.ttc", "msyh.ttc", "wqy-microhei.ttc", "NotoSansArabic-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
)  # fmt: skip
"""File names of widespread fonts with many letters, looked for in the system's folders in this order."""

_ALIKE = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": "x", "•": "-", "·": "-", "“": '"', "”": '"', "„": '"',
    "‘": "'", "’": "'", "‚": ",", "€": "EUR", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "÷": "/", "Ł": "L", "ł": "l",
    "ø": "o",
    "Ø": "O", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "đ": "d", "Đ": "D", "ı": "i",
}  # fmt: skip
"""What may stand for a letter that no font has and that cannot be taken apart."""
_UNKNOWN = "?"
_NOWHERE = "\U0010ffff"
"""No font has this character, so its picture is the one of a missing glyph."""
_LOOK = 16
_HEAVIEST = 700.0
"""Arimo's heaviest weight."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """Neighbouring letters of one font. `stroke` are the pixels that make it bolder where it has no bold of its own."""

    text: str
    font: ImageFont.FreeTypeFont
    stroke: float = 0.0

    @property
    def length(self) -> float:
        """Pixels that the run takes."""
        return self.font.getlength(self.text)


def family() -> str:
    """The font that texts are set in."""
    return "Arimo" if find_spec("fontpkg_arimo") else "Aileron"


def has_italic() -> bool:
    """Whether that font has true italics."""
    return family() == "Arimo"


def metrics(size: float) -> tuple[int, int]:
    """Pixels above and below the base line."""
    font = _font(family(), size, 400.0, italic=False)
    assert font is not None
    return font.getmetrics()


def text_runs(text: str, size: float, weight: float = 400.0, *, italic: bool = False) -> list[TextRun]:
    """A line divided by fonts. A letter that no font has is replaced by one alike, or by a question mark."""
    pieces: list[tuple[str, str]] = []
    for letter in text:
        face, shown = shown_letter(letter)
        if not shown:
            continue
        if pieces and pieces[-1][0] == face:
            pieces[-1] = (face, pieces[-1][1] + shown)
        else:
            pieces.append((face, shown))
    return [_run(face, part, size, weight, italic=italic) for face, part in pieces]


def missing_letters(text: str) -> str:
    """The letters of a text that are shown by others."""
    return "".join(
        dict.fromkeys(letter for letter in text if letter.isprintable() and shown_letter(letter)[1] != letter)
    )


def _run(face: str, text: str, size: float, weight: float, *, italic: bool) -> TextRun:
    font = _font(face, size, weight, italic=italic)
    assert font is not None
    heavier = max(0.0, weight - (_HEAVIEST if face == "Arimo" else 400.0))
    return TextRun(text, font, size / 40 * heavier / 300)


@lru_cache(maxsize=4096)
def shown_letter(letter: str) -> tuple[str, str]:
    """The font for a letter, and what is drawn for it; "" for what is never seen."""
    if unicodedata.category(letter) in {"Cc", "Cf"}:
        return family(), ""
    if letter.isspace():
        return family(), " "
    for face in (family(), *SYSTEM_FONTS):
        if _has(face, letter):
            return face, letter
    apart = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    for other in (apart, _ALIKE.get(letter, "")):
        if other and other != letter:
            shown = "".join(shown_letter(part)[1] for part in other)
            if _UNKNOWN not in shown and all(shown_letter(part)[0] == family() for part in other):
                return family(), shown
    return family(), _UNKNOWN


def _has(face: str, letter: str) -> bool:
    glyph, unknown = _look(face, letter), _look(face, _NOWHERE)
    return glyph is not None and glyph != unknown


@lru_cache(maxsize=4096)
def _look(face: str, letter: str) -> bytes | None:
    font = _font(face, _LOOK, 400.0, italic=False)
    if font is None:
        return None
    picture = Image.new("L", (3 * _LOOK, 3 * _LOOK))
    ImageDraw.Draw(picture).text((_LOOK, _LOOK), letter, fill=255, font=font)
    return picture.tobytes()


@lru_cache(maxsize=128)
def _font(face: str, size: float, weight: float, *, italic: bool) -> ImageFont.FreeTypeFont | None:
    """A font at a size in pixels; None for a system font that is not there."""
    if face == "Arimo":
        name = "Arimo-Italic[wght].ttf" if italic else "Arimo[wght].ttf"
        font = ImageFont.truetype(str(files("fontpkg_arimo") / "files" / name), size)
        font.set_variation_by_axes([max(400.0, min(_HEAVIEST, weight))])
        return font
    if face == "Aileron":
        bundled = ImageFont.load_default(size)
        assert isinstance(bundled, ImageFont.FreeTypeFont), "Pillow without FreeType"
        return bundled
    try:
        return ImageFont.truetype(face, size)
    except OSError:
        return None
