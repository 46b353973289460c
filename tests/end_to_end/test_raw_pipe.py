"""The server at the end of a pipe, as a host starts it: lines of JSON-RPC in both eras, and nothing else."""

import asyncio
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cloudinary_sandbox import SandboxOptions, SandboxServer
from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.config import CloudConfig
from tests.end_to_end.processes import LEGACY, PATIENCE, PROGRAM, WIRE_ERAS, environment, piped, process, text_of
from tests.support import png, rows_of


@pytest.mark.parametrize("era", WIRE_ERAS)
async def test_a_session_is_json_rpc_line_by_line_and_keeps_its_secrets(tmp_path: Path, era: str) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "big.bmp").write_bytes(b"\0" * 3_000_000)
    (pictures / "red.png").write_bytes(png())
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path / "sandbox")) as sandbox:
        url = sandbox.cloudinary_url
        options = ["--allow-dir", str(pictures), "--log-level", "DEBUG", "--data-dir", str(tmp_path / "data")]
        async with piped(*options, era=era, env=environment(CLOUDINARY_URL=url)) as pipe:
            tools = (await pipe.request("tools/list"))["tools"]
            assert {"upload_asset", "list_assets", "delete_assets"} <= {tool["name"] for tool in tools}

            up = await pipe.request(
                "tools/call",
                name="upload_asset",
                arguments={"source": str(pictures / "big.bmp"), "public_id": "big", "resource_type": "raw"},
                _meta={"progressToken": "up"},
            )
            assert up["structuredContent"]["bytes"] == 3_000_000
            told = [m["params"] for m in pipe.messages if m.get("method") == "notifications/progress"]
            assert {params["progressToken"] for params in told} == {"up"}
            steps = [params["progress"] for params in told]
            assert steps == sorted(set(steps))
            assert steps[-1] == told[-1]["total"] == 3_000_000

            await pipe.call("upload_asset", source=str(pictures / "red.png"), public_id="red")
            listed = await pipe.call("list_assets", resource_type="all")
            assert {asset["public_id"] for asset in rows_of(listed["structuredContent"])} == {"big", "red"}
            missing = await pipe.call("get_asset", public_id="blue")
            assert missing["isError"]
            assert "blue" in text_of(missing)
            outside = await pipe.call("upload_asset", source="/etc/hostname")
            assert outside["isError"]
            plan = await pipe.call("delete_assets", public_ids=["red"])
            assert "nothing was deleted" in text_of(plan)
            gone = await pipe.call("delete_assets", confirm=True, plan_id=plan["structuredContent"]["plan_id"])
            assert gone["structuredContent"]["deleted"] == 1
            assert await pipe.hang_up() == 0
    secret = url.partition("@")[0].rpartition(":")[2].encode()
    written = pipe.stderr + b"".join(pipe.lines)
    assert secret not in written
    assert b"signature" not in pipe.stderr
    assert b"Traceback" not in written


async def test_nothing_but_json_rpc_comes_for_lines_that_are_no_json_rpc(tmp_path: Path) -> None:
    env = environment(CLOUDINARY_URL="cloudinary://1:2@demo")
    async with piped("--data-dir", str(tmp_path), env=env, era=LEGACY) as pipe:
        assert pipe.process.stdin is not None
        pipe.process.stdin.write(b'this is no JSON\n{"jsonrpc": "2.0"}\n[1, 2]\n\n\xff\xfe\n')
        unknown = await asyncio.wait_for(await pipe.begin("no/such/method"), 10)
        assert unknown["error"]["code"] == -32601
        assert (await pipe.request("tools/list"))["tools"]
        assert await pipe.hang_up() == 0


async def test_the_end_of_stdin_ends_a_call_under_way_and_leaves_the_sandbox_whole(tmp_path: Path) -> None:
    async with piped("--sandbox", "--data-dir", str(tmp_path), env=environment()) as pipe:
        assert not (await pipe.call("create_folder", path="spring/campaign")).get("isError")
        hello = {"source": "data:text/plain;base64,aGVsbG8=", "public_id": "hello", "resource_type": "raw"}
        assert not (await pipe.call("upload_asset", **hello)).get("isError")
        await pipe.begin("tools/call", name="upload_asset", arguments={"source": "http://127.0.0.1:9/never.png"})
        assert await pipe.hang_up() == 0
    assert b"Traceback" not in pipe.stderr
    with closing(sqlite3.connect(tmp_path / "sandbox" / "cloud.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert list((tmp_path / "sandbox" / "incoming").iterdir()) == []
    async with (
        SandboxServer.open(SandboxOptions(data_dir=tmp_path / "sandbox")) as sandbox,
        CloudinaryClient(CloudConfig.from_url(sandbox.cloudinary_url)) as cloud,
    ):
        stored = await cloud.admin("GET", ("resources", "raw"))
        folders = await cloud.admin("GET", ("folders", "spring"))
    assert [asset["public_id"] for asset in stored["resources"]] == ["hello"]
    assert [folder["path"] for folder in folders["folders"]] == ["spring/campaign"]


async def test_a_client_that_closes_before_it_speaks_ends_the_server(tmp_path: Path) -> None:
    async with process(*PROGRAM, "serve", "--sandbox", "--data-dir", str(tmp_path)) as running:
        stdout, stderr = await asyncio.wait_for(running.communicate(b""), 15)
    assert (running.returncode, stdout, stderr) == (0, b"", b"")


async def test_an_interrupt_ends_it_although_stdin_stays_open(tmp_path: Path) -> None:
    async with piped("--sandbox", "--data-dir", str(tmp_path)) as pipe:
        pipe.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(pipe.process.wait(), PATIENCE) == -signal.SIGINT
    assert pipe.stderr == b""
