"""Killed in the middle: the server while it sends a big file, the sandbox while it is asked."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.processes import Pipe, SandboxProcess, environment, kill, piped, sandbox_process, text_of
from tests.support import LOOPBACK, png, rows_of

MEGABYTE = 1_000_000
BIG = 65 * MEGABYTE
"""Bytes: four chunks."""
pytestmark = pytest.mark.soak


def seeded() -> random.Random:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to run it again
    return random.Random(seed)


def big_file(folder: Path, name: str = "big.bin") -> Path:
    path = folder / name
    with path.open("wb") as file:
        for number in range(BIG // MEGABYTE):
            file.write(bytes([number % 256]) * MEGABYTE)
    return path


def server(tmp_path: Path, sandbox: SandboxProcess) -> Any:
    options = ["--data-dir", str(tmp_path / "data"), "--allow-dir", str(tmp_path)]
    return piped(*options, env=environment(CLOUDINARY_URL=sandbox.url))


async def stored(pipe: Pipe) -> dict[str, int]:
    """Everything the cloud lists, as the server tells it: public_id and bytes."""
    listed = await pipe.call("list_assets", resource_type="all", max_results=500)
    assert not listed.get("isError"), text_of(listed)
    return {asset["public_id"]: asset["bytes"] for asset in rows_of(listed["structuredContent"])}


async def sent(pipe: Pipe, at_least: int) -> None:
    """Wait until progress says that so many bytes are out."""
    while True:
        told = [message["params"]["progress"] for message in pipe.messages if "progress" in message.get("params", {})]
        if told and told[-1] >= at_least:
            return
        await asyncio.sleep(0.005)


def uploading(path: Path, public_id: str) -> dict[str, Any]:
    return {
        "name": "upload_asset",
        "arguments": {"source": str(path), "public_id": public_id, "resource_type": "raw"},
        "_meta": {"progressToken": "up"},
    }


async def test_a_server_killed_while_it_sends_chunks_leaves_nothing_listed(tmp_path: Path) -> None:
    chance = seeded()
    path = big_file(tmp_path)
    async with sandbox_process(tmp_path, roomy=True) as sandbox:
        for number in range(3):
            async with server(tmp_path, sandbox) as pipe:
                await pipe.begin("tools/call", **uploading(path, f"killed-{number}"))
                async with asyncio.timeout(30):
                    await sent(pipe, chance.randrange(1, BIG - 2 * MEGABYTE))
                await kill(pipe.process)
            async with server(tmp_path, sandbox) as pipe:
                kept = await stored(pipe)
                assert f"killed-{number}" not in kept
                await pipe.request("tools/call", **uploading(path, f"whole-{number}"))
                assert await stored(pipe) == {**kept, f"whole-{number}": BIG}


async def test_a_sandbox_killed_during_an_upload_is_told_and_the_server_goes_on(tmp_path: Path) -> None:
    chance = seeded()
    path = big_file(tmp_path)
    async with sandbox_process(tmp_path, roomy=True) as sandbox, server(tmp_path, sandbox) as pipe:
        call = await pipe.begin("tools/call", **uploading(path, "cut"))
        async with asyncio.timeout(30):
            await sent(pipe, chance.randrange(1, BIG - 2 * MEGABYTE))
        await kill(sandbox.process)
        failed = (await asyncio.wait_for(call, 60))["result"]
        assert failed["isError"]
        assert "127.0.0.1" in text_of(failed)
        print(text_of(failed))  # noqa: T201 - what a model reads
        refused = await pipe.call("create_folder", path="new")
        assert refused["isError"]
        assert "127.0.0.1 refused the connection" in text_of(refused)
        async with sandbox_process(tmp_path, roomy=True, port=sandbox.port) as back:
            assert back.url == sandbox.url
            assert await stored(pipe) == {}
            await pipe.request("tools/call", **uploading(path, "cut"))
            assert await stored(pipe) == {"cut": BIG}
    assert b"Traceback" not in pipe.stderr


async def until(seen: Callable[[], Awaitable[bool]]) -> None:
    """Wait for the effect of a call that is not answered: the fault is counted before it."""
    async with asyncio.timeout(20):
        while not await seen():
            await asyncio.sleep(0.01)


async def contains(pipe: Pipe, public_id: str) -> bool:
    return public_id in await stored(pipe)


async def tagged(pipe: Pipe, public_id: str, tag: str) -> bool:
    return tag in (await pipe.call("get_asset", public_id=public_id))["structuredContent"]["tags"]


async def test_a_sandbox_killed_during_a_change_leaves_the_outcome_open_and_says_to_look(tmp_path: Path) -> None:
    """The call has had its effect when the sandbox is killed, and its answer never comes."""
    (tmp_path / "red.png").write_bytes(png())
    async with sandbox_process(tmp_path) as sandbox, server(tmp_path, sandbox) as pipe:
        for public_id in ("old", "kept"):
            await pipe.call("upload_asset", source=str(tmp_path / "red.png"), public_id=public_id, tags=["before"])
        await hang_after(sandbox, tmp_path, "*/upload")
        call = await pipe.begin(
            "tools/call", name="upload_asset", arguments={"source": str(tmp_path / "red.png"), "public_id": "new"}
        )
        await hanging(sandbox, tmp_path)
        await until(lambda: contains(pipe, "new"))
        await kill(sandbox.process)
        unsure = text_of((await asyncio.wait_for(call, 60))["result"])
        assert "look first" in unsure
        async with sandbox_process(tmp_path, port=sandbox.port) as back:
            assert "new" in await stored(pipe)
            await hang_after(back, tmp_path, "*/image/upload/old")
            call = await pipe.begin(
                "tools/call", name="update_asset", arguments={"public_id": "old", "add_tags": ["after"]}
            )
            await hanging(back, tmp_path)
            await until(lambda: tagged(pipe, "old", "after"))
            await kill(back.process)
            broken = text_of((await asyncio.wait_for(call, 60))["result"])
            assert "the connection to 127.0.0.1 broke" in broken
            assert "look first" in broken
        async with sandbox_process(tmp_path, port=sandbox.port):
            again = await pipe.call("update_asset", public_id="old", add_tags=["after"])
            assert not again.get("isError"), text_of(again)
            tags = (await pipe.call("get_asset", public_id="old"))["structuredContent"]["tags"]
            assert sorted(tags) == ["after", "before"]
            assert (await pipe.call("get_asset", public_id="kept"))["structuredContent"]["tags"] == ["before"]
    assert b"Traceback" not in pipe.stderr


async def test_when_the_process_that_runs_the_shared_sandbox_is_killed_another_takes_it_over(tmp_path: Path) -> None:
    options = ["--sandbox", "--data-dir", str(tmp_path)]
    async with piped(*options) as owner, piped(*options) as heir:
        for number in range(5):
            path = f"by-the-owner-{number}"
            assert not (await owner.call("create_folder", path=path)).get("isError")
            assert path in (await heir.call("list_folders"))["structuredContent"]["folders"]
        await kill(owner.process)
        folders = (await heir.call("list_folders"))["structuredContent"]["folders"]
        assert {f"by-the-owner-{number}" for number in range(5)} <= set(folders)
        assert not (await heir.call("create_folder", path="by-the-heir")).get("isError")
    assert heir.stderr == b""


async def faults(sandbox: SandboxProcess, tmp_path: Path, plan: dict[str, Any] | None = None) -> list[Any]:
    """The faults still to come, after one more is planned."""
    secret = json.loads((tmp_path / "sandbox" / "identity.json").read_text())["control_secret"]
    async with httpx.AsyncClient(**LOOPBACK, headers={"X-Sandbox-Secret": secret}) as client:
        url = f"{sandbox.address}/sandbox/faults"
        return (await (client.post(url, json=plan) if plan else client.get(url))).json()["faults"]


async def hang_after(sandbox: SandboxProcess, tmp_path: Path, path: str) -> None:
    """Plan that the next changing call at a path has its effect and is never answered."""
    await faults(sandbox, tmp_path, {"action": "hang", "method": "P*", "path": path, "after": True})


async def hanging(sandbox: SandboxProcess, tmp_path: Path) -> None:
    """Wait until the planned fault has got its call."""
    async with asyncio.timeout(20):
        while await faults(sandbox, tmp_path):
            await asyncio.sleep(0.01)
