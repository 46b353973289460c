"""Assets as listings, details, search and uploads show them."""

from typing import Any, Required, TypedDict


class ModerationEntry(TypedDict, total=False):
    """One moderation of an asset: `manual` or an add-on's name, and its status."""

    kind: str | None
    status: str | None


class DerivedEntry(TypedDict, total=False):
    """A derived file in an asset's details. Size in bytes."""

    id: Required[str]
    transformation: str | None
    format: str | None
    bytes: int | None


class EagerEntry(TypedDict, total=False):
    """An eager transformation of an upload; `status` and `reason` when it is not made yet or failed."""

    transformation: str | None
    status: str | None
    reason: str | None
    format: str | None
    width: int | None
    height: int | None
    bytes: int | None
    url: str | None
    secure_url: str | None


class VersionEntry(TypedDict, total=False):
    """A backed-up version. Size in bytes."""

    version_id: Required[str]
    version: int | str | None
    format: str | None
    size: int | None
    time: str | None
    restorable: bool | None


class RelatedEntry(TypedDict, total=False):
    """An asset that is related to another one."""

    asset_id: str | None
    public_id: Required[str]
    resource_type: Required[str]
    type: Required[str]


Context = dict[str, str | dict[str, str]]
"""Contextual metadata: flat in search, below the key `custom` elsewhere."""


def flat_context(context: Context | None) -> dict[str, str]:
    """Contextual metadata as one flat object, whichever form it came in."""
    custom = (context or {}).get("custom")
    if isinstance(custom, dict):
        return custom
    return {key: value for key, value in (context or {}).items() if isinstance(value, str)}


class AssetFields(TypedDict, total=False):
    """What any reply may say of an asset. Sizes in bytes and pixels, durations in seconds, times in ISO 8601."""

    format: str | None
    version: int | None
    created_at: str | None
    bytes: int | None
    width: int | None
    height: int | None
    duration: float | None
    pages: int | None
    asset_folder: str | None
    folder: str | None
    display_name: str | None
    secure_url: str | None
    url: str | None
    etag: str | None
    tags: list[str] | None
    context: Context | None
    metadata: dict[str, Any] | None
    access_control: list[dict[str, Any]] | None
    moderation: list[ModerationEntry] | None
    moderation_status: str | None
    moderation_kind: str | None
    placeholder: bool | None
    backup: bool | None


class AssetEntry(AssetFields, total=False):
    """An asset in a listing or a search; which fields are there depends on what was asked for."""

    public_id: Required[str]
    asset_id: Required[str]
    resource_type: str
    type: str
    backup_bytes: int | None


class AssetListReply(TypedDict, total=False):
    """A page of a listing (GET /resources/…); no `next_cursor` on the last one."""

    resources: Required[list[AssetEntry]]
    next_cursor: str | None


class AssetReply(AssetFields, total=False):
    """An asset in full: its details (GET /resources/{resource_type}/{type}/{public_id}), or what an update left."""

    public_id: Required[str]
    asset_id: Required[str]
    resource_type: Required[str]
    type: Required[str]
    frame_rate: float | None
    bit_rate: int | None
    is_audio: bool | None
    original_filename: str | None
    derived: list[DerivedEntry] | None
    derived_next_cursor: str | None
    next_cursor: str | None
    versions: list[VersionEntry] | None
    related_assets: list[RelatedEntry] | None
    colors: list[tuple[str, float]] | None
    faces: list[list[int | float]] | None
    coordinates: dict[str, Any] | None
    image_metadata: dict[str, Any] | None
    quality_analysis: dict[str, Any] | None
    info: dict[str, Any] | None
    phash: str | None


class ChunkReply(TypedDict, total=False):
    """The reply to a chunk of a large file that is not the last one; `done` is false."""

    done: bool | None


class UploadReply(AssetFields, total=False):
    """What an upload stored, or an explicit call made. One that goes on in the background has `status` pending.

    Only such a one may lack `asset_id` and `type`. `done` is false while chunks of a large file are awaited.
    """

    public_id: Required[str]
    asset_id: str
    resource_type: Required[str]
    type: str
    status: str | None
    done: bool | None
    existing: bool | None
    overwritten: bool | None
    original_filename: str | None
    eager: list[EagerEntry] | None
    batch_id: str | None


class RenamedReply(AssetFields, total=False):
    """An asset under its new name (POST /{resource_type}/rename)."""

    public_id: Required[str]
    asset_id: str
    resource_type: str
    type: str
