"""What travels: an event, and the call that made it happen."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudinary_sandbox.core import assumptions

JSON = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """Something that happened: its type and what the payload says of it, without the envelope."""

    type: str
    body: JSON


@dataclass(frozen=True)
class Origin:
    """The call behind an event; empty text for what it does not have.

    `notification_url` and `eager_notification_url` are the call's own, `batch_id` addresses `poll://*`.
    """

    api_key: str = ""
    request_id: str = ""
    notification_url: str = ""
    eager_notification_url: str = ""
    batch_id: str = ""

    def urls(self, event: Event) -> list[str]:
        """Where the call itself wants this event."""
        urls = [self.notification_url]
        if event.type == "eager" and self.eager_notification_url:
            urls = [self.eager_notification_url, *(urls if assumptions.EAGER_ALSO_TO_NOTIFICATION_URL else [])]
        return [url for url in dict.fromkeys(urls) if url]


def payload(event: Event, origin: Origin, signature_key: str) -> JSON:
    """The whole notification. `signature_key` is the API key whose secret signs it."""
    moment = datetime.now(UTC)
    stamped = event.type in assumptions.STAMPED
    stamps = {"timestamp": moment.isoformat(timespec="seconds"), "request_id": origin.request_id} if stamped else {}
    actor = {"source": "api", **({"id": origin.api_key} if origin.api_key else {})}
    return {
        "notification_type": event.type,
        **stamps,
        **event.body,
        "notification_context": {
            "triggered_at": moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "triggered_by": actor,
        },
        "signature_key": signature_key,
    }


def written(content: JSON) -> bytes:
    """The exact bytes that are signed and sent; half a surrogate pair, which JSON can smuggle in, becomes `?`."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
