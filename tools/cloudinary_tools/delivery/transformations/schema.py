"""A compact JSON schema of one transformation component, small enough to stand in a tool's definition.

Types come from the reference; a description stands only where the name does not say it, an enum only for `crop`: the
sets of effects, flags, formats and gravities are found by words (`lookup.find`) and named by the errors.
"""

from functools import cache

from cloudinary_tools.delivery.transformations.reference import Json, reference

_TYPES = {
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "list of [name, value]": "array",
    "list of [name, value] pairs": "array",
    "object": "object",
}
_COMPOSITES = {"border": "object"}
"""Parameters whose composite value may also be an object."""

_DESCRIPTIONS = {
    "angle": "degrees, hflip, vflip, auto_right …",
    "aspect_ratio": "16:9 or decimal",
    "background": "colour, auto:…, blurred:…, gen_fill[:prompt_…]",
    "border": "5px_solid_black or {width, color}",
    "color_space": "srgb, cmyk, icc:<id> …",
    "default_image": "id.ext shown when missing",
    "delay": "ms between frames",
    "dpr": "number or auto",
    "effect": "name[:args], e.g. blur:300",
    "fetch_format": "f_: auto, webp, avif …",
    "flags": "e.g. layer_apply, attachment",
    "format": "URL extension",
    "gravity": "auto, face, north_west …; needs a cropping crop or a layer",
    "if": "e.g. width > 300; else; end",
    "offset": "start..end seconds or %",
    "overlay": "id (: for /) or {public_id|url|text, font_family, font_size, font_weight, resource_type …}",
    "page": "number, 2-4;6, name:<layer>",
    "quality": "1-100, auto, auto:eco …",
    "radius": "pixels, max, or corners",
    "raw_transformation": "URL syntax, unchecked",
    "size": "WxH",
    "streaming_profile": "hd, full_hd, auto …",
    "transformation": "named transformation, or components before this one",
    "underlay": "like overlay",
    "variables": "[[$name, value]]; $name keys work too",
    "video_codec": "auto, h264:main:4.1 …",
    "width": "pixels, fraction, auto, expression",
}


def _types(item: Json) -> str | list[str]:
    """The JSON types of a parameter's values."""
    kinds = list(dict.fromkeys(_TYPES.get(kind, "string") for kind in item["value_kinds"]))
    if item["key"] in _COMPOSITES:
        kinds.append(_COMPOSITES[item["key"]])
    return kinds[0] if len(kinds) == 1 else kinds


@cache
def component_schema() -> Json:
    """The JSON schema of one component (an object); other keys the service knows still validate."""
    facts = reference()
    properties: Json = {}
    for name, item in facts.parameters.items():
        if name.startswith("$"):
            continue
        entry: Json = {"type": _types(item)}
        if "array" in entry["type"]:
            entry["items"] = {}  # some hosts refuse a list that does not say of what
        if name == "crop":
            entry = {"enum": list(facts.values("crop"))}
        if name in _DESCRIPTIONS:
            entry["description"] = _DESCRIPTIONS[name]
        properties[name] = entry
    return {"type": "object", "properties": properties}
