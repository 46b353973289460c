"""The facts of one file, in the words of an upload reply."""

from dataclasses import dataclass
from typing import Literal

ResourceType = Literal["image", "video", "raw"]

INVALID_IMAGE = "Invalid image file"
INVALID_VIDEO = "Unsupported video format or file"


class NotMedia(ValueError):
    """The file is not what was asked for; the text is the one that Cloudinary's API answers with."""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What is known about a file; None (also for a size) means that it is not known or does not apply.

    `format` is an extension without the dot ("jpg"), None for raw. Sizes are pixels as displayed, that is after the
    EXIF orientation; a PDF's are points of its first page. `bytes` is the file's size, `etag` the hex MD5 of its
    content, `phash` 16 hex digits. Video: `duration` in seconds, `bit_rate` in bits per second, `rotation` in degrees.
    """

    resource_type: ResourceType
    bytes: int
    etag: str
    format: str | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    phash: str | None = None
    has_alpha: bool | None = None
    grayscale: bool | None = None
    placeholder: bool = False
    duration: float | None = None
    bit_rate: int | None = None
    frame_rate: float | None = None
    nb_frames: int | None = None
    rotation: int | None = None
    is_audio: bool | None = None
    audio: dict[str, object] | None = None
    video: dict[str, object] | None = None
