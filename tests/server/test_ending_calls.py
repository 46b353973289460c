"""How a call ends before its upstream call does: cancelled by the client, or stopped by its own time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client

from cloudinary_mcp.local_files import LocalFiles
from cloudinary_mcp.protocol import runtime
from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_mcp.state.sqlite import SqliteState
from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.config import CloudConfig
from tests.support import both_eras, no_sleep, sandbox_cloud, settings_for, text_of

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("get_usage", {}),
    ("delete_assets", {"public_ids": ["a"], "confirm": True}),
    ("upload_asset", {"source": "data:image/gif;base64,R0lGODlhAQABAAAAACw="}),
]


class Hanging(httpx.AsyncBaseTransport):
    """A cloud that never answers; knows what reached it and what was given up."""

    def __init__(self) -> None:
        self.reached, self.aborted = anyio.Event(), anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.reached.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.aborted.set()
        raise AssertionError(request)


@asynccontextmanager
async def hanging(tmp_path: Path, era: str) -> AsyncGenerator[tuple[Client, Hanging]]:
    upstream = Hanging()
    config = CloudConfig.from_url("cloudinary://1:hush@demo", "demo")

    def make(config: CloudConfig) -> CloudinaryClient:
        return CloudinaryClient(config, transport=upstream, sleep=no_sleep)

    server = CloudinaryServer(settings_for(tmp_path, call_seconds=5), Clouds({"demo": config}), make=make)
    async with Client(server, mode=era) as client:  # pyright: ignore[reportArgumentType]
        yield client, upstream


@both_eras
@pytest.mark.parametrize(("tool", "arguments"), CALLS)
async def test_a_cancelled_call_aborts_the_upstream_call(
    tmp_path: Path, era: str, tool: str, arguments: dict[str, Any]
) -> None:
    async with hanging(tmp_path, era) as (client, upstream):
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.call_tool, tool, arguments)
                await upstream.reached.wait()
                tasks.cancel_scope.cancel()
            await upstream.aborted.wait()
        assert len((await client.list_tools()).tools) > 10


@both_eras
async def test_a_call_that_does_not_end_by_itself_is_stopped_and_says_what_may_have_happened(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "ANSWER_GRACE", -4.9)
    async with hanging(tmp_path, era) as (client, upstream):
        result = await client.call_tool("create_folder", {"path": "a"})
        assert result.is_error
        assert "may have been carried out. Look at the state before you repeat it" in text_of(result)
        with anyio.fail_after(5):
            await upstream.aborted.wait()


async def test_a_call_whose_purpose_is_to_wait_may_outlast_the_time_of_others(tmp_path: Path) -> None:
    async with sandbox_cloud(tmp_path) as (running, _), anyio.create_task_group() as tasks:
        clouds = Clouds({"sandbox": CloudConfig.from_url(running.identity.cloudinary_url, "sandbox")})
        settings = settings_for(tmp_path, call_seconds=5)
        state = runtime.Runtime(settings, clouds, CloudinaryClient, LocalFiles([]), tasks, SqliteState(tmp_path))

        async def wait(call: runtime.ToolCall, seconds: float) -> str:
            call.extend(seconds)
            await anyio.sleep(0.2)
            return "waited"

        hasty = runtime.ToolCall(state, None, _nobody)
        hasty.budget.seconds = 0.1 - runtime.ANSWER_GRACE
        with pytest.raises(TimeoutError):
            await hasty.run(wait, -runtime.ANSWER_GRACE)
        patient = runtime.ToolCall(state, None, _nobody)
        patient.budget.seconds = 0.1 - runtime.ANSWER_GRACE
        assert await patient.run(wait, 5) == "waited"


async def _nobody(*_: object) -> None:
    """Nobody listens to progress."""
