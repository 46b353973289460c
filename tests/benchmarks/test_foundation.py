"""What our server costs beside a bare one, a bare call, and in memory. All figures of a row are from one run."""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from pathlib import Path

import httpx
from mcp import Client, StdioServerParameters

from cloudinary_tools.config import CloudConfig
from tests.end_to_end.processes import PROGRAM, SandboxProcess, environment, piped, process, sandbox_process
from tests.support import png

STARTS = 15
CALLS = 150
AT_ONCE = 32
MEGABYTE = 1_000_000
BIG = 250 * MEGABYTE
ENDS = 5
MAX_END = 3.0
"""Seconds a host gives a server to end by itself."""
MAX_START_RATIO = 1.3
MAX_LOADED = 110 * MEGABYTE
MAX_UPLOADING = 150 * MEGABYTE
BARE = """
from mcp.server.mcpserver import MCPServer

server = MCPServer("bare")

@server.tool()
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b

server.run()
"""
HANDSHAKE = [
    {
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "b", "version": "1"}},
    },
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/list"},
]


def table(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print figures for people."""
    print(f"\n{title}", *(f"  {name:<52} {figure:>14}" for name, figure in rows), sep="\n")  # noqa: T201


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def time_to_tools(command: list[str], env: dict[str, str]) -> float:
    """Seconds from the start of a process to its answer to `tools/list`."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        answer = {}
        for message in HANDSHAKE:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            server.stdin.flush()
            if "id" in message:
                answer = json.loads(server.stdout.readline())
        took = time.perf_counter() - began
        assert answer["result"]["tools"]
        server.stdin.close()
    return took


def test_a_server_ends_as_soon_as_its_host_hangs_up(tmp_path: Path) -> None:
    took: list[float] = []
    for _ in range(ENDS):
        with subprocess.Popen(
            [*PROGRAM, "serve", "--sandbox", "--data-dir", str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **HANDSHAKE[0]}).encode() + b"\n")
            server.stdin.flush()
            assert json.loads(server.stdout.readline())["result"]
            began = time.perf_counter()
            server.stdin.close()
            assert server.wait() == 0
            took.append(time.perf_counter() - began)
    table(f"End after stdin closes, of {ENDS}", [("median", milliseconds(statistics.median(took)))])
    assert statistics.median(took) <= MAX_END


def test_starting_costs_at_most_a_third_more_than_a_bare_server(tmp_path: Path) -> None:
    env = environment(CLOUDINARY_URL="cloudinary://1:2@demo", CLOUDINARY_MCP_DATA_DIR=str(tmp_path))
    bare: list[float] = []
    default: list[float] = []
    everything: list[float] = []
    ours = [*PROGRAM, "serve"]
    time_to_tools(ours, env)  # byte code is compiled
    for _ in range(STARTS):
        bare.append(time_to_tools([sys.executable, "-c", BARE], env))
        default.append(time_to_tools(ours, env))
        everything.append(time_to_tools([*ours, "--toolsets", "all"], env))
    ratio = statistics.median(own / other for own, other in zip(default, bare, strict=True))
    ratio_of_all = statistics.median(own / other for own, other in zip(everything, bare, strict=True))
    table(
        f"Start to tools/list, medians of {STARTS}",
        [
            ("one tool on the bare SDK", milliseconds(statistics.median(bare))),
            ("ours, default toolsets", milliseconds(statistics.median(default))),
            ("ours, all toolsets", milliseconds(statistics.median(everything))),
            ("ratio, default toolsets", f"{ratio:.2f}"),
            ("ratio, all toolsets", f"{ratio_of_all:.2f}"),
        ],
    )
    assert max(ratio, ratio_of_all) <= MAX_START_RATIO


class Line:
    """One way to the same asset in the same sandbox."""

    def __init__(self, get: Callable[[], Awaitable[object]]) -> None:
        self.get = get
        self.times: list[float] = []

    async def timed(self) -> None:
        began = time.perf_counter()
        await self.get()
        self.times.append(time.perf_counter() - began)

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    async def many(self) -> float:
        """Seconds for 32 calls at once."""
        began = time.perf_counter()
        await asyncio.gather(*(self.get() for _ in range(AT_ONCE)))
        return time.perf_counter() - began


def through(client: Client) -> Line:
    async def get() -> None:
        assert not (await client.call_tool("get_asset", {"public_id": "red"})).is_error

    return Line(get)


