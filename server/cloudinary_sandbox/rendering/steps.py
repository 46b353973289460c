"""Read the text of a transformation into the steps to be taken, in the URL's own language.

This is the server's side of the language and deliberately knows nothing of the URL builder: a mistake made on one side
is not repeated on the other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from cloudinary_sandbox.rendering.contract import NamedSource, RenderError

NAMES = {
    "a": "angle", "ac": "audio codec", "af": "audio frequency", "ar": "aspect ratio", "b": "background",
    "bo": "border", "br": "bit rate", "c": "crop", "co": "color", "cs": "color space", "d": "default image",
    "dl": "delay", "dn": "density", "dpr": "dpr", "du": "duration", "e": "effect", "eo": "end offset",
    "f": "fetch format", "fl": "flags", "fn": "custom function", "fps": "fps", "g": "gravity", "h": "height",
    "ki": "keyframe interval", "l": "overlay", "o": "opacity", "p": "prefix", "pg": "page", "q": "quality",
    "r": "radius", "so": "start offset", "sp": "streaming profile", "t": "named transformation", "u": "underlay",
    "vc": "video codec", "vs": "video sampling", "w": "width", "x": "x", "y": "y", "z": "zoom",
}  # fmt: skip
"""Every parameter of a component: its key in a URL and how messages call it."""

_DEPTH = 10
_MOST = 500
"""Steps of a transformation; named ones that name each other would multiply without end."""
_PARAMETER = re.compile(r"([a-z]+)_(.+)", re.DOTALL)
_VARIABLE = re.compile(r"(\$[a-zA-Z][a-zA-Z0-9]*)_(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RenderStep:
    """One step: a condition opens (`if` with its text), turns (`else`) or closes (`end`), or parameters are applied.

    `closes_layer` and `opens_layer` mark the two ends of a layer block that ends with `fl_layer_apply`.
    """

    kind: Literal["if", "else", "end", "apply"]
    condition: str = ""
    values: dict[str, str] = field(default_factory=dict[str, str])
    variables: tuple[tuple[str, str], ...] = ()
    opens_layer: bool = False
    closes_layer: bool = False

    @property
    def flags(self) -> dict[str, str]:
        """The flags of this step with their arguments ("" when there is none)."""
        found = (flag.partition(":") for flag in self.values.get("fl", "").split(".") if flag)
        return {name: argument for name, _, argument in found}

    @property
    def layer(self) -> str | None:
        """The text of the overlay or underlay, if this step brings one."""
        return self.values.get("l") or self.values.get("u")


def read(transformation: str, named: NamedSource) -> list[RenderStep]:
    """The steps of a transformation, named ones put in, layer blocks marked. `RenderError` says what is wrong."""
    steps = list(islice(_expanded(transformation, named, 0), _MOST + 1))
    if len(steps) > _MOST:
        raise RenderError(f"The transformation has more than {_MOST} steps")
    _check_conditions(steps)
    return _with_layer_blocks(steps)


def _expanded(text: str, named: NamedSource, depth: int) -> Iterator[RenderStep]:
    if depth > _DEPTH:
        raise RenderError("Named transformations are nested too deeply")
    inline: list[bool] = []
    components = [_component(part) for part in text.split("/") if part]
    for at, (condition, step) in enumerate(components):
        is_alone = not step.values and not step.variables
        following = components[at + 1][0] if at + 1 < len(components) else None
        if condition == "end":
            if inline:
                inline.pop()
            yield RenderStep("end")
        elif condition == "else":
            yield RenderStep("else")
        elif condition:
            yield RenderStep("if", condition=condition)
            inline.append(not is_alone)
        if is_alone:
            if condition == "else" and inline:
                inline[-1] = False  # a lone else goes on until if_end
            continue
        yield from _with_named(step, named, depth)
        # A condition that stands in one component with its parameters ends there, unless an else follows.
        if condition not in {"", "end"} and inline and inline[-1] and not (condition != "else" and following == "else"):
            inline.pop()
            yield RenderStep("end")


def _with_named(step: RenderStep, named: NamedSource, depth: int) -> Iterator[RenderStep]:
    values = dict(step.values)
    names = values.pop("t", "")
    if names and step.variables:
        yield RenderStep("apply", variables=step.variables)
    for name in filter(None, names.split(".")):
        text = named(name)
        if text is None:
            raise RenderError(f"Unknown transformation {name}")
        yield from _expanded(text, named, depth + 1)
    if values or not names:
        yield RenderStep("apply", values=values, variables=() if names else step.variables)


def _component(text: str) -> tuple[str, RenderStep]:
    condition, values, variables = "", dict[str, str](), list[tuple[str, str]]()
    for part in text.split(","):
        if not part:
            continue
        if part.startswith("if_"):
            condition = part[3:]
        elif match := _VARIABLE.fullmatch(part):
            variables.append((match[1], match[2]))
        elif (match := _PARAMETER.fullmatch(part)) and match[1] in NAMES:
            key, value = match[1], match[2]
            if key in values and key != "fl":
                raise RenderError(f"Invalid transformation component - {text}: {key}_ is given twice")
            values[key] = f"{values[key]}.{value}" if key in values else value
        else:
            raise RenderError(f"Invalid transformation component - {part}")
    if "l" in values and "u" in values:
        raise RenderError(f"Invalid transformation component - {text}: an overlay and an underlay")
    return condition, RenderStep("apply", values=values, variables=tuple(variables))


def _check_conditions(steps: list[RenderStep]) -> None:
    depth = 0
    for step in steps:
        if step.kind == "if":
            depth += 1
        elif step.kind != "apply" and not depth:
            raise RenderError(f"Invalid transformation component - if_{step.kind} without an if")
        elif step.kind == "end":
            depth -= 1
    if depth:
        raise RenderError("Invalid transformation - an if is not closed with if_end")


def _with_layer_blocks(steps: list[RenderStep]) -> list[RenderStep]:
    """Pair every `fl_layer_apply` with the nearest layer before it that has none yet."""
    open_layers: list[int] = []
    opens, closes = set[int](), set[int]()
    for at, step in enumerate(steps):
        if step.layer and "layer_apply" not in step.flags:
            open_layers.append(at)
        elif "layer_apply" in step.flags and not step.layer:
            if not open_layers:
                raise RenderError("Invalid transformation component - fl_layer_apply without a layer")
            opens.add(open_layers.pop())
            closes.add(at)
    return [
        RenderStep(s.kind, s.condition, s.values, s.variables, opens_layer=at in opens, closes_layer=at in closes)
        for at, s in enumerate(steps)
    ]
