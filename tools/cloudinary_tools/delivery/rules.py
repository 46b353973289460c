"""One rule per parameter: from a JSON value to its text in the URL (`width: 400` → `w_400`)."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from cloudinary_tools.delivery.effects import effect
from cloudinary_tools.delivery.expressions import VARIABLE, expression
from cloudinary_tools.delivery.faults import RefusedError, not_in, refuse, shown, wrong_type
from cloudinary_tools.delivery.gravity import gravity
from cloudinary_tools.delivery.layers import layer, remote
from cloudinary_tools.delivery.reference import reference
from cloudinary_tools.delivery.values import (
    NUMBER,
    Rule,
    check_range,
    color,
    is_color,
    number_rule,
    pattern_rule,
    plain,
    text_rule,
    word_rule,
)

_AMOUNT = re.compile(r"((?:\d+\.)?\d+)([%pP])?")
_WIDTH_AUTO = re.compile(r"auto(:\d+(:\d+)?|:breakpoints(_\d+_\d+_\d+_\d+)?(:json)?)?")
_BLURRED = re.compile(r"blurred(?::(\d+)(?::(-?\d+))?)?")
_GEN_FILL = re.compile(r"gen_fill(:.+)?", re.DOTALL)
_FPS_RANGE = re.compile(r"(\d+(?:\.\d+)?)?-(\d+(?:\.\d+)?)?")


def _width() -> Rule:
    facts = reference()
    numeric = number_rule("w", "width", facts.range("width"), allowed=facts.values("width"), expressions=True, pixels=True)

    def rule(value: object) -> str:
        if isinstance(value, str) and value.startswith("auto"):
            if not _WIDTH_AUTO.fullmatch(value):
                refuse(f"width {shown(value)}: allowed: {', '.join(facts.parameters['width']['auto_forms'])}")
            return f"w_{value}"
        return numeric(value)

    return rule


def _angle() -> Rule:
    facts = reference()
    modes = [*facts.values("angle"), *facts.parameters["angle"]["values_tolerated"]]
    single = number_rule("a", "angle", facts.range("angle"), allowed=modes, expressions=True)

    def rule(value: object) -> str:
        if isinstance(value, (list, tuple)):
            items = cast("list[object]", value)
            if not items:
                refuse("angle []: an empty list; give degrees or modes")
            return "a_" + ".".join(single(item)[2:] for item in items)
        if isinstance(value, str) and "." in value and not NUMBER.fullmatch(value) and "$" not in value:
            return "a_" + ".".join(single(item)[2:] for item in value.split("."))
        return single(value)

    return rule


def _aspect_ratio() -> Rule:
    single = number_rule("ar", "aspect_ratio", reference().range("aspect_ratio"), expressions=True)

    def rule(value: object) -> str:
        if isinstance(value, str) and ":" in value and "!" not in value:
            sides = value.split(":")
            if len(sides) != 2 or not all(NUMBER.fullmatch(side) and float(side) > 0 for side in sides):
                refuse(f"aspect_ratio {shown(value)}: must be two numbers above 0, as in 16:9")
            return f"ar_{value}"
        return single(value)

    return rule


def _background() -> Rule:
    facts = reference().parameters["background"]["forms"]
    directions = frozenset(facts["gradient_directions"])
    base = frozenset(word.removeprefix("auto:") for word in facts["auto"] if "[" not in word) - {"auto"}
    gradient = re.compile(r"(border|predominant)_gradient(_contrast)?")

    def automatic(value: str) -> bool:
        parts = value.split(":")[1:]
        if parts and parts[-1].startswith("palette_"):
            colors = parts.pop().split("_")[1:]
            if not all(is_color(item, bare=True) for item in colors):
                return False
        if not parts:
            return True
        head, *rest = parts
        if gradient.fullmatch(head):
            if rest and rest[0] in {"2", "4"}:
                rest = rest[1:]
            if rest and rest[0] in directions:
                rest = rest[1:]
            return not rest
        return head in base and not rest

    def rule(value: object) -> str:
        if isinstance(value, str):
            if value.partition(":")[0] == "auto":
                if not automatic(value):
                    refuse(f"background {shown(value)}: allowed: {', '.join(facts['auto'])}")
                return f"b_{value}"
            if match := _BLURRED.fullmatch(value):
                if match[1]:
                    check_range("background blur intensity", value, int(match[1]), 1, 2000)
                if match[2]:
                    check_range("background blur brightness", value, int(match[2]), -300, 100)
                return f"b_{value}"
            if match := _GEN_FILL.fullmatch(value):
                return f"b_gen_fill{_gen_fill(value, match[1])}"
        return "b_" + color("background", value, extra=("transparent",))

    return rule


def _gen_fill(value: str, options: str | None) -> str:
    if not options:
        return ""
    names = ("prompt", "seed", "ignore-foreground")
    seen: set[str] = set()
    for option in options[1:].split(";"):
        key, _, text = option.partition("_")
        good = {"prompt": bool(text), "seed": text.isdigit(), "ignore-foreground": text in {"true", "false"}}
        if not good.get(key, False) or key in seen:
            refuse(f"background {shown(value)}: option {option!r} is wrong; allowed: {', '.join(names)}, each once")
        seen.add(key)
    return ":" + plain("background", options[1:])


def _border(value: object) -> str:
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)px_solid_(.+)", value)
        if not match or not is_color(match[2]):
            refuse(f"border {shown(value)}: must be <width>px_solid_<color> without '#', as in 5px_solid_rgb:0066cc")
        return f"bo_{value}"
    if not isinstance(value, dict):
        refuse(wrong_type("border", value, "text such as 5px_solid_black, or an object with width and color"))
    fields = cast("dict[str, object]", value)
    faults: list[tuple[str, str]] = [
        (f".{key}", not_in("border key", key, ("width", "color"))) for key in fields if key not in {"width", "color"}
    ]
    width = fields.get("width", 2)
    if isinstance(width, bool) or not isinstance(width, int) or width < 0:
        faults.append((".width", wrong_type("border width", width, "a whole number of pixels, 0 or more")))
    stroke = ""
    try:
        stroke = color("border color", fields.get("color", "black"), place=".color")
    except RefusedError as refused:
        faults.extend(refused.faults)
    if faults:
        raise RefusedError(*faults)
    return f"bo_{width}px_solid_{stroke}"


def _bit_rate(value: object) -> str:
    text = str(value) if type(value) is int else value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)[km]?(:constant)?", text) if isinstance(text, str) else None
    if not match or float(match[1]) <= 0:
        refuse(wrong_type("bit_rate", value, "above 0, with k or m if wanted, as in 250000, '800k' or '1.5m:constant'"))
    return f"br_{text}"


def _amount(name: str, value: object) -> str:
    """Seconds or a percentage, `18%` written as `18p`."""
    text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if not match:
        refuse(wrong_type(name, value, "seconds (0 or more) or a percentage such as '18%'"))
    if match[2]:
        check_range(name, value, float(match[1]), 0, 100)
        return f"{match[1]}p"
    return match[1]


def offset_text(name: str, value: object, *, auto: bool = False, expressions: bool = False) -> str:
    """The text of a point in time."""
    if auto and value == "auto":
        return "auto"
    if isinstance(value, str) and expressions and not _AMOUNT.fullmatch(value):
        found = None if NUMBER.fullmatch(value.strip()) else expression(value)
        if found is not None:
            return found
    return _amount(name, value)


def split_offset(value: object) -> tuple[str, str]:
    """Start and end (`so_…`, `eo_…`) of the `offset` shorthand: `'a..b'` or a list."""
    if isinstance(value, str):
        start, dots, end = value.partition("..")
        if not dots or start == "auto":
            refuse(f"offset {shown(value)}: must be 'start..end' in seconds or percent, or a list such as ['auto', 5]")
        return f"so_{_amount('offset', start)}", f"eo_{_amount('offset', end)}"
    items = cast("list[object]", value) if isinstance(value, (list, tuple)) else []
    if len(items) < 2:
        refuse(wrong_type("offset", value, "'start..end' or a list of a start and an end"))
    for item in items[1:-1]:
        _amount("offset", item)
    return f"so_{offset_text('offset', items[0], auto=True)}", f"eo_{_amount('offset', items[-1])}"


def split_size(value: object) -> tuple[str, str]:
    """Width and height of the `size` shorthand `WxH`."""
    match = re.fullmatch(r"(\d+)x(\d+)", value) if isinstance(value, str) else None
    if not match or int(match[1]) == 0 or int(match[2]) == 0:
        refuse(wrong_type("size", value, "text such as '640x360', both above 0"))
    return f"w_{match[1]}", f"h_{match[2]}"


@cache
def _flag_modes(flag: str) -> frozenset[str]:
    """The modes that a flag's description lists (`optional mode: semi, steep or none`)."""
    _, colon, modes = str(reference().flags[flag]["argument"]).partition("mode: ")
    return frozenset(re.split(r", | or ", modes)) if colon else frozenset()


