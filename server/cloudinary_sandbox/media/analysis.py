"""What the analysis parameters of an upload ask for: colours, faces, metadata, sharpness."""

import math
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cloudinary_sandbox.media.pictures import displayed_size, open_picture, small_copy

if TYPE_CHECKING:
    from PIL import Image

_GOOGLE = {
    "red": (255, 0, 0), "orange": (255, 140, 0), "yellow": (255, 235, 0), "green": (0, 150, 0), "teal": (0, 128, 128),
    "blue": (0, 60, 220), "purple": (128, 0, 128), "pink": (255, 150, 190), "white": (255, 255, 255),
    "gray": (128, 128, 128), "black": (0, 0, 0), "brown": (120, 70, 30),
}  # fmt: skip
_CLOUDINARY = _GOOGLE | {"lime": (120, 255, 0), "olive": (128, 128, 0), "cyan": (0, 220, 255), "magenta": (255, 0, 255)}
_CLOUDINARY["lightgray"] = (200, 200, 200)
_LOOK = 1024
"""Pixels of the longer side in which faces are looked for."""
_SHARP = 400.0
"""Variance of the Laplacian that counts as about two thirds in focus; ordinary sharp photographs pass it."""


def colors(path: Path) -> dict[str, Any]:
    """`{"colors": [["#RRGGBB", percent]], "predominant": {"google": [[name, percent]], "cloudinary": [...]}}`.

    Up to 32 colours and 6 names, most frequent first; transparent pixels do not count.
    """
    small = small_copy(path, 128)
    pixels = _visible(small)
    if pixels is None:
        return {"colors": [], "predominant": {"google": [], "cloudinary": []}}
    table = pixels.quantize(32).convert("RGB").getcolors(maxcolors=64) or []
    total = sum(count for count, _ in table)
    shares = [
        (count * 100 / total, colour) for count, colour in sorted(table, reverse=True) if isinstance(colour, tuple)
    ]
    return {
        "colors": [["#{:02X}{:02X}{:02X}".format(*colour), round(share, 1)] for share, colour in shares],
        "predominant": {"google": _named(shares, _GOOGLE), "cloudinary": _named(shares, _CLOUDINARY)},
    }


def _visible(small: "Image.Image") -> "Image.Image | None":
    from PIL import Image

    if small.mode != "RGBA":
        return small
    raw, alpha = small.convert("RGB").tobytes(), small.getchannel("A").tobytes()
    kept = b"".join(raw[3 * i : 3 * i + 3] for i, opacity in enumerate(alpha) if opacity >= 128)
    return Image.frombytes("RGB", (len(kept) // 3, 1), kept) if kept else None


def _named(shares: list[tuple[float, tuple[int, ...]]], palette: dict[str, tuple[int, int, int]]) -> list[list[Any]]:
    sums: dict[str, float] = {}
    for share, colour in shares:
        name = min(palette, key=lambda name: math.dist(palette[name], colour[:3]))
        sums[name] = sums.get(name, 0) + share
    return [[name, round(share, 1)] for name, share in sorted(sums.items(), key=lambda item: -item[1])[:6]]


def faces(path: Path) -> list[list[int]] | None:
    """Faces as [x, y, width, height] in pixels of the upright picture, largest first.

    None when OpenCV (extra `vision`) is not installed: nothing is known then, which is not the same as no face.
    """
    if find_spec("cv2") is None:
        return None
    with open_picture(path) as image:
        width, _ = displayed_size(image)
    small = small_copy(path, _LOOK)
    scale = width / small.width
    return [[round(value * scale) for value in box] for box in faces_in(small) or []]


def faces_in(image: "Image.Image") -> list[list[int]] | None:
    """The same for an open picture."""
    if find_spec("cv2") is None:
        return None
    import cv2
    import numpy as np

    grey = image.convert("RGB").convert("L")
    grey.thumbnail((_LOOK, _LOOK))
    scale = image.width / grey.width
    bundled = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
    cascade = cv2.CascadeClassifier(str(bundled))
    side = max(min(grey.size) // 16, 20)
    found = cascade.detectMultiScale(np.asarray(grey), scaleFactor=1.1, minNeighbors=6, minSize=(side, side))
    boxes = [[round(float(value) * scale) for value in box] for box in found]
    return sorted(boxes, key=lambda box: -box[2] * box[3])


def exif(path: Path) -> dict[str, str]:
    """EXIF tags by their names, as text; binary ones are left out."""
    from PIL import ExifTags

    with open_picture(path) as image:
        tags = image.getexif()
        groups = [
            (dict(tags), ExifTags.TAGS),
            (tags.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS),
            (tags.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS),
        ]
    return {
        names[tag]: _text(value)
        for group, names in groups
        for tag, value in group.items()
        if tag in names and tag not in {ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo} and not isinstance(value, bytes)
    }


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in cast("tuple[object, ...]", value))
    return str(value).strip("\0 ")


def image_metadata(path: Path) -> dict[str, str]:
    """The EXIF tags plus the colour space, resolution and embedded texts of the file."""
    with open_picture(path) as image:
        info: dict[Any, Any] = dict(image.info)
        found = {"Colorspace": {"L": "Gray", "1": "Gray", "LA": "Gray", "CMYK": "CMYK"}.get(image.mode, "sRGB")}
    if dpi := info.get("dpi"):
        found["DPI"] = str(round(float(dpi[0])))
    if version := info.get("jfif_version"):
        found["JFIFVersion"] = ".".join(str(part).zfill(at + 1) for at, part in enumerate(version))
    found |= {str(key): value for key, value in info.items() if isinstance(value, str) and len(value) <= 2000}
    return found | exif(path)


def quality_analysis(path: Path) -> dict[str, float]:
    """`{"focus": 0.0-1.0}`: how sharp the picture is, by the variance of its Laplacian."""
    from PIL import ImageFilter, ImageStat

    grey = small_copy(path, 1024).convert("L")
    laplacian = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
    variance = ImageStat.Stat(grey.filter(laplacian)).var[0]
    return {"focus": round(1 - math.exp(-variance / _SHARP), 2)}
