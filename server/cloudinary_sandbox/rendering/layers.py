"""Layers: which picture a component brings, and how it is put onto the one below."""

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote

from PIL import Image

from cloudinary_sandbox.rendering.contract import LayerRef, LayerSource, RenderError, Unsupported, invalid
from cloudinary_sandbox.rendering.effects.blending import blended
from cloudinary_sandbox.rendering.effects.call import EffectCall
from cloudinary_sandbox.rendering.geometry import COMPASS, middle, placed, whole
from cloudinary_sandbox.rendering.geometry_ops import masked, with_alpha
from cloudinary_sandbox.rendering.pending import Picture
from cloudinary_sandbox.rendering.source import load
from cloudinary_sandbox.rendering.text import is_style
from cloudinary_sandbox.rendering.vision import REGIONS, GravityFinder

_DELIVERY_TYPES = frozenset({"upload", "private", "authenticated", "fetch", "facebook", "twitter", "gravatar", "asset"})
_REFUSED = frozenset({"video", "audio", "lut"})
_EXTENSION = re.compile(r"(.+)\.([A-Za-z0-9]{2,5})")


@dataclass(frozen=True, slots=True)
class TextRef:
    """A text layer: the text of its style, and the text itself with variables still in it."""

    style: str
    text: str


@dataclass(frozen=True, slots=True)
class SubtitlesRef:
    """A layer of subtitles: the text of its style ("" for none) and the public ID of the raw file."""

    style: str
    public_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a layer goes: `under` the base or above, repeated, as a mask, or kept within the canvas."""

    gravity: str = "center"
    x: float = 0.0
    y: float = 0.0
    under: bool = False
    tiled: bool = False
    cutter: bool = False
    no_overflow: bool = False


def read_layer(text: str) -> LayerRef | TextRef | SubtitlesRef:
    """Read `brand:logo.png`, `authenticated:logo`, `fetch:<base64 url>`, `text:Arial_40:Hello`, `subtitles:en.srt`."""
    kind, _, rest = text.partition(":")
    if kind == "text":
        # The style has no colon of its own, unless it is the path of a stored one.
        style, separator, words = rest.partition(":")
        if not separator or not words:
            raise invalid("overlay", text)
        return TextRef(unquote(style), unquote(words))
    if kind == "subtitles" and rest:
        first, _, others = rest.partition(":")
        style, name = (unquote(first), others) if others and is_style(unquote(first)) else ("", rest)
        return SubtitlesRef(style, unquote(name).replace(":", "/"))
    if kind in _REFUSED and rest:
        raise Unsupported(f"{kind} layers")
    if kind == "image" and rest:
        kind, _, rest = rest.partition(":") if ":" in rest else (rest, "", "")
    if kind == "fetch" and rest:
        return LayerRef(rest, type="fetch", url=_url(rest))
    if kind in _DELIVERY_TYPES and rest:
        return LayerRef(unquote(rest).replace(":", "/"), type=kind)
    whole_id = f"{kind}:{rest}" if rest else kind
    return LayerRef(unquote(whole_id).replace(":", "/"))


def _url(encoded: str) -> str:
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise invalid("overlay", f"fetch:{encoded}") from None


def open_layer(ref: LayerRef, source: LayerSource) -> Picture:
    """The picture of a layer; an id that ends like a file name is also looked up without its extension."""
    path = source(ref)
    if path is None and (match := _EXTENSION.fullmatch(ref.public_id)) and ref.url is None:
        path = source(LayerRef(match[1], ref.resource_type, ref.type, match[2].lower()))
    if path is None:
        raise RenderError(f"Resource not found - {ref.url or ref.public_id}", 404)
    return load(path)


def put(
    base: Image.Image, layer: Image.Image, place: Place, finder: GravityFinder, joining: EffectCall | None = None
) -> Image.Image:
    """Join base and layer. A layer that sticks out makes the canvas larger unless it must not.

    `joining` is an effect that blends the two; what sticks out is cut off then.
    """
    layer = with_alpha(layer)
    if place.tiled:
        layer = _tiled(layer, base.size)
    if joining and joining.name == "displace":
        return blended(base, layer, (0, 0), joining)  # its x and y are a strength and no place
    left, top = _corner(base, layer, place, finder)
    if joining:
        return blended(base, layer, (left, top), joining)
    if place.cutter:
        mask = Image.new("L", base.size, 0)
        mask.paste(layer.getchannel("A"), (left, top))
        return masked(base, mask)
    if place.no_overflow or place.tiled:
        x = y = 0
        canvas = base.size
    else:
        x, y = max(0, -left), max(0, -top)
        canvas = whole(max(base.width, left + layer.width) + x, max(base.height, top + layer.height) + y)
    if canvas == base.size and not place.under:
        result = base.convert("RGBA")  # always a new picture
        _compose(result, layer, (left, top))
        return result
    result = Image.new("RGBA", canvas, (0, 0, 0, 0))
    parts = [(with_alpha(base), (x, y)), (layer, (left + x, top + y))]
    for picture, at in reversed(parts) if place.under else parts:
        _compose(result, picture, at)
    return result


def _compose(canvas: Image.Image, picture: Image.Image, at: tuple[int, int]) -> None:
    """Alpha-composite in place; what lies outside the canvas is cut off."""
    hidden = max(0, -at[0]), max(0, -at[1])
    if hidden[0] < picture.width and hidden[1] < picture.height and at[0] < canvas.width and at[1] < canvas.height:
        canvas.alpha_composite(picture, (max(0, at[0]), max(0, at[1])), hidden)


def _corner(base: Image.Image, layer: Image.Image, place: Place, finder: GravityFinder) -> tuple[int, int]:
    if place.tiled:
        return 0, 0
    kind = place.gravity.partition(":")[0]
    if kind == "xy_center":
        return round(place.x - layer.width / 2), round(place.y - layer.height / 2)
    if kind in REGIONS:
        region = finder.region(base, place.gravity)
        across, down = middle(region) if region else (base.width / 2, base.height / 2)
        return round(across - layer.width / 2 + place.x), round(down - layer.height / 2 + place.y)
    if place.gravity not in COMPASS:
        raise Unsupported(f"the gravity {place.gravity} for a layer")
    return placed(place.gravity, base.size, layer.size, place.x, place.y)


def _tiled(layer: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Repeat a layer over a whole canvas; what is there already is doubled, so a tiny tile costs no more."""
    tiled = Image.new("RGBA", size, (0, 0, 0, 0))
    tiled.paste(layer)
    across, down = layer.size
    while across < size[0]:
        tiled.paste(tiled.crop((0, 0, across, down)), (across, 0))
        across *= 2
    while down < size[1]:
        tiled.paste(tiled.crop((0, 0, size[0], down)), (0, down))
        down *= 2
    return tiled
