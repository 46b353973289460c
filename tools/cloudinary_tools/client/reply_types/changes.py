"""What calls answer that change or delete assets."""

from typing import Any, Required, TypedDict


class DoneReply(TypedDict, total=False):
    """The reply to a change that tells nothing but that it was made; it may be empty."""

    message: str | None


class DeletedCounts(TypedDict, total=False):
    """Files that went with one asset."""

    original: int | None
    derived: int | None


class DeletionReply(TypedDict, total=False):
    """A deletion of assets: `deleted` or `not_found` for each, by asset_id or by public_id (DELETE /resources…)."""

    deleted: Required[dict[str, str]]
    deleted_counts: dict[str, DeletedCounts] | None


class DerivedDeletionReply(TypedDict, total=False):
    """A deletion of derived files: `deleted` or `not_found` by id (DELETE /derived_resources)."""

    deleted: Required[dict[str, str]]


class BulkEditReply(TypedDict, total=False):
    """Which assets a tags, context or metadata call changed, and which this key may not change, by public_id."""

    public_ids: Required[list[str]]
    unauthorized: list[str] | None


class RestoredEntry(TypedDict, total=False):
    """An asset that was restored; `error` says why it was not."""

    asset_id: str | None
    version: int | None
    error: str | None


RestoreReply = dict[str, RestoredEntry]
"""What became of each asset, by the name that the call gave it (POST /resources/…/restore)."""


class PublishedEntry(TypedDict, total=False):
    """An asset that was published, or was not because of `error`."""

    public_id: Required[str]
    error: Any


class PublishReply(TypedDict, total=False):
    """What became public (POST /resources/{resource_type}/publish_resources)."""

    published: Required[list[PublishedEntry]]
    failed: list[PublishedEntry] | None


class RelationEntry(TypedDict, total=False):
    """One relation: the other asset, and what became of it as a code and in words."""

    asset: Required[str]
    code: Required[str]
    message: str | None


class RelationReply(TypedDict, total=False):
    """Relations that were made or ended, and those that were not (…/related_assets/…)."""

    success: Required[list[RelationEntry]]
    failed: list[RelationEntry] | None
