"""Films through PyAV (extra `video`): stills, trims, and every picture step carried out frame by frame."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from cloudinary_sandbox.media import NotMedia, movies
from cloudinary_sandbox.rendering.contract import RenderError, Unsupported, invalid
from cloudinary_sandbox.rendering.film_effects import FilmEffects, check_length
from cloudinary_sandbox.rendering.film_frames import (
    VideoCut,
    frames,
    opened,
    pictures,
    pictures_backwards,
    time_of,
    upright,
)
from cloudinary_sandbox.rendering.film_sound import Sound, add_sound
from cloudinary_sandbox.rendering.geometry_ops import flattened

if TYPE_CHECKING:
    from av import VideoFrame

KEYS = frozenset({"so", "eo", "du", "vc", "ac", "br"})
"""Parameters of a film that are carried out here."""
FORMATS = frozenset({"mp4", "webm"})
MAX_FRAMES = 1800

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)[pP%]")
_BIT_RATE = re.compile(r"(\d+(?:\.\d+)?)([km]?)")
_CODECS = {("mp4", "h264"): "libx264", ("webm", "vp9"): "libvpx-vp9", ("webm", "vp8"): "libvpx"}
_DEFAULT_CODEC = {"mp4": "h264", "webm": "vp9"}
_CLOCK = Fraction(1, 90_000)
"""The tick of written pictures in seconds; all common frame rates are whole in it."""
_SPEED = {
    "libx264": {"preset": "veryfast"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "b": "0"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "b": "2M"},
}

FrameRenderer = Callable[[Image.Image, float], Image.Image]
"""What is done to every frame; its moment is in seconds of the source."""

Finish = Callable[[Image.Image], Image.Image]
"""What the effects on the whole film do to one picture."""

Number = Callable[[str, str], float]
"""Evaluates the text of a number for a named parameter."""


@dataclass(frozen=True, slots=True)
class Played:
    """A picture of a film: its moment in the source, when it is shown in the result, and what is done to it then."""

    image: Image.Image
    moment: float
    when: float
    finish: Finish


_SOUND = {"mp4": Sound("aac", "aac", 44_100, "fltp"), "webm": Sound("opus", "libopus", 48_000, "flt")}


def require() -> None:
    """`Unsupported` when PyAV is not installed."""
    if not movies.available():
        raise Unsupported("videos without PyAV (install the extra `video`)")


def duration(path: Path) -> float:
    """Seconds of a film; 0 when the file does not say. `RenderError` when it is none."""
    try:
        return float(movies.movie_facts(path).get("duration", 0))
    except NotMedia as error:
        raise RenderError(str(error)) from None


def read_cut(values: Mapping[str, str], total: float, number: Number) -> VideoCut:
    """Read `so`, `eo` and `du`: seconds, percent of the film (`50p`), or an expression."""

    def seconds(key: str, what: str) -> float | None:
        text = values.get(key)
        if text is None:
            return None
        if text == "auto":
            raise Unsupported("so_auto")
        match = _PERCENT.fullmatch(text)
        found = total * float(match[1]) / 100 if match else number(text, what)
        if found < 0:
            raise invalid(what, text)
        return found

    start, end, length = seconds("so", "start offset"), seconds("eo", "end offset"), seconds("du", "duration")
    if start is not None and end is not None and length is not None:
        raise RenderError("Invalid transformation - at most two of so_, eo_ and du_")
    if length is not None:
        if end is not None:
            start = max(0.0, end - length)
        else:
            end = (start or 0.0) + length
    if end is not None and end <= (start or 0.0):
        raise RenderError("Invalid end offset in transformation: it lies before the start")
    return VideoCut(start, end)


def still(path: Path, at: float | None) -> Image.Image:
    """The frame shown at a time in seconds, by default in the middle of the film; the last one when that is later."""
    when = duration(path) / 2 if at is None else at
    last: VideoFrame | None = None
    with opened(path) as container:
        for frame in frames(container, when):
            last = frame
            if time_of(frame) + _length(frame) > when:
                break
        if last is None:
            raise RenderError("Unsupported video format or file")
        return upright(last)


def film(
    path: Path,
    out: Path,
    format: str,
    cut: VideoCut,
    values: Mapping[str, str],
    effects: FilmEffects,
    rework: FrameRenderer,
) -> tuple[int, int]:
    """Write a film as mp4 (H.264, AAC) or webm (VP9, Opus) and return its width and height (even numbers).

    `values` may have `vc`, `ac` and `br`, and `crf` for the quality. `rework` is applied to every frame.
    """
    import av

    codec = _codec(values.get("vc", "auto"), format)
    options = _SPEED[codec] | {"crf": values.get("crf", "23" if codec == "libx264" else "32")}
    wanted = values.get("ac", _SOUND[format].name)
    if wanted not in {"none", _SOUND[format].name}:
        raise Unsupported(f"the audio codec {wanted} in {format}")
    length = cut.length(duration(path)) / effects.speed
    check_length(effects, length)
    library: Any = av  # its stubs leave the packets' types open
    with opened(path) as container, library.open(str(out), "w", format=format) as target:
        if not container.streams.video:
            raise Unsupported("sound without pictures")
        rate = container.streams.video[0].average_rate or Fraction(25)
        rate *= Fraction(effects.speed).limit_denominator(100)
        track: Any = target.add_stream(codec, rate=rate, options=options)
        track.pix_fmt = "yuv420p"
        if "br" in values:
            track.bit_rate = _bit_rate(values["br"])
        sound: Any = None
        if container.streams.audio and wanted != "none":
            sound = target.add_stream(_SOUND[format].encoder, rate=_SOUND[format].rate)
        size = _add_pictures(_played(path, cut, effects, length), target, track, rework)
        if sound:
            add_sound(path, target, sound, _SOUND[format], cut, effects, length * len(effects.passes))
    return size


def _played(path: Path, cut: VideoCut, effects: FilmEffects, length: float) -> Iterator["Played"]:
    """The pictures in the order in which they are shown. `length` are the seconds of one pass."""
    total = length * len(effects.passes)
    for number, backwards in enumerate(effects.passes):
        kept = pictures_backwards(path, cut, length * effects.speed) if backwards else pictures(path, cut)
        for at, image in kept:
            when = number * length + at / effects.speed
            moment = (cut.start or 0.0) + (length * effects.speed - at if backwards else at)
            yield Played(image, moment, when, partial(effects.shown, at=when, total=total))


def _add_pictures(played: Iterator[Played], target: Any, track: Any, rework: FrameRenderer) -> tuple[int, int]:
    import av

    library: Any = av
    size: tuple[int, int] | None = None
    for count, frame in enumerate(played):
        if count >= MAX_FRAMES:
            raise Unsupported(f"more than {MAX_FRAMES} frames; keep a part with so_ and du_")
        shown = frame.finish(_even(rework(frame.image, frame.moment)))
        if size is None:
            size = shown.size
            track.width, track.height = size
        made = library.VideoFrame.from_image(shown)
        made.time_base = _CLOCK
        made.pts = round(frame.when / _CLOCK)
        target.mux(track.encode(made))
    if size is None:
        raise RenderError("Invalid start offset in transformation: it lies behind the end of the video")
    target.mux(track.encode(None))
    return size


def _length(frame: "VideoFrame") -> float:
    return float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.04


def _even(image: Image.Image) -> Image.Image:
    """Films have sides of even length; the odd pixel is cut off."""
    opaque = flattened(image, (0, 0, 0, 255))
    return opaque.crop((0, 0, max(2, opaque.width // 2 * 2), max(2, opaque.height // 2 * 2)))


def _codec(text: str, format: str) -> str:
    name = _DEFAULT_CODEC[format] if text == "auto" else text
    if (format, name) not in _CODECS:
        raise Unsupported(f"the video codec {text} in {format}")
    return _CODECS[format, name]


def _bit_rate(text: str) -> int:
    match = _BIT_RATE.fullmatch(text)
    if not match or not float(match[1]):
        raise invalid("bit rate", text)
    return round(float(match[1]) * {"": 1, "k": 1000, "m": 1_000_000}[match[2]])
