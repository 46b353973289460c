"""Read the values of a component: sizes, ratios, corners, borders, colours."""

import re
from dataclasses import dataclass

from cloudinary_sandbox.rendering import geometry_ops
from cloudinary_sandbox.rendering.colour import Rgba, colour
from cloudinary_sandbox.rendering.contract import invalid
from cloudinary_sandbox.rendering.evaluate import Scope
from cloudinary_sandbox.rendering.geometry import Size, TargetSize
from cloudinary_sandbox.rendering.steps import NAMES, RenderStep

_BORDER = re.compile(r"(\d+(?:\.\d+)?)px_solid_(.+)")
_AUTO_WIDTH = re.compile(r"auto(?::(\d+):(\d+)|:(\d+)|:breakpoints.*)?")
_PART = re.compile(r"-?\d*\.\d+")


@dataclass(frozen=True, slots=True)
class StepValues:
    """The values of one step, with variables and arithmetic worked out in a scope."""

    step: RenderStep
    scope: Scope

    def has(self, key: str) -> bool:
        """Whether the step has this parameter."""
        return key in self.step.values

    def text(self, key: str, default: str = "") -> str:
        """A parameter as text, with its variables filled in."""
        return self.scope.filled_in(self.step.values.get(key, default))

    def number(self, key: str, default: float) -> float:
        """A parameter as a number."""
        return self.scope.number(self.step.values[key], NAMES[key]) if self.has(key) else default

    def dpr(self) -> float:
        """The device pixel ratio, by which all pixels of the component are multiplied."""
        text = self.step.values.get("dpr", "1")
        if text == "auto":
            return 1.0  # without client hints, as Cloudinary falls back
        factor = self.scope.number(text, NAMES["dpr"])
        if not 0 < factor <= 10:
            raise invalid("dpr", text)
        return factor

    def length(self, key: str, side: float) -> float | None:
        """Pixels of a size or coordinate: a number with a decimal point (or below one) is a part of `side`."""
        text = self.step.values.get(key)
        if text is None:
            return None
        factor = self.dpr()
        if key == "w" and (match := _AUTO_WIDTH.fullmatch(text)):
            # Without client hints the width stays as it is, or is the one given for that case.
            return float(match[2]) * factor if match[2] else None
        value = self.scope.number(text, NAMES[key])
        is_part = bool(_PART.fullmatch(text)) or (text.startswith("$") and 0 < abs(value) < 1)
        return value * side if is_part else value * factor

    def target(self, base: Size) -> TargetSize:
        """The asked size; fractions are parts of `base`."""
        width, height = self.length("w", base[0]), self.length("h", base[1])
        for key, side in (("w", width), ("h", height)):
            if side is not None and side <= 0:
                raise invalid(NAMES[key], self.step.values[key])
        ratio = self.number("ar", 1)
        if ratio <= 0:
            raise invalid(NAMES["ar"], self.step.values["ar"])
        return TargetSize(width, height, ratio if self.has("ar") else None)

    def corners(self) -> geometry_ops.Radii | None:
        """The corner radii, None when no corner is round."""
        text = self.text("r")
        if not text:
            return None
        factor, infinite = self.dpr(), float("inf")
        values = [
            infinite if part == "max" else self.scope.number(part, NAMES["r"]) * factor for part in text.split(":")
        ]
        corners = geometry_ops.radii(values)
        return corners if any(corners) else None

    def border(self) -> tuple[float, Rgba]:
        """Width in pixels and colour of the border."""
        text = self.text("bo")
        match = _BORDER.fullmatch(text)
        if not match:
            raise invalid("border", text)
        return float(match[1]) * self.dpr(), colour(match[2], "border")

    def colour(self, key: str) -> Rgba:
        """A parameter as a colour."""
        return colour(self.text(key), NAMES[key])
