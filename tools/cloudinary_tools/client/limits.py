"""Sizes: what the protocol allows, and what a cloud's plan allows (`media_limits` of GET /usage)."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Self

from cloudinary_tools.client.errors import InvalidValue, TooLarge
from cloudinary_tools.client.reply_types.account import UsageReply
from cloudinary_tools.json_types import is_sequence

MAX_BODY = 100 * 1024 * 1024
"""Bytes of the largest request body, whatever the plan."""

CHUNK_SIZE = 20_000_000
"""Bytes of a chunk, the official SDK's default."""

MIN_CHUNK = 5 * 1024 * 1024
"""Bytes that every chunk but the last must exceed."""

MAX_PAGE = 500
"""Items of the largest page of any list."""

MAX_IDS = 100
"""Ids of one Admin API listing or deletion."""

MAX_BULK_IDS = 1000
"""Ids of one tags, context or metadata call; Cloudinary silently ignores what is above."""

MAX_BULK_TAGS = 10_000
"""Tags times ids of one tags call."""

_ENVELOPE = 1024 * 1024
_ID_LISTS = ("public_ids", "asset_ids", "derived_resource_ids")


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """The plan's largest file per resource type, in bytes; None where Cloudinary does not say."""

    image: int | None = None
    video: int | None = None
    raw: int | None = None

    @classmethod
    def of(cls, usage: UsageReply) -> Self:
        """Read them from a reply of GET /usage."""
        sizes = usage.get("media_limits") or {}
        return cls(*(sizes.get(f"{kind}_max_size_bytes") for kind in ("image", "video", "raw")))

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


def check_admin(method: str, params: Mapping[str, object]) -> None:
    """Raise `InvalidValue` for more per call than the Admin API takes."""
    page = params.get("max_results")
    if isinstance(page, int) and page > MAX_PAGE:
        raise InvalidValue(f"max_results is at most {MAX_PAGE}, not {page}")
    if method in {"GET", "DELETE"}:
        for name in _ID_LISTS:
            _check_count(name, params.get(name), MAX_IDS)


def check_bulk(params: Mapping[str, object]) -> None:
    """Raise `InvalidValue` for more ids, or tags times ids, than one Upload API call works on."""
    listed = params.get("public_ids")
    _check_count("public_ids", listed, MAX_BULK_IDS)
    given = params.get("tag")
    if isinstance(listed, Sized) and is_sequence(given):
        _check_count("tags times public_ids", range(len(listed) * len(given)), MAX_BULK_TAGS)


def _check_count(name: str, values: object, most: int) -> None:
    if isinstance(values, Sized) and not isinstance(values, str) and len(values) > most:
        raise InvalidValue(
            f"{name}: {len(values)} in one call, at most {most} are taken", hint=f"Make calls of at most {most} each."
        )
