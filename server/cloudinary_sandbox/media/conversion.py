"""Store a picture in another format (the upload parameter `format`)."""

from pathlib import Path
from typing import Any

from cloudinary_sandbox.media.facts import MediaFacts, NotMedia
from cloudinary_sandbox.media.inspection import inspect
from cloudinary_sandbox.media.pictures import open_picture

_WRITERS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpg": ("JPEG", {"quality": 90, "optimize": True}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "webp": ("WEBP", {"quality": 90}),
    "avif": ("AVIF", {"quality": 80}),
    "bmp": ("BMP", {}),
    "tif": ("TIFF", {}),
    "ico": ("ICO", {}),
    "jp2": ("JPEG2000", {}),
}
_ALIASES = {"jpeg": "jpg", "jpe": "jpg", "tiff": "tif"}
_OPAQUE = frozenset({"jpg", "bmp"})


def convert(path: Path, out: Path, format: str) -> MediaFacts:
    """Write the picture at `path` to `out` in another format, upright and with transparency on white where need be.

    `NotMedia` for a file that is no picture, or a format that cannot be written here (the text names it).
    """
    from PIL import Image, ImageOps

    name = _ALIASES.get(format.lower(), format.lower())
    if name not in _WRITERS:
        raise NotMedia(f"Converting to {format} is not supported; use one of {', '.join(sorted(_WRITERS))}")
    kind, options = _WRITERS[name]
    with open_picture(path) as image:
        upright = ImageOps.exif_transpose(image)
    if name in _OPAQUE and upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = Image.new("RGB", layer.size, "white")
        upright.paste(layer, mask=layer.getchannel("A"))
    elif name in _OPAQUE or upright.mode not in {"RGB", "RGBA", "L"}:
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    upright.save(out, kind, **options)
    return inspect(out, None, "image")
