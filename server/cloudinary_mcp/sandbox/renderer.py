"""What a renderer is: the hook through which transformed files are made."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Rendered:
    """A file made by a transformation. `path` lies in the folder that the renderer was given."""

    path: Path
    format: str
    width: int | None
    height: int | None
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Renderer(Protocol):
    """Makes a transformed file; blocking, called in a worker thread.

    `facts` are the media module's facts about `source`; `transformation` is the URL's text ("" for a mere conversion);
    `format` is the wanted extension, None for the source's own; `accept` is the browser's Accept header, which decides
    `f_auto`; `out` is a path without extension at which the file is to be written. What it cannot do it refuses with
    `CloudError` (400 for a bad transformation, 501 for what is not supported).
    """

    def __call__(
        self, source: Path, facts: dict[str, Any], transformation: str, format: str | None, accept: str, out: Path
    ) -> Rendered:
        """Write the file and tell what it is."""
        ...
