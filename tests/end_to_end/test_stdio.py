"""The pipes of a stdio server: no line is too long to be survived, and nothing runs on for nobody."""

import asyncio
import json
from pathlib import Path
from typing import Any

from cloudinary_mcp.protocol.stdio import LONGEST_LINE
from tests.end_to_end.processes import LEGACY, PATIENCE, PROGRAM, environment, process

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def greeted(running: asyncio.subprocess.Process) -> None:
    client = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(line({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": client}))
    assert json.loads(await running.stdout.readline())["id"] == 0


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


async def test_a_line_that_is_longer_than_may_be_costs_only_itself(tmp_path: Path) -> None:
    async with process(*PROGRAM, "serve", "--data-dir", str(tmp_path), "--no-receiver") as running:
        await greeted(running)
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b'{"jsonrpc": "2.0", "id": 7, "method": "' + b"x" * (2 * LONGEST_LINE) + b'"}\n')
        running.stdin.write(line(PING))
        answers = [json.loads(await asyncio.wait_for(running.stdout.readline(), PATIENCE))]
        while answers[-1].get("id") != 1:
            answers.append(json.loads(await asyncio.wait_for(running.stdout.readline(), PATIENCE)))
    assert answers[-1]["result"] == {}
    assert 7 not in [answer.get("id") for answer in answers]


async def test_a_server_whose_answers_nobody_reads_any_more_ends(tmp_path: Path) -> None:
    async with process(*PROGRAM, "serve", "--data-dir", str(tmp_path), "--no-receiver") as running:
        await greeted(running)
        out = running._transport.get_pipe_transport(1)  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
        out.close()
        assert await asyncio.wait_for(running.wait(), PATIENCE) == 0


async def test_answers_larger_than_a_pipe_arrive_whole_though_the_reader_is_slow(tmp_path: Path) -> None:
    env = environment(CLOUDINARY_MCP_TOOLSETS="all")
    async with process(*PROGRAM, "serve", "--data-dir", str(tmp_path), "--no-receiver", env=env) as running:
        await greeted(running)
        assert running.stdin is not None
        assert running.stdout is not None
        for number in range(20):
            running.stdin.write(line({"jsonrpc": "2.0", "id": number, "method": "tools/list"}))
        lists = [json.loads(await asyncio.wait_for(running.stdout.readline(), PATIENCE)) for _ in range(20)]
    assert {len(answer["result"]["tools"]) for answer in lists} == {len(lists[0]["result"]["tools"])}
    assert sorted(answer["id"] for answer in lists) == list(range(20))


async def test_a_file_as_input_is_read_too(tmp_path: Path) -> None:
    script = tmp_path / "requests.jsonl"
    client = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    script.write_bytes(line({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": client}) + line(PING))
    with script.open("rb") as stdin:
        running = await asyncio.create_subprocess_exec(
            *PROGRAM, "serve", "--data-dir", str(tmp_path), "--no-receiver",
            stdin=stdin, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment(),
        )  # fmt: skip
        out, _ = await asyncio.wait_for(running.communicate(), PATIENCE)
    assert json.loads(out.splitlines()[0])["id"] == 0
