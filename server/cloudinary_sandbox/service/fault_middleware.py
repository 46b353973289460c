"""The planned faults, put between the network and the application."""

import asyncio
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.faults import FaultRule
from cloudinary_sandbox.service import control

_PAGE = (
    "<html><head><title>{status}</title></head><body><h1>{status}</h1><p>The gateway could not help.</p></body></html>"
)


class FaultMiddleware:
    """An application whose calls fail as the cloud's fault plan says."""

    def __init__(self, cloud: SandboxCloud, app: ASGIApp) -> None:
        self._cloud = cloud
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or fail it as planned."""
        fault = None if control.owns(scope["path"]) else self._cloud.faults.take(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        await fault.wait()
        if fault.action == "delay":
            await self._app(scope, receive, send)
        elif fault.action in ("cut", "truncate"):
            await self._halved(fault, scope, receive, send)
        else:
            if fault.after:
                await self._collect(scope, receive)
            await self._instead(fault, scope, receive, send)

    async def _instead(self, fault: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.action == "hang":
            await self._hang(receive)
            return
        response: Response
        if fault.action == "html":
            response = HTMLResponse(_PAGE.format(status=fault.status), fault.status, fault.headers())
        else:
            body = {"error": {"message": fault.text(self._cloud.quota.limit)}}
            response = JSONResponse(body, fault.status, fault.headers())
        await response(scope, receive, send)

    async def _hang(self, receive: Receive) -> None:
        """Answer nothing until the client goes away or the sandbox closes; uvicorn then drops the connection."""

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        waiters = [asyncio.ensure_future(gone()), asyncio.ensure_future(self._cloud.closing.wait())]
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()

    async def _collect(self, scope: Scope, receive: Receive) -> tuple[dict[str, Any], bytes]:
        start: dict[str, Any] = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self._app(scope, receive, gather)
        return start, bytes(body)

    async def _halved(self, fault: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._collect(scope, receive)
        half = body[: len(body) // 2]
        if fault.action == "truncate":
            start["headers"] = [
                (k, str(len(half)).encode() if k == b"content-length" else v) for k, v in start["headers"]
            ]
        await send(start)
        # A cut leaves the body unfinished: the server closes the connection before the announced length.
        await send({"type": "http.response.body", "body": half, "more_body": fault.action == "cut"})
