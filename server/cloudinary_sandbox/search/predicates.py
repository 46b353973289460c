"""What a condition asks of a field's values, whatever they are stored in."""

import re
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from cloudinary_sandbox.core.assumptions import SEARCH_REFUSES_UNREADABLE_NUMBERS, SEARCH_SIZE_UNIT, SEARCH_WORD
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.search.syntax import Op, Range, Term, Text, query_error

Kind = Literal["whole", "words", "number", "date"]
"""How a field compares: the whole value, its words, a number (also of bytes), a moment in unix seconds."""

_DAY = 86400
_AGES = {"h": 3600, "d": _DAY, "w": 7 * _DAY}
_AGE = re.compile(r"(\d{1,6})([hdw])")
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)([a-z]{0,2})", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_BYTES = {"": 1, "b": 1} | {
    name + ending: SEARCH_SIZE_UNIT**power for power, name in enumerate("kmg", 1) for ending in ("", "b")
}
_UNITS = {"pixels": {"": 1, "p": 1, "m": 10**6, "mp": 10**6}, "duration": {"": 1, "s": 1, "m": 60}}
FOLDER_FIELDS = frozenset({"folder", "asset_folder"})
"""The fields in which `a/*` means the folder `a` and all below it."""


@dataclass(frozen=True, slots=True)
class Exactly:
    """The whole value is this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """The whole value begins with this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Below:
    """The whole value is this folder or one below it; every folder is below the root, which is empty."""

    folder: str


@dataclass(frozen=True, slots=True)
class Anything:
    """There is a value."""


@dataclass(frozen=True, slots=True)
class Words:
    """The value holds these words side by side; with `prefix` the last one need only begin like this."""

    words: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Within:
    """The value lies between two ends; an end is None where it is open, and belongs to it unless said otherwise."""

    low: float | str | None = None
    high: float | str | None = None
    low_belongs: bool = True
    high_belongs: bool = True


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value can match."""


Test = Exactly | Beginning | Below | Anything | Words | Within | Nothing


def words_of(text: str) -> tuple[str, ...]:
    """The tokens of a text, in lower case."""
    return tuple(SEARCH_WORD.findall(unicodedata.normalize("NFC", text).casefold()))


def meaning(term: Term, kind: Kind, expression: str) -> Test:
    """Work out what a condition means for a field of this kind; a `Query Error` for a number or a date that is none."""
    if kind in ("number", "date"):
        return _measured(term, kind, expression)
    if isinstance(term.value, Range) or term.op not in (":", "="):
        return _compared(term, kind)
    value = term.value
    if value.prefix and not value.text:
        return Below("") if term.field in FOLDER_FIELDS else Anything()
    if value.prefix and term.field in FOLDER_FIELDS and value.text.endswith("/"):
        return Below(value.text.rstrip("/"))
    if kind == "words" and term.op == ":":
        words = words_of(value.text)
        return Words(words, value.prefix) if words else Nothing()
    return Beginning(value.text) if value.prefix else Exactly(value.text)


def _measured(term: Term, kind: Kind, expression: str) -> Test:
    def read(value: Text) -> tuple[float, float]:
        found = None if value.prefix else _moment(value.text) if kind == "date" else _count(term.field, value.text)
        if found is None:
            raise query_error(expression, value.at)
        return found

    try:
        if isinstance(term.value, Range):
            (low, low_end), (high, _) = read(term.value.low), read(term.value.high)
            belongs = term.value.inclusive
            return Within(low if belongs else low_end, high, belongs, high_belongs=False)
        return _one_sided(term.op, *read(term.value))
    except ApiError:
        if SEARCH_REFUSES_UNREADABLE_NUMBERS:
            raise
        return Nothing()


def _one_sided(op: Op, first: float | str, last: float | str) -> Within:
    """Compared with a value that may span a while: a day begins at `first` and ends at `last`."""
    match op:
        case ">":
            return Within(low=last, low_belongs=False)
        case ">=":
            return Within(low=first)
        case "<":
            return Within(high=first, high_belongs=False)
        case "<=":
            return Within(high=last)
        case _:
            return Within(first, last)


def _compared(term: Term, kind: Kind) -> Test:
    """Texts in their order; a tokenised field's numbers as numbers, its dates (kept as YYYY-MM-DD) as texts."""
    ends = (term.value.low, term.value.high) if isinstance(term.value, Range) else (term.value,)
    read: list[float | str] = [_comparable(end.text) if kind == "words" else end.text for end in ends]
    if len({type(end) for end in read}) > 1 or any(end.prefix for end in ends):
        return Nothing()
    if isinstance(term.value, Range):
        return Within(read[0], read[1], term.value.inclusive, high_belongs=False)
    return _one_sided(term.op, read[0], read[0])


def _comparable(text: str) -> float | str:
    if _PLAIN_NUMBER.fullmatch(text):
        return float(text)
    if age := _AGE.fullmatch(text):
        moment = time.time() - int(age[1]) * _AGES[age[2]]
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    return text


def _count(field: str, text: str) -> tuple[float, float] | None:
    """A number with the unit that its field takes: `2mb`, `5mp` (megapixels), `90s`, `3m` (minutes)."""
    match = _NUMBER.fullmatch(text)
    factor = _UNITS.get(field, _BYTES).get((match[2] or "").lower()) if match else None
    if match is None or factor is None:
        return None
    count = float(match[1]) * factor
    return count, count


def _moment(text: str) -> tuple[float, float] | None:
    """First and last second of what a date names: an age before now, a day, or a moment (UTC unless it says)."""
    if age := _AGE.fullmatch(text):
        moment = time.time() - int(age[1]) * _AGES[age[2]]
        return moment, moment
    try:
        found = datetime.fromisoformat(text)
        seconds = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return (seconds, seconds + _DAY - 1) if len(text) <= len("2024-01-15") else (seconds, seconds)
