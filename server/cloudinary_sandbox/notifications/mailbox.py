"""Poll channels: messages that wait in the database until somebody fetches and acknowledges them."""

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.database import SandboxDatabase
from cloudinary_sandbox.core.json_types import JSON

Sign = Callable[[bytes, int], str]
"""The signature of a body at a unix second."""


@dataclass(frozen=True)
class MessageAddress:
    """Where messages wait: in a named channel, or (of `poll://*`) under a batch_id. One of them is set."""

    channel: str | None = None
    batch_id: str | None = None

    @property
    def condition(self) -> tuple[str, str]:
        """An SQL condition and its one value."""
        if self.channel is not None:
            return "channel = ?", self.channel
        return "channel IS NULL AND batch_id = ?", self.batch_id or ""


class Mailbox:
    """All channels of one cloud. A fetched message is hidden for a while and then delivered again, unless it was
    acknowledged. A message is signed when it is fetched, so that one that waited long can still be verified.
    """

    def __init__(self, db: SandboxDatabase, sign: Sign) -> None:
        self._db = db
        self._sign = sign
        self._arrival = asyncio.Event()

    async def put(self, channel: str | None, batch_id: str | None, body: bytes) -> None:
        """Keep a message. What is beyond the limits of number and age is dropped."""
        now = time.time()
        async with self._db.change() as tx:
            await tx.run(
                "INSERT INTO notification_messages (channel, batch_id, payload, created_at) VALUES (?, ?, ?, ?)",
                channel, batch_id, body, now,
            )  # fmt: skip
            last = await tx.value("SELECT max(seq) FROM notification_messages")
            await tx.run("DELETE FROM notification_messages WHERE seq <= ?", last - assumptions.MOST_WAITING_MESSAGES)
            oldest = now - assumptions.WAITING_MESSAGE_LIFE
            await tx.run("DELETE FROM notification_messages WHERE created_at < ?", oldest)
        self._arrival.set()
        self._arrival = asyncio.Event()

    async def fetch(
        self,
        address: MessageAddress,
        *,
        most: int,
        wait: float,
        hidden: float,
        closing: asyncio.Event,
        gone: Callable[[], Awaitable[bool]],
    ) -> list[JSON]:
        """Up to `most` messages, hidden for `hidden` seconds; waits up to `wait` seconds for the first.

        Ends early when the sandbox is `closing`. `gone` says whether nobody waits for the answer any more: then
        nothing is taken.
        """
        deadline = time.monotonic() + wait
        while True:
            arrival = self._arrival  # before looking, so that nothing falls between looking and waiting
            due = await self._due(address)
            now = time.time()
            if due is not None and due <= now and (found := await self._claim(address, most, hidden)):
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            await _either(arrival, closing, left if due is None else max(0.0, min(left, due - now)))
            if closing.is_set() or await gone():
                return []

    async def _due(self, address: MessageAddress) -> float | None:
        """When the next message at an address can be fetched; None when there is none."""
        condition, value = address.condition
        sql = f"SELECT min(hidden_until) FROM notification_messages WHERE {condition}"  # noqa: S608 - own text
        return await self._db.value(sql, value)

    async def _claim(self, address: MessageAddress, most: int, hidden: float) -> list[JSON]:
        condition, value = address.condition
        found: list[JSON] = []
        async with self._db.change() as tx:
            now = time.time()
            where = f"{condition} AND hidden_until <= ? ORDER BY seq LIMIT ?"
            sql = f"SELECT seq, batch_id, payload FROM notification_messages WHERE {where}"  # noqa: S608 - own text
            rows = await tx.rows(sql, value, now, most)
            for row in rows:
                handle = secrets.token_urlsafe(24)
                await tx.run(
                    "UPDATE notification_messages SET receipt_handle = ?, hidden_until = ? WHERE seq = ?",
                    handle, now + hidden, row["seq"],
                )  # fmt: skip
                found.append(self._message(handle, row["batch_id"], row["payload"], int(now)))
        return found

    def _message(self, handle: str, batch_id: str | None, body: bytes, timestamp: int) -> JSON:
        return {
            "receipt_handle": handle,
            **({"batch_id": batch_id} if batch_id else {}),
            "payload": json.loads(body),
            "signed_payload": base64.urlsafe_b64encode(body).decode().rstrip("="),
            "signature": self._sign(body, timestamp),
            "timestamp": str(timestamp),
        }

    async def acknowledge(self, handles: list[str]) -> list[JSON]:
        """Remove fetched messages for good; what became of each handle."""
        results: list[JSON] = []
        async with self._db.change() as tx:
            for handle in handles:
                known = await tx.run("DELETE FROM notification_messages WHERE receipt_handle = ?", handle)
                status = "acked" if known else assumptions.UNKNOWN_RECEIPT_STATUS
                results.append({"receipt_handle": handle, "status": status})
        return results


async def _either(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Wait until one of two events is set, at most so long."""
    waiters = [asyncio.ensure_future(event.wait()) for event in (one, other)]
    try:
        await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
