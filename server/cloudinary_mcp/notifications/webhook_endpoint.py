"""The webhook endpoint: `POST /webhooks/cloudinary[/{cloud}]`, an ASGI app that can also be mounted in another one.

Plain ASGI: the signature is over the exact bytes, each header must be there once, and nothing may be parsed or kept
before it is verified.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from cloudinary_mcp.notifications.log.protocol import LogError, NotificationLog
from cloudinary_mcp.notifications.verify import Refusal, VerificationKeys, by_cloud, parse_payload

WEBHOOK_PATH = "/webhooks/cloudinary"
BODY_LIMIT = 2**20
BODY_TIMEOUT = 10.0
BUFFER_LIMIT = 2**26

_STATUS: Final[Mapping[Refusal, int]] = {
    Refusal.PATH: 404,
    Refusal.METHOD: 405,
    Refusal.CONTENT_TYPE: 415,
    Refusal.TOO_LARGE: 413,
    Refusal.SLOW: 408,
    Refusal.AMBIGUOUS: 400,
    Refusal.NOT_JSON: 400,
    Refusal.BUSY: 503,
    Refusal.LOG: 503,
}
_SAYS: Final[Mapping[int, str]] = {
    400: "the body is no JSON object, or its cloud must be named in the path",
    401: "not verified",
    404: f"post to {WEBHOOK_PATH} or {WEBHOOK_PATH}/<cloud name>",
    405: "use POST",
    408: "the body did not come in time",
    413: "the body is too large",
    415: "send application/json",
    503: "cannot be stored now; send it again later",
}
_logger = logging.getLogger(__name__)


class WebhookRefused(Exception):
    """A request that is not taken, and why."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass
class WebhookTraffic:
    """Counts of what came in since the start: taken, repeated, refused by reason; no content of what was refused."""

    accepted: int = 0
    repeated: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter[Refusal])
    last_accepted: datetime | None = None
    last_refused: datetime | None = None
    last_refusal: Refusal | None = None
    last_error: str | None = None
    """What the log said when it failed last; None again as soon as it works."""


class WebhookEndpoint:
    """An ASGI app that takes webhooks: verifies, stores, and answers 200 only when the notification is durable.

    `traffic` counts what came.

    `keys` are all clouds this receiver can verify; a request that names no cloud goes to the one whose keys fit.
    Bodies beyond `body_limit` bytes, slower than `body_timeout` seconds, or together beyond `buffer_limit` are refused.
    Takes an `http` scope from any ASGI server or router, mounted at the root or at `/webhooks/cloudinary`.
    """

    def __init__(
        self,
        log: NotificationLog,
        keys: Iterable[VerificationKeys],
        *,
        body_limit: int = BODY_LIMIT,
        body_timeout: float = BODY_TIMEOUT,
        buffer_limit: int = BUFFER_LIMIT,
    ) -> None:
        self.keys = by_cloud(keys)
        self.traffic = WebhookTraffic()
        self._log = log
        self._body_limit = body_limit
        self._body_timeout = body_timeout
        self._buffer_limit = buffer_limit
        self._buffered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError("the webhook receiver speaks HTTP only")
        try:
            stored_id = await self._take(scope, receive)
        except WebhookRefused as refused:
            self.count(refused.why)
            if refused.why is not Refusal.DISCONNECTED:
                status = _STATUS.get(refused.why, 401)
                await _answer(send, status, {"error": _SAYS[status]})
        else:
            await _answer(send, 200, {"id": stored_id})

    async def _take(self, scope: Scope, receive: Receive) -> int:
        candidates = self._candidates(scope)
        if scope["method"] != "POST":
            raise WebhookRefused(Refusal.METHOD)
        headers = _headers(scope)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise WebhookRefused(Refusal.CONTENT_TYPE)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:19]) > self._body_limit:
            raise WebhookRefused(Refusal.TOO_LARGE)
        now = time()
        candidates = _passing([(key, key.refuse_headers(headers, now=now)) for key in candidates])
        body = await self._read(receive)
        try:
            return await self._store(body, headers, candidates)
        finally:
            self._buffered -= len(body)

    async def _read(self, receive: Receive) -> bytes:
        """The whole body; it counts as buffered until the caller takes it off again."""
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_timeout):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise WebhookRefused(Refusal.DISCONNECTED)
                    chunk: bytes = message.get("body", b"")
                    chunks.append(chunk)
                    size += len(chunk)
                    self._buffered += len(chunk)
                    if size > self._body_limit:
                        raise WebhookRefused(Refusal.TOO_LARGE)
                    if self._buffered > self._buffer_limit:
                        raise WebhookRefused(Refusal.BUSY)
                    if not message.get("more_body", False):
                        return b"".join(chunks)
        except BaseException as error:
            self._buffered -= size
            if isinstance(error, TimeoutError):
                raise WebhookRefused(Refusal.SLOW) from None
            raise

    async def _store(self, body: bytes, headers: Mapping[str, str], candidates: list[VerificationKeys]) -> int:
        candidates = _passing([(key, key.refuse_body(headers, body)) for key in candidates])
        if len(candidates) > 1:
            raise WebhookRefused(Refusal.AMBIGUOUS)
        payload = parse_payload(body)
        if payload is None:
            raise WebhookRefused(Refusal.NOT_JSON)
        key = candidates[0]
        try:
            stored = await self._log.store(
                cloud=key.cloud, body=body, payload=payload, verified_by=key.verified_by, via="webhook"
            )
        except LogError as error:
            if str(error) != self.traffic.last_error:
                self.traffic.last_error = str(error)
                _logger.warning("a verified notification was not taken: %s", error)
            raise WebhookRefused(Refusal.LOG) from None
        self.traffic.last_error = None
        self.traffic.last_accepted = datetime.now(UTC)
        if stored.repeated:
            self.traffic.repeated += 1
        else:
            self.traffic.accepted += 1
        return stored.id

    def _candidates(self, scope: Scope) -> list[VerificationKeys]:
        """The clouds a path can mean; exact names only, nothing is resolved or normalised."""
        path, mounted_at = scope["path"], scope.get("root_path", "")
        rest = path.removeprefix(mounted_at)
        if rest.startswith(WEBHOOK_PATH):
            rest = rest.removeprefix(WEBHOOK_PATH)
        elif not mounted_at.endswith(WEBHOOK_PATH):
            raise WebhookRefused(Refusal.PATH)
        if rest in ("", "/"):
            return [*self.keys.values()]
        key = self.keys.get(rest[1:]) if rest.startswith("/") else None
        if not key:
            raise WebhookRefused(Refusal.PATH)
        return [key]

    def count(self, why: Refusal) -> None:
        """Count a refusal; `SocketServer` calls this for connections that never became a request."""
        self.traffic.refused[why] += 1
        self.traffic.last_refusal = why
        self.traffic.last_refused = datetime.now(UTC)


def _headers(scope: Scope) -> dict[str, str]:
    """The headers by lower-case name. One given twice is joined with a comma, and then no longer verifies."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[key] = f"{found[key]},{text}" if key in found else text
    return found


def _passing(judged: list[tuple[VerificationKeys, Refusal | None]]) -> list[VerificationKeys]:
    """Those that were not refused; when all were, the first one's reason is the reason."""
    passed = [key for key, why in judged if why is None]
    if not passed:
        raise WebhookRefused(next((why for _, why in judged if why), Refusal.PATH))
    return passed


async def _answer(send: Send, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 503:
        headers.append((b"retry-after", b"30"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
