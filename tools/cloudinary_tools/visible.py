"""Text from elsewhere with every character that a reader cannot see written out, so that it hides nothing.

Which characters those are follows from their Unicode properties: the general categories of control, format, surrogate,
private-use and noncharacters and of line and paragraph separators, and `Default_Ignorable_Code_Point`. Python's
`unicodedata` does not have that last property, so it is put together from what defines it (Unicode Standard, 5.21):
the variation selectors and fillers, which their names tell, and the code points that Unicode keeps for such characters.
"""

import re
import unicodedata
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from cloudinary_tools.json_types import is_list, is_mapping

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_UNSEEN_NAMES = re.compile(
    r"VARIATION SELECTOR|\bFILLER$|^COMBINING GRAPHEME JOINER$|^KHMER VOWEL INHERENT |^BRAILLE PATTERN BLANK$"
)
"""Names of what is default-ignorable without being a format character, and of the empty Braille cell."""

_KEPT_FOR_UNSEEN = (range(0x2065, 0x2066), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
"""Unassigned code points that are default-ignorable already (Other_Default_Ignorable_Code_Point); they never change."""

_JOINERS = re.compile("([\u200d\ufe0e\ufe0f])")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_EMOJI_BLOCKS = range(0x1F000, 0x20000)
_OTHER_EMOJI = frozenset("‼⁉〰")
_REMEMBERED = 4096
"""Code points whose escape is kept; foreign text must not make this grow without end."""


class _Escapes(dict[int, str]):
    """A table for `str.translate`, filled as code points are met. `kept` characters stay as they are."""

    def __init__(self, kept: str = "") -> None:
        super().__init__((ord(char), char) for char in kept)

    def __missing__(self, code: int) -> str:
        char = chr(code)
        shown = char if _is_seen(char) else char.encode("unicode_escape").decode()
        if len(self) < _REMEMBERED:
            self[code] = shown
        return shown


_ESCAPES = _Escapes()
_ESCAPES_IN_JSON = _Escapes(kept="\n\t")


def visible(text: str) -> str:
    """Write every invisible character as an escape (`\\n`, `\\u202e`); what joins the parts of an emoji stays."""
    return text if text.isascii() and text.isprintable() else _shown(text, _ESCAPES)


def undisguised(value: Any) -> Any:
    """The same JSON value with the invisible characters of all its text, keys included, written as escapes.

    Line ends and tabs stay: in JSON they cannot be taken for anything else. The value of a `public_id` stays as it is:
    it is what the next call has to name.
    """
    return value if _is_plain(value) else _undisguised(value)


def _is_plain(value: Any) -> bool:
    """Whether all text in it is printable ASCII: one pass in native code for what almost every answer is."""
    try:
        encoded = to_json(value)
    except (UnicodeEncodeError, PydanticSerializationError):
        return False
    return encoded.isascii() and b"\\u00" not in encoded and b"\x7f" not in encoded


def _undisguised(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else _shown(value, _ESCAPES_IN_JSON)
    if is_list(value):
        return [_undisguised(item) for item in value]
    if is_mapping(value):
        return {_undisguised(key): item if key == "public_id" else _undisguised(item) for key, item in value.items()}
    return value


def _shown(text: str, escapes: _Escapes) -> str:
    pieces = _JOINERS.split(text)
    if len(pieces) == 1:
        return text.translate(escapes)
    shown: list[str] = []
    before = ""
    for at, piece in enumerate(pieces):
        joins = at % 2 and _joins_emoji(piece, before, pieces[at + 1])
        shown.append(piece if joins else piece.translate(escapes))
        before = (before + piece[-2:])[-2:]
    return "".join(shown)


def _joins_emoji(joiner: str, before: str, after: str) -> bool:
    """Whether a ZWJ stands between two emoji, or a variation selector right after a single one."""
    if joiner != "\u200d":
        keycap = before[-1:] in "0123456789#*" and after[:1] == "\u20e3"
        return bool(before) and (keycap or _is_emoji(before[-1]))
    base = before[-2:-1] if before[-1:] == "\ufe0f" else before[-1:]
    return bool(base and after) and _is_emoji(base) and _is_emoji(after[0])


def _is_emoji(char: str) -> bool:
    """Whether it may be part of an emoji: a pictorial symbol, a skin tone, or what a newer Unicode than ours adds."""
    code = ord(char)
    if code in _SKIN_TONES or char in _OTHER_EMOJI:
        return True
    category = unicodedata.category(char)
    return category in {"So", "Sm"} and _is_seen(char) if category != "Cn" else code in _EMOJI_BLOCKS


def _is_seen(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cn":
        code = ord(char)
        noncharacter = code & 0xFFFE == 0xFFFE or code in range(0xFDD0, 0xFDF0)
        return not noncharacter and not any(code in kept for kept in _KEPT_FOR_UNSEEN)
    return category not in _UNSEEN and not _UNSEEN_NAMES.search(unicodedata.name(char, ""))
