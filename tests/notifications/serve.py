"""A receiver or a poller as a process of its own, to be killed: `python -m tests.notifications.serve '<JSON options>'`.

Writes one line, the port it serves on (0 when it serves on none), and goes on until it is killed.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cloudinary_mcp.notifications import uvicorn_socket
from cloudinary_mcp.notifications.log.sqlite import SqliteNotificationLog
from cloudinary_mcp.notifications.poller import PolledMessage, Poller
from cloudinary_mcp.notifications.webhook_receiver import WebhookReceiver
from tests.notifications.helpers import CLOUD, KEYS, WEBHOOK


def say(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


async def receive(folder: str, port: int, request_timeout: float = 15.0, **limits: Any) -> None:
    uvicorn_socket.REQUEST_TIMEOUT = request_timeout
    log = SqliteNotificationLog(Path(folder), max_rows=10**6)
    async with log, WebhookReceiver(log, [KEYS], port=port, **limits) as one:
        say(int(one.state.address.split(":")[2].split("/")[0]) if one.state.address else 0)
        async for _ in await log.tail([CLOUD]):
            pass


async def bare() -> None:
    """What a webhook costs at least: Starlette reads the body and answers."""

    async def answer(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"id": 1})

    bound = uvicorn_socket.bind("127.0.0.1", 0)
    say(bound.getsockname()[1])
    app = Starlette(routes=[Route(WEBHOOK, answer, methods=["POST"])])
    await uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).serve([bound])


async def poll(folder: str, upstream: int) -> None:
    """Polls the test's own buffer on port `upstream`, one JSON line each way."""

    async def ask(question: dict[str, Any]) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", upstream)
        writer.write(json.dumps(question).encode() + b"\n")
        answer = json.loads(await reader.readline())
        writer.close()
        return answer

    async def fetch(cloud: str, channel: str, wait_seconds: int, max_messages: int) -> Sequence[PolledMessage]:
        return [PolledMessage.from_reply(item) for item in await ask({"fetch": max_messages})]

    async def ack(cloud: str, receipt_handles: Sequence[str]) -> None:
        await ask({"ack": [*receipt_handles]})

    async def quickly(seconds: float) -> None:
        await asyncio.sleep(0.01)

    async with SqliteNotificationLog(Path(folder), max_rows=10**6) as log:
        say(0)
        await Poller(log, [KEYS], [(CLOUD, "news")], fetch=fetch, ack=ack, sleep=quickly).run()


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    asyncio.run(bare() if "bare" in options else poll(**options) if "upstream" in options else receive(**options))
