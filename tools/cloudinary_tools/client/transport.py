"""The HTTP side: one httpx client, its exceptions turned into ours. The only module here that imports httpx."""

import socket
import ssl
from collections.abc import AsyncIterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx

from cloudinary_tools.client.body import ACCEPT_ENCODING, read_body
from cloudinary_tools.client.errors import (
    CloudError,
    InvalidValue,
    NotJson,
    TimedOut,
    Unreachable,
    UnreachableReason,
)
from cloudinary_tools.client.http_response import HttpResponse
from cloudinary_tools.config import CloudConfig, is_loopback

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection to come about, unless the timeout as a whole is shorter."""

_REASONS: dict[UnreachableReason, tuple[str, str]] = {
    "refused": (
        "{host} refused the connection",
        "Nothing listens there: check upload_prefix, or start the sandbox if it is meant.",
    ),
    "unknown host": (
        "the host {host} is unknown",
        "Check upload_prefix for a typing error, and this machine's network and DNS.",
    ),
    "tls": ("no trusted connection to {host}", "Check its certificate, this machine's clock and any proxy in between."),
    "broken": ("the connection to {host} broke", "Try again; if it persists, check the network or a proxy in between."),
    "proxy": ("the proxy before {host} failed", "Check api_proxy and the proxy's own credentials."),
    "failed": ("no connection to {host}", "Check this machine's network, firewall and upload_prefix."),
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One HTTP request; a fresh one is made for each attempt."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    form: Mapping[str, str | list[str]] | None = field(default=None, repr=False)
    json: Mapping[str, object] | None = field(default=None, repr=False)
    content: AsyncIterable[bytes] | None = field(default=None, repr=False)


class Transport:
    """A keep-alive HTTP client for one cloud. No redirect is followed: credentials stay with the configured host."""

    def __init__(
        self, config: CloudConfig, *, timeout: float, user_agent: str, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        host = urlsplit(config.upload_prefix).hostname
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=_tls(),
            proxy=config.api_proxy.get_secret_value() if config.api_proxy else None,
            headers={"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING},
            trust_env=not is_loopback(host),  # a proxy from the environment cannot reach this machine's sandbox
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, outgoing: Outgoing, *, wait: float, total: float | None, max_bytes: int) -> HttpResponse:
        """Send once. `wait`: seconds without a byte before giving up; `total`: seconds for all of it, None for no end.

        Raises `InvalidValue` (the address is too long), `Unreachable`, `TimedOut` or `NotJson`; `outcome_unknown` is
        set once bytes may have arrived. A body above `max_bytes`, decompressed, is a `ReplyTooLarge`, raised before
        more of it is read.
        """
        host = urlsplit(outgoing.url).hostname or outgoing.url
        try:
            request = self._client.build_request(
                outgoing.method,
                outgoing.url,
                headers=dict(outgoing.headers),
                params=list(outgoing.query) or None,
                data=outgoing.form,
                json=outgoing.json,
                content=outgoing.content,
                timeout=httpx.Timeout(self._timeout, read=wait, connect=min(CONNECT_TIMEOUT, self._timeout)),
            )
        except httpx.InvalidURL:
            raise InvalidValue("the values are too long for the address of a call") from None
        answer: HttpResponse | None = None
        try:
            with anyio.move_on_after(total):
                response = await self._client.send(request, stream=True)
                try:
                    body = await read_body(response, max_bytes)
                finally:
                    await response.aclose()
                answer = HttpResponse(response.status_code, _lower(response.headers), body)
        except httpx.RequestError as error:
            raise _failure(error, host, wait) from None
        if answer is None:
            raise _timed_out(host, total or wait)
        return answer


def _failure(error: httpx.RequestError, host: str, wait: float) -> CloudError:
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return TimedOut(f"no connection to {host} in time")
    if isinstance(error, httpx.TimeoutException):
        return _timed_out(host, wait)
    if isinstance(error, httpx.DecodingError):
        return NotJson("the answer cannot be decompressed", outcome_unknown=True)
    if isinstance(error, httpx.ProxyError):
        return _unreachable(host, "proxy")
    if isinstance(error, (httpx.ConnectError, httpx.UnsupportedProtocol)):
        return _unreachable(host, _connect_reason(error))
    return _unreachable(host, "broken", outcome_unknown=True)


def _timed_out(host: str, seconds: float) -> TimedOut:
    return TimedOut(f"no answer from {host} within {seconds:g} s", outcome_unknown=True)


def _unreachable(host: str, reason: UnreachableReason, *, outcome_unknown: bool = False) -> Unreachable:
    text, hint = _REASONS[reason]
    return Unreachable(text.format(host=host), host=host, reason=reason, outcome_unknown=outcome_unknown, hint=hint)


@cache
def _tls() -> ssl.SSLContext:
    """The trusted certificates, read once for all clouds: that takes longer than a call."""
    return httpx.create_ssl_context()


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _connect_reason(error: BaseException) -> UnreachableReason:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "tls"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "unknown host"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "refused"
    return "failed"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that led to it, into groups (one connection attempt per address)."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [found.__cause__, found.__context__, *getattr(found, "exceptions", ())]