def direct(client: httpx.AsyncClient, config: CloudConfig) -> Line:
    url = f"{config.upload_prefix}/v1_1/{config.cloud_name}/resources/image/upload/red"

    async def get() -> None:
        assert (await client.get(url, auth=(config.api_key or "", config.secret))).status_code == 200

    return Line(get)


@contextlib.asynccontextmanager
async def http_server(tmp_path: Path, sandbox: SandboxProcess) -> AsyncGenerator[str]:
    options = ["--transport", "http", "--port", "0", "--data-dir", str(tmp_path / "http")]
    async with process(*PROGRAM, "serve", *options, env=environment(CLOUDINARY_URL=sandbox.url)) as running:
        assert running.stderr is not None
        yield (await running.stderr.readline()).decode().rpartition("at ")[2].strip()


async def test_a_call_costs_little_more_than_a_bare_request_alone_and_with_31_others(tmp_path: Path) -> None:
    (tmp_path / "red.png").write_bytes(png())
    async with sandbox_process(tmp_path, roomy=True) as sandbox, http_server(tmp_path, sandbox) as url:
        env = environment(CLOUDINARY_URL=sandbox.url)
        options = ["serve", "--data-dir", str(tmp_path / "stdio"), "--allow-dir", str(tmp_path)]
        command = StdioServerParameters(command=PROGRAM[0], args=[*PROGRAM[1:], *options], env=env)
        async with (
            httpx.AsyncClient(trust_env=False) as bare,
            Client(command) as by_pipe,
            Client(url) as by_http,
        ):
            await by_pipe.call_tool("upload_asset", {"source": str(tmp_path / "red.png"), "public_id": "red"})
            lines = [direct(bare, CloudConfig.from_url(sandbox.url)), through(by_pipe), through(by_http)]
            for line in lines:
                await line.get()  # connected, and the tool imported
            for _ in range(CALLS):
                for line in lines:
                    await line.timed()
            together = [min([await line.many() for _ in range(5)]) for line in lines]
    names = ("bare httpx", "get_asset over stdio", "get_asset over HTTP")
    medians = [line.median for line in lines]
    added = [milliseconds(median - medians[0]) for median in medians]
    table(
        f"One get_asset against the same sandbox, medians of {CALLS}; {AT_ONCE} at once, best of 5",
        [
            *zip(names, map(milliseconds, medians), strict=True),
            *((f"{name}, added", figure) for name, figure in zip(names[1:], added[1:], strict=True)),
            *((f"{AT_ONCE} × {name}", milliseconds(whole)) for name, whole in zip(names, together, strict=True)),
        ],
    )
    # the work of clients, servers and cloud is in these, on the same few cores
    assert medians[1] <= 4 * medians[0]
    assert medians[2] <= 5 * medians[0]
    for whole, median in zip(together, medians, strict=True):
        assert whole <= 1.5 * AT_ONCE * median


def memory(pid: int, what: str) -> int:
    """Bytes of a process: `VmRSS` now, `VmHWM` at most so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {what}")


async def test_memory_stays_small_even_while_a_big_file_goes_out(tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.touch()
    os.truncate(big, BIG)
    async with sandbox_process(tmp_path, roomy=True) as sandbox:
        options = ["--toolsets", "all", "--data-dir", str(tmp_path / "data"), "--allow-dir", str(tmp_path)]
        async with piped(*options, env=environment(CLOUDINARY_URL=sandbox.url)) as pipe:
            tools = (await pipe.request("tools/list"))["tools"]
            listed = memory(pipe.process.pid, "VmRSS")
            for tool in ("get_usage", "list_assets", "list_folders"):
                assert not (await pipe.call(tool)).get("isError")
            loaded = memory(pipe.process.pid, "VmRSS")
            began = time.perf_counter()
            sent = await pipe.call("upload_asset", source=str(big), public_id="big", resource_type="raw")
            took = time.perf_counter() - began
            assert sent["structuredContent"]["bytes"] == BIG
            peak = memory(pipe.process.pid, "VmHWM")
    table(
        f"Resident memory, all {len(tools)} tools",
        [
            ("after tools/list", f"{listed / MEGABYTE:.0f} MB"),
            ("after the first calls", f"{loaded / MEGABYTE:.0f} MB"),
            (f"at most, while {BIG // MEGABYTE} MB go out", f"{peak / MEGABYTE:.0f} MB"),
            ("and how fast they went", f"{BIG / MEGABYTE / took:.0f} MB/s"),
        ],
    )
    assert loaded <= MAX_LOADED
    assert peak <= MAX_UPLOADING
