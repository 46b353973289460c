"""Killed at any moment, the log holds every notification that was acknowledged, and holds it once."""

import asyncio
import contextlib
import json
import random
import socket
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from cloudinary_mcp.notifications.log.database import FILE
from tests.notifications.helpers import event, message
from tests.notifications.wire import Served, connected, request

KILLS = 20
pytestmark = pytest.mark.soak


def stored(folder: Path) -> Counter[bytes]:
    with closing(sqlite3.connect(folder / FILE)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return Counter(body for (body,) in db.execute("SELECT body FROM notifications"))


def seeded() -> random.Random:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to run it again
    return random.Random(seed)


async def test_every_webhook_that_got_200_is_in_the_log_once(tmp_path: Path) -> None:
    chance = seeded()
    acknowledged: set[bytes] = set()
    unsure: list[bytes] = []  # no 200 was seen, so they are sent again, as Cloudinary does
    count = 0

    async def load(port: int) -> None:
        nonlocal count
        with contextlib.suppress(OSError):
            async with connected(port) as connection:
                while True:
                    count += 1
                    body = unsure.pop() if unsure else event(str(count))
                    if await connection.send(request(body)) != 200:
                        unsure.append(body)
                        return
                    acknowledged.add(body)

    for _ in range(KILLS):
        async with Served(folder=str(tmp_path), port=0) as server:
            loaders = [asyncio.create_task(load(server.port)) for _ in range(16)]
            await asyncio.sleep(chance.uniform(0, 0.6))
            server.process.kill()
            await asyncio.gather(*loaders)
    found = stored(tmp_path)
    print(f"{len(acknowledged)} acknowledged, {len(found)} stored, {len(unsure)} unsure")  # noqa: T201
    assert len(acknowledged) > 200
    assert acknowledged <= found.keys()
    assert {*found.values()} == {1}


async def test_no_polled_message_that_was_acknowledged_is_missing_and_none_is_double(tmp_path: Path) -> None:
    chance = seeded()
    waiting: dict[str, bytes] = {}
    everything: list[bytes] = []
    acknowledged: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Cloudinary's buffer, with a visibility timeout of nothing: whatever is not acknowledged comes again."""
        asked = json.loads(await reader.readline() or b"{}")
        if "fetch" in asked:
            while len(waiting) < 50:
                everything.append(event(str(len(everything))))
                waiting[f"rh{len(everything)}"] = everything[-1]
            handles = chance.sample([*waiting], min(asked["fetch"], 7))
            reply = [asdict(message(waiting[handle], handle)) for handle in handles]
        else:
            reply = asked.get("ack", [])
            acknowledged.extend(waiting.pop(handle) for handle in reply if handle in waiting)
        writer.write(json.dumps(reply).encode() + b"\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as upstream:
        port = upstream.sockets[0].getsockname()[1]
        for _ in range(KILLS):
            async with Served(folder=str(tmp_path), upstream=port) as poller:
                await asyncio.sleep(chance.uniform(0, 0.4))
                poller.process.kill()
    found = stored(tmp_path)
    print(f"{len(acknowledged)} acknowledged, {len(found)} stored")  # noqa: T201
    assert len(acknowledged) > 200
    assert {*acknowledged} <= found.keys() <= {*everything}
    assert {*found.values()} == {1}


async def test_when_the_owner_of_the_port_is_killed_another_process_takes_it_within_two_seconds(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with Served(folder=str(tmp_path), port=port) as first, Served(folder=str(tmp_path), port=port) as second:
        assert (first.port, second.port) == (port, 0)
        first.process.kill()
        began = time.monotonic()
        while True:
            with contextlib.suppress(OSError):
                async with connected(port) as connection:
                    if await connection.send(request(event())) == 200:
                        break
            await asyncio.sleep(0.02)
            assert time.monotonic() - began < 2
    assert stored(tmp_path) == {event(): 1}
