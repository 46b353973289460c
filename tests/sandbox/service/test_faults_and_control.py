"""The control routes, and what planned faults do to calls."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudinary_sandbox import SandboxOptions, SandboxServer
from tests.sandbox.helpers import Api, api, error_of
from tests.support import LOOPBACK


async def control(call: Api, method: str, path: str, secret: str | None = None, **options: Any) -> httpx.Response:
    headers = {"X-Sandbox-Secret": call.identity.control_secret if secret is None else secret}
    return await call.client.request(method, f"/sandbox/{path}", headers=headers, **options)


async def test_the_control_routes_need_the_secret(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for path in ("faults", "requests"):
            assert (await control(call, "GET", path, "wrong")).status_code == 401
        assert (await call.client.post("/sandbox/reset")).status_code == 401
        assert (await control(call, "PATCH", "faults")).status_code == 405


async def test_an_error_is_answered_as_often_as_planned(tmp_path: Path) -> None:
    plan = {"status": 503, "times": 2, "path": "*/ping", "retry_after": 7}
    async with api(tmp_path, faults=(plan,)) as call:
        assert (await control(call, "GET", "faults")).json()["faults"][0]["times"] == 2
        assert (await call("GET", "/config")).status_code == 200
        for _ in range(2):
            reply = await call("GET", "/ping")
            assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
            assert reply.json()["error"]["message"]
        assert (await call("GET", "/ping")).status_code == 200


async def test_a_quota_fault_says_when_to_come_back(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await control(call, "POST", "faults", json={"status": 420, "reset": 60, "method": "get"})
        reply = await call("GET", "/ping")
        assert reply.status_code == 420
        assert reply.json()["error"]["message"].startswith("Rate Limit Exceeded. Limit of 500 api operations reached.")
        assert reply.headers["x-featureratelimit-reset"].endswith("GMT")


async def test_pages_and_half_a_json_come_instead_of_json(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await control(call, "POST", "faults", json={"action": "html", "status": 502})
        await control(call, "POST", "faults", json={"action": "truncate"})
        page = await call("GET", "/ping")
        assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
        half = await call("GET", "/ping")
        assert half.status_code == 200
        with pytest.raises(ValueError, match="Unterminated|Expecting"):
            half.json()


async def test_a_fault_can_come_after_the_call_has_had_its_effect(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await control(call, "POST", "faults", json={"status": 500, "after": True, "path": "*/upload"})
        assert (await call.try_upload(public_id="there")).status_code == 500
        assert (await call.get("/resources/image/upload/there"))["public_id"] == "there"


async def test_cleared_faults_do_not_come(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await control(call, "POST", "faults", json={"status": 500})
        assert (await control(call, "DELETE", "faults")).json() == {"faults": []}
        assert (await call("GET", "/ping")).status_code == 200


@pytest.mark.parametrize(
    "plan", [{"action": "explode"}, {"times": 0}, {"times": "1"}, {"nonsense": 1}, {"status": 99}, {"delay": -1}, []]
)
async def test_a_plan_that_cannot_be_read_is_refused(tmp_path: Path, plan: Any) -> None:
    async with api(tmp_path) as call:
        assert (await control(call, "POST", "faults", json=plan)).status_code == 400


async def test_connections_are_cut_and_calls_hang(tmp_path: Path) -> None:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
        identity = sandbox.cloud.identity
        credentials = (identity.api_key, identity.api_secret)
        async with httpx.AsyncClient(base_url=sandbox.address, auth=credentials, **LOOPBACK) as client:
            sandbox.cloud.faults.add({"action": "cut"})
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/v1_1/sandbox/ping")
            sandbox.cloud.faults.add({"action": "hang"})
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/v1_1/sandbox/ping", timeout=0.1)
            sandbox.cloud.faults.add({"action": "hang", "path": "*/config"})
            hanging = asyncio.create_task(client.get("/v1_1/sandbox/config"))
            sandbox.cloud.faults.add({"action": "delay", "delay": 0.05})
            assert (await client.get("/v1_1/sandbox/ping")).status_code == 200
    # A sandbox that closes does not wait for its hanging calls.
    with pytest.raises(httpx.HTTPError):
        (await hanging).raise_for_status()


async def test_recent_requests_are_listed(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call("GET", "/ping")
        await call("GET", "/nowhere")
        listed = (await control(call, "GET", "requests")).json()["requests"]
        assert listed == [
            {"method": "GET", "path": "/v1_1/sandbox/ping", "status": 200},
            {"method": "GET", "path": "/v1_1/sandbox/nowhere", "status": 400},
        ]


async def test_reset_forgets_everything_but_the_identity(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(public_id="gone", asset_folder="f")
        await call("POST", "/upload_presets", json={"name": "p"})
        await control(call, "POST", "faults", json={"status": 500, "path": "never"})
        await control(call, "POST", "reset")
        assert (await call.get("/resources/image"))["resources"] == []
        assert (await call.get("/folders"))["folders"] == []
        assert (await call.get("/upload_presets"))["presets"] == []
        assert (await control(call, "GET", "faults")).json() == {"faults": []}
        assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_the_quota_starts_again_on_the_full_hour(tmp_path: Path) -> None:
    async with api(tmp_path, admin_quota=1) as call:
        moment = 7200.0 * 100_000 - 1
        call.cloud.quota.now = lambda: moment
        first = await call("GET", "/ping")
        assert (first.headers["x-featureratelimit-limit"], first.headers["x-featureratelimit-remaining"]) == ("1", "0")
        assert error_of(await call("GET", "/ping"))[0] == 420
        moment += 1
        assert (await call("GET", "/ping")).status_code == 200


@pytest.mark.parametrize("values", [{"limit": -1}, {"used": "x"}])
async def test_a_quota_must_be_a_number(tmp_path: Path, values: dict[str, Any]) -> None:
    async with api(tmp_path) as call:
        assert (await control(call, "POST", "quota", json=values)).status_code == 400
