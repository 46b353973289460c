"""Cloudinary's poll channel (`poll://channel`): fetch, verify, store, then acknowledge. No public address is needed.

How messages are fetched and acknowledged is given as two functions, so that this knows no HTTP.
"""

import asyncio
import base64
import binascii
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol, Self

from cloudinary_mcp.notifications.log.protocol import NotificationLog
from cloudinary_mcp.notifications.verify import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    Refusal,
    VerificationKeys,
    by_cloud,
    parse_payload,
)
from cloudinary_tools.config import CloudName

WAIT_SECONDS = 20
MAX_MESSAGES = 100
POLL_VALID_FOR = 7 * 86400.0
"""Seconds. A message comes over our own authenticated connection and may have waited while no server ran: no replay."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class PolledMessage:
    """One polled message as Cloudinary sends it; what is missing is empty and fails verification."""

    receipt_handle: str
    signed_payload: str
    signature: str
    timestamp: str

    @classmethod
    def from_reply(cls, message: Mapping[str, Any]) -> Self:
        """From an item of the reply's `messages`."""

        def text(name: str) -> str:
            value = message.get(name)
            return value if isinstance(value, str) else ""

        return cls(text("receipt_handle"), text("signed_payload"), text("signature"), text("timestamp"))

    def body(self) -> bytes | None:
        """The exact bytes that were signed, or None when they cannot be decoded (base64url, padding left out)."""
        try:
            padded = self.signed_payload + "=" * (-len(self.signed_payload) % 4)
            return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None


class FetchMessages(Protocol):
    """How messages are fetched: GET /v2/notifications/{cloud}/messages."""

    def __call__(
        self, cloud: CloudName, channel: str, wait_seconds: int, max_messages: int
    ) -> Awaitable[Sequence[PolledMessage]]:
        """Up to `max_messages`, waiting up to `wait_seconds` for the first; raises when it fails."""
        ...


class AckMessages(Protocol):
    """How messages are acknowledged: POST /v2/notifications/{cloud}/messages/ack."""

    def __call__(self, cloud: CloudName, receipt_handles: Sequence[str]) -> Awaitable[None]:
        """Never deliver these (at most 100) again; raises when it fails."""
        ...


class PollChannel(NamedTuple):
    """A poll channel of one cloud."""

    cloud: CloudName
    name: str


@dataclass
class PollState:
    """How polling one channel goes. `pause` is the wait in seconds before the next try after a failure, else None."""

    last_success: datetime | None = None
    last_error: str | None = None
    failures: int = 0
    pause: float | None = None
    accepted: int = 0
    repeated: int = 0
    refused: int = 0
    last_refusal: Refusal | None = None


class UnverifiedMessages(Exception):
    """A whole batch that nobody can verify: the keys are wrong, or the messages are."""


class Poller:
    """Takes messages from poll channels into the log: `run()` polls them all until it is cancelled.

    `states` says how each channel is doing; one that fails is tried again, after 1 to 60 seconds.

    `channels` are pairs (cloud name, channel name); each cloud needs keys with an API secret, else `ValueError`.
    A message is acknowledged only when it is durable; one that cannot be verified is neither stored nor acknowledged,
    so that it is delivered again once the right secret is set.
    """

    def __init__(
        self,
        log: NotificationLog,
        keys: Iterable[VerificationKeys],
        channels: Iterable[tuple[str, str]],
        *,
        fetch: FetchMessages,
        ack: AckMessages,
        valid_for: float = POLL_VALID_FOR,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._log = log
        self._fetch = fetch
        self._ack = ack
        self._valid_for = valid_for
        self._sleep = sleep
        self.states = {PollChannel(CloudName(cloud), name): PollState() for cloud, name in channels}
        polled = {channel.cloud for channel in self.states}
        # Headers belong to webhooks: a polled message has its signature only.
        self._keys = {cloud: replace(key, header=None) for cloud, key in by_cloud(keys).items() if cloud in polled}
        for channel in self.states:
            if channel.cloud not in self._keys:
                raise ValueError(f"channel {channel.name!r}: cloud {channel.cloud!r} has no key to verify with")

    async def run(self) -> None:
        """Poll every channel; returns only when there is none."""
        async with asyncio.TaskGroup() as group:
            for channel, state in self.states.items():
                group.create_task(self._poll(channel, state), name=f"poll:{channel.name}")

    async def _poll(self, channel: PollChannel, state: PollState) -> None:
        while True:
            began = time.monotonic()
            try:
                got = await self._round(channel, state)
            except Exception as error:  # noqa: BLE001 - the channel is tried again and its state says why
                state.failures += 1
                state.last_error = f"{type(error).__name__}: {error}"[:300]
                ceiling = min(_FIRST_PAUSE * 2 ** min(state.failures - 1, 10), _LONGEST_PAUSE)
                state.pause = random.uniform(ceiling / 2, ceiling)  # noqa: S311 - so that not all come back at once
                await self._sleep(state.pause)
            else:
                state.last_success, state.failures, state.pause = datetime.now(UTC), 0, None
                state.last_error = None
                if not got and time.monotonic() - began < _FIRST_PAUSE:
                    await self._sleep(_FIRST_PAUSE)  # the server did not wait, so we do

    async def _round(self, channel: PollChannel, state: PollState) -> int:
        """One fetch; returns how many messages there were."""
        messages = await self._fetch(channel.cloud, channel.name, WAIT_SECONDS, MAX_MESSAGES)
        good: list[tuple[PolledMessage, bytes, dict[str, Any]]] = []
        for message in messages:
            verdict = self._verified(channel.cloud, message)
            if isinstance(verdict, Refusal):
                state.refused += 1
                state.last_refusal = verdict
            else:
                good.append((message, *verdict))
        if messages and not good:
            raise UnverifiedMessages(f"none of {len(messages)} messages could be verified ({state.last_refusal})")
        stored = await asyncio.gather(
            *(
                self._log.store(
                    cloud=channel.cloud,
                    body=body,
                    payload=payload,
                    verified_by="signature",
                    via=f"poll:{channel.name}",
                )
                for _, body, payload in good
            )
        )
        if good:
            await self._ack(channel.cloud, [message.receipt_handle for message, *_ in good])
        repeated = sum(answer.repeated for answer in stored)
        state.repeated += repeated
        state.accepted += len(stored) - repeated
        return len(messages)

    def _verified(self, cloud: CloudName, message: PolledMessage) -> tuple[bytes, dict[str, Any]] | Refusal:
        body = message.body()
        if body is None or not message.receipt_handle:
            return Refusal.NOT_JSON
        key = self._keys[cloud]
        headers = {SIGNATURE_HEADER: message.signature, TIMESTAMP_HEADER: message.timestamp}
        why = key.refuse_headers(headers, now=time.time(), valid_for=self._valid_for) or key.refuse_body(headers, body)
        if why:
            return why
        payload = parse_payload(body)
        return Refusal.NOT_JSON if payload is None else (body, payload)
