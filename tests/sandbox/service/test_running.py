"""Starting, finding and ending a sandbox; what a crash leaves behind; who is let in."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from cloudinary_sandbox import SandboxBusyError, SandboxOptions, SandboxServer, running
from cloudinary_tools.config import CloudConfig
from tests.sandbox.helpers import api, picture
from tests.support import LOOPBACK

HALF_UPLOAD = (
    b"POST /v1_1/sandbox/raw/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + b"x" * 2_000_000
)


async def test_the_url_survives_a_restart(tmp_path: Path) -> None:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
        url = sandbox.cloudinary_url
        assert await asyncio.to_thread(running, tmp_path) == url
        config = CloudConfig.from_url(url)
        assert (config.upload_prefix, config.delivery_prefix) == (sandbox.address, sandbox.address)
        assert config.secret not in repr(sandbox)
    assert await asyncio.to_thread(running, tmp_path) is None
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as again:
        assert again.cloudinary_url == url


async def test_a_cancelled_caller_leaves_nothing_running(tmp_path: Path) -> None:
    async def hold(opened: asyncio.Future[str]) -> None:
        async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
            opened.set_result(sandbox.address)
            await asyncio.Event().wait()

    opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(hold(opened))
    address = await opened
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(httpx.ConnectError):
        await asyncio.to_thread(httpx.get, address, **LOOPBACK)
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as again:
        assert again.address == address


async def test_only_one_runs_on_a_folder(tmp_path: Path) -> None:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)):
        with pytest.raises(SandboxBusyError):
            async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)):
                pass


async def test_a_taken_port_is_given_up_and_a_stranger_on_it_is_not_believed(tmp_path: Path) -> None:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
        url, port = sandbox.cloudinary_url, int(sandbox.address.rpartition(":")[2])
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        assert await asyncio.to_thread(running, tmp_path, 0.05) is None
        async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
            assert sandbox.cloudinary_url != url
            assert CloudConfig.from_url(sandbox.cloudinary_url).api_key == CloudConfig.from_url(url).api_key
        with pytest.raises(OSError, match="in use"):
            async with SandboxServer.open(SandboxOptions(data_dir=tmp_path / "other", port=port)):
                pass


async def test_another_sandbox_on_the_recorded_port_is_not_mistaken_for_this_one(tmp_path: Path) -> None:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path / "a")) as sandbox:
        port = int(sandbox.address.rpartition(":")[2])
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path / "b", port=port)):
        assert await asyncio.to_thread(running, tmp_path / "a") is None


def test_importing_the_package_is_cheap() -> None:
    heavy = ["starlette", "uvicorn", "aiosqlite", "PIL", "httpx", "mcp"]
    assert loaded_by("import cloudinary_sandbox", heavy) == []


def test_the_sandbox_runs_without_the_server_and_without_mcp() -> None:
    assert loaded_by("import cloudinary_sandbox.service.server", ["mcp", "mcp_types", "cloudinary_mcp"]) == []


def loaded_by(statement: str, names: list[str]) -> list[str]:
    """Which of these modules a fresh interpreter has loaded after a statement."""
    code = f"import json, sys; {statement}; print(json.dumps([name for name in {names} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


async def test_what_a_crash_left_behind_is_removed(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        kept = await call.upload(public_id="kept")
        half = call.cloud.files.incoming()
        half.write_bytes(b"half an upload")
        orphan = await call.cloud.files.store_file(half)
        call.cloud.files.incoming().write_bytes(b"another half")
        path = call.cloud.files.path(orphan)
    async with api(tmp_path) as call:
        assert not path.exists()
        assert list((tmp_path / "incoming").iterdir()) == []
        assert (await call.client.get(kept["url"])).content == picture()


def test_an_upload_cut_off_by_a_kill_is_never_seen(tmp_path: Path) -> None:
    script = f"""
