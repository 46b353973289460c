"""JSON of a reply, checked against its declared type while it is decoded.

msgspec does both in one pass, from bytes. It and its decoders are made at the first reply that needs them.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from cloudinary_tools.client.text import visible
from cloudinary_tools.json_types import is_list, is_object

if TYPE_CHECKING:
    import msgspec

T = TypeVar("T")

MAX_SHOWN = 100
"""Characters of a field's path, and of the value found in it, that a message holds."""

MAX_REREAD = 2_000_000
"""Bytes of a reply that is read once more, by a reader that needs twenty times its size, to show what does not fit."""

_NAMES = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "null": "null",
}  # fmt: skip
"""JSON types as msgspec calls them, in words."""

_TYPES: dict[type, str] = {bool: "bool", int: "int", float: "float", str: "str", list: "array", dict: "object"}
"""msgspec's names of what Python reads from JSON; a bool is an int too, so it comes first."""

_HALF = re.compile(rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
"""An escaped backslash, a whole surrogate pair, or else half a character."""

_TOO_DEEP = ("the reply", "is nested too deeply")
_STEP = re.compile(r"\[(\d+|\.\.\.)\]|\.([^.\[]+)")
_MISSING = re.compile(r"Object missing required field `(?P<key>[^`]*)`")
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`")


class Misfit(Exception):
    """A reply is JSON, but not of its declared type: `path` names the field, `found` what is there instead."""

    def __init__(self, path: str, found: str) -> None:
        self.path = _cut(path)
        self.found = found
        super().__init__(f"{self.path} {found}")


def decode(body: bytes, reply: type[T]) -> T:
    """Read a JSON body as `reply`: a TypedDict, or a dict or list of them. Fields that it does not declare are dropped.

    Numbers that come as text are read as numbers. A half character (`"\\ud83d"` alone), which no text can hold, becomes
    U+FFFD. Raises `Misfit` for JSON of another shape, and ValueError for what is no JSON.
    """
    decoder = _decoder(reply)
    try:
        return decoder.decode(body)
    except (ValueError, RecursionError) as error:
        return _decode_odd(body, decoder, error)


@cache
def _decoder(reply: Any) -> "msgspec.json.Decoder[Any]":
    import msgspec

    return msgspec.json.Decoder(reply, strict=False)


def _decode_odd(body: bytes, decoder: "msgspec.json.Decoder[T]", error: Exception) -> T:
    """Mend half characters, or say what does not fit."""
    import msgspec

    if not isinstance(error, msgspec.ValidationError):
        mended = _HALF.sub(lambda found: found[0] if len(found[0]) != 6 else rb"\ufffd", body)
        if mended == body:
            raise _misfit_of_syntax(body) from None
        try:
            return decoder.decode(mended)
        except msgspec.ValidationError as misfit:
            raise _misfit(mended, misfit) from None
        except (ValueError, RecursionError):
            raise _misfit_of_syntax(mended) from None
    raise _misfit(body, error)


def _misfit_of_syntax(body: bytes) -> Exception:
    """What Python's looser reader takes is JSON all the same: NaN and Infinity, or nesting without end."""
    if len(body) > MAX_REREAD:
        return ValueError("the reply is no JSON")
    odd: list[str] = []
    try:
        json.loads(body, parse_constant=odd.append)
    except RecursionError:
        return Misfit(*_TOO_DEEP)
    except ValueError as error:
        return error
    return Misfit("the reply", f"holds {odd[0]}, which is no number" if odd else "holds a number out of range")


def _misfit(body: bytes, error: Exception) -> Misfit:
    """The field that msgspec names, with the value that is there."""
    text, _, place = str(error).partition(" - at `$")
    if len(body) > MAX_REREAD:
        return Misfit(visible(place.rstrip("`")).lstrip(".") or "the reply", f"does not fit: {_cut(visible(text))}")
    steps = [(int(index) if index.isdigit() else index or key) for index, key in _STEP.findall(place.rstrip("`"))]
    try:
        reached = list(_reached(json.loads(body), steps, ""))
    except RecursionError:
        return Misfit(*_TOO_DEEP)
    if missing := _MISSING.match(text):
        key = missing["key"]
        lacking = (path for path, value in reached if is_object(value) and key not in value)
        return Misfit(f"{next(lacking, '')}.{key}".lstrip("."), "is missing")
    if expected := _EXPECTED.match(text):
        wanted, got = expected["wanted"], expected["got"]
        path, value = next(((path, value) for path, value in reached if _json_type(value) == got), ("", None))
        words = " or ".join(_NAMES.get(name, name) for name in wanted.split(" | ") if name != "null")
        return Misfit(path.lstrip(".") or "the reply", f"is {_shown(value)}, where {words} belongs")
    path, value = next(iter(reached), ("", None))
    return Misfit(path.lstrip(".") or "the reply", f"is {_shown(value)}, which does not fit: {_cut(visible(text))}")


def _reached(value: Any, steps: list[int | str], path: str) -> Iterator[tuple[str, Any]]:
    """Every value that a path may mean, with its exact path; `...` stands for any key."""
    if not steps:
        yield path, value
        return
    step, rest = steps[0], steps[1:]
    if step == "..." and is_object(value):
        for key, item in value.items():
            yield from _reached(item, rest, f"{path}.{visible(key)}")
    elif isinstance(step, int) and is_list(value) and step < len(value):
        yield from _reached(value[step], rest, f"{path}[{step}]")
    elif is_object(value) and step in value:
        yield from _reached(value[step], rest, f"{path}.{step}")


def _json_type(value: Any) -> str:
    for kind, name in _TYPES.items():
        if isinstance(value, kind):
            return name
    return "null"


def _shown(value: Any) -> str:
    return _cut(visible(json.dumps(value, ensure_ascii=False)))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
