"""Read the stored picture: upright, in sRGB, as RGB or RGBA, one frame or all of them."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from cloudinary_sandbox.media.drawing import draw, drawn_format, drawn_size, page_count
from cloudinary_sandbox.media.pictures import displayed_size, open_picture
from cloudinary_sandbox.media.sniff import HEAD, sniff
from cloudinary_sandbox.rendering.contract import RenderError, Unsupported, invalid
from cloudinary_sandbox.rendering.geometry import whole
from cloudinary_sandbox.rendering.pending import PendingDrawing, PendingJpeg, Picture, full, render_errors

_UNDECODED = frozenset({"eps", "ps", "jxl"})
_FRAME_PIXELS = 25_000_000
"""How many pixels all frames of an animation may have together."""
_DENSITY = 72
"""Dots per inch at which a drawing has its own size."""


def load(path: Path, *, page: int = 1, turn: bool = True, density: int = _DENSITY) -> Picture:
    """One frame (or page), upright by its EXIF orientation unless `turn` is off; JPEG and drawings are only promised.

    `density` in dots per inch sets the size of an SVG or PDF. `Unsupported` for what is stored but not decoded here,
    `RenderError` for a missing page or no picture at all.
    """
    _refuse_undecoded(path)
    with render_errors():
        if format := drawn_format(path):
            return _drawing(path, format, page, density)
        with open_picture(path) as image:
            if page != 1:
                _seek(image, page)
            if image.format == "JPEG":
                turned = turn and displayed_size(image) != image.size
                return PendingJpeg(path, image.size, lambda opened: _plain(opened, turn=turn), turned=turned)
            return _plain(image, turn=turn)


def load_image(path: Path) -> Image.Image:
    """The first frame or page with its pixels; errors as for `load`."""
    return full(load(path))


def _drawing(path: Path, format: str, page: int, density: int) -> Picture:
    if not 1 <= page <= page_count(path, format):
        raise invalid("page", page)
    size = drawn_size(path, format, page)
    if format == "heic":
        whole(*size)
        return draw(path, format)
    return PendingDrawing(path, format, page, whole(size[0] * density / _DENSITY, size[1] * density / _DENSITY))


def count_frames(path: Path) -> int:
    """How many frames an animation has, or pages a PDF or TIFF; 1 for anything else."""
    _refuse_undecoded(path)
    with render_errors():
        if format := drawn_format(path):
            return page_count(path, format)
        with open_picture(path) as image:
            return int(getattr(image, "n_frames", 1)) if image.format not in {"MPO", "PSD", "ICO"} else 1


def frames(path: Path) -> Iterator[tuple[Image.Image, int]]:
    """All frames of an animation, each with the milliseconds it is shown."""
    with render_errors(), open_picture(path) as image:
        total = int(getattr(image, "n_frames", 1))
        if total * image.width * image.height > _FRAME_PIXELS:
            raise RenderError("The animation has too many pixels to be transformed")
        for at in range(total):
            image.seek(at)
            shown = int(image.info.get("duration", 100))
            yield _plain(image.copy(), turn=False), shown


def _refuse_undecoded(path: Path) -> None:
    with path.open("rb") as file:
        guess = sniff(file.read(HEAD))
    if guess and guess.format in _UNDECODED:
        raise Unsupported(f"pictures of the format {guess.format}")


def _seek(image: Image.Image, page: int) -> None:
    if image.format == "PSD":
        raise Unsupported("single layers of a PSD")
    try:
        image.seek(page - 1)
    except (EOFError, ValueError):
        raise invalid("page", page) from None


def _plain(image: Image.Image, *, turn: bool) -> Image.Image:
    """The opened picture in RGB or RGBA; where it is so already it is not copied, for a copy may take 100 MB."""
    image.load()
    if turn:
        ImageOps.exif_transpose(image, in_place=True)
    if image.mode in {"RGB", "RGBA"} and "icc_profile" not in image.info and "transparency" not in image.info:
        image.info.clear()
        return image
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    colours = _in_srgb(image)
    if alpha:
        colours.putalpha(alpha)
    colours.info.clear()
    return colours


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and image.mode in {"RGB", "CMYK", "L"}:
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            cms: Any = ImageCms  # its stubs are incomplete
            converted: Image.Image | None = cms.profileToProfile(
                image, own, cms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            return image.convert("RGB")  # a broken profile says nothing
        if converted:
            return converted
    return image.convert("RGB")
