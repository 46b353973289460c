"""What is put behind a picture: a colour, its own edge, or a blurred copy of itself."""

from PIL import Image, ImageEnhance, ImageFilter

from cloudinary_sandbox.rendering.colour import Rgba, colour
from cloudinary_sandbox.rendering.contract import Unsupported, invalid
from cloudinary_sandbox.rendering.geometry import Size
from cloudinary_sandbox.rendering.geometry_ops import flattened


def is_plain(text: str) -> bool:
    """Whether a background is one colour, whatever the picture."""
    return text.partition(":")[0] not in {"auto", "blurred", "gen_fill"}


def backdrop(text: str, image: Image.Image, size: Size) -> Image.Image:
    """A canvas of the given size to put the picture on. `Unsupported` for gradients, palettes and generated fills."""
    kind, _, argument = text.partition(":")
    if kind == "blurred":
        return _blurred(image, size, argument, text)
    if kind == "auto":
        if argument in {"", "border"}:
            return Image.new("RGBA", size, _commonest(_border(image)))
        if argument == "predominant":
            return Image.new("RGBA", size, _commonest(image))
        raise Unsupported(f"the background {text}")
    if kind == "gen_fill":
        raise Unsupported("the background gen_fill")
    return Image.new("RGBA", size, colour(text, "background"))


def _border(image: Image.Image) -> Image.Image:
    """The outermost pixels in one row."""
    width, height = image.size
    strip = Image.new(image.mode, (2 * (width + height), 1))
    strip.paste(image.crop((0, 0, width, 1)), (0, 0))
    strip.paste(image.crop((0, height - 1, width, height)), (width, 0))
    for at, column in enumerate((0, width - 1)):
        side = image.crop((column, 0, column + 1, height)).transpose(Image.Transpose.ROTATE_90)
        strip.paste(side, (2 * width + at * height, 0))
    return strip


def _commonest(image: Image.Image) -> Rgba:
    seen = flattened(image, (255, 255, 255, 255)).convert("RGB")
    seen.thumbnail((256, 256), Image.Resampling.BOX)
    few = seen.quantize(8).convert("RGB").getcolors(16) or []
    shade = max(few)[1]
    assert isinstance(shade, tuple)
    return shade[0], shade[1], shade[2], 255


def _blurred(image: Image.Image, size: Size, argument: str, text: str) -> Image.Image:
    first, _, second = argument.partition(":")
    try:
        intensity, brightness = float(first or 100), float(second or 0)
    except ValueError:
        raise invalid("background", text) from None
    if not 1 <= intensity <= 2000 or not -300 <= brightness <= 100:
        raise invalid("background", text)
    stretched = flattened(image, (255, 255, 255, 255)).convert("RGB").resize(size, Image.Resampling.BICUBIC)
    soft = stretched.filter(ImageFilter.GaussianBlur(intensity / 10))
    return ImageEnhance.Brightness(soft).enhance(max(0.0, 1 + brightness / 100)).convert("RGBA")
