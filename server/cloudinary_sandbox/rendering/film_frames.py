"""Read a film through PyAV: the pictures and the sound of the part that is kept, forwards and backwards."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from cloudinary_sandbox.rendering.contract import RenderError, Unsupported
from cloudinary_sandbox.rendering.geometry_ops import turned

if TYPE_CHECKING:
    from av import AudioFrame, VideoFrame
    from av.container import InputContainer

_TOGETHER = 100_000_000
"""Bytes of decoded pictures that are kept to play them backwards."""


@dataclass(frozen=True, slots=True)
class VideoCut:
    """The part that is kept, in seconds from the start; `end` None is the end of the film."""

    start: float | None
    end: float | None

    def length(self, total: float) -> float:
        """Seconds of the part, of a film that is `total` long."""
        return max(0.0, min(self.end if self.end is not None else total, total) - (self.start or 0.0))


@contextmanager
def opened(path: Path) -> "Generator[InputContainer]":
    """Open a film; what FFmpeg cannot read, decode or encode in the body becomes a `RenderError`."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            yield container
    except (FFmpegError, ValueError):
        raise RenderError("Unsupported video format or file") from None


def frames(container: "InputContainer", start: float) -> Iterator["VideoFrame"]:
    """Decode from the key frame at or before `start` (seconds)."""
    from av.error import FFmpegError

    if not container.streams.video:
        raise Unsupported("pictures of a sound file")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    if start > 0 and stream.time_base:
        try:
            container.seek(round(start / stream.time_base), stream=stream)
        except FFmpegError:
            container.seek(0)
    yield from container.decode(stream)


def pictures(path: Path, cut: VideoCut) -> Iterator[tuple[float, Image.Image]]:
    """The upright pictures of the part, each with its seconds since the first one."""
    first: float | None = None
    with opened(path) as container:
        for frame in _within(container, cut):
            first = time_of(frame) if first is None else first
            yield time_of(frame) - first, upright(frame)


def pictures_backwards(path: Path, cut: VideoCut, length: float) -> Iterator[tuple[float, Image.Image]]:
    """The same from the last to the first; `length` is the part's in seconds. Decoded in stretches, to save memory."""
    with opened(path) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 25)
        frame_bytes = max(1, stream.codec_context.width * stream.codec_context.height * 4)
    stretch = max(4, _TOGETHER // frame_bytes) / rate
    begin, end, last = cut.start or 0.0, (cut.start or 0.0) + length, None
    while end > begin + 1e-6:
        start = max(begin, end - stretch)
        with opened(path) as container:
            kept = [(time_of(frame), upright(frame)) for frame in _within(container, VideoCut(start, end))]
        for at, image in reversed(kept):
            last = at if last is None else last
            yield last - at, image
        end = start


def heard(path: Path, cut: VideoCut) -> Iterator["AudioFrame"]:
    """The sound of the part; it is cut at the codec's blocks of some milliseconds. Nothing when there is none."""
    with opened(path) as container:
        for frame in container.decode(container.streams.audio[0]):
            when = time_of(frame)
            if cut.end is not None and when >= cut.end:
                return
            if when >= (cut.start or 0.0):
                frame.pts = None
                yield frame


def _within(container: "InputContainer", cut: VideoCut) -> Iterator["VideoFrame"]:
    start = cut.start or 0.0
    for frame in frames(container, start):
        when = time_of(frame)
        if cut.end is not None and when >= cut.end - 1e-6:
            return
        if when >= start - 1e-6:
            yield frame


def time_of(frame: "VideoFrame | AudioFrame") -> float:
    """Seconds from the start of the film."""
    return float(frame.pts * frame.time_base) if frame.pts is not None and frame.time_base else 0.0


def upright(frame: Any) -> Image.Image:
    """The picture of a video frame, turned as its file says."""
    return turned(frame.to_image(), -frame.rotation)
