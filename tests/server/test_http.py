"""Streamable HTTP: real clients of both eras, and who is turned away."""

import asyncio
import base64
import contextlib
import signal
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

from cloudinary_mcp.local_files import NoLocalFiles
from cloudinary_mcp.protocol import http
from cloudinary_mcp.protocol.http import PATH, http_app, web_config
from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_tools.client import BytesSource, CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig, ConfigError
from tests.end_to_end.processes import PROGRAM, environment, process
from tests.support import LOOPBACK, both_eras, no_sleep, png, sandbox_cloud, settings_for, text_of

TOKEN = "a-token-for-tests"
PICTURE = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
CLIENT = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bare", "version": "1"}}
HELLO = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": CLIENT}
JSON = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


class Site:
    """A served MCP endpoint on loopback, and a direct line to its cloud."""

    def __init__(self, port: int, cloud: CloudinaryClient) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.url = self.address + PATH
        self.cloud = cloud

    async def post(self, **headers: str) -> httpx.Response:
        """One bare request with these headers."""
        async with httpx.AsyncClient(**LOOPBACK) as client:
            sent = {name.encode(): value.encode() for name, value in {**JSON, **headers}.items()}
            return await client.post(self.url, json=HELLO, headers=sent)

    async def public_ids(self) -> set[str]:
        """What the cloud holds now."""
        return {asset["public_id"] for asset in (await self.cloud.admin("GET", ("resources", "image")))["resources"]}


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # the tests keep their own
        yield


@contextlib.asynccontextmanager
async def served(tmp_path: Path, *, bound: str = "127.0.0.1", **settings: Any) -> AsyncGenerator[Site]:
    """The HTTP app as `serve --transport http` builds it, at a free port of loopback."""
    async with sandbox_cloud(tmp_path) as (running, transport):
        config = CloudConfig.from_url(running.identity.cloudinary_url, "sandbox")

        def make(config: CloudConfig) -> CloudinaryClient:
            return CloudinaryClient(config, transport=transport, sleep=no_sleep)

        effective = settings_for(tmp_path, host=bound, **settings)
        server = CloudinaryServer(effective, Clouds({"sandbox": config}), make=make, files=NoLocalFiles())
        app = http_app(server, effective)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            web = _Uvicorn(web_config(app, effective.max_connections))
            web.config.timeout_graceful_shutdown = 1
            serving = asyncio.create_task(web.serve(sockets=[listener]))
            while not web.started:
                await asyncio.sleep(0.005)
            try:
                async with make(config).permitted(OwnerPermit()) as direct:
                    yield Site(listener.getsockname()[1], direct)
            finally:
                web.should_exit = True
                await serving


@both_eras
async def test_a_client_lists_and_calls_tools(tmp_path: Path, era: Any) -> None:
    async with served(tmp_path) as site, Client(site.url, mode=era) as client:
        assert "get_usage" in {tool.name for tool in (await client.list_tools()).tools}
        usage = await client.call_tool("get_usage", {})
        assert usage.structured_content is not None
        assert usage.structured_content["cloud"] == "sandbox"
        failed = await client.call_tool("get_asset", {"public_id": "nothing"})
        assert failed.is_error
        assert "nothing" in text_of(failed)


@both_eras
async def test_local_files_are_refused(tmp_path: Path, era: Any) -> None:
    (tmp_path / "red.png").write_bytes(png())
    async with served(tmp_path, allow_dir=[tmp_path]) as site, Client(site.url, mode=era) as client:
        refused = await client.call_tool("upload_asset", {"source": str(tmp_path / "red.png")})
        assert refused.is_error
        assert "over HTTP reads no local files" in text_of(refused)
        assert await site.public_ids() == set()


@both_eras
async def test_a_plan_of_one_request_is_confirmed_in_the_next(tmp_path: Path, era: Any) -> None:
    async with served(tmp_path) as site, Client(site.url, mode=era) as client:
        await site.cloud.upload(BytesSource(png(), "red.png"), {"public_id": "red", "tags": ["old"]})
        plan = await client.call_tool("delete_assets", {"tag": "old"})
        assert plan.structured_content is not None
        done = await client.call_tool("delete_assets", {"confirm": True, "plan_id": plan.structured_content["plan_id"]})
        assert not done.is_error, text_of(done)
        assert await site.public_ids() == set()


