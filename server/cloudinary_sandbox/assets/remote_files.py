"""Fetching files from other places: which addresses are asked, and how much is taken.

Uploads by URL, the delivery type `fetch` and upload mappings all go through here. A caller who may not reach an address
must not reach it through the sandbox: link-local addresses, where clouds keep their machines' credentials, are
refused, and so are the sandbox's own control routes; each address that is redirected to is looked at again.
"""

import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import anyio
import httpx
from anyio import to_thread

from cloudinary_sandbox.core.bodies import too_large
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, bad_request, not_built
from cloudinary_tools.config import is_loopback

_BLOCK = 256 * 1024
_TIMEOUT = 30.0
_CONTROL = re.compile(r"/sandbox/[^/]*")
"""Delivery URLs of a cloud called sandbox have more parts."""


async def download(cloud: SandboxCloud, url: str, target: Path, proxy: str | None = None) -> None:
    """Write what is at an http(s) address to a new file, which is the caller's to remove.

    400 for an address that is not to be asked, that fails, or that has more than the largest file of the plan.
    """
    scheme = url.partition(":")[0].lower()
    if scheme not in {"http", "https"}:
        raise not_built(f"{scheme}:// as the source of a file")
    limit = max(cloud.options.media_limits.max_bytes(kind) for kind in ("image", "video", "raw"))
    try:
        async with _answer(cloud, url, proxy) as reply:
            if reply.status_code != 200:
                raise _failed(url, f"{reply.status_code} {reply.reason_phrase}")
            size = 0
            async with await anyio.open_file(target, "xb") as out:
                async for block in reply.aiter_bytes(_BLOCK):
                    size += len(block)
                    if size > limit:
                        raise too_large(size, limit)
                    await out.write(block)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _failed(url, _reason(error)) from None


@cache
def _tls() -> ssl.SSLContext:
    """The trusted certificates, read once for all files."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def _answer(cloud: SandboxCloud, url: str, proxy: str | None) -> AsyncGenerator[httpx.Response]:
    async def look(request: httpx.Request) -> None:
        await _check(cloud, url, request.url)

    here = is_loopback(httpx.URL(url).host)  # no proxy of the environment can reach this machine's own addresses
    async with (
        httpx.AsyncClient(
            verify=_tls(),
            timeout=_TIMEOUT,
            follow_redirects=True,
            proxy=proxy,
            trust_env=not here,
            event_hooks={"request": [look]},
        ) as client,
        client.stream("GET", url) as reply,
    ):
        yield reply


async def _check(cloud: SandboxCloud, asked: str, url: httpx.URL) -> None:
    """A 400 for an address that is not to be asked, whether it was named or redirected to."""
    if url.port == cloud.identity.port and is_loopback(url.host) and _CONTROL.fullmatch(url.path):
        raise _failed(asked, "403 Forbidden")
    for address in await to_thread.run_sync(_addresses, url.host):
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            raise _failed(asked, "403 Forbidden")


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """What a host name stands for; nothing when it cannot be looked up, which the request itself will tell."""
    try:
        found = [str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(host, None)]
    except OSError:
        return []
    addresses = [ipaddress.ip_address(text) for text in dict.fromkeys(found)]
    return [getattr(address, "ipv4_mapped", None) or address for address in addresses]


def _failed(url: str, reason: str) -> ApiError:
    return bad_request(f"Error in loading {url} - {reason}")


def _reason(error: Exception) -> str:
    text = str(error).lower()
    if "name or service not known" in text or "name resolution" in text or "getaddrinfo" in text or "nodename" in text:
        return "ERR_DNS_FAIL 0"
    if isinstance(error, httpx.TimeoutException):
        return "ERR_TIMEOUT 0"
    if isinstance(error, httpx.ConnectError):
        return "ERR_CONNECT_FAIL 0"
    return "ERR_INVALID_URL 0" if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)) else "ERR_READ 0"
