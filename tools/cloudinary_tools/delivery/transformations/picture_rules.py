"""Rules of the parameters that shape a picture: sizes, angles, corners, borders, backgrounds, quality."""

import re
from typing import Any

from cloudinary_tools.delivery.transformations.faults import RefusedError, not_in, refuse, shown, wrong_type
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.values import (
    NUMBER,
    Rule,
    check_range,
    color,
    is_color,
    number_rule,
    plain,
)
from cloudinary_tools.json_types import as_list, as_object

_WIDTH_AUTO = re.compile(r"auto(:[0-9]+(:[0-9]+)?|:breakpoints(_[0-9]+_[0-9]+_[0-9]+_[0-9]+)?(:json)?)?")
_BLURRED = re.compile(r"blurred(?::([0-9]+)(?::(-?[0-9]+))?)?")
_GEN_FILL = re.compile(r"gen_fill(:.+)?", re.DOTALL)


def width_rule() -> Rule:
    """`w_`: pixels, a factor, an automatic width or an expression."""
    facts = reference()
    numeric = number_rule(
        "w", "width", facts.range("width"), allowed=facts.values("width"), expressions=True, pixels=True
    )

    def rule(value: object) -> str:
        if isinstance(value, str) and value.startswith("auto"):
            if not _WIDTH_AUTO.fullmatch(value):
                refuse(f"width {shown(value)}: allowed: {', '.join(facts.parameters['width']['auto_forms'])}")
            return f"w_{value}"
        return numeric(value)

    return rule


def angle_rule() -> Rule:
    """`a_`: degrees, modes, or several of them."""
    facts = reference()
    modes = [*facts.values("angle"), *facts.parameters["angle"]["values_tolerated"]]
    single = number_rule("a", "angle", facts.range("angle"), allowed=modes, expressions=True)

    def rule(value: object) -> str:
        items = as_list(value)
        if items is not None:
            if not items:
                refuse("angle []: an empty list; give degrees or modes")
            return "a_" + ".".join(single(item)[2:] for item in items)
        if isinstance(value, str) and "." in value and not NUMBER.fullmatch(value) and "$" not in value:
            return "a_" + ".".join(single(item)[2:] for item in value.split("."))
        return single(value)

    return rule


def aspect_ratio_rule() -> Rule:
    """`ar_`: `16:9`, a decimal or an expression."""
    single = number_rule("ar", "aspect_ratio", reference().range("aspect_ratio"), expressions=True)

    def rule(value: object) -> str:
        if isinstance(value, str) and ":" in value and "!" not in value:
            sides = value.split(":")
            if len(sides) != 2 or not all(NUMBER.fullmatch(side) and float(side) > 0 for side in sides):
                refuse(f"aspect_ratio {shown(value)}: must be two numbers above 0, as in 16:9")
            return f"ar_{value}"
        return single(value)

    return rule


def background_rule() -> Rule:
    """`b_`: a colour, or an automatic, blurred or generated fill."""
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
        good = {
            "prompt": bool(text),
            "seed": bool(re.fullmatch("[0-9]+", text)),
            "ignore-foreground": text in {"true", "false"},
        }
        if not good.get(key, False) or key in seen:
            refuse(f"background {shown(value)}: option {option!r} is wrong; allowed: {', '.join(names)}, each once")
        seen.add(key)
    return ":" + plain("background", options[1:])


def border(value: object) -> str:
    """`bo_`: `5px_solid_black`, or an object with width and color."""
    if isinstance(value, str):
        match = re.fullmatch(r"([0-9]+)px_solid_(.+)", value)
        if not match or not is_color(match[2]):
            refuse(f"border {shown(value)}: must be <width>px_solid_<color> without '#', as in 5px_solid_rgb:0066cc")
        return f"bo_{value}"
    fields = as_object(value)
    if fields is None:
        refuse(wrong_type("border", value, "text such as 5px_solid_black, or an object with width and color"))
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


def quality_rule() -> Rule:
    """`q_`: 1 to 100 with chroma or qmax, or a listed word."""
    facts = reference().parameters["quality"]
    single = number_rule("q", "quality", facts["range"], allowed=facts["values"], expressions=True)
    chroma = frozenset(facts["chroma"])

    def rule(value: object) -> str:
        if isinstance(value, str) and (match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?):(?:qmax_([0-9]+)|(\w+))", value)):
            check_range("quality", value, float(match[1]), 1, 100)
            if match[2]:
                check_range("quality qmax", value, int(match[2]), 1, 100)
            elif match[3] not in chroma:
                refuse(not_in(f"quality {shown(value)}: chroma", match[3], sorted(chroma)))
            return f"q_{value}"
        return single(value)

    return rule


def radius_rule() -> Rule:
    """`r_`: one radius or one to four corners."""
    facts = reference()
    single = number_rule(
        "r", "radius", facts.range("radius"), allowed=facts.values("radius"), expressions=True, pixels=True
    )
    least, most = facts.parameters["radius"]["list_length"]

    def rule(value: object) -> str:
        if isinstance(value, str) and ":" in value and "!" not in value:
            corners: list[Any] | None = value.split(":")
        else:
            corners = as_list(value)
        if corners is None:
            return single(value)
        if not least <= len(corners) <= most:
            refuse(f"radius {shown(value)}: {least} to {most} corners, clockwise from the top left")
        return "r_" + ":".join(single(corner)[2:] for corner in corners)

    return rule
