"""Derived files: what a transformation makes of a stored one.

Pictures are rendered with Pillow, films with PyAV (extra `video`), faces found with OpenCV (extra `vision`). What is
not rendered is refused by name, and what is only approximated says so.
"""

from cloudinary_sandbox.rendering.contract import (
    LayerRef,
    LayerSource,
    NamedSource,
    Rendered,
    RenderError,
    RenderRequest,
    Unsupported,
)

__all__ = [
    "LayerRef",
    "LayerSource",
    "NamedSource",
    "RenderError",
    "RenderRequest",
    "Rendered",
    "Unsupported",
    "render",
]


def render(request: RenderRequest) -> Rendered:
    """Write the derived file that is asked for. Blocking; call it from a worker thread.

    `RenderError` carries the status and the text of `X-Cld-Error`; `Unsupported` is the one that names what Cloudinary
    can do and the sandbox does not.
    """
    from cloudinary_sandbox.rendering.render_job import render_file  # Pillow takes 30 ms to load

    return render_file(request)
