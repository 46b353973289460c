"""A notification in short: its line, its address, and what of its payload matters."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from typing_extensions import TypedDict

from cloudinary_tools.json_types import is_list, is_object
from cloudinary_tools.toolkit.context import Notification
from cloudinary_tools.toolkit.results import Problem, first_names, undisguised, visible, without_nulls

EVENT_TYPES = (
    "all", "access_control_changed", "bulk_refresh_auto_fetch", "create_folder", "delete", "delete_by_token",
    "delete_folder", "eager", "error", "explode", "generate_archive", "info", "invalidate_custom_cdn", "moderation",
    "moderation_summary", "move", "move_or_rename_asset_folder", "multi", "publish", "rename", "report",
    "resource_context_changed", "resource_display_name_changed", "resource_metadata_changed", "resource_tags_changed",
    "restore_asset_version", "sprite", "upload", "related_assets", "proof_status_changed",
)  # fmt: skip
"""What Cloudinary can tell of (Admin API reference, triggers)."""
ROOT = "cloudinary://notifications"
NAMED_IN_LINE = 5
_TELLING = (
    "resource_type", "type", "format", "bytes", "width", "height", "duration", "secure_url", "asset_folder", "folder",
    "tags", "moderation_status", "moderation_kind", "from_public_id", "to_public_id", "folder_path", "from_path",
    "to_path", "batch_id", "info_kind", "info_status", "error",
)  # fmt: skip


def notification_uri(notification: Notification) -> str:
    """The resource that holds all of it."""
    return f"{ROOT}/{notification.id}"


class NotificationData(TypedDict, total=False):
    """One notification in short; `uri` reads the whole of it."""

    id: int
    received_at: str
    type: str
    cloud: str
    public_ids: list[str]
    uri: str
    summary: dict[str, Any]


def notification_data(notification: Notification) -> NotificationData:
    """A notification without its payload."""
    data = NotificationData(
        id=notification.id,
        received_at=f"{notification.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        type=notification.type,
        uri=notification_uri(notification),
    )
    if notification.public_ids:
        data["public_ids"] = list(notification.public_ids)
    return data


def notification_line(notification: Notification) -> str:
    """One compact line."""
    what = first_names([visible(name) for name in notification.public_ids], NAMED_IN_LINE)
    came = f"{notification.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    return f"{notification.id} · {came} · {visible(notification.type)} · {what or '-'}"


MOST_DIGITS = 18
"""Digits that a notification's id can have."""


def summary(notification: Notification) -> dict[str, Any]:
    """The fields of the payload that an assistant acts on; the rest is in the resource."""
    payload: Mapping[str, Any] = notification.payload
    told = without_nulls({key: payload.get(key) for key in _TELLING})
    if eager := payload.get("eager"):
        keys = ("transformation", "status", "reason", "secure_url")
        told["eager"] = [without_nulls({key: entry.get(key) for key in keys}) for entry in eager]
    resources = payload.get("resources")
    if is_list(resources) or is_object(resources):
        told["assets"] = len(resources)
    return undisguised(told)


def notification_uris(notification: Notification) -> Iterator[str]:
    """Every resource that this notification changes; an asset's also in raw form, as subscribers match exact text."""
    yield ROOT
    yield notification_uri(notification)
    yield f"{ROOT}/types/{quote(notification.type, safe='')}"
    for public_id in notification.public_ids:
        canonical = asset_uri(public_id)
        yield canonical
        if (raw := f"{ROOT}/assets/{public_id}") != canonical:
            yield raw


def asset_uri(public_id: str) -> str:
    """The notifications about one asset: UTF-8 percent-encoded, slashes kept."""
    return f"{ROOT}/assets/{quote(public_id, safe='/')}"


def moment_or_id(text: str | None) -> datetime | int | None:
    """`since` as a tool takes it: a notification's id, or an ISO time (UTC unless it says otherwise)."""
    if not text:
        return None
    if text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(
            f"since {text!r} is neither a notification id nor an ISO time such as 2026-01-31T10:00:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
