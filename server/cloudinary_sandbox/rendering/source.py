"""Decode the stored picture: upright, in sRGB, as RGB or RGBA, one frame or all of them."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from cloudinary_sandbox.media import NotMedia
from cloudinary_sandbox.media.pictures import open_picture
from cloudinary_sandbox.media.sniff import HEAD, sniff
from cloudinary_sandbox.rendering.contract import RenderError, Unsupported, invalid

_UNDECODED = frozenset({"svg", "pdf", "eps", "ps", "heic", "jxl"})
_FRAME_PIXELS = 40_000_000
"""How many pixels all frames of an animation may have together."""


def load(path: Path, *, page: int = 1, turn: bool = True) -> Image.Image:
    """One frame (or TIFF page), upright by its EXIF orientation unless `turn` is off.

    `Unsupported` for what is stored but not decoded here (SVG, PDF, HEIC …), `RenderError` for a missing page or no
    picture at all.
    """
    _refuse_undecoded(path)
    try:
        with open_picture(path) as image:
            if page != 1:
                _seek(image, page)
            return _plain(image, turn=turn)
    except NotMedia as error:
        raise RenderError(str(error)) from None


def count_frames(path: Path) -> int:
    """How many frames or pages a picture has."""
    _refuse_undecoded(path)
    try:
        with open_picture(path) as image:
            return int(getattr(image, "n_frames", 1)) if image.format not in {"MPO", "PSD", "ICO"} else 1
    except NotMedia as error:
        raise RenderError(str(error)) from None


def frames(path: Path) -> Iterator[tuple[Image.Image, int]]:
    """All frames of an animation, each with the milliseconds it is shown."""
    try:
        with open_picture(path) as image:
            total = int(getattr(image, "n_frames", 1))
            if total * image.width * image.height > _FRAME_PIXELS:
                raise RenderError("The animation has too many pixels to be transformed")
            for at in range(total):
                image.seek(at)
                yield _plain(image, turn=False), int(image.info.get("duration", 100))
    except NotMedia as error:
        raise RenderError(str(error)) from None


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
    upright = ImageOps.exif_transpose(image) if turn else image
    alpha = upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None
    colours = _in_srgb(upright)
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
