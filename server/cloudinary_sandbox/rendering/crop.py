"""The crop modes: give a picture its asked size."""

from dataclasses import dataclass

from PIL import Image

from cloudinary_sandbox.rendering.background import backdrop
from cloudinary_sandbox.rendering.contract import RenderError, Unsupported, invalid
from cloudinary_sandbox.rendering.geometry import (
    COMPASS,
    Box,
    TargetSize,
    around,
    fit_factor,
    fitted,
    middle,
    placed,
    scaled,
    whole,
)
from cloudinary_sandbox.rendering.geometry_ops import with_alpha
from cloudinary_sandbox.rendering.pending import PendingPicture, Picture, full
from cloudinary_sandbox.rendering.vision import REGIONS, GravityFinder

PADDING = frozenset({"pad", "lpad", "mpad", "fill_pad"})
"""Modes that need something to put behind the picture."""
_SCALING = frozenset({"scale", "fit", "limit", "mfit", "pad", "lpad"})
_COVERING = frozenset({"fill", "lfill", "thumb"})
_FACE_ROOM = 1.6
"""How much wider than the face itself a thumbnail of it is at zoom 1."""
_MOST_CUT = 1 / 3
"""How much of a picture `fill_pad` may cut away before it pads."""


@dataclass(frozen=True, slots=True)
class Resize:
    """One resize: the crop mode, the asked size in pixels, where to look and what to put behind.

    `x` and `y` are pixels, None when not given; `background` is the text of the parameter, "" for none.
    """

    mode: str
    target: TargetSize
    gravity: str = ""
    x: float | None = None
    y: float | None = None
    zoom: float = 1.0
    background: str = ""
    ignore_ratio: bool = False


def resized(picture: Picture, ask: Resize, finder: GravityFinder) -> Image.Image:
    """Carry out a resize. `RenderError` for an unknown mode, `Unsupported` for one that is not rendered."""
    if ask.zoom <= 0:
        raise invalid("zoom", f"{ask.zoom:g}")
    # What has to be looked at, or is cut at its own scale, is decoded in full; else decoding goes no finer than needed.
    kind = ask.gravity.partition(":")[0] or "center"
    blind = ask.mode in _SCALING or (ask.mode in _COVERING and (kind in COMPASS or kind == "auto"))
    image = picture if blind else full(picture)
    match ask.mode:
        case "scale":
            if ask.gravity == "liquid":
                raise Unsupported("the gravity liquid")
            return _stretch(image, scaled(image.size, ask.target, ignore_ratio=ask.ignore_ratio))
        case "fit":
            return _stretch(image, fitted(image.size, ask.target))
        case "limit":
            return _stretch(image, fitted(image.size, ask.target, most=1))
        case "mfit":
            return _stretch(image, fitted(image.size, ask.target, least=1))
        case "fill" | "lfill" | "thumb":
            return _fill(image, ask, finder)
        case "crop":
            return _crop(full(image), ask, finder)
        case "pad" | "lpad" | "mpad":
            return _pad(image, ask)
        case "fill_pad":
            return _fill_pad(full(image), ask, finder)
        case "auto" | "auto_pad" | "imagga_crop" | "imagga_scale":
            raise Unsupported(f"the crop mode {ask.mode}")
        case _:
            raise invalid("crop", ask.mode)


def _stretch(image: Picture, size: tuple[int, int], box: Box | None = None) -> Image.Image:
    if box is None and size == image.size:
        return full(image)
    if isinstance(image, PendingPicture):
        return image.scaled(size, box or (0.0, 0.0, *image.size))
    return image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def _fill(image: Picture, ask: Resize, finder: GravityFinder) -> Image.Image:
    """Cover the asked box; `thumb` looks closer at a detected region, `lfill` never enlarges."""
    if ask.mode == "thumb" and (region := _region(image, ask, finder)):
        return _thumb(full(image), ask, region)
    if ask.target.is_empty:
        return full(image)
    width, height = ask.target.box(image.size)
    factor = max(width / image.width, height / image.height)
    if ask.mode == "lfill" and factor > 1:
        factor, width, height = 1.0, min(width, image.width), min(height, image.height)
    size = whole(width, height)
    reach = factor * max(1.0, ask.zoom)
    return _stretch(image, size, _window(image, ask, (width / reach, height / reach), finder, factor))


def _thumb(image: Image.Image, ask: Resize, region: Box) -> Image.Image:
    wide, high = region[2] - region[0], region[3] - region[1]
    if ask.target.is_empty:
        window = around(middle(region), (wide / ask.zoom, high / ask.zoom), image.size)
        return _cut(image, window)
    square = TargetSize(ask.target.width or ask.target.height, ask.target.height or ask.target.width)
    width, height = (ask.target if ask.target.ratio else square).box((round(wide), round(high)))
    room = max(wide, high * width / height) * _FACE_ROOM / ask.zoom
    room = min(room, image.width, image.height * width / height)
    return _stretch(image, whole(width, height), around(middle(region), (room, room * height / width), image.size))


