"""The effects that are rendered; every other one is refused by its name.

Cloudinary does not publish how its effects are computed: where a strength or recipe is ours, the rendering says so as
an approximation.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from PIL import Image

from cloudinary_sandbox.rendering.contract import Unsupported
from cloudinary_sandbox.rendering.effects.bending import BENDING
from cloudinary_sandbox.rendering.effects.blending import BLENDS
from cloudinary_sandbox.rendering.effects.call import Effect, EffectCall
from cloudinary_sandbox.rendering.effects.colours import COLOURS
from cloudinary_sandbox.rendering.effects.outlines import OUTLINES
from cloudinary_sandbox.rendering.effects.painting import PAINTING
from cloudinary_sandbox.rendering.effects.regions import REGION_EFFECTS
from cloudinary_sandbox.rendering.effects.tones import TONES

__all__ = ["BLENDS", "EFFECTS", "PLACED", "REGION_EFFECTS", "EffectCall", "apply_effect", "split_effect"]

EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {**TONES, **COLOURS, **PAINTING, **OUTLINES, **BENDING, **REGION_EFFECTS}
)
"""Every effect on a single picture, by its name."""

PLACED = frozenset({"displace", "gradient_fade", "shadow"})
"""Effects that take x and y of their component for themselves; those on regions take its size and gravity, too."""

_COLON = re.compile(r"(?<!\brgb):")


def split_effect(text: str) -> tuple[str, tuple[str, ...]]:
    """The name and the arguments of `name:one:two`; `rgb:` keeps its digits."""
    name, *arguments = _COLON.split(text)
    return name, tuple(arguments)


def apply_effect(image: Image.Image, call: EffectCall) -> Image.Image:
    """Carry out an effect on an RGB or RGBA picture.

    `Unsupported` for an effect that is not rendered, `RenderError` for wrong arguments.
    """
    if call.name in BLENDS:
        raise call.fault("it needs a layer: put it into the component with fl_layer_apply")
    effect = EFFECTS.get(call.name)
    if effect is None:
        raise Unsupported(f"the effect {call.name}")
    return effect(image, call)
