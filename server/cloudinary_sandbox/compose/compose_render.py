"""Drawing what is composed: sprites, animations, films, PDFs and texts. Blocking; call it from a worker thread."""

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.rendering.colour import TRANSPARENT
from cloudinary_sandbox.rendering.contract import Unsupported, invalid
from cloudinary_sandbox.rendering.geometry_ops import flattened
from cloudinary_sandbox.rendering.output import read_quality, write
from cloudinary_sandbox.rendering.text import draw, style_of
from cloudinary_sandbox.rendering.video import require

PICTURES = frozenset({"gif", "png", "webp"})
SPRITES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "gif": "GIF"}
FILMS = {"mp4": "libx264", "webm": "libvpx-vp9"}
_CLOCK = Fraction(1, 1000)
_MOST_PIXELS = 25_000_000
_CLASS = re.compile(r"[^\w-]+")


def sprite(images: dict[str, Image.Image], out: Path, format: str) -> JSON:
    """Write all pictures below each other as one; where each is, in pixels: `{name: {width, height, x, y}}`."""
    if format not in SPRITES:
        raise Unsupported(f"sprites in the format {format}")
    width = max(image.width for image in images.values())
    canvas = Image.new("RGBA", (width, sum(image.height for image in images.values())), TRANSPARENT)
    infos: JSON = {}
    top = 0
    for name, image in images.items():
        canvas.paste(image, (0, top))
        infos[name] = {"width": image.width, "height": image.height, "x": 0, "y": top}
        top += image.height
    whole = canvas if format in PICTURES else flattened(canvas, (255, 255, 255, 255)).convert("RGB")
    whole.save(out, SPRITES[format])
    return infos


def style_sheet(infos: JSON, url: str) -> str:
    """The CSS that shows each picture of a sprite as the background of a class."""
    rules = [
        f".{_CLASS.sub('-', name)} {{ width: {at['width']}px; height: {at['height']}px; "
        f"background: url('{url}') no-repeat -{at['x']}px -{at['y']}px; }}"
        for name, at in infos.items()
    ]
    return "\n".join(rules) + "\n"


def sequence(images: Sequence[Image.Image], out: Path, format: str, delay: int) -> None:
    """Write pictures one after the other: an animation, a film, or the pages of a PDF. `delay` is in milliseconds.

    Smaller pictures are put into the middle of a transparent (in films and PDFs white) frame of the largest size.
    """
    if format not in PICTURES and format not in FILMS and format != "pdf":
        raise Unsupported(f"animations in the format {format}")
    size = (max(image.width for image in images), max(image.height for image in images))
    frames = [_framed(image, size) for image in images]
    if format in FILMS:
        _film(frames, out, format, delay)
    elif format == "pdf":
        pages = [flattened(frame, (255, 255, 255, 255)).convert("RGB") for frame in frames]
        pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    else:
        write(frames, [delay] * len(frames), out, format, read_quality(None), {})


def _framed(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    frame = Image.new("RGBA", size, TRANSPARENT)
    frame.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return frame


def _film(frames: Sequence[Image.Image], out: Path, format: str, delay: int) -> None:
    require()
    import av

    library: Any = av
    with library.open(str(out), "w", format=format) as target:
        track = target.add_stream(FILMS[format], rate=Fraction(1000, delay))
        track.pix_fmt = "yuv420p"
        track.width, track.height = (max(2, side // 2 * 2) for side in frames[0].size)
        track.codec_context.time_base = _CLOCK
        for count, frame in enumerate(frames):
            opaque = flattened(frame, (255, 255, 255, 255)).convert("RGB").crop((0, 0, track.width, track.height))
            picture = library.VideoFrame.from_image(opaque)
            picture.pts, picture.time_base, picture.duration = count * delay, _CLOCK, delay
            target.mux(track.encode(picture))
        target.mux(track.encode(None))


def text(params: Params, out: Path) -> None:
    """Write a text as a PNG, in the font of text layers; `RenderError` for a style that cannot be read."""
    size = params.integer("font_size", 12)
    words = params.required("text")
    lines = words.split("\n")
    if not 0 < size <= 1000 or max(map(len, lines)) * len(lines) * size * size > _MOST_PIXELS:
        raise invalid("font size", size)
    style, box = style_of(text_style(params))
    draw(style, words, box).save(out, "PNG")


def text_style(params: Params) -> dict[str, str]:
    """The parameters that make the style of a text."""
    return {name: params.text(name) for name in _STYLE if name in params}


_STYLE = (
    "font_family", "font_size", "font_color", "font_weight", "font_style", "text_align", "text_decoration",
    "background", "opacity", "line_spacing", "letter_spacing",
)  # fmt: skip
