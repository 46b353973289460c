"""Decide the delivered format and quality, and write the file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from cloudinary_sandbox.rendering.colour import WHITE
from cloudinary_sandbox.rendering.contract import RenderError, Unsupported, invalid
from cloudinary_sandbox.rendering.geometry_ops import as_rgb, flattened, is_opaque

ALIASES = {"jpeg": "jpg", "jpe": "jpg", "tiff": "tif"}
CONTENT_TYPES = {
    "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif",
    "bmp": "image/bmp", "tif": "image/tiff", "ico": "image/x-icon", "jp2": "image/jp2", "svg": "image/svg+xml",
    "pdf": "application/pdf", "psd": "image/vnd.adobe.photoshop", "heic": "image/heic", "mp4": "video/mp4",
    "webm": "video/webm", "mov": "video/quicktime", "mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg",
    "m4a": "audio/mp4", "flac": "audio/flac", "aac": "audio/aac", "mkv": "video/x-matroska",
}  # fmt: skip

_WRITERS = {
    "jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF", "bmp": "BMP", "tif": "TIFF",
    "ico": "ICO", "jp2": "JPEG2000",
}  # fmt: skip
_WITHOUT_ALPHA = frozenset({"jpg", "bmp"})
_ANIMATED = {"webp": ("awebp", "animated"), "png": ("apng", "animated"), "avif": ("animated",)}
_AUTO_QUALITY = {"": 80, "good": 80, "best": 90, "eco": 65, "low": 50}
"""What `q_auto` comes to here. Cloudinary looks at the picture; these are its usual outcomes."""
_DEFAULT_QUALITY = 82
_QUALITY = re.compile(r"(\d+(?:\.\d+)?)(?::(420|444|qmax_\d+(?:\.\d+)?))?")
_SUBSAMPLING = {"420": "4:2:0", "444": "4:4:4"}
_ACCEPTED_FLAGS = frozenset(
    (
        "animated", "any_format", "apng", "attachment", "awebp", "cutter", "force_strip", "ignore_aspect_ratio",
        "immutable_cache", "layer_apply", "lossy", "no_overflow", "no_stream", "png8", "png24", "png32",
        "preserve_transparency", "progressive", "region_relative", "relative", "strip_profile",
        "streaming_attachment", "text_disallow_overflow", "text_no_trim", "tiled",
    )
)  # fmt: skip
"""Flags that are carried out, or that ask for what is done anyway (metadata is always stripped)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A quality of 1 to 100 and, for JPEG, the chroma subsampling ("420", "444" or "")."""

    level: int = _DEFAULT_QUALITY
    chroma: str = ""


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """The delivered format, and whether the Accept header had a say in it."""

    format: str
    by_accept: bool = False


def check_flags(flags: Mapping[str, str]) -> None:
    """Refuse the flags that would be ignored."""
    for name in flags:
        if name not in _ACCEPTED_FLAGS:
            raise Unsupported(f"the flag {name}")


def read_quality(text: str | None) -> Quality:
    """Read `80`, `80:444`, `auto`, `auto:eco`."""
    if not text:
        return Quality()
    kind, _, level = text.partition(":")
    if kind == "auto" and level in _AUTO_QUALITY:
        return Quality(_AUTO_QUALITY[level])
    if kind == "jpegmini":
        raise Unsupported("the quality jpegmini")
    match = _QUALITY.fullmatch(text)
    if not match or not 1 <= float(match[1]) <= 100:
        raise invalid("quality", text)
    return Quality(round(float(match[1])), match[2] if match[2] in _SUBSAMPLING else "")


def choose(wanted: str, accept: str, flags: Mapping[str, str], *, opaque: bool, moving: bool = False) -> FormatChoice:
    """The format to deliver a picture in. `auto` goes by the Accept header: AVIF, WebP, else JPEG or (with alpha) PNG.

    `moving` says that the source is an animation, which `auto` keeps moving.
    """
    name = ALIASES.get(wanted.lower(), wanted.lower())
    if name.partition(":")[0] == "auto":
        if name not in {"auto", "auto:image", "auto:animated"}:
            raise invalid("fetch format", wanted)
        if not opaque and "preserve_transparency" in flags:
            return FormatChoice("png", by_accept=True)
        if moving and name != "auto:image":
            return FormatChoice("webp" if "animated" in flags and "image/webp" in accept else "gif", by_accept=True)
        for modern in ("avif", "webp"):
            if f"image/{modern}" in accept:
                return FormatChoice(modern, by_accept=True)
        return FormatChoice("jpg" if opaque else "png", by_accept=True)
    if name not in _WRITERS:
        raise Unsupported(f"the format {name}")
    if name == "png" and "lossy" in flags and opaque and not moving:
        return FormatChoice("jpg")
    return FormatChoice(name)


def keeps_moving(format: str, flags: Mapping[str, str]) -> bool:
    """Whether an animation stays one in this format: always in GIF, by flag in the others."""
    return format == "gif" or any(flag in flags for flag in _ANIMATED.get(format, ()))


def write(
    pictures: Sequence[Image.Image],
    durations: Sequence[int],
    path: Path,
    format: str,
    quality: Quality,
    flags: Mapping[str, str],
    loops: int = 0,
) -> None:
    """Write one picture, or several as an animation (durations in milliseconds), without metadata.

    An animation is played again `loops` times, without end for 0.
    """
    if format in _WITHOUT_ALPHA or (format == "png" and "png24" in flags):
        pictures = [as_rgb(flattened(picture, WHITE)) for picture in pictures]
    elif all(is_opaque(picture) for picture in pictures):
        pictures = [as_rgb(picture) for picture in pictures]
    options = _options(format, quality, flags)
    if format == "png" and "png8" in flags:
        pictures = [_few_colours(picture) for picture in pictures]
    if format == "png" and "png32" in flags:
        pictures = [picture.convert("RGBA") for picture in pictures]
    if len(pictures) > 1:
        options |= {"save_all": True, "append_images": pictures[1:], "duration": list(durations), "loop": loops}
        if format == "gif":
            options["disposal"] = 2
    try:
        pictures[0].save(path, _WRITERS[format], **options)
    except ValueError as error:
        raise RenderError(f"The picture cannot be written as {format}: {error}") from None


def _few_colours(picture: Image.Image) -> Image.Image:
    method = Image.Quantize.FASTOCTREE if picture.mode == "RGBA" else Image.Quantize.MEDIANCUT
    return picture.quantize(256, method)


def _options(format: str, quality: Quality, flags: Mapping[str, str]) -> dict[str, Any]:
    match format:
        case "jpg":
            options: dict[str, Any] = {"quality": quality.level, "optimize": True}
            if "progressive" in flags and flags["progressive"] != "none":
                options["progressive"] = True
            if quality.chroma:
                options["subsampling"] = _SUBSAMPLING[quality.chroma]
            return options
        case "webp":
            return {"quality": quality.level, "method": 3}
        case "avif":
            return {"quality": quality.level, "speed": 8}
        case _:
            return {}
