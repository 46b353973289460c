"""Rules between the parameters of one component, and between a component and what it transforms."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from cloudinary_tools.delivery.transformations.effects import effect_name
from cloudinary_tools.delivery.transformations.faults import RefusedError, shown
from cloudinary_tools.delivery.transformations.gravity import check_gravity
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.json_types import as_list, as_object

_TRIGGERS = frozenset({
    "gravity", "zoom", "aspect_ratio", "background", "crop", "flags", "size", "offset", "start_offset", "end_offset",
    "underlay", "custom_pre_function", "duration",
})  # fmt: skip
_NOTHING: tuple[()] = ()
_HINT = "(ask for an image with fetch_format or format)"


@cache
def _padding() -> frozenset[str]:
    return frozenset(mode["name"] for mode in reference().data["crop_modes"] if "pad" in mode["family"])


@cache
def _auto_only() -> frozenset[str]:
    return frozenset(mode["name"] for mode in reference().data["crop_modes"] if mode["gravity"] == "auto only")


@cache
def _region_effects() -> frozenset[str]:
    return frozenset(effect.name for effect in reference().effects.values() if "gravity" in effect.uses)


@cache
def _video_only() -> frozenset[str]:
    return frozenset(reference().data["video"]["video_only"])


@cache
def _image_only() -> frozenset[str]:
    return frozenset(name for name, item in reference().parameters.items() if item["applies_to"] == ["image"])


def flag_names(component: dict[str, Any]) -> list[str]:
    """The flags of a component, with their arguments; what is no text is left out."""
    flags = component.get("flags")
    if isinstance(flags, str):
        return flags.split(".")
    return [item for item in as_list(flags) or () if isinstance(item, str)]


def check_component(component: dict[str, Any], parts: list[str]) -> list[tuple[str, str]] | tuple[()]:
    """What is wrong between keys, as (key, message). May rewrite `parts` where flags change a number's meaning."""
    if _TRIGGERS.isdisjoint(component):
        return _NOTHING
    return list(_faults(component, parts))


def _faults(component: dict[str, Any], parts: list[str]) -> Iterator[tuple[str, str]]:
    crop = component.get("crop")
    if crop is not None and not isinstance(crop, str):
        crop = shown(crop)
    gravity = component.get("gravity")
    flags = flag_names(component)
    layered = "overlay" in component or "underlay" in component
    if isinstance(gravity, str):
        placing = layered or "layer_apply" in flags
        try:
            check_gravity(gravity, crop, placing=placing, region=_effect(component) in _region_effects())
        except RefusedError as refused:
            yield "gravity", refused.faults[0][1]
    if isinstance(crop, str) and crop in _auto_only():
        automatic = isinstance(gravity, str) and (gravity.partition(":")[0] == "auto" or gravity.startswith("$"))
        if not automatic:
            yield "gravity", f"crop {crop} needs an automatic gravity, as in gravity 'auto' (now {shown(gravity)})"
    if "zoom" in component:
        allowed = reference().parameters["zoom"]["requires_crop_in"]
        if crop not in allowed:
            yield "zoom", f"zoom needs crop {', '.join(allowed)} (now {shown(crop)})"
    if "aspect_ratio" in component:
        allowed = reference().parameters["aspect_ratio"]["requires_crop_in"]
        if crop not in allowed:
            yield "aspect_ratio", f"aspect_ratio needs crop {', '.join(allowed)} (now {shown(crop)})"
        if "size" in component or ("width" in component and "height" in component):
            yield "aspect_ratio", "aspect_ratio goes with width or height, not with both"
    background = component.get("background")
    if isinstance(background, str) and background.partition(":")[0] in {"auto", "gen_fill", "blurred"}:
        if crop not in _padding():
            modes = ", ".join(sorted(_padding()))
            yield "background", f"background {shown(background)} needs a crop that pads: {modes} (now {shown(crop)})"
        elif background.startswith("gen_fill") and component.keys().isdisjoint(
            ("width", "height", "aspect_ratio", "size")
        ):
            yield "background", f"background {shown(background)} needs a size or an aspect_ratio to fill"
    yield from _conflicts(component)
    if "relative" in flags or "region_relative" in flags:
        _keep_factors(component, parts)


