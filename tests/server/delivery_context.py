"""Delivery tools without a server: arguments are checked, the cloud is a configuration or a handler of requests."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from cloudinary_tools.client import CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.toolkit.context import Budget
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import Plan
from cloudinary_tools.toolkit.registry import TOOLS, load_all
from cloudinary_tools.toolkit.results import ToolResult
from cloudinary_tools.toolkit.tool_schema import check_arguments
from tests.support import no_sleep

SECRET = "a676b67565c6767a6767d6767f676fe1"
TOKEN_KEY = "00112233FF99"

Handler = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Awaitable[httpx.Response]]


class NoRecord:
    """A `Record` that keeps nothing."""

    def done(self, key: str, **more: Any) -> None: ...

    def failed(self, key: str, why: str) -> None: ...

    def unknown(self, key: str, why: str) -> None: ...

    def kept(self, key: str, file: str) -> None: ...


class Context:
    """What these tools use of a `ToolContext`; `budget` may be exchanged."""

    def __init__(self, options: str = "", handler: Handler | None = None, credentials: str = f"1234:{SECRET}@") -> None:
        config = CloudConfig.from_url(f"cloudinary://{credentials}demo{options}")
        transport = httpx.MockTransport(handler or _nothing)  # pyright: ignore[reportArgumentType]
        self.cloud = CloudinaryClient(config, transport=transport, sleep=no_sleep, permit=OwnerPermit())
        self.budget = Budget()
        self.told: list[float] = []

    async def admin(self, method: str, *path: str, **request: Any) -> dict[str, Any]:
        return await self.cloud.admin(method, path, **request)

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        self.told.append(done)

    async def call(self, name: str, **arguments: Any) -> ToolResult[Any]:
        """Call a tool as a server does."""
        if name not in TOOLS:
            list(load_all())
        tool = TOOLS[name]
        made = await tool.function(self, **check_arguments(tool, arguments))
        if not isinstance(made, Plan):
            return made
        assert tool.execute
        outcome = await tool.execute(self, replace(made, fresh=True))
        return outcome.answer

    @asynccontextmanager
    async def recorded(self, changes: Sequence[Change]) -> AsyncGenerator[NoRecord]:
        """These tests keep no journal."""
        yield NoRecord()


def _nothing(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a request went out: {request.url}")