def _flags(value: object) -> str:
    if isinstance(value, str):
        texts = value.split(".")
    elif isinstance(value, (list, tuple)) and value:
        texts: list[str] = []
        for item in cast("list[object]", value):
            if not isinstance(item, str):
                refuse(wrong_type("flags", item, "a flag's name"))
            texts.extend(item.split("."))
    else:
        refuse(wrong_type("flags", value, "a flag or a list of flags"))
    return "fl_" + ".".join(_flag(text, value) for text in texts)


def _flag(text: str, value: object) -> str:
    known, legacy = reference().flags, cast("list[str]", reference().data["flags_legacy"])
    name, colon, argument = text.partition(":")
    if name not in known:
        if name in legacy and not colon:
            return name
        dotted = "a dot separates flags, so a file name may hold none; " if "." in str(value) else ""
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
    kinds = cast("list[str]", reference().parameters["custom_function"]["forms"]["object"]["function_type"])
    if isinstance(value, str):
        kind, _, source = value.partition(":")
        if kind not in kinds or not source:
            refuse(f"{key} {shown(value)}: must be wasm:<public id> or remote:<base64 of a URL>")
        return f"fn_{prefix}{plain(key, value)}"
    if not isinstance(value, dict):
        refuse(wrong_type(key, value, "an object with function_type and source"))
    fields = cast("dict[str, object]", value)
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
    return f"fn_{prefix}{kind}:{remote(text) if kind == 'remote' else plain('source', text.replace('/', ':'), '.source')}"


