"""Layers: pictures, videos, sound, text, subtitles, remote files and colour tables placed above or below an asset."""

import base64
import re
from functools import cache
from typing import Any
from urllib.parse import unquote

from cloudinary_tools.delivery.transformations.expressions import VARIABLE
from cloudinary_tools.delivery.transformations.faults import RefusedError, not_in, refuse, shown, wrong_type
from cloudinary_tools.delivery.transformations.reference import Json, reference
from cloudinary_tools.delivery.transformations.values import NUMBER, plain
from cloudinary_tools.json_types import as_object

_INTERPOLATION = re.compile(r"(\$\([a-zA-Z]\w*\))")
_UNSAFE_TEXT = re.compile(r"[^A-Za-z0-9_.\-/:]+")
_REMOTE = re.compile(r"(?:([^:]{1,5}):)?fetch:(.*)", re.DOTALL)
_STYLE_KEYS = ("font_weight", "font_style", "text_decoration", "text_align", "stroke")
_UNWRITTEN = {"font_weight": "normal", "font_style": "normal", "text_decoration": "none", "stroke": "none"}
_PREFIXED = {
    "letter_spacing": "letter_spacing",
    "line_spacing": "line_spacing",
    "font_antialiasing": "antialias",
    "font_hinting": "hinting",
}
_FONT_KEYS = frozenset({"font_family", "font_size", *_STYLE_KEYS, *_PREFIXED})
_STYLE = re.compile(r"[^_].*?_(?:[0-9]+|\$[A-Za-z][A-Za-z0-9]*)(?:_.+)?")


@cache
def _facts() -> Json:
    return reference().data["overlay"]


@cache
def _resource_types() -> tuple[str, ...]:
    layers = [as_object(form["json"]) or {} for form in _facts()["forms"]]
    found: list[str] = [item["resource_type"] for item in layers if "resource_type" in item]
    return ("image", "text", *dict.fromkeys(found))


@cache
def _types() -> tuple[str, ...]:
    return tuple(reference().data["url_anatomy"]["types"])


def layer_kind(value: object) -> str:
    """Whether what is layered is an image or a video: transformations of the layer follow that."""
    if (fields := as_object(value)) is not None:
        return "video" if fields.get("resource_type") in ("video", "audio") else "image"
    return "video" if isinstance(value, str) and value.startswith(("video:", "audio:")) else "image"


def remote(url: str) -> str:
    """A URL as a layer or a function names it: URL-safe base64, with padding."""
    return base64.urlsafe_b64encode(url.encode()).decode()


def encode_text(text: str) -> str:
    """Layer text for a URL: commas and slashes twice, all else once; `$(name)` stays."""
    parts = _INTERPOLATION.split(text)
    for at in range(0, len(parts), 2):
        part = parts[at].replace(",", "%2C").replace("/", "%2F")
        parts[at] = _UNSAFE_TEXT.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), part)
    return "".join(parts)


def decode_text(text: str) -> str:
    """The reverse of `encode_text`."""
    return unquote(text).replace("%2C", ",").replace("%2F", "/")


def layer(name: str, prefix: str, value: object) -> str:
    """`l_…` or `u_…` of a layer given as text or as an object; several faults are reported together."""
    if isinstance(value, str):
        return prefix + _from_text(name, value)
    if (fields := as_object(value)) is not None:
        return prefix + _from_object(name, fields)
    refuse(wrong_type(name, value, "a public ID as text, or an object such as {'public_id': 'logo'}"))


def _from_text(name: str, value: str) -> str:
    match = _REMOTE.fullmatch(value)
    if match:
        if "://" not in match[2]:
            refuse(f"{name} {shown(value)}: fetch: is followed by a full URL")
        kind = f"{match[1]}:" if match[1] and match[1] != "image" else ""
        if match[1] and match[1] not in _resource_types():
            refuse(not_in(f"{name} resource_type", match[1], _resource_types()))
        return f"{kind}fetch:{remote(match[2])}"
    return plain(name, value)


