"""A notification: something that happened in the cloud, and the call that made it happen."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.cloud import CloudPart
from cloudinary_sandbox.core.json_types import JSON


@dataclass(frozen=True)
class Notification:
    """Something that happened: its `notification_type`, and what the payload says of it without the envelope."""

    type: str
    body: JSON


@dataclass(frozen=True)
class NotificationOrigin:
    """The call behind a notification; empty text for what it does not have.

    `notification_url` and `eager_notification_url` are the call's own, `batch_id` addresses `poll://*`.
    """

    api_key: str = ""
    request_id: str = ""
    notification_url: str = ""
    eager_notification_url: str = ""
    batch_id: str = ""

    def urls(self, notification: Notification) -> list[str]:
        """Where the call itself wants this notification."""
        urls = [self.notification_url]
        if notification.type == "eager" and self.eager_notification_url:
            urls = [self.eager_notification_url, *(urls if assumptions.EAGER_ALSO_TO_NOTIFICATION_URL else [])]
        return [url for url in dict.fromkeys(urls) if url]


class Notifier(CloudPart, ABC):
    """Tells everybody who is to know what happened."""

    @abstractmethod
    async def emit(self, notification: Notification, origin: NotificationOrigin) -> None:
        """Send a notification on; returns when it cannot get lost any more, not when everybody has it."""
