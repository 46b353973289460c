"""Sizes: what the protocol allows, and what a cloud's plan allows (`media_limits` of GET /usage)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from cloudinary_tools.cloud.errors import InvalidValue, TooLarge

MAX_BODY = 100 * 1024 * 1024
"""Bytes of the largest request body, whatever the plan."""

CHUNK_SIZE = 20_000_000
"""Bytes of a chunk, the official SDK's default."""

MIN_CHUNK = 5 * 1024 * 1024
"""Bytes that every chunk but the last must exceed."""

_ENVELOPE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """The plan's largest file per resource type, in bytes; None where Cloudinary does not say."""

    image: int | None = None
    video: int | None = None
    raw: int | None = None

    @classmethod
    def of(cls, usage: Mapping[str, Any]) -> Self:
        """Read them from a reply of GET /usage."""
        limits: object = usage.get("media_limits")
        values = cast("dict[str, object]", limits) if isinstance(limits, dict) else {}

        def size(kind: str) -> int | None:
            value = values.get(f"{kind}_max_size_bytes")
            return value if isinstance(value, int) and not isinstance(value, bool) else None

        return cls(size("image"), size("video"), size("raw"))

    def maximum(self, resource_type: str) -> int | None:
        """The limit of a resource type; for `auto` the largest of all, what is above it fits nowhere."""
        known = {"image": self.image, "video": self.video, "raw": self.raw}
        if resource_type in known:
            return known[resource_type]
        sizes = [value for value in known.values() if value is not None]
        return max(sizes) if len(sizes) == len(known) else None


def check_size(size: int, resource_type: str, limits: MediaLimits) -> None:
    """Raise `TooLarge` for a file that the plan surely refuses."""
    maximum = limits.maximum(resource_type)
    if maximum is not None and size > maximum:
        raise TooLarge(
            f"File size too large. {size} bytes, the plan allows {maximum} for {resource_type}.",
            size=size,
            maximum=maximum,
        )


def check_chunk_size(chunk_size: int) -> None:
    """Raise `InvalidValue` for a chunk size that Cloudinary would refuse."""
    if not MIN_CHUNK < chunk_size <= MAX_BODY - _ENVELOPE:
        raise InvalidValue(f"chunk_size must be above {MIN_CHUNK} and at most {MAX_BODY - _ENVELOPE} bytes")
