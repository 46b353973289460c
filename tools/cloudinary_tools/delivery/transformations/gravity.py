"""Gravity: what to keep in view or where a layer sits, and which crop modes it goes with."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cloudinary_tools.delivery.transformations.expressions import VARIABLE
from cloudinary_tools.delivery.transformations.faults import listing, refuse, shown, wrong_type
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.suggestions import nearest

_WEIGHT = re.compile(r"(.+)_([0-9]{1,3})")


@dataclass(frozen=True)
class _Sets:
    compass: frozenset[str]
    suffixes: dict[str, frozenset[str]]
    crops: dict[str, frozenset[str]]
    objects: frozenset[str]
    focus: frozenset[str]
    auto_crops: tuple[str, ...]
    cutting: tuple[str, ...]
    compass_only: frozenset[str]


@cache
def _sets() -> _Sets:
    facts: dict[str, Any] = reference().data["gravity"]
    categories: dict[str, list[str]] = facts["object"]["categories"]
    objects = frozenset(categories) | {name for group in categories.values() for name in group}
    auto = facts["auto"]
    named = frozenset(name for name in auto["focus"] if not name.startswith("<")) | frozenset(auto["extra_focus"])
    first = {form.split(":")[1] for form in auto["forms"] if ":" in form and "<" not in form}
    order = ["fill", "thumb", "crop"]
    return _Sets(
        compass=frozenset(facts["compass"]),
        suffixes={item["name"]: frozenset(item.get("suffixes", ())) for item in facts["special"]},
        crops={item["name"]: frozenset(item["crops"]) for item in facts["special"] if "crops" in item},
        objects=objects,
        focus=named | objects | first,
        auto_crops=tuple(auto["crops"]),
        cutting=tuple(sorted(facts["crops_with_gravity"], key=lambda c: (order.index(c) if c in order else 9, c))),
        compass_only=frozenset(m["name"] for m in reference().data["crop_modes"] if m["gravity"] == "compass only"),
    )


def _is_focus(text: str) -> bool:
    sets = _sets()
    if text in sets.focus:
        return True
    if text.endswith("_avoid"):
        return text.removesuffix("_avoid") in sets.focus
    match = _WEIGHT.fullmatch(text)
    return bool(match and match[1] in sets.focus and int(match[2]) <= 100)


def _known(text: str) -> bool:
    sets = _sets()
    if text in sets.compass or text in sets.suffixes or text in sets.objects or text == "auto":
        return True
    if VARIABLE.fullmatch(text):
        return True
    head, *rest = text.split(":")
    if head == "auto":
        return all(map(_is_focus, rest))
    if head in sets.suffixes and len(rest) == 1 and rest[0] in sets.suffixes[head]:
        return True
    return head in sets.objects and all(
        part in sets.objects or (part == "auto" and at == len(rest) - 1) for at, part in enumerate(rest)
    )


@lru_cache(maxsize=512)
def _text(value: str) -> str:
    if "," in value or "/" in value:
        refuse(f"gravity {shown(value)}: ',' and '/' may not appear")
    if _known(value):
        return f"g_{value}"
    sets = _sets()
    everything = [*sorted(sets.compass), *sets.suffixes, "auto", *sorted(sets.objects), "auto:subject", "auto:classic"]
    close = _css(value) or nearest(value, everything)
    guess = f"did you mean {close!r}? " if close else ""
    refuse(
        f"gravity {shown(value)}: {guess}allowed: {listing([*sorted(sets.compass), *sets.suffixes, 'auto'])}, "
        "auto:<focus>[:<focus>], an object or category such as cat or vehicle, or $name"
    )


def _css(value: str) -> str | None:
    """The compass name of a word from a style sheet ("top left")."""
    places = {
        "top": "north",
        "bottom": "south",
        "left": "west",
        "right": "east",
        "middle": "center",
        "centre": "center",
    }
    parts = [places.get(part, part) for part in re.split(r"[ _-]+", value.lower())]
    found = "_".join(sorted(parts, key=lambda part: part not in {"north", "south"}))
    return found if found in _sets().compass else None


def gravity(value: object) -> str:
    """`g_…` of a gravity value."""
    if not isinstance(value, str):
        refuse(wrong_type("gravity", value, "text such as face, auto or south_east"))
    return _text(value)


def check_gravity(value: str, crop: object, *, placing: bool, region: bool) -> None:
    """Refuse a gravity that has no effect with the component's crop mode.

    `placing`: the component places a layer; `region`: it has an effect on a detected area.
    """
    sets = _sets()
    automatic = value == "auto" or value.startswith("auto:")
    if placing:
        if automatic:
            refuse(
                f"gravity {shown(value)}: automatic gravity cannot place a layer; use a compass point, face or custom"
            )
        return
    if value.startswith("$"):
        automatic = False
    if crop == "scale" or value == "liquid":
        if crop == "scale" and value == "liquid":
            return
        if region and value != "liquid":
            return
        refuse(
            f"gravity {shown(value)}: "
            + ("liquid goes with crop scale only" if value == "liquid" else "with crop scale only liquid has an effect")
        )
    if crop not in sets.cutting:
        if region and crop is None:
            return
        refuse(
            f"gravity {shown(value)}: gravity needs a crop that cuts: {', '.join(sets.cutting)}"
            f"{' (now ' + shown(crop) + ')' if crop is not None else ''}; or an overlay, or flags layer_apply"
        )
    if automatic and crop not in sets.auto_crops:
        refuse(f"gravity {shown(value)}: automatic gravity needs crop {', '.join(sets.auto_crops)} (now {shown(crop)})")
    allowed = sets.crops.get(value)
    if allowed and crop not in allowed:
        refuse(f"gravity {shown(value)}: goes with crop {', '.join(sorted(allowed))} (now {shown(crop)})")
    if crop in sets.compass_only and value not in sets.compass and not value.startswith("$"):
        refuse(f"gravity {shown(value)}: crop {crop} takes compass points only: {', '.join(sorted(sets.compass))}")
