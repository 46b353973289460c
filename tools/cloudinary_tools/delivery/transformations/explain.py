"""A transformation in words, component by component, and what could be better about it."""

from dataclasses import dataclass
from typing import Any

from cloudinary_tools.delivery.transformations.effects import effect_name
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.layers import parse_layer
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.delivery.transformations.reference import Json, reference
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.delivery.urls.build import extension_of
from cloudinary_tools.json_types import as_list, as_object

_COMPARED = {"eq": "=", "ne": "≠", "lt": "<", "gt": ">", "lte": "≤", "gte": "≥", "nin": "not in"}
_ARITHMETIC = {"mul": "×", "div": "÷", "add": "+", "sub": "−", "pow": "^", "mod": "modulo"}
_SIZES = ("width", "height", "aspect_ratio")
_DETECTING = ("auto", "face", "adv_", "body", "custom", "ocr_text")

_PHRASES = {
    "quality auto": "automatic quality",
    "fetch_format auto": "the best format for each browser",
    "fetch_format auto:video": "the best video format for each browser",
    "radius max": "round to a circle or an ellipse",
    "angle hflip": "mirror left to right",
    "angle vflip": "mirror top to bottom",
    "angle auto_right": "turn upright to the right where needed",
    "angle auto_left": "turn upright to the left where needed",
    "angle ignore": "ignore the stored orientation",
    "dpr auto": "the screen's own pixel density",
    "start_offset auto": "start at the most interesting moment",
    "audio_codec none": "drop the sound",
    "video_codec none": "drop the picture",
    "video_codec auto": "the best video codec for each browser",
}
_SAID = {
    "angle": "rotate by {} (degrees or modes)",
    "audio_codec": "sound as {}",
    "bit_rate": "at most {} bits a second",
    "border": "border {}",
    "color": "colour {}",
    "default_image": "show {} when the asset is missing",
    "delay": "{} ms between frames",
    "density": "{} dots per inch",
    "dpr": "pixel density × {}",
    "duration": "keep {} (seconds, or percent with p)",
    "end_offset": "end at {} (seconds, or percent with p)",
    "fetch_format": "deliver as {}",
    "fps": "{} frames a second",
    "keyframe_interval": "a key frame every {} seconds",
    "opacity": "{} % opaque",
    "page": "page, frame or layer {}",
    "radius": "round the corners by {}",
    "raw_transformation": "also {} (unchecked)",
    "start_offset": "start at {} (seconds, or percent with p)",
    "streaming_profile": "adaptive streaming with profile {}",
    "video_codec": "encode as {}",
    "zoom": "zoom × {}",
}
"""How a parameter is said; others are their name and value."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One component: its `text` in the URL and what it does in `words`."""

    text: str
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know or to improve. `advice` says what to do, `add` what to put into the transformation, if that."""

    rule: str
    message: str
    advice: str
    add: dict[str, Any] | None = None


def explain(transformation: object, resource_type: str = "image") -> list[Explained]:
    """What each component does; `TransformationError` when the transformation is not valid."""
    text = serialise(transformation, resource_type)
    segments = text.split("/") if text else []
    return [Explained(segment, _segment(segment)) for segment in segments]


def _segment(segment: str) -> str:
    try:
        return words(parse(segment)[0])
    except TransformationError:
        return "raw text that is passed on unchecked"


def words(component: Json) -> str:
    """One component (with the SDK's long names, as `parse` gives it) in a sentence."""
    rest = dict(component)
    parts: list[str] = []
    if "if" in rest:
        parts.append(_condition(str(rest.pop("if"))))
    parts.extend(_variables(rest))
    if "transformation" in rest:
        names = rest.pop("transformation")
        parts.append(f"apply the named transformation {names if isinstance(names, str) else ', then '.join(names)}")
    for key, place in (("overlay", "above"), ("underlay", "below")):
        if key in rest:
            parts.append(f"lay {_layer(rest.pop(key))} {place} the asset")
    flags = _flags(rest.pop("flags", None))
    if any(key in rest for key in ("crop", *_SIZES)):
        parts.append(_resize(rest))
    if "effect" in rest:
        parts.append(_effect(str(rest.pop("effect"))))
    for key, value in rest.items():
        parts.append(_parameter(key, value))
    return "; ".join([*parts, *flags]) or "nothing"


def _condition(text: str) -> str:
    if text in {"else", "end"}:
        return "otherwise" if text == "else" else "end of the condition"
    return f"only if {_expression(text)}"


def _expression(value: object) -> str:
    """An expression with names and signs in place of the URL's short words."""
    if not isinstance(value, str) or "_" not in value:
        return str(value)
    names = {short: name for name, short in reference().data["conditions"]["operands"].items()}
    spelled = {**names, **_COMPARED, **_ARITHMETIC}
    return " ".join(spelled.get(token, token).replace("_", " ") for token in value.split("_"))


def _variables(rest: Json) -> list[str]:
    pairs = [(key, rest.pop(key)) for key in [key for key in rest if key.startswith("$")]]
    pairs += [(name, value) for name, value in rest.pop("variables", [])]
    return [f"set {name} to {_expression(value)}" for name, value in pairs]


def _layer(value: object) -> str:
    fields = as_object(value if not isinstance(value, str) else parse_layer(value))
    if fields is None:
        return f"{value}"
    style = " ".join(
        str(fields[key]) for key in ("font_family", "font_size", "font_weight", "font_style") if key in fields
    )
    if "text" in fields:
        return f"the text “{fields['text']}” ({style or fields.get('text_style') or fields.get('public_id')})"
    if "url" in fields:
        return f"the {fields.get('resource_type', 'image')} at {fields['url']}"
    kind = fields.get("resource_type", "image")
    return f"the {kind} {fields['public_id']}" + (f" ({style})" if style else "")


def _flags(value: object) -> list[str]:
    names = [value] if isinstance(value, str) else as_list(value) or []
    return [f"flag {name}: {_flag(name.partition(':')[0])}" for name in names]


def _flag(name: str) -> str:
    item = reference().flags.get(name)
    return _lower(item["description"]) if item else "an old flag"


def _resize(rest: Json) -> str:
    crop = rest.pop("crop", None)
    width, height, ratio = (rest.pop(key, None) for key in _SIZES)
    size = " × ".join(
        f"{_expression(side)}{' px' if isinstance(side, int) else ''}" if side is not None else "any"
        for side in (width, height)
    )
    parts = [size] if width is not None or height is not None else []
    parts += [f"ratio {_expression(ratio)}"] if ratio is not None else []
    modes = {mode["name"]: mode["description"] for mode in reference().data["crop_modes"]}
    text = f"{crop or 'scale'}{' to ' if parts else ''}{', '.join(parts)}"
    if crop in modes:
        text += f" ({_lower(modes[crop])})"
    if gravity := rest.pop("gravity", None):
        text += f", around {gravity}"
    return text


def _effect(value: str) -> str:
    known = reference().effects.get(effect_name(value))
    return f"{value}: {_lower(known.description)}" if known else f"effect {value}"


def _parameter(key: str, value: object) -> str:
    special = _PHRASES.get(f"{key} {value}")
    if special:
        return special
    item = reference().parameters.get(key)
    said = _expression(value) if item is not None and "expression" in item["value_kinds"] else str(value)
    return _SAID[key].format(said) if key in _SAID else f"{key.replace('_', ' ')} {said}"


def _lower(sentence: str) -> str:
    """A sentence of the reference as part of another one."""
    text = sentence.rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def findings(transformation: object, resource_type: str = "image", *, format: str | None = None) -> list[Finding]:
    """What is missing or has no effect. `format` is the URL's extension. Nothing is ever added by itself."""
    text = serialise(transformation, resource_type, format=format) if transformation else ""
    try:
        components = parse(text)
    except TransformationError:
        return []  # raw text of an unknown form: nothing can be said about it
    found: list[Finding] = []
    if resource_type != "raw":
        found.extend(_delivery(components, resource_type, format or extension_of(transformation)))
    for component in components:
        found.extend(_component(component))
    found.extend(_layers(components))
    return found


def _delivery(components: list[Json], resource_type: str, extension: str | None) -> list[Finding]:
    keys: set[str] = {key for component in components for key in component}
    if "transformation" in keys or "raw_transformation" in keys:
        return []
    found: list[Finding] = []
    wanted = "auto:video" if resource_type == "video" and extension not in reference().image_formats else "auto"
    if "fetch_format" not in keys and "streaming_profile" not in keys and not extension:
        message = "no automatic format: every browser gets the same file"
        found.append(Finding("format-auto", message, "add f_auto as a last component", {"fetch_format": wanted}))
    if "quality" not in keys and "streaming_profile" not in keys:
        message = "no automatic quality: the file is larger than it has to be"
        found.append(Finding("quality-auto", message, "add q_auto as a last component", {"quality": "auto"}))
    return found


def _component(component: Json) -> list[Finding]:
    """The reference's warnings, for one component."""
    found: list[Finding] = []
    layered = "overlay" in component or "underlay" in component
    crop = component.get("crop")
    gravity = str(component.get("gravity", ""))
    sized = any(key in component for key in (*_SIZES, "x", "y"))
    if crop and not sized and not gravity.startswith(_DETECTING):
        found.append(Finding("dimension-missing", f"crop {crop} has no size and so no effect", "add width or height"))
    if not crop and not layered and ("width" in component or "height" in component) and "effect" not in component:
        message = "width or height without crop means scale"
        found.append(Finding("size-without-crop", message, "say crop: scale, or fill or limit if that is meant"))
    flags = component.get("flags", [])
    placed = layered or crop or "effect" in component or "layer_apply" in flags or "raw_transformation" in component
    if ("x" in component or "y" in component) and not placed:
        message = "x and y have no effect without a crop, a layer or a positional effect"
        found.append(Finding("xy-alone", message, "remove them or add what they place"))
    known = reference().effects.get(effect_name(str(component.get("effect", ""))))
    if known and (known.data.get("generative") or known.data.get("addon")):
        kind = "generative AI, which costs extra units" if known.data.get("generative") else "an add-on"
        found.append(
            Finding("paid-feature", f"effect {known.name} uses {kind}", "check the plan before using it widely")
        )
    return found


def _layers(components: list[Json]) -> list[Finding]:
    """Layers in the old style, without a component that places them."""
    opened = sum("overlay" in component or "underlay" in component for component in components)
    applied = sum("layer_apply" in str(component.get("flags", "")) for component in components)
    if opened <= applied or len(components) == 1:
        return []
    message = "a layer is not closed by flags layer_apply; what follows it may act on the whole picture"
    return [Finding("layer-apply", message, "end each layer with a component that has flags: layer_apply")]
