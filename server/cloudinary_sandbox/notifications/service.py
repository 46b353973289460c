"""The sandbox's notifier: takes events and tells everybody who is to know."""

import hashlib
from dataclasses import dataclass
from typing import Self

from cloudinary_sandbox.core.database import SandboxDatabase
from cloudinary_sandbox.core.identity import Identity
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.notifications import triggers
from cloudinary_sandbox.notifications.event import Event, Origin, payload, written
from cloudinary_sandbox.notifications.mailbox import Mailbox
from cloudinary_sandbox.notifications.webhooks import Deliveries, Outcome, Signer, Target

_REFUSALS = 3
"""How many refused connections in a row make the sandbox forget a receiver."""


@dataclass
class Receiver(Target):
    """A registered URL that gets every event; no more after three refused connections in a row."""

    refusals: int = 0
    forgotten: bool = False

    def wanted(self) -> bool:
        """Whether it is still registered."""
        return not self.forgotten

    def heard(self, outcome: Outcome) -> None:
        """Count the refusals."""
        self.refusals = self.refusals + 1 if outcome == "refused" else 0
        self.forgotten = self.forgotten or self.refusals >= _REFUSALS


class Notifier:
    """Sends events to the call's own URLs, to triggers, into poll channels and to registered receivers."""

    def __init__(
        self, signer: Signer, deliveries: Deliveries, mailbox: Mailbox, db: SandboxDatabase, api_key: str
    ) -> None:
        self.signer = signer
        self.deliveries = deliveries
        self.mailbox = mailbox
        self.environment = hashlib.sha256(api_key.encode()).hexdigest()[:32]
        """The product environment's id, as triggers show it."""
        self._db = db
        self._api_key = api_key
        self._receivers: dict[str, Receiver] = {}

    @classmethod
    def of(cls, options: SandboxOptions, identity: Identity, db: SandboxDatabase) -> Self:
        """The notifier of a cloud."""
        signer = Signer(identity, options.signature_algorithm)
        mailbox = Mailbox(db, signer.signature)
        return cls(signer, Deliveries(options, signer), mailbox, db, identity.api_key)

    async def emit(self, event: Event, origin: Origin) -> None:
        """Tell everybody. Poll messages are stored when this returns; URLs are served in the background.

        A call with a `notification_url` of its own fires only triggers that are additive.
        """
        content = payload(event, origin, self._api_key)
        body = written(content)
        own = origin.urls(event)
        for url in own:
            self.deliveries.start(Target(url), event.type, body)
        for trigger in await triggers.matching(self._db, event.type):
            if (own and not trigger.additive) or not trigger.fires(content):
                continue
            if trigger.channel is None:
                self.deliveries.start(Target(trigger.uri), event.type, body)
            elif trigger.channel != triggers.ANONYMOUS:
                await self.mailbox.put(trigger.channel, origin.batch_id or None, body)
            elif origin.batch_id:
                await self.mailbox.put(None, origin.batch_id, body)
        for receiver in self._registered():
            self.deliveries.start(receiver, event.type, body)

    @property
    def receivers(self) -> list[str]:
        """The URLs that get every event, whatever triggers say."""
        return [receiver.url for receiver in self._registered()]

    def _registered(self) -> list[Receiver]:
        self._receivers = {url: receiver for url, receiver in self._receivers.items() if receiver.wanted()}
        return list(self._receivers.values())

    def register(self, url: str) -> None:
        """Send every event to this URL from now on, until it refuses three connections in a row."""
        receiver = self._receivers.get(url)
        if receiver is None or receiver.forgotten:
            self._receivers[url] = Receiver(url)
        else:
            receiver.refusals = 0

    def forget(self, url: str | None) -> None:
        """Send no more to this receiver, or (None) to any."""
        for receiver in self._registered():
            receiver.forgotten = receiver.forgotten or url in (None, receiver.url)

    async def reset(self) -> None:
        """Drop what is under way and what was noted; the receivers stay."""
        await self.deliveries.drop()
        self.deliveries.attempts.clear()

    async def close(self) -> None:
        """End all deliveries."""
        await self.deliveries.close()
