"""What the tools that pack archives share."""

from typing import Literal

MAX_ARCHIVED = 1000
"""Assets of one archive (Upload API reference)."""


ArchiveFormat = Literal["zip", "tgz"]
