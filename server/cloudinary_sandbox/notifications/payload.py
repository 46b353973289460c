"""A notification as it is sent: the JSON that a receiver gets, and its exact bytes."""

import json
from datetime import UTC, datetime

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notification import Notification, NotificationOrigin


def payload(notification: Notification, origin: NotificationOrigin, signature_key: str) -> JSON:
    """Build the whole notification. `signature_key` is the API key whose secret signs it."""
    moment = datetime.now(UTC)
    stamped = notification.type in assumptions.STAMPED_NOTIFICATION_TYPES
    stamps = {"timestamp": moment.isoformat(timespec="seconds"), "request_id": origin.request_id} if stamped else {}
    actor = {"source": "api", **({"id": origin.api_key} if origin.api_key else {})}
    return {
        "notification_type": notification.type,
        **stamps,
        **notification.body,
        "notification_context": {
            "triggered_at": moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "triggered_by": actor,
        },
        "signature_key": signature_key,
    }


def written(content: JSON) -> bytes:
    """Encode the exact bytes that are signed and sent; half a surrogate pair, which JSON can hold, becomes `?`."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
