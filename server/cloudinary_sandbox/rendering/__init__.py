"""Derived files: what a transformation makes of a stored one.

Pictures are rendered with Pillow, films with PyAV (extra `video`), faces found with OpenCV (extra `vision`). What is
not rendered is refused by name, and what is only approximated says so.
"""

from collections.abc import Mapping
from pathlib import Path

from cloudinary_sandbox.rendering.contract import LayerRef, LayerSource, NamedSource, Rendered, RenderError, Unsupported

__all__ = ["LayerRef", "LayerSource", "NamedSource", "RenderError", "Rendered", "Unsupported", "render"]

_NO_FACTS: Mapping[str, object] = {}


def render(
    source: Path,
    *,
    resource_type: str,
    source_format: str | None,
    transformation: str,
    format: str | None,
    accept: str,
    named: NamedSource,
    layer: LayerSource,
    facts: Mapping[str, object] = _NO_FACTS,
    workdir: Path,
) -> Rendered:
    """Write the derived file of a transformation into `workdir`. Blocking; call it from a worker thread.

    `transformation` is the URL's text (percent-decoded once or not at all), `format` the extension of the URL, None for
    the source's own; `f_` wins over it. `accept` is the Accept header, which decides `f_auto`. `facts` may hold
    `width`, `height`, `pages`, `tags` (a list), `context` and `metadata` (by key) and `coordinates`
    (`{"faces": [[x, y, w, h]], "custom": …}`), which conditions and gravities ask for. Sizes are pixels.

    `RenderError` carries the status and the text of `X-Cld-Error`; `Unsupported` is the one that names what Cloudinary
    can do and the sandbox does not.
    """
    from cloudinary_sandbox.rendering.service import make

    return make(source, resource_type, source_format, transformation, format, accept, named, layer, facts, workdir)
