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

from cloudinary_tools.cloud.errors import CloudError, NotJson, TimedOut, Unreachable, UnreachableReason
from cloudinary_tools.cloud.replies import Answer
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
        self._host = host or config.upload_prefix
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=_tls(),
            proxy=config.api_proxy.get_secret_value() if config.api_proxy else None,
            headers={"User-Agent": user_agent, "Accept": "application/json"},
            trust_env=not is_loopback(host),  # a proxy from the environment cannot reach this machine's sandbox
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, outgoing: Outgoing, *, wait: float, total: float | None) -> Answer:
        """Send once. `wait`: seconds without a byte before giving up; `total`: seconds for all of it, None for no end.

        Raises `Unreachable`, `TimedOut` or `NotJson`; `outcome_unknown` is set once bytes may have arrived.
        """
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
        response: httpx.Response | None = None
        try:
            with anyio.move_on_after(total):
                response = await self._client.send(request)
        except httpx.RequestError as error:
            raise self._failure(error, wait) from None
        if response is None:
            raise self._timed_out(total or wait)
        return Answer(response.status_code, _lower(response.headers), response.content)

    def _timed_out(self, seconds: float) -> TimedOut:
        return TimedOut(f"no answer from {self._host} within {seconds:g} s", outcome_unknown=True)

    def _failure(self, error: httpx.RequestError, wait: float) -> CloudError:
        if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
            return TimedOut(f"no connection to {self._host} in time")
        if isinstance(error, httpx.TimeoutException):
            return self._timed_out(wait)
        if isinstance(error, httpx.DecodingError):
            return NotJson("the answer cannot be decompressed", outcome_unknown=True)
        if isinstance(error, httpx.ProxyError):
            return self._unreachable("proxy")
        if isinstance(error, (httpx.ConnectError, httpx.UnsupportedProtocol)):
            return self._unreachable(_connect_reason(error))
        return self._unreachable("broken", outcome_unknown=True)

    def _unreachable(self, reason: UnreachableReason, *, outcome_unknown: bool = False) -> Unreachable:
        text, hint = _REASONS[reason]
        return Unreachable(
            text.format(host=self._host), host=self._host, reason=reason, outcome_unknown=outcome_unknown, hint=hint
        )


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
