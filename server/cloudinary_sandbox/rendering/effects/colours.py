"""Effects that give colours another meaning: tints, replacements, matrices, and help for the colour-blind."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from PIL import Image, ImageChops, ImageFilter, ImageOps

from cloudinary_sandbox.rendering.colour import Rgba
from cloudinary_sandbox.rendering.effects.call import Effect, EffectCall, on_colours, per_level
from cloudinary_sandbox.rendering.effects.patterns import tiled

Rgb = tuple[float, float, float]
"""Three channels from 0.0 to 1.0."""
Matrix = tuple[Rgb, Rgb, Rgb]

_GREY: Rgba = (128, 128, 128, 255)
_RED: Rgba = (255, 0, 0, 255)
_DULL = 40
"""Saturation (of 255) below which a colour is not taken for the prominent one."""
_FINE = 33
"""Steps per channel of a colour table with a sharp edge."""
_COARSE = 17
_MOST_TINTS = 10

_VISION: Mapping[str, Matrix] = MappingProxyType(
    {
        # Machado, Oliveira and Fernandes 2009, on linear light; anomalies at severity 0.6.
        "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.052)),
        "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.96888)),
        "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.69137, 0.3039)),
        "deuteranomaly": ((0.498864, 0.674741, -0.173604), (0.2052, 0.754872, 0.039929), (-0.01113, 0.030969, 0.98016)),
        "tritanomaly": ((1.104996, -0.046633, -0.058363), (-0.032137, 0.971635, 0.0605), (0.001336, 0.31792, 0.68074)),
        "rod_monochromacy": ((0.2127, 0.7152, 0.0722), (0.2127, 0.7152, 0.0722), (0.2127, 0.7152, 0.0722)),
        "cone_monochromacy": ((0.0178, 0.1094, 0.8728), (0.0178, 0.1094, 0.8728), (0.0178, 0.1094, 0.8728)),
    }
)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(light: float) -> float:
    light = max(0.0, min(1.0, light))
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _times(matrix: Matrix, colour: Rgb) -> Rgb:
    red, green, blue = colour
    rows = [row[0] * red + row[1] * green + row[2] * blue for row in matrix]
    return rows[0], rows[1], rows[2]


def _lab(colour: Rgb) -> Rgb:
    """CIE L*a*b* (D65) of an sRGB colour."""
    red, green, blue = (_linear(channel) for channel in colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _from_lab(lab: Rgb) -> Rgb:
    fy = (lab[0] + 16) / 116
    fx, fz = fy + lab[1] / 500, fy - lab[2] / 200
    x, y, z = (t**3 if t**3 > 0.008856 else (t - 16 / 116) / 7.787 for t in (fx, fy, fz))
    x, z = x * 0.9505, z * 1.089
    return (
        _encoded(3.2406 * x - 1.5372 * y - 0.4986 * z),
        _encoded(-0.9689 * x + 1.8758 * y + 0.0415 * z),
        _encoded(0.0557 * x - 0.2040 * y + 1.0570 * z),
    )


def _share(colour: Rgba) -> Rgb:
    return colour[0] / 255, colour[1] / 255, colour[2] / 255


def _table(size: int, change: Callable[[float, float, float], Rgb]) -> ImageFilter.Color3DLUT:
    return ImageFilter.Color3DLUT.generate(size, change)


def _colorize(image: Image.Image, call: EffectCall) -> Image.Image:
    share = call.level(100, 0, 100) / 100
    tone = Image.new("RGB", image.size, (call.colour or _GREY)[:3])
    return on_colours(image, lambda colours: Image.blend(colours, tone, share))


def _tint(image: Image.Image, call: EffectCall) -> Image.Image:
    words = list(call.arguments)
    equalize = words[:1] == ["equalize"]
    if equalize:
        del words[0]
    amount = 60.0
    if words and words[0].replace(".", "", 1).isdigit() and len(words[0]) < 4:
        amount = float(words.pop(0))
        if amount > 100:
            raise call.fault("the amount is 0 to 100")
    stops = _stops(words, call)
    call.approximate()

    def tinted(colours: Image.Image) -> Image.Image:
        grey = colours.convert("L")
        if equalize:
            grey = ImageOps.equalize(grey)
        ramp = [_between(stops, level / 255) for level in range(256)]
        bands = [grey.point([round(shade[at]) for shade in ramp]) for at in range(3)]
        return Image.blend(colours, Image.merge("RGB", bands), amount / 100)

    return on_colours(image, tinted)


def _stops(words: list[str], call: EffectCall) -> list[tuple[float, Rgba]]:
    """The colours of a tint with their places from dark (0.0) to light (1.0); evenly spread unless `45p` says."""
    colours: list[Rgba] = []
    places: list[float | None] = []
    for word in words:
        if colours and word.endswith("p") and word[:-1].replace(".", "", 1).isdigit():
            places[-1] = float(word[:-1]) / 100
        else:
            colours.append(EffectCall(call.text, (word,), call.finder, call.notes).colour_at(0))
            places.append(None)
    if len(colours) > _MOST_TINTS:
        raise call.fault(f"at most {_MOST_TINTS} colors")
    if not colours:
        colours, places = [_RED], [None]
    if len(colours) == 1:
        # A single colour stands between black and white.
        return [(0.0, (0, 0, 0, 255)), (places[0] or 0.6, colours[0]), (1.0, (255, 255, 255, 255))]
    spread = [at / (len(colours) - 1) if place is None else place for at, place in enumerate(places)]
    return sorted(zip(spread, colours, strict=True), key=lambda stop: stop[0])


def _between(stops: Sequence[tuple[float, Rgba]], at: float) -> Rgb:
    below = max((stop for stop in stops if stop[0] <= at), key=lambda stop: stop[0], default=stops[0])
    above = min((stop for stop in stops if stop[0] >= at), key=lambda stop: stop[0], default=stops[-1])
    room = above[0] - below[0]
    share = (at - below[0]) / room if room else 0.0
    mixed = [one + (other - one) * share for one, other in zip(below[1][:3], above[1][:3], strict=True)]
    return mixed[0], mixed[1], mixed[2]


def _replace_color(image: Image.Image, call: EffectCall) -> Image.Image:
    call.at_most(3)
    target = call.colour_at(0)
    tolerance = call.number(1, 50, 0, 400)
    source = call.colour_at(2) if call.argument(2) else _prominent(image)
    call.approximate("by distance in LAB")
    return on_colours(image, lambda colours: colours.filter(_replacing(source, target, tolerance)))


def _prominent(image: Image.Image) -> Rgba:
    """The commonest colour that is not dull."""
    small = image.convert("RGB")
    small.thumbnail((128, 128), Image.Resampling.BOX)
    counted = small.quantize(32).convert("RGB").getcolors(64) or []
    best, weight = _RED, -1
    for count, shade in counted:
        assert isinstance(shade, tuple)
        saturation = max(shade) - min(shade)
        if saturation >= _DULL and count * saturation > weight:
            best, weight = (shade[0], shade[1], shade[2], 255), count * saturation
    return best


@lru_cache(maxsize=4)
def _replacing(source: Rgba, target: Rgba, tolerance: float) -> ImageFilter.Color3DLUT:
    """Move the colours near `source` by its way to `target`; light and shade go along."""
    start, end = _lab(_share(source)), _lab(_share(target))

    def change(red: float, green: float, blue: float) -> Rgb:
        own = _lab((red, green, blue))
        # A shadow differs in lightness more than in hue, so lightness counts for less.
        apart = math.hypot((own[0] - start[0]) / 3, own[1] - start[1], own[2] - start[2])
        share = max(0.0, min(1.0, 2 - 2 * apart / tolerance)) if tolerance else float(apart < 1)
        if not share:
            return red, green, blue
        moved = [one + (there - here) * share for one, here, there in zip(own, start, end, strict=True)]
        return _from_lab((moved[0], moved[1], moved[2]))

    return _table(_FINE, change)


def _recolor(image: Image.Image, call: EffectCall) -> Image.Image:
    """Each new channel is a weighted sum of the old ones; sixteen numbers include the opacity."""
    if len(call.arguments) not in {9, 16}:
        raise call.fault("9 or 16 numbers")
    values = [call.number(at, 0, -1000, 1000) for at in range(len(call.arguments))]
    side = 3 if len(values) == 9 else 4
    rows = [values[at : at + side] for at in range(0, len(values), side)]
    if image.mode == "RGB":
        return _recolored(image, rows)
    bands = image.split()
    made = [_weighted(bands, row) for row in rows]
    return Image.merge("RGBA", (*made[:3], made[3] if side == 4 else bands[3]))


def _recolored(image: Image.Image, rows: Sequence[Sequence[float]]) -> Image.Image:
    """An opaque picture: its opacity is the same everywhere, so it adds a constant."""
    full = [(*row[:3], row[3] * 255 if len(row) == 4 else 0.0) for row in rows]
    made = image.convert("RGB", tuple(value for row in full[:3] for value in row))
    if len(full) == 4:
        made.putalpha(image.convert("L", full[3]))
    return made


def _weighted(bands: Sequence[Image.Image], row: Sequence[float]) -> Image.Image:
    """A sum in which what is negative and what exceeds white is cut off at the end only."""
    total = Image.new("F", bands[0].size, 0)
    for band, weight in zip(bands, row, strict=False):
        part = band.convert("F").point(lambda level, weight=weight: level * weight + 0)
        total = _added(total, part)
    return total.convert("L")


def _added(one: Image.Image, other: Image.Image) -> Image.Image:
    from PIL import ImageMath

    return ImageMath.lambda_eval(lambda args: args["one"] + args["other"], one=one, other=other)


@lru_cache(maxsize=len(_VISION))
def _seen_with(condition: str) -> ImageFilter.Color3DLUT:
    matrix = _VISION[condition]

    def change(red: float, green: float, blue: float) -> Rgb:
        light = _times(matrix, (_linear(red), _linear(green), _linear(blue)))
        return _encoded(light[0]), _encoded(light[1]), _encoded(light[2])

    return _table(_FINE, change)


def _simulate_colorblind(image: Image.Image, call: EffectCall) -> Image.Image:
    call.at_most(1)
    condition = call.argument(0) or "deuteranopia"
    if condition not in _VISION:
        raise call.fault(f"one of {', '.join(sorted(_VISION))}")
    call.approximate("by Machado's model")
    return on_colours(image, lambda colours: colours.filter(_seen_with(condition)))


@lru_cache(maxsize=1)
def _xray() -> ImageFilter.Color3DLUT:
    """What red-green blindness loses is shown as blue against yellow."""

    def change(red: float, green: float, blue: float) -> Rgb:
        lost = red - green
        return (
            max(0.0, min(1.0, red - lost * 0.35)),
            max(0.0, min(1.0, green + lost * 0.35)),
            max(0.0, min(1.0, blue + lost * 0.8)),
        )

    return _table(_COARSE, change)


def _assist_colorblind(image: Image.Image, call: EffectCall) -> Image.Image:
    call.approximate()
    if call.argument(0) == "xray":
        call.at_most(1)
        return on_colours(image, lambda colours: colours.filter(_xray()))
    strength = call.level(10, 1, 100)
    return on_colours(image, lambda colours: _striped(colours, strength))


def _striped(image: Image.Image, strength: float) -> Image.Image:
    """Stripes that rise over what is red and fall over what is green."""
    red, green, _ = image.split()
    gap = max(6, min(image.size) // 40)
    share = min(1.0, 0.2 + strength / 50)
    result = image
    for colour, rising in ((ImageChops.subtract(red, green), True), (ImageChops.subtract(green, red), False)):
        mask = per_level(colour, lambda x: share if x > 0.15 else 0.0)
        result = Image.composite(
            per_level(result, lambda x: x * 0.55),
            result,
            ImageChops.multiply(mask, _stripes(image.size, gap, rising=rising)),
        )
    return result


def _stripes(size: tuple[int, int], gap: int, *, rising: bool) -> Image.Image:
    tile = Image.new("L", (gap, gap), 0)
    for row in range(gap):
        for across in range(max(1, gap // 3)):
            tile.putpixel(((across + (row if rising else gap - row)) % gap, row), 255)
    return tiled(tile, size)


COLOURS: Mapping[str, Effect] = MappingProxyType(
    {
        "assist_colorblind": _assist_colorblind,
        "colorize": _colorize,
        "recolor": _recolor,
        "replace_color": _replace_color,
        "simulate_colorblind": _simulate_colorblind,
        "tint": _tint,
    }
)