class _Faults:
    """Collects what is wrong inside one layer object."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, key: str, message: str) -> None:
        self.found.append((f".{key}" if key else "", message))

    def run(self, key: str, check: Any, *args: object) -> str:
        try:
            return check(*args)
        except RefusedError as refused:
            self.found.extend((f".{key}{place}", message) for place, message in refused.faults)
            return ""


def _from_object(name: str, fields: dict[str, Any]) -> str:
    faults = _Faults()
    allowed = _facts()["object_keys"]
    for key in fields:
        if key not in allowed:
            faults.add(str(key), not_in(f"{name} key", key, allowed))
    text, url, public_id = fields.get("text"), fields.get("url"), fields.get("public_id")
    kind = fields.get("resource_type", "text" if "text" in fields else "image")
    source = fields.get("type", "fetch" if "url" in fields else "upload")
    if kind not in _resource_types():
        faults.add("resource_type", not_in("resource_type", kind, _resource_types()))
        kind = "image"
    if source not in _types():
        faults.add("type", not_in("type", source, _types()))
    parts = [part for part, unwritten in ((kind, "image"), (source, "upload")) if part != unwritten]
    if kind in {"text", "subtitles"}:
        parts.extend(_styled(name, fields, faults))
    else:
        for key in fields.keys() & (_FONT_KEYS | {"text", "text_style"}):
            faults.add(key, f"{key} belongs to text and subtitles, not to resource_type {kind}")
        if source != "fetch" and "url" in fields:
            faults.add("url", f"url goes with type fetch, not {source}")
        elif source == "fetch":
            if "public_id" in fields:
                faults.add("public_id", "give url or public_id, not both")
            parts.append(faults.run("url", _url, url))
    if "format" in fields and fields["format"] not in reference().values("format"):
        faults.add("format", not_in("format", fields["format"], reference().values("format")))
    if "public_id" in fields:
        ending = f".{fields['format']}" if "format" in fields else ""
        parts.append(faults.run("public_id", _public_id, public_id) + ending)
    elif source != "fetch" and kind != "text":
        faults.add("", f"{name} {shown(fields)}: needs public_id (or url for a remote file, or text)")
    if "text" in fields:
        if not isinstance(text, str) or not text:
            faults.add("text", wrong_type("text", text, "text that is not empty"))
        else:
            parts.append(encode_text(text))
    if faults.found:
        raise RefusedError(*faults.found)
    return ":".join(parts)


def _public_id(value: object) -> str:
    if not isinstance(value, str) or not value.strip("/ "):
        refuse(wrong_type("public_id", value, "text that is not empty"))
    return plain("public_id", value.replace("/", ":"))


def _url(value: object) -> str:
    if not isinstance(value, str) or "://" not in value:
        refuse(wrong_type("url", value, "a full URL such as https://example.org/a.png"))
    return remote(value)


def _styled(name: str, fields: dict[str, Any], faults: _Faults) -> list[str]:
    """The style part of a text or subtitles layer; empty when it has none."""
    if "url" in fields:
        faults.add("url", "text and subtitles take no url; use public_id")
    style = fields.get("text_style")
    if style is not None or "text_style" in fields:
        return [faults.run("text_style", plain, "text_style", style)]
    given = fields.keys() & _FONT_KEYS
    if not given:
        if "text" in fields and "public_id" not in fields:
            faults.add("", f"{name} text {shown(fields['text'])}: needs font_family and font_size, or text_style")
        elif fields.get("resource_type") == "text" and "public_id" not in fields:
            faults.add("", f"{name} {shown(fields)}: a text layer needs text or public_id")
        return []
    if fields.get("resource_type") == "text" and "text" not in fields and "public_id" not in fields:
        faults.add("text", "a text layer needs text or public_id")
    words: list[str] = []
    for key, check in (("font_family", _family), ("font_size", _size)):
        if key in fields:
            words.append(faults.run(key, check, fields[key]))
        else:
            faults.add(key, f"{key} is missing: a font needs font_family and font_size")
    enums = _facts()["text_enums"]
    for key in (*_STYLE_KEYS, *_PREFIXED):
        if key not in fields:
            continue
        value, allowed = fields[key], enums[key]
        if allowed == "number":
            good = NUMBER.fullmatch(str(value)) and not isinstance(value, bool)
            if not good:
                faults.add(key, wrong_type(key, value, "a number of pixels"))
        elif value not in allowed:
            faults.add(key, not_in(key, value, allowed))
        if key in _PREFIXED:
            words.append(f"{_PREFIXED[key]}_{value}")
        elif value != _UNWRITTEN.get(key):
            words.append(str(value))
    return ["_".join(words)]


def _family(value: object) -> str:
    return plain("font_family", value)


def _size(value: object) -> str:
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        refuse(wrong_type("font_size", value, "a whole number above 0"))
    if VARIABLE.fullmatch(text):
        return text
    if not re.fullmatch(r"[0-9]+", text) or int(text) == 0:
        refuse(f"font_size {shown(value)}: must be a whole number above 0; nearest 1")
    return text


def parse_layer(text: str) -> str | dict[str, Any]:
    """The layer object of the text after `l_` or `u_`; a form that only text can say comes back as text."""
    found = _parse_layer(text.split(":"))
    if found is not None:
        try:
            if _from_object("overlay", found) == text:
                return found
        except RefusedError:
            return text
    return text


def _parse_layer(parts: list[str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    if len(parts) > 1 and parts[0] in _resource_types():
        found["resource_type"] = parts.pop(0)
    if len(parts) > 1 and parts[0] in _types():
        found["type"] = parts.pop(0)
    kind = found.get("resource_type")
    if found.get("type") == "fetch":
        try:
            url = base64.urlsafe_b64decode(":".join(parts)).decode()
        except ValueError:
            return None
        del found["type"]
        return {**found, "url": url}
    if kind not in {"text", "subtitles"}:
        return {**found, "public_id": unquote("/".join(parts))}
    style = next((at for at in range(1, len(parts)) if _STYLE.fullmatch(":".join(parts[:at]))), 0)
    if style:
        found |= _parse_style(":".join(parts[:style]))
        rest = parts[style:]
    elif len(parts) > 1 and parts[0].startswith("$"):
        found["text_style"] = parts[0]
        rest = parts[1:]
    elif kind == "text" and len(parts) > 1:
        return {"public_id": unquote("/".join(parts[:-1])), "text": decode_text(parts[-1])}
    else:
        return {**found, "public_id": unquote("/".join(parts))}
    if kind == "subtitles":
        return {**found, "public_id": unquote("/".join(rest))}
    del found["resource_type"]
    return {**found, "text": decode_text(":".join(rest))}


def _parse_style(style: str) -> dict[str, Any]:
    """`Arial_40_bold` as font options; a style with unknown words stays one `text_style`."""
    match = re.fullmatch(r"(.+?)_([0-9]+|\$[A-Za-z][A-Za-z0-9]*)(?:_(.+))?", style)
    if not match:
        return {"text_style": style}
    size = match[2]
    found: dict[str, Any] = {"font_family": unquote(match[1]), "font_size": int(size) if size.isdigit() else size}
    rest = f"_{match[3]}" if match[3] else ""
    enums = _facts()["text_enums"]
    for key in _STYLE_KEYS:
        for word in enums[key]:
            if word != _UNWRITTEN.get(key) and (rest == f"_{word}" or rest.startswith(f"_{word}_")):
                found[key] = word
                rest = rest[len(word) + 1 :]
                break
    for key, prefix in _PREFIXED.items():
        if hit := re.match(rf"_{prefix}_(-?[a-z0-9.]+)(?=_|$)", rest):
            number = hit[1]
            found[key] = (
                int(number)
                if re.fullmatch(r"-?[0-9]+", number)
                else float(number)
                if NUMBER.fullmatch(number)
                else number
            )
            rest = rest[hit.end() :]
    return {"text_style": style} if rest else found