def _effect(component: dict[str, Any]) -> str:
    value = component.get("effect")
    if not isinstance(value, str):
        parts: list[object] = list(as_object(value) or as_list(value) or ())
        value = parts[0] if parts else ""
    return effect_name(value) if isinstance(value, str) else ""


def _conflicts(component: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "underlay" in component and "overlay" in component:
        yield "underlay", "overlay and underlay cannot be in the same component"
    if "size" in component and ("width" in component or "height" in component):
        yield "size", "size stands for width and height; give one or the other"
    if "custom_pre_function" in component and "custom_function" in component:
        yield "custom_pre_function", "custom_function and custom_pre_function exclude each other"
    start, end = component.get("start_offset"), component.get("end_offset")
    if "offset" in component:
        if start is not None or end is not None:
            yield "offset", "offset stands for start_offset and end_offset; give one or the other"
        value = component["offset"]
        if isinstance(value, str) and ".." in value:
            start, _, end = value.partition("..")
        elif (items := as_list(value)) and len(items) > 1:
            start, end = items[0], items[-1]
    if start is None or end is None:
        return
    key = "offset" if "offset" in component else "end_offset"
    if "duration" in component:
        yield "duration", "at most two of start_offset, end_offset and duration"
    first, last = _moment(start), _moment(end)
    if first and last and first[1] == last[1] and last[0] < first[0]:
        yield key, f"end {shown(end)} is before start {shown(start)}"


def _moment(value: object) -> tuple[float, bool] | None:
    """A point in time as (number, is a percentage); None for expressions and auto."""
    text = str(value)
    percentage = text[-1:] in {"%", "p", "P"}
    try:
        return float(text[:-1] if percentage else text), percentage
    except ValueError:
        return None


def _keep_factors(component: dict[str, Any], parts: list[str]) -> None:
    """With a relative flag 2.0 means twice the base, so the `.0` that pixels lose is put back."""
    for key, letter in (("width", "w"), ("height", "h")):
        value = component.get(key)
        if isinstance(value, float) and value.is_integer() and f"{letter}_{value:.0f}" in parts:
            parts[parts.index(f"{letter}_{value:.0f}")] = f"{letter}_{value}"


def check_kind(component: dict[str, Any], kinds: frozenset[str]) -> list[tuple[str, str]] | tuple[()]:
    """What does not apply to any of the kinds (`image`, `video`) that the component works on."""
    if "effect" not in component and "image" in kinds and _video_only().isdisjoint(component):
        return _NOTHING
    found: list[tuple[str, str]] = []
    if "video" not in kinds:
        found.extend((key, f"{key} is for videos, not for images") for key in _video_only() & component.keys())
    elif "image" not in kinds:
        found.extend((key, f"{key} is for images, not for videos {_HINT}") for key in _image_only() & component.keys())
        background = component.get("background")
        if isinstance(background, str) and background.startswith("gen_fill"):
            found.append(("background", f"background gen_fill is for images, not for videos {_HINT}"))
    name = _effect(component)
    known = reference().effects.get(name) if name else None
    if known is not None and known.applies_to.isdisjoint(kinds):
        if "video" in known.applies_to:
            found.append(("effect", f"effect {name!r} is for videos, not for images"))
        else:
            found.append(("effect", f"effect {name!r} is for images, not for videos {_HINT}"))
    return found


def check_raw(component: dict[str, Any]) -> list[tuple[str, str]]:
    """What a raw file does not take: everything but the attachment flag."""
    harmless = reference().tag_options | {"format"}
    found: list[tuple[str, str]] = []
    for key in component:
        attached = key == "flags" and all(flag.partition(":")[0] == "attachment" for flag in flag_names(component))
        if key not in harmless and not attached:
            found.append((key, f"{key}: a raw file cannot be transformed; only flags attachment is possible"))
    return found
