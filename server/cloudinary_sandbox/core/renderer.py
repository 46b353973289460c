"""The hook through which transformed files are made, and its usual filling: the rendering package."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cloudinary_sandbox.rendering import LayerSource, NamedSource, Rendered


class Renderer(Protocol):
    """Makes a transformed file; blocking, called in a worker thread. `rendering.render` explains the arguments."""

    def __call__(
        self,
        source: Path,
        *,
        resource_type: str,
        source_format: str | None,
        transformation: str,
        format: str | None,
        accept: str,
        named: "NamedSource",
        layer: "LayerSource",
        facts: Mapping[str, object],
        workdir: Path,
    ) -> "Rendered":
        """Write the file into `workdir` and tell what it is; `RenderError` for what cannot be made."""
        ...


def rendering_package(
    source: Path,
    *,
    resource_type: str,
    source_format: str | None,
    transformation: str,
    format: str | None,
    accept: str,
    named: "NamedSource",
    layer: "LayerSource",
    facts: Mapping[str, object],
    workdir: Path,
) -> "Rendered":
    """`rendering.render`, loaded when the first file is to be made."""
    from cloudinary_sandbox.rendering import render

    return render(
        source,
        resource_type=resource_type,
        source_format=source_format,
        transformation=transformation,
        format=format,
        accept=accept,
        named=named,
        layer=layer,
        facts=facts,
        workdir=workdir,
    )
