"""Structured search filters and the expression they mean, with its escaping and its traps taken care of."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from cloudinary_tools.json_types import is_list, is_mapping
from cloudinary_tools.search.expression import beginning, quoted
from cloudinary_tools.suggestions import did_you_mean
from cloudinary_tools.toolkit.results import Problem

EVERYTHING = "resource_type:(image OR video OR raw)"
"""What an expression begins with that has only negated conditions: it cannot begin with NOT."""

_LONGEST_SHOWN = 60
"""Characters of a wrong value that an error repeats."""

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?:([kmg])b?|b)?", re.IGNORECASE)
_AGE = re.compile(r"\d{1,5}[hdw]")
_COMPARED = re.compile(r"(>=|<=|>|<)\s*(\S.*)")

Compiler = Callable[[str, Any], list[str]]
"""From a filter's name and value to conditions that all must hold."""


def compile_filters(filters: Mapping[str, Any], folder_mode: str) -> str:
    """The expression that filters mean. `Problem` for an unknown filter or a value it does not take."""
    wanted, unwanted = dict(filters), filters.get("exclude")
    wanted.pop("exclude", None)
    conditions = _conditions(wanted, folder_mode)
    if unwanted is not None:
        if not is_mapping(unwanted) or "exclude" in unwanted:
            raise _wrong("exclude", unwanted, "an object of filters")
        negated = [f"NOT {condition}" for condition in _each(unwanted, folder_mode)]
        conditions = [*(conditions or [EVERYTHING]), *negated] if negated else conditions
    return " AND ".join(conditions)


def needs_folder_mode(filters: Mapping[str, Any]) -> bool:
    """Whether the folder mode decides what the filters mean."""
    return "folder" in filters or "folder" in (filters.get("exclude") or ())


def _conditions(filters: Mapping[str, Any], folder_mode: str) -> list[str]:
    found: list[str] = []
    for name, value in filters.items():
        if name not in FILTERS:
            raise Problem(
                f"There is no filter {name!r}{did_you_mean(name, tuple(FILTERS), otherwise='.')}",
                hint=f"Filters: {', '.join(FILTERS)}.",
            )
        if value is None:
            continue
        found += _folder(value, folder_mode) if name == "folder" else FILTERS[name](name, value)
    return found


def _each(filters: Mapping[str, Any], folder_mode: str) -> list[str]:
    """Conditions to be left out one by one: of a list of tags, none may be there."""
    found: list[str] = []
    for name, value in filters.items():
        for item in value if is_list(value) else [value]:
            parts = _conditions({name: item}, folder_mode)
            if parts:
                found.append(parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})")
    return found


def _wrong(name: str, value: Any, wanted: str) -> Problem:
    given = json.dumps(value, ensure_ascii=False, default=str)
    given = given if len(given) <= _LONGEST_SHOWN else f"{given[:_LONGEST_SHOWN]}…"
    return Problem(f"The filter {name!r} takes {wanted}, not {given}.", hint="Nothing was searched.")


def _texts(name: str, value: Any) -> list[str]:
    items = value if is_list(value) else [value]
    if not items or not all(isinstance(item, (str, int)) and not isinstance(item, bool) for item in items):
        raise _wrong(name, value, "text or a list of texts")
    texts = [str(item).strip() for item in items]
    if not all(texts):
        raise _wrong(name, value, "text that is not empty; no filter asks for 'no value'")
    return texts


def _any_of(conditions: Iterable[str]) -> str:
    found = list(conditions)
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _text(field: str, text: str, op: str = "=") -> str:
    """The whole value, or its beginning when the text ends with the wildcard."""
    if text == "*":
        raise Problem(f"{field} cannot be asked for any value: Cloudinary's search has no such condition.")
    if "*" in text[:-1]:
        raise Problem(f"{text!r}: a * may only end a value.", hint="An expression can ask for a real star, as \\*.")
    if text.endswith("*"):
        return f"{field}:{beginning(text[:-1])}"
    return f"{field}{op}{quoted(text)}"


def _whole(field: str, *choices: str) -> Compiler:
    """One of these values, for a field that is compared as a whole."""

    def compiled(name: str, value: Any) -> list[str]:
        texts = _texts(name, value)
        for text in texts:
            if choices and text not in choices:
                raise Problem(
                    f"{name} cannot be {text!r}{did_you_mean(text, choices, otherwise='.')}",
                    hint=f"One of {', '.join(choices)}.",
                )
        return [_any_of(_text(field, text) for text in texts)]

    return compiled


def _tags(name: str, value: Any) -> list[str]:
    """All of the tags."""
    return [_text("tags", tag) for tag in _texts(name, value)]


def _any_tag(name: str, value: Any) -> list[str]:
    return [_any_of(_text("tags", tag) for tag in _texts(name, value))]


def _words(field: str) -> Compiler:
    """All of the words, in any order; the field is empty for any text."""

    def compiled(name: str, value: Any) -> list[str]:
        words = [word for text in _texts(name, value) for word in text.split()]
        conditions = [_text(field, word, ":") if field else _text("", word, ":").removeprefix(":") for word in words]
        return [condition for condition in conditions if condition]

    return compiled


def _folder(value: Any, folder_mode: str) -> list[str]:
    field = "asset_folder" if folder_mode == "dynamic" else "folder"
    conditions: list[str] = []
    for path in _texts("folder", value):
        if path.endswith("*"):
            inside = path[:-1].strip("/")
            if not path.endswith("/*") or not inside:
                raise Problem(
                    f"folder {path!r}: a wildcard means a folder and all below it.", hint="Write it as 'a/b/*'."
                )
            conditions.append(f'{field}:{quoted(inside)[:-1]}/*"')
        elif not path.strip("/"):
            raise Problem("The root folder has no name to search for.", hint="Use list_assets, or other filters.")
        else:
            conditions.append(f"{field}={quoted(path.strip('/'))}")
    return [_any_of(conditions)]


