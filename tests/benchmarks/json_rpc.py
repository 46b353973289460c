"""A server over stdio as a host has it, without a client library in the way: lines of JSON-RPC, timed."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.processes import LEGACY, process


@dataclass
class Wire:
    """One connected server."""

    running: asyncio.subprocess.Process
    _next: int = 10

    async def request(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        self._next += 1
        self._send(method, params or {}, self._next)
        return await self._answer(self._next)

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool; its result, which is no error."""
        answer = await self.request("tools/call", {"name": tool, "arguments": arguments})
        result: dict[str, Any] = answer["result"]
        assert not result.get("isError"), result
        return result

    async def median(self, tool: str, arguments: Mapping[str, Any], calls: int) -> float:
        """The median of the seconds of one call after another."""
        times: list[float] = []
        for _ in range(calls):
            began = time.perf_counter()
            await self.call(tool, arguments)
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    async def rate(self, tool: str, arguments: Mapping[str, Any], calls: int, at_once: int) -> float:
        """Calls per second with so many in flight."""
        began, waiting, sent = time.perf_counter(), 0, 0
        done = 0
        while done < calls:
            while sent < calls and waiting < at_once:
                self._next += 1
                self._send("tools/call", {"name": tool, "arguments": arguments}, self._next)
                sent, waiting = sent + 1, waiting + 1
            message = await self._line()
            if "id" in message:
                assert not message["result"].get("isError"), message
                done, waiting = done + 1, waiting - 1
        return calls / (time.perf_counter() - began)

    def _send(self, method: str, params: Mapping[str, Any], id: int | None) -> None:
        assert self.running.stdin is not None
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id is None else {"id": id})
        self.running.stdin.write(json.dumps(message).encode() + b"\n")

    async def _answer(self, id: int) -> dict[str, Any]:
        while (message := await self._line()).get("id") != id:
            pass
        assert "result" in message, message
        return message

    async def _line(self) -> dict[str, Any]:
        assert self.running.stdout is not None
        line = await asyncio.wait_for(self.running.stdout.readline(), 30)
        assert line, "the server ended"
        return json.loads(line)


@asynccontextmanager
async def connected(command: Sequence[str], env: Mapping[str, str]) -> AsyncGenerator[Wire]:
    """A started server after its handshake."""
    async with process(*command, env=env) as running:
        wire = Wire(running)
        client = {"name": "benchmark", "version": "1"}
        await wire.request("initialize", {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": client})
        wire._send("notifications/initialized", {}, None)  # pyright: ignore[reportPrivateUsage]
        yield wire