@both_eras
@pytest.mark.parametrize("says", [True, False])
async def test_the_person_is_asked_and_heard(tmp_path: Path, era: Any, says: bool) -> None:
    asked: list[str] = []

    async def answer(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": True}) if says else ElicitResult(action="decline")

    async with served(tmp_path) as site, Client(site.url, mode=era, elicitation_callback=answer) as client:
        await site.cloud.upload(BytesSource(png(), "red.png"), {"public_id": "red"})
        result = await client.call_tool("delete_assets", {"public_ids": ["red"]})
        assert not result.is_error, text_of(result)
        assert await site.public_ids() == (set() if says else {"red"})
    assert len(asked) == 1
    assert "red" in asked[0]


async def test_two_clients_of_different_eras_work_at_once(tmp_path: Path) -> None:
    async with (
        served(tmp_path) as site,
        Client(site.url, mode="legacy") as one,
        Client(site.url, mode="auto") as other,
    ):
        calls = [
            client.call_tool("upload_asset", {"source": PICTURE, "public_id": f"p{number}"})
            for number, client in enumerate([one, other] * 5)
        ]
        results = await asyncio.gather(*calls)
        assert [text_of(result) for result in results if result.is_error] == []
        assert await site.public_ids() == {f"p{number}" for number in range(10)}


async def test_only_a_known_host_is_answered(tmp_path: Path) -> None:
    async with served(tmp_path, allow_host=["mcp.example.com"]) as site:
        assert (await site.post(Host="evil.example.com")).status_code == 421
        assert (await site.post(Host="127.0.0.1.evil.example.com")).status_code == 421
        for host in (
            "localhost:1@evil.com", "127.0.0.1:80@evil.com", "[::1]:1@evil.com", "localhost:", "localhost:80:80",
            "localhost:80/evil.com", "localhost:8a", "localhost:80 evil.com", "localhost:+80", "localhost:\u0661",
        ):  # fmt: skip
            assert (await site.post(Host=host)).status_code in (400, 421), host
        for host in ("localhost", "127.0.0.1:80", "mcp.example.com", "mcp.example.com:8443"):
            assert (await site.post(Host=host)).status_code == 200


async def test_only_a_known_origin_is_answered(tmp_path: Path) -> None:
    async with served(tmp_path, allow_origin=["https://app.example.com"]) as site:
        for origin in ("https://evil.example.com", "null", "http://localhost.evil.example.com"):
            assert (await site.post(Origin=origin)).status_code == 403
        for origin in ("http://localhost:3000", "https://app.example.com"):
            assert (await site.post(Origin=origin)).status_code == 200


async def test_the_token_is_needed_everywhere_but_for_the_health_check(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as site:
        for given in ("", "Bearer wrong", f"Bearer {TOKEN}x", TOKEN, "Bearer é"):
            refused = await site.post(Authorization=given)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
        assert (await site.post()).status_code == 401
        for scheme in ("Bearer", "bearer"):
            assert (await site.post(Authorization=f"{scheme} {TOKEN}")).status_code == 200
        async with httpx.AsyncClient(**LOOPBACK) as client:
            assert (await client.get(f"{site.address}/elsewhere")).status_code == 401
            health = await client.get(f"{site.address}/health")
        assert (health.status_code, health.json()) == (200, {"status": "ok"})


async def test_webhooks_need_no_token_but_a_signature_from_the_first_moment(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as site, httpx.AsyncClient(**LOOPBACK) as client:
        said = await client.post(f"{site.address}/webhooks/cloudinary", json={"a": 1})
        assert (said.status_code, said.json()) == (401, {"error": "not verified"})
        said = await client.post(f"{site.address}/webhooks/cloudinary", content=b"x" * 2**21, headers=JSON)
        assert said.status_code == 413
        assert (await client.post(f"{site.address}/webhooks/cloudinary-mcp", json={})).status_code == 404
        assert (await client.post(f"{site.address}/webhooks", json={})).json() == {"error": "A bearer token is needed."}


@pytest.mark.parametrize(
    "sent", [b"", b"POST /mcp HTTP/1.1\r\nHost: x\r\n", b"POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Le"]
)
async def test_a_client_that_does_not_finish_its_request_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http, "REQUEST_TIMEOUT", 0.1)
    async with served(tmp_path) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(site.address.rpartition(":")[2]))
        writer.write(sent)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_sessions_opened_and_dropped_are_bounded_and_end_when_nobody_asks(tmp_path: Path) -> None:
    async with served(tmp_path, max_sessions=3, session_minutes=0.5 / 60) as site:
        answers = [(await site.post()).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 503, 503]
        async with asyncio.timeout(20):
            while (await site.post()).status_code != 200:
                await asyncio.sleep(0.05)


async def test_connections_opened_and_left_keep_nobody_out(tmp_path: Path) -> None:
    async with served(tmp_path, max_connections=5) as site:
        port = int(site.address.rpartition(":")[2])
        left = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for _ in range(3):
            assert (await site.post()).status_code == 200
        for _, writer in left:
            writer.close()


async def test_requests_that_are_too_much_together_are_put_off(tmp_path: Path) -> None:
    async with served(tmp_path, max_bodies_mb=4) as site:
        port = int(site.address.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: 3999900\r\n\r\n".encode())
        await writer.drain()
        async with asyncio.timeout(20):
            while (put_off := await site.post()).status_code != 503:
                await asyncio.sleep(0.01)
        assert put_off.headers["retry-after"] == "1"
        writer.close()
        async with asyncio.timeout(20):
            while (await site.post()).status_code != 200:
                await asyncio.sleep(0.01)


@both_eras
async def test_a_client_with_the_token_works_off_loopback(tmp_path: Path, era: Any) -> None:
    async with (
        served(tmp_path, bound="0.0.0.0", token=TOKEN, allow_host=["127.0.0.1"]) as site,
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
        Client(streamable_http_client(site.url, http_client=http), mode=era) as client,
    ):
        assert not (await client.call_tool("get_usage", {})).is_error
        assert (await site.post(Authorization=f"Bearer {TOKEN}", Host="localhost")).status_code == 421


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "mcp.example.com"])
@pytest.mark.parametrize(
    ("settings", "missing"), [({"allow_host": ["mcp.example.com"]}, "--token"), ({"token": TOKEN}, "--allow-host")]
)
def test_an_address_open_to_strangers_needs_a_token_and_host_names(
    tmp_path: Path, address: str, settings: dict[str, Any], missing: str
) -> None:
    effective = settings_for(tmp_path, host=address, **settings)
    server = CloudinaryServer(effective, Clouds({}, "none"), files=NoLocalFiles())
    with pytest.raises(ConfigError, match=missing):
        http_app(server, effective)


