"""Our programs as real processes, and a raw pipe to a server: JSON-RPC lines without any MCP client."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-m", "cloudinary_mcp")
MODERN = "2026-07-28"
LEGACY = "2025-11-25"
WIRE_ERAS = [LEGACY, MODERN]
LINE_LIMIT = 16 * 1024 * 1024
PATIENCE = 30
"""Seconds that nothing here takes: only a hang is cut off by it."""


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without any Cloudinary settings of whoever runs the tests, and no fixed port."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDINARY")}
    return clean | {"CLOUDINARY_MCP_RECEIVER_PORT": "0"} | changes


async def kill(running: asyncio.subprocess.Process) -> None:
    """End a process at once, unless it has ended, and wait for that."""
    if running.returncode is None:
        running.kill()
    await running.wait()


@contextlib.asynccontextmanager
async def process(
    *command: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A process with pipes; killed when the block ends before it did."""
    running = await asyncio.create_subprocess_exec(
        *command,
        env=environment() if env is None else env,
        cwd=cwd,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_LIMIT,
    )
    try:
        yield running
    finally:
        await kill(running)
        # what another process group member still holds open must not warn at the end of the loop
        running._transport.close()  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]


@dataclass
class SandboxProcess:
    """A sandbox cloud in a process of its own."""

    url: str
    process: asyncio.subprocess.Process

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self.url.partition("upload_prefix=")[2].partition("&")[0].replace("%3A", ":").replace("%2F", "/")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.rpartition(":")[2])

    @property
    def secret(self) -> str:
        """The API secret."""
        return self.url.partition("@")[0].rpartition(":")[2]


@contextlib.asynccontextmanager
async def sandbox_process(data_dir: Path, *, roomy: bool = False, port: int = 0) -> AsyncGenerator[SandboxProcess]:
    """`cloudinary-mcp sandbox`, or with `roomy` a sandbox whose plan takes files of any size."""
    command = (
        (sys.executable, "-m", "tests.end_to_end.roomy_sandbox", str(data_dir / "sandbox"), str(port))
        if roomy
        else (*PROGRAM, "sandbox", "--data-dir", str(data_dir), "--port", str(port))
    )
    async with process(*command) as running:
        assert running.stdout is not None
        line = (await asyncio.wait_for(running.stdout.readline(), PATIENCE)).decode().strip()
        if not line:
            assert running.stderr is not None
            raise AssertionError((await running.stderr.read()).decode())
        yield SandboxProcess(line.partition("=")[2], running)


@dataclass
class Pipe:
    """A server at the other end of a pipe. Every line of its stdout has to be one JSON-RPC message."""

    era: str
    process: asyncio.subprocess.Process
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    lines: list[bytes] = field(default_factory=list[bytes])
    stderr: bytes = b""
    _waiting: dict[int, asyncio.Future[dict[str, Any]]] = field(
        default_factory=dict[int, "asyncio.Future[dict[str, Any]]"]
    )
    _last_id: int = 0

    async def read_all(self) -> None:
        """Take in stdout until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line)
            message = json.loads(line)
            assert message["jsonrpc"] == "2.0", line
            assert "method" in message or ("id" in message and ("result" in message) != ("error" in message)), line
            self.messages.append(message)
            if "method" not in message and (waiter := self._waiting.pop(message["id"], None)):
                waiter.set_result(message)

    async def read_stderr(self) -> None:
        """Take in stderr until it ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.stderr += line

    async def send(self, message: Mapping[str, Any]) -> None:
        """Write one line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        await self.process.stdin.drain()

    async def begin(self, method: str, **params: Any) -> "asyncio.Future[dict[str, Any]]":
        """Send a request; its answer's whole message, when it comes."""
        self._last_id += 1
        if self.era == MODERN:
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": {"name": "pipe", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
                **params.get("_meta", {}),
            }
        answer = self._waiting[self._last_id] = asyncio.get_running_loop().create_future()
        await self.send({"id": self._last_id, "method": method, "params": params})
        return answer

    async def request(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a request that is answered with one."""
        message = await asyncio.wait_for(await self.begin(method, **params), PATIENCE)
        assert "result" in message, message
        return message["result"]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The result of a tool call, failed or not."""
        return await self.request("tools/call", name=tool, arguments=arguments)

    async def greet(self) -> dict[str, Any]:
        """The first words of this era; what the server says of itself."""
        if self.era == MODERN:
            return await self.request("server/discover")
        client = {"name": "pipe", "version": "1"}
        said = await self.request("initialize", protocolVersion=LEGACY, capabilities={}, clientInfo=client)
        await self.send({"method": "notifications/initialized"})
        return said

    async def hang_up(self) -> int:
        """Close the server's stdin and wait for its end; its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


@contextlib.asynccontextmanager
async def piped(*options: str, era: str = MODERN, env: Mapping[str, str] | None = None) -> AsyncGenerator[Pipe]:
    """`cloudinary-mcp serve OPTIONS` over raw pipes, greeted; all it wrote is checked when the block ends."""
    async with process(*PROGRAM, "serve", *options, env=env) as running:
        pipe = Pipe(era, running)
        readers = [asyncio.create_task(pipe.read_all()), asyncio.create_task(pipe.read_stderr())]
        try:
            await pipe.greet()
            yield pipe
        finally:
            await kill(running)
            await asyncio.gather(*readers)


def text_of(result: Mapping[str, Any]) -> str:
    """All text of a tool's result on the wire."""
    return "\n".join(block["text"] for block in result["content"] if block["type"] == "text")