def _crop(image: Image.Image, ask: Resize, finder: GravityFinder) -> Image.Image:
    """Cut a window out at its own scale; without a size, the detected region itself."""
    if ask.target.is_empty:
        region = _region(image, ask, finder)
        if region is None:
            return image if ask.x is None and ask.y is None else _cut(image, _offset_window(image, ask, image.size))
        wide, high = (region[2] - region[0]) / ask.zoom, (region[3] - region[1]) / ask.zoom
        return _cut(image, around(middle(region), (wide, high), image.size))
    width, height = ask.target.box(image.size)
    if not ask.gravity and (ask.x is not None or ask.y is not None):
        return _cut(image, _offset_window(image, ask, (width, height)))
    width, height = min(width, image.width), min(height, image.height)
    window = _window(image, ask, (width / max(1.0, ask.zoom), height / max(1.0, ask.zoom)), finder, 1.0)
    return _cut(image, window) if ask.zoom <= 1 else _stretch(image, whole(width, height), window)


def _offset_window(image: Image.Image, ask: Resize, size: tuple[float, float]) -> Box:
    """Coordinates without a gravity count from the top left; what lies outside the picture is not there."""
    x, y = ask.x or 0, ask.y or 0
    window = max(0, x), max(0, y), min(image.width, x + size[0]), min(image.height, y + size[1])
    if window[0] >= window[2] or window[1] >= window[3]:
        raise RenderError("Invalid crop in transformation: the region lies outside the image")
    return window


def _cut(image: Image.Image, window: Box) -> Image.Image:
    left, top = round(window[0]), round(window[1])
    width, height = whole(window[2] - window[0], window[3] - window[1])
    return image.crop((left, top, min(left + width, image.width), min(top + height, image.height)))


def _region(image: Picture, ask: Resize, finder: GravityFinder) -> Box | None:
    return finder.region(full(image), ask.gravity) if ask.gravity.partition(":")[0] in REGIONS else None


def _window(image: Picture, ask: Resize, window: tuple[float, float], finder: GravityFinder, factor: float) -> Box:
    """Where the window lies in the picture. x and y are pixels of the result, of which `factor` make one here."""
    kind, _, rest = ask.gravity.partition(":")
    x, y = (ask.x or 0) / factor, (ask.y or 0) / factor
    if kind == "xy_center":
        return around((ask.x or 0, ask.y or 0), window, image.size)
    if kind == "auto":
        return finder.liveliest(image, ask.gravity, window)
    if kind in REGIONS:
        if region := _region(image, ask, finder):
            return around(middle(region), window, image.size)
        if rest == "auto":
            return finder.liveliest(image, "auto", window)
        kind = "center"
    left, top = placed(_compass(kind or "center"), image.size, window, x, y)
    return around((left + window[0] / 2, top + window[1] / 2), window, image.size)


def _compass(gravity: str) -> str:
    if gravity not in COMPASS:
        raise Unsupported(f"the gravity {gravity} here")
    return gravity


def _pad(image: Picture, ask: Resize) -> Image.Image:
    """Fit into the box and fill up the rest; `lpad` never enlarges, `mpad` does not scale at all."""
    if ask.target.is_empty:
        return full(image)
    width, height = ask.target.box(image.size)
    if ask.target.ratio and ask.target.width is None and ask.target.height is None:
        # A ratio alone adds to the picture and takes nothing away.
        width, height = (
            max(image.width, image.height * ask.target.ratio),
            max(image.height, image.width / ask.target.ratio),
        )
    most = float("inf") if ask.mode == "pad" else 1.0
    content = (
        full(image) if ask.mode == "mpad" else _stretch(image, fitted(image.size, TargetSize(width, height), most=most))
    )
    canvas = whole(max(width, content.width), max(height, content.height))
    gravity = _compass(ask.gravity or "center")
    base = backdrop(ask.background or "transparent", content, canvas)
    base.alpha_composite(with_alpha(content), _inside(placed(gravity, canvas, content.size, ask.x or 0, ask.y or 0)))
    return base


def _inside(at: tuple[int, int]) -> tuple[int, int]:
    return max(0, at[0]), max(0, at[1])


def _fill_pad(image: Image.Image, ask: Resize, finder: GravityFinder) -> Image.Image:
    """Fill as long as that takes little away, else pad."""
    if not ask.gravity.startswith("auto"):
        raise RenderError("Invalid gravity in transformation: fill_pad needs g_auto")
    width, height = ask.target.box(image.size)
    factor = max(width / image.width, height / image.height)
    kept = width * height / (factor * factor * image.width * image.height)
    if 1 - kept <= _MOST_CUT:
        return _fill(image, ask, finder)
    fit = fit_factor(image.size, TargetSize(width, height))
    size = whole(image.width * fit, image.height * fit)
    canvas = whole(width, height)
    base = backdrop(ask.background or "transparent", image, canvas)
    base.alpha_composite(with_alpha(_stretch(image, size)), _inside(placed("center", canvas, size, 0, 0)))
    return base
