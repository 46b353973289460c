"""Facts of video and audio files through PyAV (extra `video`)."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudinary_sandbox.media.facts import INVALID_VIDEO, NotMedia

if TYPE_CHECKING:
    from av import AudioStream, VideoStream
    from av.container import InputContainer


def available() -> bool:
    """Whether PyAV is installed; without it a video is stored but nothing is known about it."""
    return find_spec("av") is not None


def movie_facts(path: Path) -> dict[str, Any]:
    """`MediaFacts` fields of a video or audio file. `NotMedia` when it has no readable track."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            return _facts(container)
    except (FFmpegError, ValueError):
        raise NotMedia(INVALID_VIDEO) from None


def movie_metadata(path: Path) -> dict[str, str] | None:
    """What a video or audio file says of itself (title, encoder, time of creation …); None without PyAV."""
    if not available():
        return None
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            return {str(name): str(text) for name, text in container.metadata.items()}
    except (FFmpegError, ValueError):
        raise NotMedia(INVALID_VIDEO) from None


def _facts(container: "InputContainer") -> dict[str, Any]:
    import av

    pictures = [stream for stream in container.streams.video if not _is_cover(stream)]
    sounds = container.streams.audio
    if not pictures and not sounds:
        raise NotMedia(INVALID_VIDEO)
    facts: dict[str, Any] = {"pages": 0, "is_audio": not pictures}
    if container.duration:
        facts["duration"] = round(container.duration / av.time_base, 6)
    if container.bit_rate:
        facts["bit_rate"] = container.bit_rate
    if pictures:
        facts |= _picture_track(container, pictures[0])
    if sounds:
        facts["audio"] = _sound_track(sounds[0])
    return facts


def _is_cover(stream: "VideoStream") -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _picture_track(container: "InputContainer", stream: "VideoStream") -> dict[str, Any]:
    context = stream.codec_context
    frame = next(container.decode(stream), None)
    rotation = -frame.rotation % 360 if frame else 0
    turned = rotation in {90, 270}
    details: dict[str, object | None] = {
        "pix_format": context.pix_fmt,
        "codec": context.name,
        "profile": context.profile,
        "bit_rate": str(context.bit_rate) if context.bit_rate else None,
        "time_base": str(stream.time_base) if stream.time_base else None,
    }
    return {
        "width": context.height if turned else context.width,
        "height": context.width if turned else context.height,
        "rotation": rotation,
        "frame_rate": round(float(stream.average_rate), 6) if stream.average_rate else None,
        "nb_frames": stream.frames or None,
        "video": _known(details),
    }


def _sound_track(stream: "AudioStream") -> dict[str, object]:
    context = stream.codec_context
    return _known(
        {
            "codec": context.name,
            "bit_rate": str(context.bit_rate) if context.bit_rate else None,
            "frequency": context.sample_rate,
            "channels": context.channels,
            "channel_layout": context.layout.name,
        }
    )


def _known(values: dict[str, object | None]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}
