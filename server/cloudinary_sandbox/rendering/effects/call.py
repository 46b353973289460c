"""How an effect is asked for: its own arguments, and what the component around it says."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from cloudinary_sandbox.rendering.colour import Rgba, colour
from cloudinary_sandbox.rendering.contract import RenderError, RenderNotes, invalid
from cloudinary_sandbox.rendering.geometry_ops import as_rgb
from cloudinary_sandbox.rendering.vision import GravityFinder


@dataclass(frozen=True, slots=True)
class EffectCall:
    """One effect: `text` as in the URL, and `arguments`, its parts after the name.

    From the component come `colour` (`co_`), `x` and `y`, `width` and `height` in pixels, and `gravity`; each is None
    (or "") when not given. `finder` knows faces and stored regions; `notes` takes what is only approximated.
    """

    text: str
    arguments: tuple[str, ...]
    finder: GravityFinder
    notes: RenderNotes
    colour: Rgba | None = None
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    gravity: str = ""

    @property
    def name(self) -> str:
        """The effect's name."""
        return self.text.partition(":")[0]

    def argument(self, at: int) -> str:
        """The argument at a position, "" when there is none."""
        return self.arguments[at] if at < len(self.arguments) else ""

    def at_most(self, count: int) -> None:
        """Refuse more arguments than the effect knows."""
        if len(self.arguments) > count:
            raise self.fault("too many values")

    def number(self, at: int, default: float, low: float, high: float) -> float:
        """The number at a position, within its range; the default when it is not given."""
        text = self.argument(at)
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            raise self.fault(f"{text} is no number") from None
        if not low <= value <= high:
            raise self.fault(f"{low:g} to {high:g}")
        return value

    def level(self, default: float, low: float, high: float) -> float:
        """The only argument, a number."""
        self.at_most(1)
        return self.number(0, default, low, high)

    def nothing(self) -> None:
        """For an effect that takes no argument."""
        if self.arguments:
            raise self.fault("takes no value")

    def colour_at(self, at: int) -> Rgba:
        """The colour at a position: a CSS name, or hex digits with or without `rgb:`."""
        return colour(self.argument(at), "effect")

    def fault(self, why: str) -> RenderError:
        """The error for arguments that are wrong."""
        return invalid("effect", f"{self.text} ({why})")

    def approximate(self, how: str = "") -> None:
        """Note that Cloudinary's own recipe is not known."""
        self.notes.approximate(f"e_{self.name} {how}".strip())


Effect = Callable[[Image.Image, EffectCall], Image.Image]
"""Makes a new picture of an RGB or RGBA one."""


def on_colours(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Change the colours of a picture and leave its transparency alone. `change` keeps the size."""
    changed = change(as_rgb(image))
    if image.mode == "RGBA":
        changed.putalpha(image.getchannel("A"))
    return changed


def per_level(image: Image.Image, change: Callable[[float], float]) -> Image.Image:
    """Map every channel through a curve on 0.0-1.0."""
    table = [max(0, min(255, round(255 * change(level / 255)))) for level in range(256)]
    return image.point(table * len(image.getbands()))
