"""Effects on the time and the sound of a film: faster, backwards, again, faded, louder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from cloudinary_sandbox.rendering.colour import Rgba, colour
from cloudinary_sandbox.rendering.contract import RenderError, invalid
from cloudinary_sandbox.rendering.effects import split_effect

NAMES = frozenset({"accelerate", "boomerang", "fade", "loop", "progressbar", "reverse", "volume"})
"""The effects that are carried out on a film as a whole."""
_FADE = 2000.0
_MOST_LOOPS = 100
_BAR = ("bar", (255, 0, 0, 255), 10)


@dataclass(frozen=True, slots=True)
class FilmEffects:
    """What is done to a film as a whole. `fade_in` and `fade_out` are seconds of the result, `volume` is FFmpeg's."""

    speed: float = 1.0
    reverse: bool = False
    boomerang: bool = False
    rounds: int = 1
    fade_in: float = 0.0
    fade_out: float = 0.0
    volume: str = ""
    bar: tuple[str, Rgba, int] | None = None

    @property
    def passes(self) -> list[bool]:
        """How often the film is played, and for each time whether backwards."""
        once = [self.reverse, not self.reverse] if self.boomerang else [self.reverse]
        return once * self.rounds

    @property
    def needs_length(self) -> bool:
        """Whether the film's length has to be known."""
        return len(self.passes) > 1 or self.reverse or self.fade_out > 0 or self.bar is not None

    def shown(self, image: Image.Image, at: float, total: float) -> Image.Image:
        """An opaque picture as it looks at a time in seconds of the result, which is `total` long."""
        if self.bar:
            image = _with_bar(image, self.bar, at / total if total else 1.0)
        share = min(1.0, at / self.fade_in) if self.fade_in else 1.0
        if self.fade_out:
            share *= max(0.0, min(1.0, (total - at) / self.fade_out))
        return image if share == 1 else Image.blend(Image.new("RGB", image.size), image.convert("RGB"), share)


def read_film_effects(texts: Sequence[str]) -> FilmEffects:
    """What a film's effects come to; a later one of the same kind wins. `RenderError` for wrong values."""
    found = FilmEffects()
    for text in texts:
        name, arguments = split_effect(text)
        if name == "progressbar":
            found = replace(found, bar=_read_bar(text, arguments))
            continue
        if len(arguments) > 1:
            raise invalid("effect", text)
        found = _with(found, name, arguments[0] if arguments else "", text)
    return found


def _with(found: FilmEffects, name: str, argument: str, text: str) -> FilmEffects:
    match name:
        case "accelerate":
            return replace(found, speed=1 + _number(argument or "0", text, -50, 100) / 100)
        case "loop":
            return replace(found, rounds=1 + round(_number(argument or "1", text, 0, _MOST_LOOPS)))
        case "fade":
            seconds = _number(argument or str(_FADE), text, -600_000, 600_000) / 1000
            return replace(found, fade_out=-seconds) if seconds < 0 else replace(found, fade_in=seconds)
        case "volume":
            return replace(found, volume=_read_volume(argument, text))
        case _ if argument:
            raise invalid("effect", f"{text} (takes no value)")
        case "boomerang":
            return replace(found, boomerang=True)
        case _:
            return replace(found, reverse=True)


def _number(argument: str, text: str, low: float, high: float) -> float:
    try:
        value = float(argument)
    except ValueError:
        raise invalid("effect", text) from None
    if not low <= value <= high:
        raise invalid("effect", f"{text} ({low:g} to {high:g})")
    return value


def _read_volume(argument: str, text: str) -> str:
    """`mute`, decibels (`-10db`), or the percent by which it gets louder."""
    if argument == "mute":
        return "0"
    if argument.lower().endswith("db"):
        return f"{_number(argument[:-2], text, -100, 60):g}dB"
    return f"{1 + _number(argument or '0', text, -100, 400) / 100:g}"


def _read_bar(text: str, arguments: Sequence[str]) -> tuple[str, Rgba, int]:
    """`bar` or `frame`, its colour and its width in pixels, by place or as `type_`, `color_` and `width_`."""
    kind, shade, width = _BAR
    for at, argument in enumerate(arguments):
        key, _, value = argument.partition("_")
        if key not in {"type", "color", "width"} or not value:
            if at > 2:
                raise invalid("effect", text)
            key, value = ("type", "color", "width")[at], argument
        if key == "type":
            kind = value
        elif key == "color":
            shade = colour(value, "effect")
        else:
            width = round(_number(value, text, 1, 200))
    if kind not in {"bar", "frame"}:
        raise invalid("effect", text)
    return kind, shade, width


def _with_bar(image: Image.Image, bar: tuple[str, Rgba, int], share: float) -> Image.Image:
    """A line that grows along the lower edge, or around the whole frame."""
    kind, shade, thick = bar
    result = image.copy()
    pen = ImageDraw.Draw(result)
    width, height = image.size
    if kind == "bar":
        pen.rectangle((0, height - thick, round(width * share), height), fill=shade)
        return result
    done = round(share * 2 * (width + height))
    top, right, bottom = min(done, width), done - width, done - width - height
    pen.rectangle((0, 0, top, thick - 1), fill=shade)
    if right > 0:
        pen.rectangle((width - thick, 0, width, min(right, height)), fill=shade)
    if bottom > 0:
        pen.rectangle((width - min(bottom, width), height - thick, width, height), fill=shade)
    if (left := bottom - width) > 0:
        pen.rectangle((0, height - min(left, height), thick - 1, height), fill=shade)
    return result


def check_length(effects: FilmEffects, length: float) -> None:
    """Refuse what cannot be done to a film of unknown length (0)."""
    if effects.needs_length and length <= 0:
        raise RenderError("Invalid effect in transformation: the length of the video is not known")
