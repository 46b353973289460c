"""One rule per parameter: from a JSON value to its text in the URL (`width: 400` → `w_400`)."""

import re
from functools import cache
from typing import Any

from cloudinary_tools.delivery.transformations.effects import effect
from cloudinary_tools.delivery.transformations.faults import RefusedError, not_in, refuse, shown, wrong_type
from cloudinary_tools.delivery.transformations.gravity import gravity
from cloudinary_tools.delivery.transformations.layers import layer, remote
from cloudinary_tools.delivery.transformations.parser import FLAG_DOT
from cloudinary_tools.delivery.transformations.picture_rules import (
    angle_rule,
    aspect_ratio_rule,
    background_rule,
    border,
    quality_rule,
    radius_rule,
    width_rule,
)
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.values import (
    Rule,
    color,
    number_rule,
    pattern_rule,
    plain,
    text_rule,
    word_rule,
)
from cloudinary_tools.delivery.transformations.video_rules import (
    bit_rate,
    fps_rule,
    keyframe_interval,
    offset_text,
    video_codec,
    video_sampling,
)
from cloudinary_tools.json_types import as_list, as_object

_PAGES = re.compile(r"([0-9]+(-[0-9]*)?|-[0-9]+)(;([0-9]+(-[0-9]*)?|-[0-9]+))*")


def split_size(value: object) -> tuple[str, str]:
    """Width and height of the `size` shorthand `WxH`."""
    match = re.fullmatch(r"([0-9]+)x([0-9]+)", value) if isinstance(value, str) else None
    if not match or int(match[1]) == 0 or int(match[2]) == 0:
        refuse(wrong_type("size", value, "text such as '640x360', both above 0"))
    return f"w_{match[1]}", f"h_{match[2]}"


@cache
def _flag_modes(flag: str) -> frozenset[str]:
    """The modes that a flag's description lists (`optional mode: semi, steep or none`)."""
    _, colon, modes = str(reference().flags[flag]["argument"]).partition("mode: ")
    return frozenset(re.split(r", | or ", modes)) if colon else frozenset()


def _flags(value: object) -> str:
    items = [value] if isinstance(value, str) else as_list(value)
    if not items:
        refuse(wrong_type("flags", value, "a flag or a list of flags"))
    texts: list[str] = []
    for item in items:
        if not isinstance(item, str):
            refuse(wrong_type("flags", item, "a flag's name"))
        texts.extend(_flag(text, item) for text in FLAG_DOT.split(item))
    return "fl_" + ".".join(texts)


def _flag(text: str, whole: str) -> str:
    known, legacy = reference().flags, reference().data["flags_legacy"]
    name, colon, argument = text.partition(":")
    if name not in known:
        if name in legacy and not colon:
            return name
        dotted = "a dot separates flags, so a file name may hold none; " if "." in whole else ""
        refuse(not_in("flag", text, known, dotted))
    if colon:
        if known[name]["argument"] is None:
            refuse(f"flag {shown(text)}: {name} takes no argument")
        modes = _flag_modes(name)
        if modes and argument not in modes:
            refuse(not_in(f"flag {name}", argument, sorted(modes)))
        return f"{name}:{plain('flags', argument)}"
    return name


def _function(key: str, value: object, prefix: str) -> str:
    kinds = reference().parameters["custom_function"]["forms"]["object"]["function_type"]
    if isinstance(value, str):
        kind, _, source = value.partition(":")
        if kind not in kinds or not source:
            refuse(f"{key} {shown(value)}: must be wasm:<public id> or remote:<base64 of a URL>")
        return f"fn_{prefix}{plain(key, value)}"
    fields = as_object(value)
    if fields is None:
        refuse(wrong_type(key, value, "an object with function_type and source"))
    faults = [
        (f".{name}", not_in(f"{key} key", name, ("function_type", "source")))
        for name in fields
        if name not in {"function_type", "source"}
    ]
    kind, source = fields.get("function_type"), fields.get("source")
    if kind not in kinds:
        faults.append((".function_type", not_in("function_type", kind, kinds)))
    if not isinstance(source, str) or not source:
        faults.append((".source", wrong_type("source", source, "a public ID or a URL")))
    if faults:
        raise RefusedError(*faults)
    text = str(source)
    return (
        f"fn_{prefix}{kind}:{remote(text) if kind == 'remote' else plain('source', text.replace('/', ':'), '.source')}"
    )