import asyncio, pathlib
from cloudinary_sandbox import SandboxOptions, SandboxServer
from tests.support import LOOPBACK
async def main():
    async with SandboxServer.open(SandboxOptions(data_dir=pathlib.Path({str(tmp_path)!r}))) as sandbox:
        print(sandbox.cloudinary_url, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        config = CloudConfig.from_url(process.stdout.readline())
        port = int(config.upload_prefix.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(HALF_UPLOAD)
            while not any((tmp_path / "incoming").iterdir()):
                os.sched_yield()
            process.send_signal(signal.SIGKILL)
    with closing(sqlite3.connect(tmp_path / "cloud.sqlite")) as db:
        assert db.execute("SELECT COUNT(*) FROM assets").fetchone() == (0,)

    async def restart() -> None:
        async with api(tmp_path) as call:
            assert (await call.get("/resources/raw"))["resources"] == []
            assert list((tmp_path / "incoming").iterdir()) == []

    asyncio.run(restart())


async def test_a_client_that_goes_away_leaves_neither_files_nor_noise(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    incoming = tmp_path / "incoming"
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
        _, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.address.rpartition(":")[2]))
        writer.write(HALF_UPLOAD)
        while not any(incoming.iterdir()):
            await asyncio.sleep(0)
        writer.close()
        while any(incoming.iterdir()):
            await asyncio.sleep(0)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("localhost:1", 200), ("LOCALHOST", 200), ("evil.example", 403), ("127.0.0.1.evil", 403),
        ("localhost@evil", 403), ("", 403),
    ],
)  # fmt: skip
async def test_only_loopback_names_are_answered(tmp_path: Path, host: str, status: int) -> None:
    async with api(tmp_path) as call:
        assert (await call("GET", "/ping", headers={"Host": host})).status_code == status


async def test_every_answer_has_a_request_id_and_says_who_serves(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        replies = [await call("GET", "/ping"), await call("GET", "/nope"), await call.client.get("/sandbox/image/x")]
        assert {reply.headers["server"] for reply in replies} == {"cloudinary"}
        assert len({reply.headers["x-request-id"] for reply in replies}) == 3


async def test_what_is_not_built_is_named(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for method, path in (
            ("GET", "/resources/by_nothing"),
            ("GET", "/nowhere/at/all"),
            ("POST", "/video/create_slideshow"),
        ):
            reply = await call(method, path)
            said = f"The sandbox does not support {method} /v1_1/sandbox{path}"
            assert (reply.status_code, reply.json()["error"]["message"]) == (400, said)
            assert reply.headers["x-cld-error"] == reply.headers["x-sandbox-refused"] == said


async def test_a_listing_of_ten_thousand_assets_reads_one_page_only(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        first = await call.upload(public_id="a0", tags="all", asset_folder="f")
        columns: list[str] = [
            row["name"] for row in await call.cloud.db.rows("PRAGMA table_info(assets)") if row["name"] != "seq"
        ]
        fresh = {"asset_id": "lower(hex(randomblob(16)))", "public_id": "'a' || n"}
        async with call.cloud.db.change() as tx:
            await tx.run(
                f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9999)"
                f" INSERT INTO assets ({', '.join(columns)})"
                f" SELECT {', '.join(fresh.get(name, name) for name in columns)} FROM assets, numbers"
                f" WHERE public_id = 'a0'"
            )
        loop = asyncio.get_running_loop()
        for path in (
            "/resources/image",
            "/resources/image/upload?prefix=a",
            "/resources/by_asset_folder?asset_folder=f",
        ):
            begun = loop.time()
            reply = await call("GET", path)
            assert len(reply.json()["resources"]) == 10
            assert loop.time() - begun < 0.25
        assert first["public_id"] == "a0"
        deleted = (await call("DELETE", "/resources/image/upload", json={"all": True})).json()
        assert (len(deleted["deleted"]), deleted["partial"]) == (1000, True)
        body = {"all": True, "next_cursor": deleted["next_cursor"]}
        assert (await call("DELETE", "/resources/image/upload", json=body)).json()["partial"] is True


async def test_traversal_never_leaves_the_folder(tmp_path: Path) -> None:
    async with api(tmp_path / "data") as call:
        for public_id in ("../../evil", "a/../../evil", "..", "a/./b"):
            assert (await call.try_upload(public_id=public_id)).status_code == 400
        reply = await call.upload(name="../../../evil.png", use_filename="1", unique_filename="0")
        assert reply["public_id"] == "evil"
        for path in (
            "/sandbox/image/upload/../../../identity.json",
            "/sandbox/image/upload/%2e%2e/%2e%2e/identity.json",
        ):
            assert (
                await call.client.get(httpx.URL("http://127.0.0.1").copy_with(raw_path=path.encode()))
            ).status_code in {404, 501}
        assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
