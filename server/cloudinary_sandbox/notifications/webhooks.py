"""Delivering notifications to URLs, behind the calls: signed, with retries, each attempt noted."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal

import httpx

from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.identity import Identity
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_tools.config import is_loopback
from cloudinary_tools.signing import notification_signature

_AT_ONCE = 16
"""How many receivers are talked to at the same time."""
_MOST_PENDING = 2000
"""How many deliveries may be under way or waiting for their next attempt; further ones are given up at once."""
_NOTED = 1000
_GRACE = 0.3
"""Seconds that deliveries under way get when the sandbox ends; those that wait for a retry end at once."""

AttemptOutcome = Literal["delivered", "failed", "refused", "never"]
"""Of one attempt: a 200; anything else; no connection; not to be tried again."""


_LAST_PORT = 65535
_NO_CONNECTION = "no connection"


@dataclass
class WebhookTarget:
    """Where one notification goes."""

    url: str

    def wanted(self) -> bool:
        """Whether the next attempt is to be made."""
        return True

    def heard(self, outcome: AttemptOutcome) -> None:
        """Take note of how an attempt went."""


class NotificationSigner:
    """Signs bodies with the environment's secret and algorithm."""

    def __init__(self, identity: Identity, algorithm: str) -> None:
        self._secret = identity.api_secret
        self._algorithm = algorithm

    def signature(self, body: bytes, timestamp: int) -> str:
        """The signature of a body at a unix second."""
        return notification_signature(body, timestamp, self._secret, self._algorithm)

    def headers(self, body: bytes, timestamp: int, signature: str | None = None) -> dict[str, str]:
        """The headers of a notification; `signature` replaces the right one."""
        return {
            "Content-Type": "application/json",
            "X-Cld-Timestamp": str(timestamp),
            "X-Cld-Signature": signature or self.signature(body, timestamp),
        }


class WebhookDeliveries:
    """All deliveries of one cloud: unordered, at least once, ended with the sandbox."""

    def __init__(self, options: SandboxOptions, signer: NotificationSigner) -> None:
        self.attempts: deque[JSON] = deque(maxlen=_NOTED)
        self.headers: dict[str, dict[str, str]] = {}
        """Further headers for some URLs, such as a secret that their owner shared."""
        self._options = options
        self._signer = signer
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def start(self, target: WebhookTarget, event_type: str, body: bytes) -> None:
        """Deliver in the background, as often as it takes and the target wants it."""
        if len(self._tasks) >= _MOST_PENDING:
            self._note(target.url, event_type, 1, None, "too many deliveries are pending")
            return
        task = asyncio.create_task(self._deliver(target, event_type, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, target: WebhookTarget, event_type: str, body: bytes) -> None:
        for number, pause in enumerate((0.0, *self._options.notification_retries), 1):
            if pause and await self._closing_within(pause):
                return
            async with self._turn:
                if not target.wanted():
                    return
                outcome = await self._attempt(target.url, event_type, body, number)
            target.heard(outcome)
            if outcome in ("delivered", "never"):
                return

    async def _closing_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _attempt(self, url: str, event_type: str, body: bytes, number: int) -> AttemptOutcome:
        if reason := self.forbidden(url):
            self._note(url, event_type, number, None, reason)
            return "never"
        status, error = await self.post(url, body, self._signer.headers(body, clock.now()))
        self._note(url, event_type, number, status, error)
        if status == 200:
            return "delivered"
        return "refused" if error == _NO_CONNECTION else "failed"

    def forbidden(self, url: str, *, anywhere: bool | None = None) -> str | None:
        """Tell why the sandbox does not send to a URL; None when it does. `anywhere` overrides the option."""
        if anywhere is None:
            anywhere = self._options.notify_anywhere
        try:
            target = httpx.URL(url)  # by the parser that the request is made with, so that both see the same host
        except (httpx.InvalidURL, UnicodeError):
            return "not a URL"
        if not 0 <= (target.port or 0) <= _LAST_PORT:
            return "not a URL"
        if target.scheme not in {"http", "https"} or not target.host:
            return "not an http:// or https:// URL"
        if not anywhere and not is_loopback(target.host):
            return "the sandbox delivers to this machine only"
        return None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, str | None]:
        """Send once; the status received, or None and what went wrong. Redirects are not followed."""
        headers = {**self.headers.get(url, {}), **headers}
        try:
            async with (
                asyncio.timeout(self._options.notification_timeout),
                self._client(httpx.URL(url).scheme).stream("POST", url, content=body, headers=headers) as reply,
            ):
                return reply.status_code, None
        except TimeoutError:
            return None, f"no answer within {self._options.notification_timeout:g} s"
        except httpx.ConnectError:
            return None, _NO_CONNECTION
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return None, type(error).__name__

    def _client(self, scheme: str) -> httpx.AsyncClient:
        if scheme not in self._clients:  # certificates take a while to load, and only https needs them
            self._clients[scheme] = httpx.AsyncClient(
                verify=scheme == "https",
                trust_env=False,
                timeout=None,  # noqa: S113 - each attempt has its own, above
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._clients[scheme]

    def _note(self, url: str, event_type: str, number: int, status: int | None, error: str | None) -> None:
        attempt = {
            "url": url.encode("utf-8", "replace").decode(),
            "event_type": event_type,
            "attempt": number,
            "at": time.time(),
            "status": status,
        }
        self.attempts.append({**attempt, **({"error": error} if error else {})})

    async def drop(self) -> None:
        """End all deliveries now."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """End all deliveries; those under way get a moment."""
        self._closing.set()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=_GRACE)
        await self.drop()
        for client in self._clients.values():
            await client.aclose()