def _pairs(field: str) -> Compiler:
    """Each key has its value, or one of a list of values; numbers may be compared."""

    def compiled(name: str, value: Any) -> list[str]:
        if not is_mapping(value) or not value:
            raise _wrong(name, value, 'an object such as {"key": "value"}')
        return [_pair(f"{field}.{_key(key)}", key, item) for key, item in value.items()]

    return compiled


def _key(key: str) -> str:
    return beginning(key)[:-1]


def _pair(field: str, key: str, value: Any) -> str:
    if isinstance(value, str) and (match := _COMPARED.fullmatch(value.strip())):
        end = match[2].strip()
        return f"{field}{match[1]}{_plain(_NUMBER, end) or quoted(end)}"
    if isinstance(value, float):
        return f"{field}={value:g}"
    return _any_of(_text(field, text) for text in _texts(key, value))


def _plain(pattern: re.Pattern[str], text: str) -> str | None:
    return text if pattern.fullmatch(text) else None


def _moderation(name: str, value: Any) -> list[str]:
    conditions: list[str] = []
    for text in _texts(name, value):
        kind, slash, status = text.rpartition("/")
        part = f"moderation_status={quoted(status)}"
        conditions.append(f"(moderation_kind={quoted(kind)} AND {part})" if slash else part)
    return [_any_of(conditions)]


def _measure(field: str) -> Compiler:
    """A number, a comparison (">1mb") or a range ("1mb..5mb", open at one end)."""

    def compiled(name: str, value: Any) -> list[str]:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return [f"{field}={value:g}" if isinstance(value, float) else f"{field}={value}"]
        text = value.strip() if isinstance(value, str) else ""
        if match := _COMPARED.fullmatch(text):
            return [f"{field}{match[1]}{_number(name, match[2].strip())}"]
        low, dots, high = text.partition("..")
        if not dots:
            return [f"{field}={_number(name, text)}"]
        if low.strip() and high.strip():
            return [_within(field, _number(name, low.strip()), _number(name, high.strip()))]
        if low.strip():
            return [f"{field}>={_number(name, low.strip())}"]
        return [f"{field}<={_number(name, high.strip())}"]

    return compiled


def _within(field: str, low: str, high: str) -> str:
    """A range with both its ends; `[low TO high]` would leave out the upper one (Cloudinary's search reference)."""
    return f"({field}>={low} AND {field}<={high})"


def _number(name: str, text: str) -> str:
    match = _NUMBER.fullmatch(text)
    if not match:
        raise _wrong(name, text, 'a number, ">1mb" or "1mb..5mb"')
    return number(match)


def number(match: re.Match[str]) -> str:
    """A number with its unit written out: 1.5mb is 1500000, as sizes are shown."""
    count = float(match[1]) * _UNITS[(match[2] or "").lower()]
    return str(int(count)) if count.is_integer() else f"{count:g}"


def read_number(text: str) -> float:
    """A number such as 10, 1.5mb or 200k. `Problem` for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        raise Problem(f"{text!r} is no number such as 10, 200k or 1.5mb.")
    return float(number(match))


def _date(field: str) -> Compiler:
    """`7d` (within the last 7 days), `2024-01-15`, a comparison or a range of these."""

    def compiled(name: str, value: Any) -> list[str]:
        text = value.strip() if isinstance(value, str) else ""
        if match := _COMPARED.fullmatch(text):
            early = match[1] in {">=", "<"}
            return [f"{field}{match[1]}{_moment(name, match[2].strip(), early=early)}"]
        low, dots, high = (part.strip() for part in text.partition(".."))
        if dots and low and high:
            return [_within(field, _moment(name, low, early=True), _moment(name, high, early=False))]
        if dots and (low or high):
            end = _moment(name, low or high, early=bool(low))
            return [f"{field}>={end}" if low else f"{field}<={end}"]
        if _AGE.fullmatch(text):
            return [f"{field}>{text}"]
        first, last = _moment(name, text, early=True), _moment(name, text, early=False)
        return [f"{field}={first}" if first == last else _within(field, first, last)]

    return compiled


def _moment(name: str, text: str, *, early: bool) -> str:
    """An age as it is; a date in quotes, since it may hold colons; a day as its first or last second."""
    if _AGE.fullmatch(text):
        return text
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(name, text, 'an age such as "7d", "12h" or "2w", a date such as "2024-01-15", or "a..b"') from None
    if len(text) > len("2024-01-15"):
        return quoted(text)
    return quoted(f"{text}T00:00:00Z" if early else f"{text}T23:59:59Z")


FILTERS: dict[str, Compiler] = {
    "resource_type": _whole("resource_type", "image", "video", "raw"),
    "type": _whole("type"),
    "format": _whole("format"),
    "public_id": _whole("public_id"),
    "folder": lambda name, value: [],
    "tags": _tags,
    "any_tag": _any_tag,
    "text": _words(""),
    "filename": _words("filename"),
    "display_name": _words("display_name"),
    "context": _pairs("context"),
    "metadata": _pairs("metadata"),
    "moderation": _moderation,
    "status": _whole("status", "active", "deleted"),
    "access_mode": _whole("access_mode", "public", "authenticated"),
    **{
        name: _measure(name)
        for name in ("bytes", "width", "height", "pixels", "aspect_ratio", "duration", "pages", "face_count")
    },
    **{name: _date(f"{name}_at") for name in ("created", "uploaded", "updated", "taken")},
    "exclude": lambda name, value: [],
}
"""Every filter by its name; `folder` and `exclude` are compiled where the folder mode is known."""
