"""From a transformation's text (`c_fill,w_400/e_sepia`) back to components with the SDK's long names.

Parsing reads the form only; whether values are allowed is the serialiser's business.
"""

import base64
import re
from functools import cache
from typing import Any

from cloudinary_tools.delivery.transformations.faults import TransformationError, TransformationFault, listing, shown
from cloudinary_tools.delivery.transformations.layers import parse_layer
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.suggestions import nearest

FLAG_DOT = re.compile(r"\.(?![^(]*\))")
"""What separates flags: a dot, but not one inside an argument's parentheses."""

_ITEM = re.compile(r"([a-z]{1,3})_(.+)", re.DOTALL)
_VARIABLE = re.compile(r"(\$[A-Za-z][A-Za-z0-9]*)_(.+)", re.DOTALL)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_NUMERIC = frozenset({
    "angle", "aspect_ratio", "audio_frequency", "bit_rate", "delay", "density", "dpr", "duration", "end_offset", "fps",
    "height", "opacity", "page", "quality", "radius", "start_offset", "video_sampling", "width", "x", "y", "zoom",
})  # fmt: skip
_RANGES = frozenset({"fps", "page"})
_PIXELS = frozenset({"width", "height", "radius", "x", "y"})


@cache
def _keys() -> dict[str, str]:
    """Long names by URL key."""
    found: dict[str, str] = {}
    for name, item in reference().parameters.items():
        if item["url_key"] and not item["url_key"].startswith("$"):
            found.setdefault(item["url_key"], name)
    return found


@cache
def _raw_prefixes() -> frozenset[str]:
    """Prefixes that exist but have no key of their own, as the note on raw_transformation names them."""
    return frozenset(re.findall(r"\b([a-z]{1,3})_ ", reference().parameters["raw_transformation"]["note"]))


def looks_short(text: str) -> bool:
    """Whether a text starts as a component does (`c_fill`, `$w_100`, `t_name`) or has several items."""
    first = re.split(r"[,/]", text, maxsplit=1)[0]
    if _VARIABLE.fullmatch(first) or len(first) < len(text):
        return True
    match = _ITEM.fullmatch(first)
    return bool(match and (match[1] in _keys() or match[1] in _raw_prefixes())) or "_" in text


def is_component(text: str) -> bool:
    """Whether a path segment of a URL can only be a transformation component: every item has a known key."""
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if not (match and (match[1] in _keys() or match[1] in _raw_prefixes())) and not _VARIABLE.fullmatch(item):
            return False
    return True


def _number(key: str, text: str) -> Any:
    """A number where writing it again gives the same text, else the text."""
    if _INTEGER.fullmatch(text) and text != "-0":
        return int(text)
    if _DECIMAL.fullmatch(text) and str(float(text)) == text:
        number = float(text)
        return text if key in _PIXELS and number.is_integer() and abs(number) > 1 else number
    return text


def parse(text: str) -> list[dict[str, Any]]:
    """The components of a transformation's text, in order; `TransformationError` for what has no known form."""
    faults: list[TransformationFault] = []
    components: list[dict[str, Any]] = []
    segments = text.split("/") if text else []
    for at, segment in enumerate(segments):
        path = f"transformation[{at}]" if len(segments) > 1 else "transformation"
        if not segment:
            faults.append(
                TransformationFault(path, f"{shown(text)}: an empty component (two slashes in a row or at an end)")
            )
            continue
        components.append(_component(segment, path, faults))
    if faults:
        raise TransformationError(faults)
    return components


def _component(segment: str, path: str, faults: list[TransformationFault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    variables: list[tuple[str, Any]] = []
    raw: list[str] = []
    for item in segment.split(","):
        if match := _VARIABLE.fullmatch(item):
            variables.append((match[1], _number("", match[2])))
            continue
        match = _ITEM.fullmatch(item)
        key = _keys().get(match[1]) if match else None
        if match and key is None and match[1] in _raw_prefixes():
            raw.append(item)
        elif not match or key is None:
            faults.append(TransformationFault(path, _no_item(item)))
        else:
            _add(found, key, match[2], path, faults)
    by_name = dict(variables)
    texts = [f"{name}_{value}" for name, value in variables]
    if len(by_name) == len(variables) and texts == sorted(texts):
        found.update(by_name)
    else:
        found["variables"] = [[name, value] for name, value in variables]
    if raw:
        found["raw_transformation"] = ",".join(raw)
    return found


def _no_item(item: str) -> str:
    keys = _keys()
    prefix = item.partition("_")[0]
    close = keys and (nearest(prefix, keys.values()) or nearest(prefix, keys))
    short = next((url_key for url_key, name in keys.items() if close in {url_key, name}), None)
    guess = f"did you mean {short}_…? " if short else ""
    return (
        f"{shown(item)} is no item of a component: {guess}write key_value with one of {listing(sorted(keys))}, "
        "or t_<name> for a named transformation"
    )


def _add(found: dict[str, Any], key: str, text: str, path: str, faults: list[TransformationFault]) -> None:
    if key == "custom_function" and text.startswith("pre:"):
        key, text = "custom_pre_function", text[4:]
    if key == "flags" and "flags" in found:
        text = ".".join([*_listed(found["flags"]), text])
    elif key in found:
        faults.append(
            TransformationFault(
                f"{path}.{key}", f"{key} {shown(text)}: given twice; put the second in a component of its own"
            )
        )
        return
    found[key] = _value(key, text)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _value(key: str, text: str) -> Any:
    match key:
        case "overlay" | "underlay":
            return parse_layer(text)
        case "flags" | "transformation":
            parts = FLAG_DOT.split(text)
            return parts if len(parts) > 1 else text
        case "custom_function" | "custom_pre_function":
            return _function(text)
        case "keyframe_interval":
            return float(text) if _DECIMAL.fullmatch(text) and str(float(text)) == text else text
        case _:
            return _number(key, text) if key in _NUMERIC and not (key in _RANGES and text[0] == "-") else text


def _function(text: str) -> Any:
    kind, _, source = text.partition(":")
    if kind != "remote":
        return text
    try:
        url = base64.urlsafe_b64decode(source).decode()
    except ValueError:
        return text
    again = base64.urlsafe_b64encode(url.encode()).decode()
    return {"function_type": kind, "source": url} if again == source else text
