"""Streamable HTTP: who may connect, and a health check.

On loopback the Host and Origin headers are checked, so that a web page cannot reach the server by DNS rebinding. On any
other address clients must also send a bearer token, and the Host header must be on a list.
"""

import re
import secrets
import socket
import sys

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cloudinary_mcp.notifications.uvicorn_socket import bind, with_deadlines
from cloudinary_mcp.notifications.webhook_endpoint import WEBHOOK_PATH
from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Settings
from cloudinary_tools.config import ConfigError, is_loopback

PATH = "/mcp"
REQUEST_TIMEOUT = 60.0
"""Seconds for a client to send a whole request; an answer may take as long as it does."""
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of one request."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
"""A Host header (RFC 9110, 7.2) of the kinds that a server is reached by: a name, an IPv4 address, one in brackets."""
LOOPBACK_HOSTS = ["127.0.0.1", "127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*"]


def http_app(server: CloudinaryServer, settings: Settings) -> ASGIApp:
    """The ASGI app: `/mcp` and `/health`. `ConfigError` when the address needs a token or hosts that are not set."""
    local = is_loopback(settings.host)
    if not local and not settings.token:
        raise ConfigError(f"listening on {settings.host} needs a bearer token: --token (CLOUDINARY_MCP_TOKEN)")
    if not local and not settings.allow_host:
        raise ConfigError(f"listening on {settings.host} needs the host names it is reached by: --allow-host NAME")
    hosts = [pattern for host in settings.allow_host for pattern in _with_ports(host)]
    origins = [f"http://{host}" for host in LOOPBACK_HOSTS] if local else []

    @server.custom_route("/health", ["GET"])
    async def health(_: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return JSONResponse({"status": "ok"})

    app = server.streamable_http_app(
        streamable_http_path=PATH,
        host=settings.host,
        max_request_body_size=LARGEST_BODY,
        session_idle_timeout=settings.session_minutes * 60,
        max_sessions=settings.max_sessions,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=hosts + (LOOPBACK_HOSTS if local else []),
            allowed_origins=origins + settings.allow_origin,
        ),
    )
    bounded = BoundedBodies(app, int(settings.max_bodies_mb * 1_000_000))
    guarded = BearerToken(bounded, settings.token.get_secret_value()) if settings.token else bounded
    return Webhooks(WellFormedHost(guarded), server)


def _with_ports(host: str) -> list[str]:
    return [host] if ":" in host.rpartition("]")[2] else [host, f"{host}:*"]


class Webhooks:
    """An ASGI app that hands webhooks to their endpoint, which checks signatures, and all else to the MCP app."""

    def __init__(self, app: ASGIApp, server: CloudinaryServer) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        webhooks = scope["type"] == "http" and scope["path"].startswith(WEBHOOK_PATH)
        app = (await self._server.webhook_app() if webhooks else None) or self._app
        await app(scope, receive, send)


class WellFormedHost:
    """Let a request through only if its Host header is a name or address and, where it has one, a port of digits.

    The SDK takes whatever follows `localhost:` for a port, also `localhost:1@evil.com`, which a URL parser reads as
    credentials for another host.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 to any other Host, to none and to several."""
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
                await Response("Invalid Host header", 421)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BoundedBodies:
    """Let a request through only while the bodies of all requests in work are below `most` bytes together.

    A body counts as long as it says, or as the largest there may be where it does not say.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 503 to what does not fit beside the others; it is worth trying again."""
        size = _body_size(scope)
        if self._held and self._held + size > self._most:
            busy = JSONResponse({"error": "Too much is being worked on; try again."}, 503, headers={"Retry-After": "1"})
            await busy(scope, receive, send)
            return
        self._held += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._held -= size


def _body_size(scope: Scope) -> int:
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "DELETE", "OPTIONS"):
        return 0
    told = Headers(scope=scope).get("content-length", "")
    return min(int(told), LARGEST_BODY) if told.isdecimal() else LARGEST_BODY


class BearerToken:
    """Let a request through only with `Authorization: Bearer <token>`; the health check is open."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the token in constant time; anything else is answered 401."""
        if scope["type"] == "http" and scope["path"] != "/health":
            scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
            known = secrets.compare_digest(token.strip().encode(), self._token)
            if scheme.lower() != "bearer" or not known:
                refusal = JSONResponse(
                    {"error": "A bearer token is needed."}, 401, headers={"WWW-Authenticate": "Bearer"}
                )
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def web_config(app: ASGIApp, most: int) -> uvicorn.Config:
    """How the app is served: quietly, to `most` connections, with time limits for clients that are slow on purpose."""
    protocol = with_deadlines(lambda _: None, timeout=REQUEST_TIMEOUT, most=most)
    return uvicorn.Config(app, http=protocol, log_config=None, access_log=False)


async def serve(server: CloudinaryServer, settings: Settings) -> None:
    """Listen until interrupted; the address goes to stderr. `ConfigError` for one that cannot be listened on."""
    app = http_app(server, settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        listener = bind(settings.host, settings.port)  # it listens: whoever reads the address may connect at once
    except OSError as error:
        raise ConfigError(f"{host}:{settings.port} cannot be listened on: {error.strerror}") from None
    # asyncio sets this only where the socket names its protocol; without it each answer waits 40 ms for an ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sys.stderr.write(f"MCP over Streamable HTTP at http://{host}:{listener.getsockname()[1]}{PATH}\n")
    sys.stderr.flush()
    await uvicorn.Server(web_config(app, settings.max_connections)).serve(sockets=[listener])
