"""Effects that tell how a layer joins the picture below it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PIL import Image, ImageChops

from cloudinary_sandbox.rendering.effects.bending import displaced, wavy
from cloudinary_sandbox.rendering.effects.call import EffectCall
from cloudinary_sandbox.rendering.geometry_ops import masked, with_alpha

Blend = Callable[[Image.Image, Image.Image, tuple[int, int], EffectCall], Image.Image]
"""Joins a base and a layer whose left top corner is given; both RGBA, the result has the base's size."""


@dataclass(frozen=True, slots=True)
class _Mixed:
    """A blend mode of two colours."""

    mix: Callable[[Image.Image, Image.Image], Image.Image]

    def __call__(self, base: Image.Image, layer: Image.Image, at: tuple[int, int], call: EffectCall) -> Image.Image:
        call.nothing()
        cover = _placed(base.size, layer, at)
        mixed = self.mix(base.convert("RGB"), cover.convert("RGB"))
        colours = Image.composite(mixed, base.convert("RGB"), cover.getchannel("A"))
        colours.putalpha(base.getchannel("A"))
        return colours


def _placed(size: tuple[int, int], layer: Image.Image, at: tuple[int, int]) -> Image.Image:
    cover = Image.new("RGBA", size, (0, 0, 0, 0))
    cover.paste(layer, at)
    return cover


def _mask(base: Image.Image, layer: Image.Image, at: tuple[int, int], call: EffectCall) -> Image.Image:
    """Keep what lies under the light and opaque parts of the layer."""
    call.nothing()
    cover = _placed(base.size, layer, at)
    return masked(base, ImageChops.multiply(cover.convert("L"), cover.getchannel("A")))


def _cut_out(base: Image.Image, layer: Image.Image, at: tuple[int, int], call: EffectCall) -> Image.Image:
    """Take away what lies under the layer."""
    call.nothing()
    return masked(base, ImageChops.invert(_placed(base.size, layer, at).getchannel("A")))


def _anti_removal(base: Image.Image, layer: Image.Image, at: tuple[int, int], call: EffectCall) -> Image.Image:
    level = call.level(50, 1, 100)
    call.approximate("as a slight wave")
    result = base.copy()
    result.alpha_composite(_placed(base.size, wavy(layer, level), at))
    return result


def _displace(base: Image.Image, layer: Image.Image, at: tuple[int, int], call: EffectCall) -> Image.Image:
    call.nothing()
    call.approximate("in squares of 8 pixels")
    return displaced(base, layer, call.x or 0, call.y or 0)


BLENDS: Mapping[str, Blend] = MappingProxyType(
    {
        "anti_removal": _anti_removal,
        "cut_out": _cut_out,
        "displace": _displace,
        "mask": _mask,
        "multiply": _Mixed(ImageChops.multiply),
        "overlay": _Mixed(ImageChops.overlay),
        "screen": _Mixed(ImageChops.screen),
    }
)
"""The effects of `fl_layer_apply` that blend; in `displace` x and y are the strength and no place."""


def blended(base: Image.Image, layer: Image.Image, at: tuple[int, int], call: EffectCall) -> Image.Image:
    """Join base and layer as the effect says."""
    return BLENDS[call.name](with_alpha(base), with_alpha(layer), at, call)
