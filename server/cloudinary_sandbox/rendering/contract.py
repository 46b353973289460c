"""What goes into a rendering and what comes out; nothing heavy is imported here."""

from collections.abc import Callable, Mapping
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


TextStyleSource = Callable[[str], Mapping[str, str] | None]
"""The parameters with which a stored text was made (`font_family`, `font_size` …), by its public ID; None for none."""


def no_text_style(public_id: str) -> None:
    """There is no stored text of any name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRequest:
    """What to make of which file. Sizes are pixels.

    `transformation` is the URL's text (percent-decoded once or not at all), `format` the extension of the URL, None for
    the source's own; `f_` wins over it. `accept` is the Accept header, which decides `f_auto`. `facts` may hold
    `width`, `height`, `pages`, `tags` (a list), `context` and `metadata` (by key) and `coordinates`
    (`{"faces": [[x, y, w, h]], "custom": …}`), which conditions and gravities ask for. The file is made in `workdir`.
    """

    source: Path
    resource_type: str
    source_format: str | None
    transformation: str
    format: str | None
    accept: str = ""
    named: NamedSource
    layer: LayerSource
    text_style: TextStyleSource = no_text_style
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    workdir: Path


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
class RenderNotes:
    """What a rendering wants told besides its picture; each text once, in order."""

    texts: dict[str, None] = field(default_factory=dict[str, None])

    def approximate(self, text: str) -> None:
        """Note an approximation, such as `g_auto by edge energy`."""
        self.texts[text] = None
