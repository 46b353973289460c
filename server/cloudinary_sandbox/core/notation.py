"""Reading and writing the small notations that Cloudinary packs into one parameter."""

import json
import re
from typing import Any

from cloudinary_sandbox.core.errors import invalid_value
from cloudinary_tools.json_types import is_list, is_object

_REGION = re.compile(r"[A-Za-z0-9-]+")
_ESCAPE = re.compile(r"\\([\\|=])")


def _split(text: str, mark: str, limit: int = -1) -> list[str]:
    parts: list[str] = []
    start = at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            at += 2
            continue
        if text[at] == mark and (limit < 0 or len(parts) < limit):
            parts.append(text[start:at])
            start = at + 1
        at += 1
    parts.append(text[start:])
    return parts


def read_pairs(name: str, value: object) -> dict[str, str]:
    """`key=value|key2=value2` with backslash-escaped `=` and `|`, or an object, as a flat dictionary of text."""
    if is_object(value):
        pairs = value
        return {key: item if isinstance(item, str) else json.dumps(item) for key, item in pairs.items()}
    if not isinstance(value, str):
        raise invalid_value(name, value)
    found: dict[str, str] = {}
    for pair in _split(value, "|"):
        if not pair.strip():
            continue
        halves = _split(pair, "=", 1)
        if len(halves) != 2 or not halves[0].strip():
            raise invalid_value(name, value)
        found[_ESCAPE.sub(r"\1", halves[0]).strip()] = _ESCAPE.sub(r"\1", halves[1])
    return found


def read_metadata(value: object) -> dict[str, Any]:
    """Structured metadata: like `read_pairs`, where a value that is a JSON array is a list of entries."""
    if is_object(value):
        return value
    found: dict[str, Any] = {}
    for key, text in read_pairs("metadata", value).items():
        if text.startswith("["):
            try:
                found[key] = json.loads(text)
                continue
            except ValueError:
                pass
        found[key] = text
    return found


def read_list(value: object) -> list[str]:
    """A list, or comma-separated text, as stripped non-empty strings in their order."""
    items = value if is_list(value) else str(value).split(",")
    return [text for item in items if (text := str(item).strip())]


def read_tags(value: object) -> list[str]:
    """Tags, each once, in the order given, which replies keep."""
    return list(dict.fromkeys(part for item in read_list(value) for part in read_list(item)))


def read_rectangles(name: str, value: object) -> list[list[int]]:
    """`x,y,w,h|x,y,w,h` (or lists of numbers) as rectangles in pixels."""
    try:
        if is_list(value):
            given = value
            rows = given if given and isinstance(given[0], list) else [given]
        else:
            rows = [part.split(",") for part in str(value).split("|") if part]
        rectangles = [[int(float(number)) for number in row] for row in rows]
    except (TypeError, ValueError):
        raise invalid_value(name, repr(value)) from None
    if any(len(rectangle) != 4 for rectangle in rectangles):
        raise invalid_value(name, repr(value))
    return rectangles


def read_regions(value: Any) -> dict[str, list[list[float]]]:
    """Named regions: each a list of at least two [x, y] points; names are letters, digits and hyphens."""
    named = value if is_object(value) else {}
    regions: dict[str, list[list[float]]] = {}
    for name, points in named.items():
        try:
            regions[name] = [[float(x), float(y)] for x, y in points]
        except (TypeError, ValueError):
            raise invalid_value("regions", name) from None
        if len(regions[name]) < 2 or not _REGION.fullmatch(name):
            raise invalid_value("regions", name)
    if not regions:
        raise invalid_value("regions", repr(value))
    return regions


def read_json(name: str, value: object) -> Any:
    """A JSON text, or what a JSON body already holds in its place."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise invalid_value(name, value) from None


def read_headers(value: object) -> dict[str, str]:
    """`Link: …` and `X-Robots-Tag: …` lines, the only headers that an asset may carry."""
    lines = value if is_list(value) else str(value).split("\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, text = str(line).partition(":")
        if not name.strip() and not text.strip():
            continue
        if not colon or name.strip().lower() not in {"link", "x-robots-tag"} or "\r" in text:
            raise invalid_value("headers", line)
        headers[name.strip()] = text.strip()
    return headers


def read_eager(value: object) -> list[tuple[str, str | None]]:
    """`t1|t2/ext` as (transformation, extension) pairs; the extension is None when none is named."""
    items = value if is_list(value) else str(value).split("|")
    return [read_transformation(str(item)) for item in items if str(item)]


_EXTENSION = re.compile(r"/([a-z0-9]{0,5})$")


def read_transformation(text: str) -> tuple[str, str | None]:
    """A transformation text and the `/ext` it may end with ("" for a bare slash: no extension)."""
    match = _EXTENSION.search(text)
    return (text[: match.start()], match[1]) if match else (text, None)
