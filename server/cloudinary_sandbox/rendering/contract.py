"""What goes into a rendering and what comes out; nothing heavy is imported here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


class RenderError(Exception):
    """A transformation that cannot be carried out. `message` is the `X-Cld-Error`, `status` the HTTP status."""

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.message = message
        self.status = status


class Unsupported(RenderError):
    """Cloudinary can do it, the sandbox does not; the message names what is refused."""

    def __init__(self, what: str):
        super().__init__(f"The sandbox does not render {what}")


def invalid(what: str, value: object) -> RenderError:
    """The error for a malformed value, in Cloudinary's words."""
    return RenderError(f"Invalid {what} in transformation: {value}")


@dataclass(frozen=True, slots=True)
class LayerRef:
    """The picture that a layer shows: a stored asset, or `url` for a remote one (then `type` is "fetch").

    `public_id` has its slashes back. `format` is set when an extension was split off, None when the id is as given.
    """

    public_id: str
    resource_type: str = "image"
    type: str = "upload"
    format: str | None = None
    url: str | None = None


LayerSource = Callable[[LayerRef], Path | None]
"""Finds the file of a layer; None when there is no such asset."""

NamedSource = Callable[[str], str | None]
"""The text of a named transformation; None when there is none of that name."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A derived file. `width` and `height` in pixels (None where there are none, or none known), `bytes` its size.

    `attachment` is True or a file name when a download was asked for, else None. `approximations` are the texts of the
    `X-Sandbox-Approximation` header. `vary_accept` tells that the Accept header decided the format.
    """

    path: Path
    format: str
    content_type: str
    width: int | None
    height: int | None
    bytes: int
    attachment: str | bool | None = None
    approximations: tuple[str, ...] = ()
    vary_accept: bool = False


@dataclass(slots=True)
class Notes:
    """What a rendering wants told besides its picture; each text once, in order."""

    texts: dict[str, None] = field(default_factory=dict[str, None])

    def approximate(self, text: str) -> None:
        """Note an approximation, such as `g_auto by edge energy`."""
        self.texts[text] = None
