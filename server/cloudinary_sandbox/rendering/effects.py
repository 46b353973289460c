"""The effects that are really rendered; every other one is refused by its name."""

import math
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps, ImageStat

from cloudinary_sandbox.rendering.contract import Unsupported, invalid

Effect = Callable[[Image.Image, float], Image.Image]


def apply_effect(image: Image.Image, text: str) -> Image.Image:
    """Apply `name[:level]` to an RGB or RGBA picture; its transparency stays as it is (a blur moves it, too).

    `Unsupported` for an effect not rendered here, `RenderError` for a level out of range.
    """
    name, _, argument = text.partition(":")
    if name == "contrast" and "_" in argument:
        level, linear = _named_contrast(argument, text)
        return _on_colours(image, lambda colours: _contrast(colours, level, linear=linear))
    if name not in EFFECTS:
        raise Unsupported(f"the effect {name}")
    effect, default, low, high = EFFECTS[name]
    level = default
    if argument:
        try:
            level = float(argument)
        except ValueError:
            raise invalid("effect", text) from None
        if not low <= level <= high:
            raise invalid("effect", f"{text} ({low:g} to {high:g})" if high > low else f"{text} (takes no value)")
    if name == "blur":
        return _blur(image, level)
    return _on_colours(image, lambda colours: effect(colours, level))


def _on_colours(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    changed = change(image.convert("RGB"))
    if image.mode == "RGBA":
        changed.putalpha(image.getchannel("A"))
    return changed


def _blur(image: Image.Image, strength: float) -> Image.Image:
    blur = ImageFilter.GaussianBlur(strength / 50)
    # Premultiplied, so that invisible colours do not bleed into visible ones.
    return image.convert("RGBa").filter(blur).convert("RGBA") if image.mode == "RGBA" else image.filter(blur)


def _per_level(image: Image.Image, change: Callable[[float], float]) -> Image.Image:
    """Map every channel through a curve on 0.0-1.0."""
    table = [max(0, min(255, round(255 * change(level / 255)))) for level in range(256)]
    return image.point(table * len(image.getbands()))


def _grayscale(image: Image.Image, _: float) -> Image.Image:
    return image.convert("L").convert("RGB")


def _sepia(image: Image.Image, level: float) -> Image.Image:
    toned = image.convert(
        "RGB", (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0)
    )  # the usual sepia matrix
    return Image.blend(image, toned, level / 100)


def _pixelate(image: Image.Image, size: float) -> Image.Image:
    square = int(size) or max(2, min(image.size) // 20)
    coarse = image.reduce(square)
    return coarse.resize((coarse.width * square, coarse.height * square), Image.Resampling.NEAREST).crop(
        (0, 0, *image.size)
    )


def _sharpen(image: Image.Image, strength: float) -> Image.Image:
    return image.filter(ImageFilter.UnsharpMask(radius=2, percent=round(strength), threshold=0))


def _brightness(image: Image.Image, level: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(1 + level / 100)


def _named_contrast(argument: str, text: str) -> tuple[float, bool]:
    pairs = dict[str, str]((part.partition("_")[0], part.partition("_")[2]) for part in argument.split(";"))
    linear = pairs.pop("type", "sigmoidal")
    try:
        level = float(pairs.pop("level", "100" if linear == "linear" else "0"))
    except ValueError:
        raise invalid("effect", text) from None
    low, high = (1, 200) if linear == "linear" else (-100, 100)
    if pairs or linear not in {"linear", "sigmoidal"} or not low <= level <= high:
        raise invalid("effect", text)
    return level, linear == "linear"


def _contrast(image: Image.Image, level: float, *, linear: bool = False) -> Image.Image:
    if linear:
        return _per_level(image, lambda x: 0.5 + (x - 0.5) * level / 100)
    if level == 0:
        return image
    steep = abs(level) / 10

    def curve(x: float) -> float:
        return 1 / (1 + math.exp(-steep * (x - 0.5)))

    low, high = curve(0), curve(1)
    if level > 0:
        return _per_level(image, lambda x: (curve(x) - low) / (high - low))
    return _per_level(image, lambda x: 0.5 - math.log(1 / (low + x * (high - low)) - 1) / steep)


def _saturation(image: Image.Image, level: float) -> Image.Image:
    return ImageEnhance.Color(image).enhance(1 + level / 100)


def _hue(image: Image.Image, level: float) -> Image.Image:
    turned, saturation, value = image.convert("HSV").split()
    shift = round(level * 1.8 / 360 * 256)  # 100 is half a turn
    turned = turned.point([(hue + shift) % 256 for hue in range(256)])
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def _gamma(image: Image.Image, level: float) -> Image.Image:
    return _per_level(image, lambda x: x ** (1 / (1 + level / 100)))


def _vignette(image: Image.Image, strength: float) -> Image.Image:
    shade = Image.radial_gradient("L").resize(image.size, Image.Resampling.BILINEAR)
    shade = _per_level(shade, lambda x: 1 - x * x * strength / 100)
    return ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))


def _negate(image: Image.Image, _: float) -> Image.Image:
    return ImageOps.invert(image)


def _auto_brightness(image: Image.Image, blend: float) -> Image.Image:
    mean = ImageStat.Stat(image.convert("L")).mean[0] / 255
    if not 0 < mean < 1:
        return image
    exponent = max(0.4, min(2.5, math.log(0.5) / math.log(mean)))
    return Image.blend(image, _per_level(image, lambda x: x**exponent), blend / 100)


def _auto_contrast(image: Image.Image, blend: float) -> Image.Image:
    return Image.blend(image, ImageOps.autocontrast(image, preserve_tone=True), blend / 100)


EFFECTS: dict[str, tuple[Any, float, float, float]] = {
    "blur": (_blur, 100, 1, 2000),
    "grayscale": (_grayscale, 0, 0, 0),
    "sepia": (_sepia, 80, 1, 100),
    "pixelate": (_pixelate, 0, 1, 200),
    "sharpen": (_sharpen, 100, 1, 2000),
    "brightness": (_brightness, 80, -99, 100),
    "contrast": (_contrast, 0, -100, 100),
    "saturation": (_saturation, 80, -100, 100),
    "hue": (_hue, 80, -100, 100),
    "gamma": (_gamma, 0, -50, 150),
    "vignette": (_vignette, 20, 0, 100),
    "negate": (_negate, 0, 0, 0),
    "auto_brightness": (_auto_brightness, 100, 0, 100),
    "auto_contrast": (_auto_contrast, 100, 0, 100),
}
"""Each effect with its default level and range."""
