"""The sandbox's notifier: takes notifications and tells everybody who is to know."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.notification import Notification, NotificationOrigin, Notifier
from cloudinary_sandbox.notifications import triggers
from cloudinary_sandbox.notifications.mailbox import Mailbox
from cloudinary_sandbox.notifications.payload import payload, written
from cloudinary_sandbox.notifications.webhooks import (
    AttemptOutcome,
    NotificationSigner,
    WebhookDeliveries,
    WebhookTarget,
)

_REFUSALS = 3
"""How many refused connections in a row make the sandbox forget a receiver."""


@dataclass
class RegisteredReceiver(WebhookTarget):
    """A registered URL that gets every notification; no more after three refused connections in a row."""

    refusals: int = 0
    forgotten: bool = False

    def wanted(self) -> bool:
        """Whether it is still registered."""
        return not self.forgotten

    def heard(self, outcome: AttemptOutcome) -> None:
        """Count the refusals."""
        self.refusals = self.refusals + 1 if outcome == "refused" else 0
        self.forgotten = self.forgotten or self.refusals >= _REFUSALS


class SandboxNotifier(Notifier):
    """Sends notifications to the call's own URLs, to triggers, into poll channels and to registered receivers."""

    def __init__(self, cloud: SandboxCloud) -> None:
        super().__init__(cloud)
        self.signer = NotificationSigner(cloud.identity, cloud.options.signature_algorithm)
        self.deliveries = WebhookDeliveries(cloud.options, self.signer)
        self.mailbox = Mailbox(cloud.db, self.signer.signature)
        self.environment = hashlib.sha256(cloud.identity.api_key.encode()).hexdigest()[:32]
        """The product environment's id, as triggers show it."""
        self._receivers: dict[str, RegisteredReceiver] = {}

    async def emit(self, notification: Notification, origin: NotificationOrigin) -> None:
        """Tell everybody. Poll messages are stored when this returns; URLs are served in the background.

        A call with a `notification_url` of its own fires only triggers that are additive.
        """
        content = payload(notification, origin, self._cloud.identity.api_key)
        body = written(content)
        own = origin.urls(notification)
        for url in own:
            self.deliveries.start(WebhookTarget(url), notification.type, body)
        for trigger in await triggers.matching(self._cloud.db, notification.type):
            if (own and not trigger.additive) or not trigger.fires(content):
                continue
            if trigger.channel is None:
                self.deliveries.start(WebhookTarget(trigger.uri), notification.type, body)
            elif trigger.channel != triggers.ANONYMOUS:
                await self.mailbox.put(trigger.channel, origin.batch_id or None, body)
            elif origin.batch_id:
                await self.mailbox.put(None, origin.batch_id, body)
        for receiver in self._registered():
            self.deliveries.start(receiver, notification.type, body)

    @property
    def receivers(self) -> list[str]:
        """The URLs that get every notification, whatever triggers say."""
        return [receiver.url for receiver in self._registered()]

    def _registered(self) -> list[RegisteredReceiver]:
        self._receivers = {url: receiver for url, receiver in self._receivers.items() if receiver.wanted()}
        return list(self._receivers.values())

    def register(self, url: str, headers: Mapping[str, str]) -> None:
        """Send every notification to this URL from now on, until it refuses three connections in a row.

        Whatever is sent there, be it for a trigger or a call, carries these headers too.
        """
        self.deliveries.headers[url] = dict(headers)
        receiver = self._receivers.get(url)
        if receiver is None or receiver.forgotten:
            self._receivers[url] = RegisteredReceiver(url)
        else:
            receiver.refusals = 0

    def forget(self, url: str | None) -> None:
        """Send no more to this receiver, or (None) to any."""
        for known in list(self.deliveries.headers):
            if url in (None, known):
                del self.deliveries.headers[known]
        for receiver in self._registered():
            receiver.forgotten = receiver.forgotten or url in (None, receiver.url)

    async def reset(self) -> None:
        """Drop what is under way and what was noted; the receivers stay."""
        await self.deliveries.drop()
        self.deliveries.attempts.clear()

    async def close(self) -> None:
        """End all deliveries."""
        await self.deliveries.close()