def _page(value: object) -> str:
    text = str(value) if type(value) is int and value > 0 else value
    if isinstance(text, str):
        if text.startswith(("name:", "embedded:")) and not text.endswith(":"):
            return f"pg_{plain('page', text)}"
        if _PAGES.fullmatch(text):
            for part in text.split(";"):
                ends = [int(end) for end in part.split("-") if end]
                if not all(ends) or ends != sorted(ends):
                    break
            else:
                return f"pg_{text}"
    refuse(wrong_type("page", value, "1 or more, a range or list such as '2-4;6', name:<layer> or embedded:<n>"))


def check_silent(key: object, value: object) -> None:
    """Check a key that adds nothing to a component: the URL's extension and options of HTML tags.

    Any other key is unknown.
    """
    facts = reference()
    if key == "format":
        if value != "" and value not in facts.values("format"):
            hint = "auto belongs to fetch_format; " if value == "auto" else ""
            refuse(not_in("format", value, facts.values("format"), hint))
    elif key in ("html_width", "html_height"):
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            refuse(wrong_type(str(key), value, "a whole number above 0"))
    elif key == "responsive_width" or key in tuple(facts.tag_options):
        if not isinstance(value, bool):
            refuse(wrong_type(str(key), value, "true or false"))
    else:
        names = [name for name in facts.parameters if not name.startswith("$")]
        long_name = next((name for name in names if facts.parameters[name]["url_key"] == key), None)
        hint = f"did you mean {long_name!r}? " if long_name else ""
        refuse(not_in("parameter", key, [*names, *sorted(facts.tag_options)], hint))


@cache
def rules() -> dict[str, Rule]:
    """The rule of every parameter that becomes one item of a component; made once from the reference."""
    facts = reference()

    def numeric(name: str, **options: Any) -> Rule:
        key = facts.parameters[name]["url_key"]
        return number_rule(key, name, facts.range(name), allowed=facts.values(name), **options)

    def word(name: str) -> Rule:
        return word_rule(facts.parameters[name]["url_key"], name, facts.values(name))

    spaces = word("color_space")

    def color_space(value: object) -> str:
        if isinstance(value, str) and value.startswith("icc:") and len(value) > 4:
            return f"cs_{plain('color_space', value)}"
        return spaces(value)

    return {
        "angle": angle_rule(),
        "aspect_ratio": aspect_ratio_rule(),
        "audio_codec": word("audio_codec"),
        "audio_frequency": word("audio_frequency"),
        "background": background_rule(),
        "border": border,
        "bit_rate": bit_rate,
        "crop": word("crop"),
        "color": lambda value: "co_" + color("color", value),
        "color_space": color_space,
        "default_image": pattern_rule(
            "d", "default_image", re.compile(r"[^/,]+\.[A-Za-z0-9]+"), "an id with its extension and ':' for '/'"
        ),
        "delay": numeric("delay", whole=True),
        "density": numeric("density", whole=True),
        "dpr": numeric("dpr", expressions=True),
        "duration": lambda value: "du_" + offset_text("duration", value),
        "effect": effect,
        "end_offset": lambda value: "eo_" + offset_text("end_offset", value, expressions=True),
        "fetch_format": word("fetch_format"),
        "flags": _flags,
        "custom_function": lambda value: _function("custom_function", value, ""),
        "custom_pre_function": lambda value: _function("custom_pre_function", value, "pre:"),
        "fps": fps_rule(),
        "gravity": gravity,
        "height": numeric("height", expressions=True, pixels=True),
        "keyframe_interval": keyframe_interval,
        "opacity": numeric("opacity", expressions=True),
        "overlay": lambda value: layer("overlay", "l_", value),
        "underlay": lambda value: layer("underlay", "u_", value),
        "prefix": text_rule("p", "prefix"),
        "page": _page,
        "quality": quality_rule(),
        "radius": radius_rule(),
        "start_offset": lambda value: "so_" + offset_text("start_offset", value, auto=True, expressions=True),
        "streaming_profile": pattern_rule(
            "sp", "streaming_profile", re.compile(r"[A-Za-z0-9_\-]+(:[^,/]+)?"), "a profile's name"
        ),
        "video_codec": video_codec,
        "video_sampling": video_sampling,
        "width": width_rule(),
        "x": numeric("x", expressions=True, pixels=True),
        "y": numeric("y", expressions=True, pixels=True),
        "zoom": numeric("zoom", expressions=True),
    }
