"""Python values in the form Cloudinary reads them: one place for every serialisation.

The same parameters are read by the Upload API (as a form) and the Admin API (inside JSON), so both use `serialise`.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from urllib.parse import unquote

from typing_extensions import TypeIs

from cloudinary_tools.client.errors import InvalidValue
from cloudinary_tools.json_types import is_list, is_mapping

Form = dict[str, str | list[str]]
"""Fields of a form; a list travels as repeated `name[]`."""

# Cloudinary's OpenAPI text doubles a literal backslash, the Python SDK does not; undoubled, one at the end of a value
# would swallow the separator behind it.
_ESCAPES = str.maketrans({"\\": "\\\\", "=": "\\=", "|": "\\|"})
_EXTENDED_OFFSET = re.compile(r"\+00:00$")


def _is_list(value: object) -> TypeIs[list[object] | tuple[object, ...] | set[object] | frozenset[object]]:
    return isinstance(value, (list, tuple, set, frozenset))


def _items(value: object) -> list[object]:
    return list(value) if _is_list(value) else [value]


def moment(value: datetime | date) -> str:
    """A time as `2024-06-25T10:21:27Z` (naive times are taken as UTC), a date as `2024-06-25`."""
    if not isinstance(value, datetime):
        return value.isoformat()
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return _EXTENDED_OFFSET.sub("Z", aware.isoformat(timespec="seconds"))


def _json_default(value: object) -> object:
    if isinstance(value, date):
        return moment(value)
    if _is_list(value):
        return _items(value)
    raise InvalidValue(f"a value of type {type(value).__name__} cannot be sent")


def compact_json(value: object) -> str:
    """Compact JSON, as text; text is taken as JSON already."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_json_default)
    except ValueError:
        raise InvalidValue("the value cannot be written as JSON") from None


def plain(value: object) -> str:
    """A single value as text; booleans as `true`/`false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return moment(value)
    if isinstance(value, (str, int, float)):
        return str(value)
    raise InvalidValue(f"a value of type {type(value).__name__} cannot be sent")


def tags(value: object) -> str:
    """Tags as `a,b,c`. A comma inside one tag is an `InvalidValue`; text is taken as a comma list already."""
    if isinstance(value, str):
        return value
    names = [plain(item) for item in _items(value)]
    if bad := [name for name in names if "," in name]:
        raise InvalidValue(
            f"a tag cannot contain a comma: {bad[0]!r}", hint="Give two tags instead of one with a comma."
        )
    return ",".join(names)


def comma_list(value: object) -> str:
    """A list as `a,b,c`."""
    return ",".join(plain(item) for item in _items(value))


def pairs(value: object) -> str:
    """Context or metadata as `key=value|key2=value2`, with `=`, `|` and backslash escaped by a backslash.

    A list (a set field) becomes a JSON array, None an empty value, which deletes the key. Text is taken as it is.
    """
    if not is_mapping(value):
        return plain(value)

    def text(item: object) -> str:
        if item is None:
            return ""
        shown = compact_json(_items(item)) if _is_list(item) else plain(item)
        return shown.translate(_ESCAPES)

    return "|".join(f"{str(key).translate(_ESCAPES)}={text(item)}" for key, item in value.items())


def coordinates(value: object) -> str:
    """Rectangles as `x,y,w,h|x,y,w,h`; one rectangle may come without an outer list."""
    if isinstance(value, str):
        return value
    boxes = _items(value)
    if boxes and not isinstance(boxes[0], (list, tuple)):
        boxes = [boxes]
    shapes = [[plain(number) for number in _items(box)] for box in boxes]
    if any(len(shape) != 4 for shape in shapes):
        raise InvalidValue("coordinates are rectangles of four numbers: x, y, width, height")
    return "|".join(",".join(shape) for shape in shapes)


def header_lines(value: object) -> str:
    """Delivery headers as `Name: value` lines; a mapping or a list of lines."""
    if is_mapping(value):
        return "\n".join(f"{name}: {plain(item)}" for name, item in value.items())
    return "\n".join(plain(item) for item in _items(value))


def _joined(separator: str) -> Callable[[object], str]:
    return lambda value: separator.join(plain(item) for item in _items(value))


_SERIALISERS: dict[str, Callable[[object], str]] = {
    "tags": tags,
    "tag": tags,
    "context": pairs,
    "metadata": pairs,
    "face_coordinates": coordinates,
    "custom_coordinates": coordinates,
    "access_control": compact_json,
    "responsive_breakpoints": compact_json,
    "regions": compact_json,
    "representations": compact_json,
    "auto_transcription": compact_json,
    "manifest_json": compact_json,
    "template_vars": compact_json,
    "allowed_formats": comma_list,
    "fields": comma_list,
    "eager": _joined("|"),
    "transformations": _joined("|"),
    "moderation": _joined("|"),
    "transformation": _joined("/"),
    "headers": header_lines,
}
"""How lists and mappings of a parameter are written; single values are written alike for all."""

_URL_TEXTS = frozenset({"transformation", "eager"})
"""Parameters whose text is escaped for a URL; a form escapes once more, so that one level is taken off."""


def serialise(name: str, value: object) -> object:
    """The form of one parameter: lists and mappings of known parameters as text, all else unchanged."""
    if name in _SERIALISERS and (_is_list(value) or is_mapping(value)):
        return _SERIALISERS[name](value)
    return moment(value) if isinstance(value, date) else value


def form(params: Mapping[str, object]) -> Form:
    """Fields of an Upload API call: booleans as 1/0, None and empty values left out, unknown lists kept as lists."""
    fields: Form = {}
    for name, given in params.items():
        value = serialise(name, given)
        if name in _URL_TEXTS and isinstance(value, str):
            value = unquote(value)
        if isinstance(value, bool):
            fields[name] = "1" if value else "0"
        elif _is_list(value):
            if listed := [plain(item) for item in _items(value)]:
                fields[name] = listed
        elif isinstance(value, Mapping):
            raise InvalidValue(f"parameter {name} does not take an object")
        elif value is not None and value != "":
            fields[name] = plain(value)
    return fields


def pairs_of(fields: Form) -> list[tuple[str, str]]:
    """A form as name and value pairs, lists as repeated `name[]`."""
    return [
        pair
        for name, value in fields.items()
        for pair in ([(name, value)] if isinstance(value, str) else [(f"{name}[]", item) for item in value])
    ]


def query(params: Mapping[str, object]) -> list[tuple[str, str]]:
    """Query of an Admin GET: `key[]=` for lists, `true`/`false`, None left out."""
    fields: Form = {}
    for name, given in params.items():
        value = serialise(name, given)
        if _is_list(value):
            fields[name] = [_query_item(item) for item in _items(value)]
        elif value is not None:
            fields[name] = _query_item(value)
    return pairs_of(fields)


def _query_item(value: object) -> str:
    return compact_json(value) if is_mapping(value) or is_list(value) else plain(value)


def body(params: Mapping[str, object]) -> dict[str, object]:
    """JSON body of an Admin call: None left out, the parameters it shares with the Upload API as serialised text."""
    return {name: _jsonable(serialise(name, value)) for name, value in params.items() if value is not None}


def _jsonable(value: object) -> object:
    if is_mapping(value):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if _is_list(value):
        return [_jsonable(item) for item in _items(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidValue(f"{value} is no number that can be sent")
    return value if value is None or isinstance(value, (str, int, float)) else _json_default(value)
