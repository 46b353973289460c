"""Effects on light and colour that follow one curve for all pixels."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps, ImageStat

from cloudinary_sandbox.rendering.effects.call import Effect, EffectCall, on_colours, per_level

Tone = Callable[[Image.Image, float], Image.Image]


def _levelled(tone: Tone, default: float, low: float, high: float, *, guessed: bool = False) -> Effect:
    """An effect with one number; `guessed` when only its direction is known, and not its strength."""

    def effect(image: Image.Image, call: EffectCall) -> Image.Image:
        level = call.level(default, low, high)
        if guessed:
            call.approximate()
        return on_colours(image, lambda colours: tone(colours, level))

    return effect


def _plain(tone: Callable[[Image.Image], Image.Image]) -> Effect:
    """An effect without arguments."""

    def effect(image: Image.Image, call: EffectCall) -> Image.Image:
        call.nothing()
        return on_colours(image, tone)

    return effect


def _grayscale(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def _sepia(image: Image.Image, level: float) -> Image.Image:
    toned = image.convert(
        "RGB", (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0)
    )  # the usual sepia matrix
    return Image.blend(image, toned, level / 100)


def _blackwhite(image: Image.Image, threshold: float) -> Image.Image:
    limit = threshold * 2.55
    return image.convert("L").point([255 if level >= limit else 0 for level in range(256)]).convert("RGB")


def _brightness(image: Image.Image, level: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(1 + level / 100)


def _brightness_hsb(image: Image.Image, level: float) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    return Image.merge("HSV", (hue, saturation, per_level(value, lambda x: x * (1 + level / 100)))).convert("RGB")


def _contrast(image: Image.Image, call: EffectCall) -> Image.Image:
    if "_" not in call.argument(0):
        level = call.level(0, -100, 100)
        return on_colours(image, lambda colours: _sigmoidal(colours, level))
    pairs = dict[str, str]((part.partition("_")[0], part.partition("_")[2]) for part in call.argument(0).split(";"))
    kind = pairs.pop("type", "sigmoidal")
    low, high, default = (1, 200, "100") if kind == "linear" else (-100, 100, "0")
    try:
        level = float(pairs.pop("level", default))
    except ValueError:
        raise call.fault("level is no number") from None
    if pairs or kind not in {"linear", "sigmoidal"} or not low <= level <= high:
        raise call.fault(f"level_ from {low} to {high}, type_linear or type_sigmoidal")
    if kind == "linear":
        return on_colours(image, lambda colours: per_level(colours, lambda x: 0.5 + (x - 0.5) * level / 100))
    return on_colours(image, lambda colours: _sigmoidal(colours, level))


def _sigmoidal(image: Image.Image, level: float) -> Image.Image:
    if level == 0:
        return image
    steep = abs(level) / 10

    def curve(x: float) -> float:
        return 1 / (1 + math.exp(-steep * (x - 0.5)))

    low, high = curve(0), curve(1)
    if level > 0:
        return per_level(image, lambda x: (curve(x) - low) / (high - low))
    return per_level(image, lambda x: 0.5 - math.log(1 / (low + x * (high - low)) - 1) / steep)


def _saturation(image: Image.Image, level: float) -> Image.Image:
    return ImageEnhance.Color(image).enhance(1 + level / 100)


def _vibrance(image: Image.Image, strength: float) -> Image.Image:
    """Like saturation, the more so the duller a colour is."""
    hue, saturation, value = image.convert("HSV").split()
    lifted = per_level(saturation, lambda x: x * (1 + strength / 100 * (1 - x)))
    return Image.merge("HSV", (hue, lifted, value)).convert("RGB")


def _hue(image: Image.Image, level: float) -> Image.Image:
    turned, saturation, value = image.convert("HSV").split()
    shift = round(level * 1.8 / 360 * 256)  # 100 is half a turn
    turned = turned.point([(hue + shift) % 256 for hue in range(256)])
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def _gamma(image: Image.Image, level: float) -> Image.Image:
    return per_level(image, lambda x: x ** (1 / (1 + level / 100)))


def _channel(at: int) -> Tone:
    def tone(image: Image.Image, level: float) -> Image.Image:
        bands = list(image.split())
        bands[at] = per_level(bands[at], lambda x: x * (1 + level / 100))
        return Image.merge("RGB", bands)

    return tone


def _auto_brightness(image: Image.Image, blend: float) -> Image.Image:
    mean = ImageStat.Stat(image.convert("L")).mean[0] / 255
    if not 0 < mean < 1:
        return image
    exponent = max(0.4, min(2.5, math.log(0.5) / math.log(mean)))
    return Image.blend(image, per_level(image, lambda x: x**exponent), blend / 100)


def _auto_contrast(image: Image.Image, blend: float) -> Image.Image:
    return Image.blend(image, ImageOps.autocontrast(image, preserve_tone=True), blend / 100)


def _auto_color(image: Image.Image, blend: float) -> Image.Image:
    """Stretch each channel on its own, which takes a cast away."""
    return Image.blend(image, ImageOps.autocontrast(image, cutoff=0.5), blend / 100)


def _fill_light(image: Image.Image, call: EffectCall) -> Image.Image:
    call.at_most(2)
    blend, bias = call.number(0, 100, 0, 100), call.number(1, 0, -100, 100)
    call.approximate()

    def lifted(colours: Image.Image) -> Image.Image:
        dark = ImageOps.invert(colours.convert("L")).filter(ImageFilter.GaussianBlur(max(colours.size) / 100))
        mask = per_level(dark, lambda x: max(0.0, min(1.0, x + bias / 100)) * blend / 100)
        return Image.composite(per_level(colours, lambda x: x**0.55), colours, mask)

    return on_colours(image, lifted)


def _improve(image: Image.Image, call: EffectCall) -> Image.Image:
    named = call.argument(0) in {"indoor", "outdoor"}
    call.at_most(2 if named else 1)
    blend = call.number(1 if named else 0, 100, 0, 100)
    call.approximate("as contrast, brightness and vibrance")

    def improved(colours: Image.Image) -> Image.Image:
        better = _vibrance(_auto_brightness(ImageOps.autocontrast(colours, 0.5, preserve_tone=True), 40), 25)
        if call.argument(0) == "indoor":
            better = _auto_color(better, 40)
        return Image.blend(colours, better, blend / 100)

    return on_colours(image, improved)


def _vignette(image: Image.Image, strength: float) -> Image.Image:
    shade = Image.radial_gradient("L").resize(image.size, Image.Resampling.BILINEAR)
    shade = per_level(shade, lambda x: 1 - x * x * strength / 100)
    return ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))


TONES: Mapping[str, Effect] = MappingProxyType(
    {
        "auto_brightness": _levelled(_auto_brightness, 100, 0, 100),
        "auto_color": _levelled(_auto_color, 100, 0, 100, guessed=True),
        "auto_contrast": _levelled(_auto_contrast, 100, 0, 100),
        "blackwhite": _levelled(_blackwhite, 50, 0, 100),
        "blue": _levelled(_channel(2), 0, -100, 100, guessed=True),
        "brightness": _levelled(_brightness, 80, -99, 100),
        "brightness_hsb": _levelled(_brightness_hsb, 80, -99, 100),
        "contrast": _contrast,
        "fill_light": _fill_light,
        "gamma": _levelled(_gamma, 0, -50, 150),
        "grayscale": _plain(_grayscale),
        "green": _levelled(_channel(1), 0, -100, 100, guessed=True),
        "hue": _levelled(_hue, 80, -100, 100),
        "improve": _improve,
        "negate": _plain(ImageOps.invert),
        "red": _levelled(_channel(0), 0, -100, 100, guessed=True),
        "saturation": _levelled(_saturation, 80, -100, 100),
        "sepia": _levelled(_sepia, 80, 1, 100),
        "vibrance": _levelled(_vibrance, 20, -100, 100, guessed=True),
        "vignette": _levelled(_vignette, 20, 0, 100),
    }
)
