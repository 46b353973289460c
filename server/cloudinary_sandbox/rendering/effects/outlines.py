"""Effects on the shape of what is seen: shadows, outlines, fading edges, and grounds taken away."""

from collections.abc import Mapping
from types import MappingProxyType

from PIL import Image, ImageChops, ImageFilter

from cloudinary_sandbox.rendering.colour import TRANSPARENT, Rgba
from cloudinary_sandbox.rendering.effects.call import Effect, EffectCall
from cloudinary_sandbox.rendering.effects.patterns import grown, ramp, shrunk, unlike
from cloudinary_sandbox.rendering.geometry import whole
from cloudinary_sandbox.rendering.geometry_ops import masked, with_alpha

_BLACK: Rgba = (0, 0, 0, 255)
_GREY: Rgba = (128, 128, 128, 255)
_SHADOW_OFFSET = 10.0
_MODES = ("inner", "inner_fill", "outer", "fill")


def _solid(shade: Rgba, mask: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", mask.size, (*shade[:3], 255))
    layer.putalpha(mask)
    return layer


def _on_larger(image: Image.Image, left: int, top: int, right: int, bottom: int) -> Image.Image:
    canvas = Image.new("RGBA", whole(image.width + left + right, image.height + top + bottom), TRANSPARENT)
    canvas.paste(with_alpha(image), (left, top))
    return canvas


def _shadow(image: Image.Image, call: EffectCall) -> Image.Image:
    """The picture's shape, soft and shifted, behind it; the canvas grows by what is seen of it."""
    strength = call.level(40, 0, 100)
    x = round(_SHADOW_OFFSET if call.x is None else call.x)
    y = round(_SHADOW_OFFSET if call.y is None else call.y)
    call.approximate()
    if not strength:
        return image
    soft = strength / 10
    reach = round(soft * 2)
    left, right = max(0, reach - x), max(0, reach + x)
    top, bottom = max(0, reach - y), max(0, reach + y)
    canvas = _on_larger(image, left, top, right, bottom)
    shape = Image.new("L", canvas.size, 0)
    shape.paste(with_alpha(image).getchannel("A"), (left + x, top + y))
    dark = _solid(call.colour or _GREY, shape.filter(ImageFilter.GaussianBlur(soft)))
    dark.alpha_composite(canvas)
    return dark


def _outline(image: Image.Image, call: EffectCall) -> Image.Image:
    named = call.argument(0) in _MODES
    mode, at = (call.argument(0), 1) if named else ("outer", 0)
    call.at_most(at + 2)
    width, blur = call.number(at, 5, 1, 100), call.number(at + 1, 0, 0, 2000)
    shade = call.colour or _BLACK
    call.approximate()
    if mode in {"outer", "fill"}:
        margin = round(width + blur / 20) + 1
        canvas = _on_larger(image, margin, margin, margin, margin)
        around = _softened(grown(canvas.getchannel("A"), width), blur)
        ground = _solid(shade, around)
        if mode == "outer":
            ground.alpha_composite(canvas)
        return ground
    canvas = with_alpha(image)
    shape = canvas.getchannel("A")
    inside = _softened(shrunk(shape, width), blur)
    if mode == "inner_fill":
        return _solid(shade, ImageChops.multiply(inside, shape))
    line = _solid(shade, ImageChops.subtract(shape, ImageChops.multiply(inside, shape)))
    result = canvas.copy()
    result.alpha_composite(line)
    result.putalpha(shape)
    return result


def _softened(mask: Image.Image, blur: float) -> Image.Image:
    return mask.filter(ImageFilter.GaussianBlur(max(0.6, blur / 50)))


def _gradient_fade(image: Image.Image, call: EffectCall) -> Image.Image:
    """Fade towards one edge (top by default, half the height), or both with `symmetric`."""
    named = call.argument(0) in {"symmetric", "symmetric_pad"}
    call.at_most(2 if named else 1)
    strength = call.number(1 if named else 0, 20, 0, 100)
    call.approximate()
    if not strength:
        return image
    result = with_alpha(image)
    offsets = [(True, call.y, image.height), (False, call.x, image.width)]
    if call.x is None and call.y is None:
        offsets = [(True, image.height / 2, image.height)]
    for down, offset, length in offsets:
        if not offset:
            continue
        reach, backward = min(abs(offset), length), offset < 0
        for back in (False, True) if named else (backward,):
            result = masked(result, ramp(image.size, reach, down=down, back=back, power=strength / 20))
    return result


def _opacity_threshold(image: Image.Image, call: EffectCall) -> Image.Image:
    limit = call.level(50, 1, 100) * 2.55
    if image.mode != "RGBA":
        return image
    result = image.copy()
    result.putalpha(image.getchannel("A").point([255 if level >= limit else 0 for level in range(256)]))
    return result


def _make_transparent(image: Image.Image, call: EffectCall) -> Image.Image:
    tolerance = call.level(10, 0, 100)
    call.approximate("by color alone")
    return _without(image, call.colour or _edge_colour(image), tolerance)


def _bgremoval(image: Image.Image, call: EffectCall) -> Image.Image:
    words = [word for word in call.arguments if word != "screen"]
    if len(words) > 1:
        raise call.fault("one color")
    call.approximate("by color alone")
    named = EffectCall(call.text, tuple(words), call.finder, call.notes)
    return _without(image, named.colour_at(0) if words else _edge_colour(image), 25 if "screen" in call.text else 12)


def _without(image: Image.Image, shade: Rgba, tolerance: float) -> Image.Image:
    """Make what has about this colour transparent, with a soft edge of some levels."""
    limit = tolerance * 2.55
    mask = unlike(image, shade).point([max(0, min(255, round((level - limit) * 16))) for level in range(256)])
    return masked(image, mask)


def _edge_colour(image: Image.Image) -> Rgba:
    """The colour that most of the outermost pixels have about."""
    small = with_alpha(image).resize((64, 64), Image.Resampling.BOX)
    counts: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for at in range(64):
        for place in ((at, 0), (at, 63), (0, at), (63, at)):
            pixel = small.getpixel(place)
            assert isinstance(pixel, tuple)
            counts.setdefault(tuple(channel // 24 for channel in pixel[:3]), []).append(pixel)
    alike = max(counts.values(), key=len)
    red, green, blue = (round(sum(pixel[at] for pixel in alike) / len(alike)) for at in range(3))
    return red, green, blue, 255


def _trim(image: Image.Image, call: EffectCall) -> Image.Image:
    """Cut away the edges that look like the top left pixel (or the given colour, or are transparent)."""
    call.at_most(2)
    tolerance = call.number(0, 10, 0, 100)
    limit = tolerance * 2.55
    box = with_alpha(image).getchannel("A").point([0 if level <= limit else 255 for level in range(256)]).getbbox()
    if box is None:
        return image
    seen = image.crop(box)
    corner = with_alpha(seen).getpixel((0, 0))
    assert isinstance(corner, tuple)
    shade = call.colour_at(1) if call.argument(1) else corner
    if not shade[3]:
        return seen
    content = unlike(seen, shade).point([0 if level <= limit else 255 for level in range(256)]).getbbox()
    return seen.crop(content) if content else seen


OUTLINES: Mapping[str, Effect] = MappingProxyType(
    {
        "bgremoval": _bgremoval,
        "gradient_fade": _gradient_fade,
        "make_transparent": _make_transparent,
        "opacity_threshold": _opacity_threshold,
        "outline": _outline,
        "shadow": _shadow,
        "trim": _trim,
    }
)