async def test_as_a_process_it_says_where_it_listens_and_ends_when_interrupted(tmp_path: Path) -> None:
    options = ["--sandbox", "--transport", "http", "--port", "0", "--data-dir", str(tmp_path)]
    async with process(*PROGRAM, "serve", *options, env=environment(CLOUDINARY_MCP_TOKEN=TOKEN)) as running:
        assert running.stderr is not None
        said = (await asyncio.wait_for(running.stderr.readline(), 20)).decode()
        address = said.rpartition("at ")[2].strip().removesuffix(PATH)
        async with httpx.AsyncClient(**LOOPBACK) as client:
            assert (await client.get(f"{address}/health")).json() == {"status": "ok"}
            assert (await client.post(address + PATH, json=HELLO, headers=JSON)).status_code == 401
        running.send_signal(signal.SIGINT)
        stdout, stderr = await asyncio.wait_for(running.communicate(), 10)
    assert (running.returncode, stdout, stderr) == (0, b"", b"")


async def test_as_a_process_it_does_not_start_open_to_strangers(tmp_path: Path) -> None:
    options = ["--transport", "http", "--host", "0.0.0.0", "--data-dir", str(tmp_path)]
    async with process(*PROGRAM, "serve", *options) as running:
        _, stderr = await asyncio.wait_for(running.communicate(b""), 20)
    assert running.returncode == 2
    assert "--token" in stderr.decode()