def _fps() -> Rule:
    single = number_rule("fps", "fps", reference().range("fps"))

    def rule(value: object) -> str:
        if isinstance(value, (list, tuple)):
            items = cast("list[object]", value)
            if not 1 <= len(items) <= 2:
                refuse(wrong_type("fps", value, "one rate or a range of two"))
            texts = [item if _is_variable(item) else single(item)[4:] for item in items]
            text = "-".join(texts)
            return f"fps_{_ordered(value, text)}" if len(texts) == 2 else f"fps_{text}"
        if isinstance(value, str) and "-" in value:
            return f"fps_{_ordered(value, value)}"
        return single(value)

    return rule


def _is_variable(item: object) -> bool:
    return isinstance(item, str) and bool(VARIABLE.fullmatch(item))


def _ordered(value: object, text: str) -> str:
    if "$" in text:
        return text
    match = _FPS_RANGE.fullmatch(text)
    if not match or not (match[1] or match[2]):
        refuse(wrong_type("fps", value, "a rate above 0 or a range such as '24-29.97', '25-' or '-30'"))
    low, high = (float(side) if side else None for side in match.groups())
    if low == 0 or high == 0 or (low is not None and high is not None and high < low):
        refuse(f"fps {shown(value)}: a range goes from a lower to a higher rate, both above 0")
    return text


def _keyframes(value: object) -> str:
    text = value if isinstance(value, str) else ""
    if not isinstance(value, bool) and isinstance(value, (int, float)):
        text = str(float(value))
    if not NUMBER.fullmatch(text) or float(text) <= 0:
        refuse(wrong_type("keyframe_interval", value, "a number of seconds above 0"))
    return f"ki_{text}"


_PAGES = re.compile(r"(\d+(-\d*)?|-\d+)(;(\d+(-\d*)?|-\d+))*")


def _page(value: object) -> str:
    text = str(value) if type(value) is int else value
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


def _quality() -> Rule:
    facts = reference().parameters["quality"]
    single = number_rule("q", "quality", facts["range"], allowed=facts["values"], expressions=True)
    chroma = frozenset(facts["chroma"])

    def rule(value: object) -> str:
        if isinstance(value, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?):(?:qmax_(\d+)|(\w+))", value)):
            check_range("quality", value, float(match[1]), 1, 100)
            if match[2]:
                check_range("quality qmax", value, int(match[2]), 1, 100)
            elif match[3] not in chroma:
                refuse(not_in(f"quality {shown(value)}: chroma", match[3], sorted(chroma)))
            return f"q_{value}"
        return single(value)

    return rule


