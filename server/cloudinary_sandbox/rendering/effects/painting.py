"""Effects that look at a pixel's neighbourhood: blur, sharpening, brushes, patterns."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from PIL import Image, ImageChops, ImageFilter, ImageOps

from cloudinary_sandbox.rendering.effects.call import Effect, EffectCall, on_colours, per_level
from cloudinary_sandbox.rendering.effects.patterns import tiled

_BRUSH_PIXELS = 1_000_000
"""A picture with more pixels is painted at this size and enlarged again: brushes are slow, and strokes are coarse."""


def blurred(image: Image.Image, strength: float) -> Image.Image:
    """Gaussian blur; 100 is a radius of 2 pixels."""
    blur = ImageFilter.GaussianBlur(strength / 50)
    # Premultiplied, so that invisible colours do not bleed into visible ones.
    return image.convert("RGBa").filter(blur).convert("RGBA") if image.mode == "RGBA" else image.filter(blur)


def pixelated(image: Image.Image, size: float) -> Image.Image:
    """Squares of one colour; 0 chooses their size by the picture's."""
    square = int(size) or max(2, min(image.size) // 20)
    coarse = image.reduce(square)
    large = coarse.resize((coarse.width * square, coarse.height * square), Image.Resampling.NEAREST)
    return large.crop((0, 0, *image.size))


def _blur(image: Image.Image, call: EffectCall) -> Image.Image:
    return blurred(image, call.level(100, 1, 2000))


def _pixelate(image: Image.Image, call: EffectCall) -> Image.Image:
    size = call.level(0, 1, 200)
    return on_colours(image, lambda colours: pixelated(colours, size))


def _sharpen(image: Image.Image, call: EffectCall) -> Image.Image:
    mask = ImageFilter.UnsharpMask(radius=2, percent=round(call.level(100, 1, 2000)), threshold=0)
    return on_colours(image, lambda colours: colours.filter(mask))


def _oil_paint(image: Image.Image, call: EffectCall) -> Image.Image:
    strength = call.level(30, 0, 100)
    call.approximate("by the commonest color around")
    return on_colours(image, lambda colours: _painted(colours, strength)) if strength else image


def _painted(image: Image.Image, strength: float) -> Image.Image:
    """Give each pixel the commonest of its neighbours' colours, chosen among few."""
    small = _within(image, _BRUSH_PIXELS)
    few = small.quantize(96, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = few.getpalette() or []
    brush = 2 * max(1, round(strength / 100 * max(small.size) / 60)) + 1
    index = Image.frombytes("L", few.size, few.tobytes()).filter(ImageFilter.ModeFilter(min(brush, 15)))
    painted = Image.frombytes("P", few.size, index.tobytes())
    painted.putpalette(palette)
    return painted.convert("RGB").filter(ImageFilter.SMOOTH).resize(image.size, Image.Resampling.BICUBIC)


def _within(image: Image.Image, pixels: int) -> Image.Image:
    share = (pixels / (image.width * image.height)) ** 0.5
    if share >= 1:
        return image
    return image.resize((max(1, round(image.width * share)), max(1, round(image.height * share))), Image.Resampling.BOX)


def _cartoonify(image: Image.Image, call: EffectCall) -> Image.Image:
    call.at_most(2)
    lines = call.number(0, 50, 0, 100)
    black_and_white = call.argument(1) == "bw"
    reduction = 50.0 if black_and_white else call.number(1, 50, 0, 100)
    call.approximate("by smoothing, few colors and edges")

    def drawn(colours: Image.Image) -> Image.Image:
        smooth = _within(colours, _BRUSH_PIXELS)
        for _ in range(2):
            smooth = smooth.filter(ImageFilter.MedianFilter(5))
        if black_and_white:
            grey = smooth.convert("L")
            shown = grey.point([255 if level > 110 else 0 for level in range(256)]).convert("RGB")
        else:
            count = max(4, round(64 - reduction * 0.56))
            shown = smooth.quantize(count, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
        if lines:
            # In black and white a line through a black field would not be seen, so there it is white.
            ink = _lines(smooth, lines)
            inverse = ImageOps.invert(shown) if black_and_white else Image.new("RGB", smooth.size)
            shown = Image.composite(inverse, shown, ink)
        return shown.filter(ImageFilter.SMOOTH).resize(colours.size, Image.Resampling.BICUBIC)

    return on_colours(image, drawn)


def _lines(image: Image.Image, strength: float) -> Image.Image:
    """Where a pencil would draw: the dark side of edges, as a mask."""
    grey = image.convert("L")
    radius = max(0.8, max(image.size) / 700)
    apart = ImageChops.subtract(
        grey.filter(ImageFilter.GaussianBlur(radius * 1.8)), grey.filter(ImageFilter.GaussianBlur(radius))
    )
    limit = 10 - strength * 0.08
    return apart.point([0 if level < limit else min(255, round((level - limit) * 60 + 90)) for level in range(256)])


def _noise(image: Image.Image, call: EffectCall) -> Image.Image:
    level = call.level(0, 0, 100)
    if not level:
        return image
    call.approximate()

    def grained(colours: Image.Image) -> Image.Image:
        # The same grain each time, so that a derived file does not change when it is made anew.
        count = colours.width * colours.height * 3
        grain = hashlib.shake_128(repr(colours.size).encode()).digest(count)
        layer = Image.frombytes("RGB", colours.size, grain)
        weak = layer.point([round(128 + (value - 128) * level / 100) for value in range(256)] * 3)
        return ImageChops.add(colours, weak, scale=1, offset=-128)

    return on_colours(image, grained)


@lru_cache(maxsize=19)
def _threshold_tile(pattern: int) -> tuple[tuple[int, ...], ...]:
    """The thresholds (0-255) of one tile of a pattern, as rows."""
    kinds = {0: [[0.5]], 1: [[1 / 3, 2 / 3], [2 / 3, 1 / 3]]}
    sides = {2: 2, 3: 3, 4: 4, 5: 8}
    if pattern in kinds:
        rows = kinds[pattern]
    elif pattern in sides:
        rows = _dispersed(sides[pattern])
    else:
        side = (4, 6, 8, 4, 6, 8, 16, 5, 5, 6, 6, 7, 7)[pattern - 6]
        rows = _clustered(side, angled=pattern < 9, white=pattern >= 13 and pattern % 2 == 0)
    return tuple(tuple(round(value * 255) for value in row) for row in rows)


def _dispersed(side: int) -> list[list[float]]:
    """Bayer's matrix: neighbouring thresholds are far apart."""
    if side == 3:
        order = [[3, 7, 4], [6, 1, 9], [2, 8, 5]]
        return [[(value - 0.5) / 9 for value in row] for row in order]
    order = [[0]]
    while len(order) < side:
        quarter = [[4 * value for value in row] for row in order]
        upper = [row + [value + 2 for value in row] for row in quarter]
        lower = [[value + 3 for value in row] + [value + 1 for value in row] for row in quarter]
        order = upper + lower
    return [[(value + 0.5) / side**2 for value in row] for row in order]


def _clustered(side: int, *, angled: bool, white: bool) -> list[list[float]]:
    """A dot that grows from the middle; angled ones have a second dot on the corners, grown the other way."""
    middle = (side - 1) / 2
    far = [(abs(x - middle) ** 2 + abs(y - middle) ** 2, y, x) for y in range(side) for x in range(side)]
    if angled:
        half = side / 2
        far = [
            (max(abs((x + y) % side - half + 0.5), abs((x - y) % side - half + 0.5)), y, x)
            for y in range(side)
            for x in range(side)
        ]
    rows = [[0.0] * side for _ in range(side)]
    for rank, (_, y, x) in enumerate(sorted(far)):
        share = (rank + 0.5) / side**2
        rows[y][x] = share if white else 1 - share
    return rows


def _ordered_dither(image: Image.Image, call: EffectCall) -> Image.Image:
    pattern = call.level(0, 0, 18)
    if pattern % 1:
        raise call.fault("a whole number")
    call.approximate()
    rows = _threshold_tile(int(pattern))
    tile = Image.new("L", (len(rows[0]), len(rows)))
    tile.putdata([value for row in rows for value in row])

    def dithered(colours: Image.Image) -> Image.Image:
        thresholds = tiled(tile, colours.size)
        bands = [per_level(ImageChops.subtract(band, thresholds), lambda x: float(x > 0)) for band in colours.split()]
        return Image.merge("RGB", bands)

    return on_colours(image, dithered)


PAINTING: Mapping[str, Effect] = MappingProxyType(
    {
        "blur": _blur,
        "cartoonify": _cartoonify,
        "noise": _noise,
        "oil_paint": _oil_paint,
        "ordered_dither": _ordered_dither,
        "pixelate": _pixelate,
        "sharpen": _sharpen,
        "unsharp_mask": _sharpen,
    }
)
