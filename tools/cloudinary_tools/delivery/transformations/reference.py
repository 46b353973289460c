"""Cloudinary's transformation facts (`transformations.json`), read once and on first use.

The file says which keys, values, ranges, effects, flags and gravities exist; the rules of this package are made from
it, so a fact is changed in one place.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["image", "video", "raw"]
KINDS: tuple[Kind, ...] = ("image", "video", "raw")


@dataclass(frozen=True)
class Argument:
    """One argument of an effect."""

    name: str
    type: str
    min: float | None
    max: float | None
    values: tuple[str, ...]
    required: bool
    integer: bool
    suffix: str

    @classmethod
    def read(cls, data: Json) -> "Argument":
        """Read one entry of an effect's `args`."""
        return cls(
            name=data["name"],
            type=data["type"],
            min=data.get("min"),
            max=data.get("max"),
            values=tuple(data.get("values", ())),
            required=data.get("required", False),
            integer=data.get("integer", False),
            suffix=data.get("suffix", ""),
        )


@dataclass(frozen=True)
class Effect:
    """One effect: how its arguments are written and what it applies to."""

    name: str
    description: str
    applies_to: frozenset[str]
    style: Literal["positional", "named", "free"]
    syntax: str
    args: tuple[Argument, ...]
    uses: frozenset[str]
    exclusive: tuple[tuple[str, ...], ...]
    requires_one_of: tuple[str, ...]
    data: Json

    @classmethod
    def read(cls, data: Json) -> "Effect":
        """Read one entry of `effects`."""
        return cls(
            name=data["name"],
            description=data["description"],
            applies_to=frozenset(data["applies_to"]),
            style=data["style"],
            syntax=data["syntax"],
            args=tuple(Argument.read(arg) for arg in data["args"]),
            uses=frozenset(data.get("uses", ())),
            exclusive=tuple(tuple(group) for group in data.get("exclusive", ())),
            requires_one_of=tuple(data.get("requires_one_of", ())),
            data=data,
        )


@dataclass(frozen=True)
class Reference:
    """The whole file: `data` as it is, and the parts that rules look up often."""

    data: Json
    parameters: dict[str, Json]
    effects: dict[str, Effect]
    flags: dict[str, Json]
    tag_options: frozenset[str]
    colors: frozenset[str]
    image_formats: frozenset[str]

    def values(self, key: str) -> tuple[Any, ...]:
        """The listed values of a parameter."""
        return tuple(self.parameters[key].get("values", ()))

    def range(self, key: str) -> Json:
        """The numeric range of a parameter (`min`, `max`, `exclusive_min`)."""
        return self.parameters[key].get("range", {})


@cache
def reference() -> Reference:
    """Load the facts (about 2 ms, once)."""
    text = (
        files("cloudinary_tools.delivery.transformations").joinpath("transformations.json").read_text(encoding="utf-8")
    )
    data = json.loads(text)
    return Reference(
        data=data,
        parameters={item["key"]: item for item in data["parameters"]},
        effects={item["name"]: Effect.read(item) for item in data["effects"]},
        flags={item["name"]: item for item in data["flags"]},
        tag_options=frozenset(data["tag_only_options"]) - {"note"},
        colors=frozenset(data["colors"]["named"]),
        image_formats=frozenset(data["formats"]["image"]) | {"auto:image", "auto:animated"},
    )