def _radius() -> Rule:
    facts = reference()
    single = number_rule("r", "radius", facts.range("radius"), allowed=facts.values("radius"), expressions=True, pixels=True)
    least, most = facts.parameters["radius"]["list_length"]

    def rule(value: object) -> str:
        if isinstance(value, str) and ":" in value and "!" not in value:
            corners: list[object] = list(value.split(":"))
        elif isinstance(value, (list, tuple)):
            corners = list(cast("list[object]", value))
        else:
            return single(value)
        if not least <= len(corners) <= most:
            refuse(f"radius {shown(value)}: {least} to {most} corners, clockwise from the top left")
        return "r_" + ":".join(single(corner)[2:] for corner in corners)

    return rule


def _video_codec(value: object) -> str:
    facts = reference().parameters["video_codec"]
    if isinstance(value, str):
        codec, *rest = value.split(":")
        fields: dict[str, object] = {"codec": codec, **dict(zip(("profile", "level"), rest, strict=False))}
        if len(rest) == 3 and rest[2] == "bframes_no":
            fields["b_frames"] = False
        elif len(rest) > 2:
            refuse(f"video_codec {shown(value)}: must be codec[:profile[:level[:bframes_no]]]")
    elif isinstance(value, dict):
        fields = cast("dict[str, object]", value)
    else:
        refuse(wrong_type("video_codec", value, "text such as 'h264:main:4.1' or an object with codec, profile, level"))
    faults: list[tuple[str, str]] = []
    sets = {"codec": facts["values"], "profile": facts["profiles"], "level": facts["levels"]}
    for key, item in fields.items():
        if key in sets:
            if not isinstance(item, str) or item not in sets[key]:
                faults.append((f".{key}", not_in(f"video_codec {key}", item, sets[key])))
        elif key != "b_frames":
            faults.append((f".{key}", not_in("video_codec key", key, (*sets, "b_frames"))))
        elif not isinstance(item, bool):
            faults.append((".b_frames", wrong_type("b_frames", item, "true or false")))
    for key, needed in (("profile", "codec"), ("level", "profile")):
        if key in fields and needed not in fields:
            faults.append((f".{needed}", f"video_codec {key} needs {needed}"))
    if "codec" not in fields:
        faults.append((".codec", f"video_codec needs codec; allowed: {', '.join(facts['values'])}"))
    if fields.get("b_frames") is False and not {"profile", "level"} <= fields.keys():
        faults.append((".b_frames", "b_frames false has an effect only with profile and level"))
    if faults:
        raise RefusedError(*faults)
    parts = [str(fields[key]) for key in sets if key in fields]
    return "vc_" + ":".join([*parts, "bframes_no"] if fields.get("b_frames") is False else parts)


def _sampling(value: object) -> str:
    text = str(value) if type(value) is int else value
    match = re.fullmatch(r"(\d+)|(\d+(?:\.\d+)?)s", text) if isinstance(text, str) else None
    if not match or float(match[1] or match[2]) <= 0:
        refuse(wrong_type("video_sampling", value, "a number of frames above 0 or a step such as '0.8s'"))
    return f"vs_{text}"


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

    names: dict[str, Callable[[object], str]] = {
        "angle": _angle(),
        "aspect_ratio": _aspect_ratio(),
        "audio_codec": word("audio_codec"),
        "audio_frequency": word("audio_frequency"),
        "background": _background(),
        "border": _border,
        "bit_rate": _bit_rate,
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
        "fps": _fps(),
        "gravity": gravity,
        "height": numeric("height", expressions=True, pixels=True),
        "keyframe_interval": _keyframes,
        "opacity": numeric("opacity", expressions=True),
        "overlay": lambda value: layer("overlay", "l_", value),
        "underlay": lambda value: layer("underlay", "u_", value),
        "prefix": text_rule("p", "prefix"),
        "page": _page,
        "quality": _quality(),
        "radius": _radius(),
        "start_offset": lambda value: "so_" + offset_text("start_offset", value, auto=True, expressions=True),
        "streaming_profile": pattern_rule(
            "sp", "streaming_profile", re.compile(r"[A-Za-z0-9_\-]+(:[^,/]+)?"), "a profile's name"
        ),
        "video_codec": _video_codec,
        "video_sampling": _sampling,
        "width": _width(),
        "x": numeric("x", expressions=True, pixels=True),
        "y": numeric("y", expressions=True, pixels=True),
        "zoom": numeric("zoom", expressions=True),
    }
    return names
