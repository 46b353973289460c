"""A tiny HTTP receiver on a free port, and a sandbox cloud that tells it everything."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cloudinary import config, reset_config, utils

from cloudinary_mcp.notifications.payload import PayloadSummary, summarise_payload
from tests.sandbox.helpers import Api, api


@dataclass
class Received:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def envelope(self) -> PayloadSummary:
        return summarise_payload(self.payload)


@dataclass
class Listener:
    """What came in so far; `statuses` are the answers to come, then 200; None hangs until the end."""

    port: int = 0
    received: list[Received] = field(default_factory=list[Received])
    everything: list[Received] = field(default_factory=list[Received])
    statuses: list[int | None] = field(default_factory=list[int | None])
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def until(self, condition: Callable[[list[Received]], bool]) -> list[Received]:
        """Wait until what came meets a condition."""
        async with asyncio.timeout(4), self.news:
            await self.news.wait_for(lambda: condition(self.received))
        return self.received

    async def first(self, count: int = 1) -> list[Received]:
        return await self.until(lambda received: len(received) >= count)

    async def of_type(self, *types: str) -> list[dict[str, Any]]:
        """The payloads of these types, in this order, once all of them came."""

        def found(received: list[Received]) -> dict[str, dict[str, Any]]:
            return {item.payload["notification_type"]: item.payload for item in received}

        await self.until(lambda received: set(types) <= found(received).keys())
        return [found(self.received)[name] for name in types]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            async with self.news:
                self.everything.append(Received(head[0].split(" ")[1], headers, body))
                self.received.append(self.everything[-1])
                self.news.notify_all()
            status = self.statuses.pop(0) if self.statuses else 200
            if status is None:
                await reader.read()
            else:
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(port: int = 0) -> AsyncGenerator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", port)
    async with server:
        listener.port = server.sockets[0].getsockname()[1]
        yield listener


async def control(call: Api, method: str, path: str, json: Any = None) -> httpx.Response:
    headers = {"X-Sandbox-Secret": call.identity.control_secret}
    return await call.client.request(method, f"/sandbox/{path}", headers=headers, json=json)


@asynccontextmanager
async def told(data_dir: Path, **options: Any) -> AsyncGenerator[tuple[Api, Listener]]:
    """A cloud in memory and a receiver that gets every event; what it got is genuine and names what it is about."""
    async with listening() as listener, api(data_dir, **options) as call:
        reply = await control(call, "POST", "receivers", {"url": listener.url()})
        assert reply.json() == {"receivers": [listener.url()]}
        yield call, listener
        for item in listener.everything:
            assert genuine(call, item, call.cloud.options.signature_algorithm)
            about, kind = item.envelope, item.payload["notification_type"]
            assert about.type == kind
            assert bool(about.public_ids) is ("folder" not in kind)
            assert bool(about.asset_ids) is ("folder" not in kind and kind != "error")


def genuine(call: Api, item: Received, algorithm: str = "sha1") -> bool:
    """Whether the official SDK accepts what came in."""
    reset_config()
    config(cloud_name=call.identity.cloud_name, api_secret=call.identity.api_secret, signature_algorithm=algorithm)
    return utils.verify_notification_signature(
        item.body.decode(), item.headers["x-cld-timestamp"], item.headers["x-cld-signature"]
    )


async def trigger(call: Api, uri: str, event_type: str = "all", **options: Any) -> Any:
    reply = await call("POST", "/triggers", json={"uri": uri, "event_type": event_type, **options})
    assert reply.status_code == 200, reply.text
    return reply.json()


async def messages(call: Api, **params: Any) -> list[dict[str, Any]]:
    path = f"/v2/notifications/{call.identity.cloud_name}/messages"
    reply = await call.client.get(path, params={"wait_seconds": 0, **params}, headers=call.basic)
    assert reply.status_code == 200, reply.text
    assert reply.json().get("messages") != []
    return reply.json().get("messages", [])


async def acknowledge(call: Api, *handles: str) -> list[dict[str, Any]]:
    path = f"/v2/notifications/{call.identity.cloud_name}/messages/ack"
    reply = await call.client.post(path, json={"receipt_handles": handles}, headers=call.basic)
    assert reply.status_code == 200, reply.text
    return reply.json()["results"]
