"""Ten thousand hostile requests change nothing: not the log, not the memory, not the service for good ones."""

import asyncio
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cloudinary_mcp.notifications.log.database import FILE
from tests.notifications.helpers import WEBHOOK, event, signed
from tests.notifications.wire import Connection, Served, connected, request

REQUESTS = 10_000
WORKERS = 24
MB = 2**20
pytestmark = pytest.mark.soak

HEAD = f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
SIGNATURES = ["", "0" * 40, "é" * 40, "x" * 8000]
PATHS = [
    "/", "/webhooks", f"{WEBHOOK}/nobody", f"{WEBHOOK}/../cloudinary", f"{WEBHOOK}/demo/..", f"{WEBHOOK}//demo",
    f"{WEBHOOK}/%2e%2e/demo", f"{WEBHOOK}/demo%00", f"{WEBHOOK}/demo%2f", f"{WEBHOOK}/DEMO", f"{WEBHOOK};demo",
    "/WEBHOOKS/cloudinary", "/webhooks%2fcloudinary%2fx", f"/.{WEBHOOK}", "//webhooks/cloudinary", "/%ff%fe",
]  # fmt: skip


def hostile(chance: random.Random, number: int, replay: bytes) -> tuple[bytes, set[int | None]]:
    """A request and what may be answered (None: the connection is cut)."""
    body = event(f"evil{number}")
    good = signed(body)
    refused: set[int | None] = {401}

    def mangled() -> bytes:
        raw = bytearray(request(body, signed(body, "wrong")))
        for _ in range(chance.randint(1, 20)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        return bytes(raw)

    kinds: list[tuple[int, Callable[[], bytes], set[int | None]]] = [
        (20, lambda: request(body, signed(body, chance.choice(["wrong", "S3cret-of-demo", " "]))), refused),
        (5, lambda: request(body, good | {"X-Cld-Signature": chance.choice(SIGNATURES)}), refused),
        (5, lambda: request(body, good | {"X-Cld-Timestamp": chance.choice(["-1", "1e9", "9" * 400, "0"])}), refused),
        (5, lambda: request(body, signed(body, age=chance.choice([7300, 10**6, -1000]))), refused),
        (5, lambda: request(body[:-1] + b" }", good), refused),
        (5, lambda: request(body, {"Content-Type": "application/json"}), refused),
        (5, lambda: request(body, good | {"Content-Type": chance.choice(["text/html", "", "json"])}), {415}),
        (3, lambda: request(b"[" * 100_000, signed(b"[" * 100_000)), {400}),
        (3, lambda: request(b"\xff\x00" * 99, signed(b"\xff\x00" * 99)), {400}),
        (10, lambda: request(body, path=chance.choice(PATHS)), {404}),
        (5, lambda: request(body).replace(b"POST", chance.choice([b"GET", b"PUT", b"TRACE", b"BREW"]), 1), {405}),
        (5, lambda: replay, {200}),
        (2, lambda: request(b"x" * (2 * MB)), {413, None}),
        (2, lambda: request(b"", signed(b""), length=chance.choice([10**9, 10**18])), {413}),
        (2, lambda: chunked(b"x" * 65536, 20), {413, None}),
        (5, lambda: HEAD + b"X: " + b"y" * 70_000 + b"\r\n", {400, None}),
        (5, lambda: mangled(), {None, 400, 401, 404, 405, 413, 415, 408}),
        (5, lambda: chance.randbytes(200) + b"\r\n\r\n", {400, None}),
        (1, lambda: request(body[:-5], good, length=len(body)), {408, None}),
        (1, lambda: HEAD[: chance.randrange(len(HEAD))], {None}),
    ]  # fmt: skip
    _, make, allowed = chance.choices(kinds, [weight for weight, *_ in kinds])[0]
    return make(), allowed


def chunked(chunk: bytes, count: int) -> bytes:
    """A body without a declared length."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(b"").items() if name != "Content-Type")
    pieces = (f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n") * count
    return HEAD + headers.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"


def resident(pid: int) -> int:
    """Bytes in memory; 0 where the system does not say it this way."""
    if sys.platform != "linux":
        return 0
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


async def test_ten_thousand_hostile_requests_change_nothing(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to run it again
    chance = random.Random(seed)
    sent: list[bytes] = []
    answers: Counter[int | None] = Counter()
    numbers = iter(range(REQUESTS))
    slowest = 0.0
    warm = 0

    async def good(connection: Connection) -> None:
        nonlocal slowest
        body = event(f"good{len(sent)}")
        sent.append(body)
        began = time.monotonic()
        assert await connection.send(request(body)) == 200
        slowest = max(slowest, time.monotonic() - began)

    async with Served(folder=str(tmp_path), port=0, body_timeout=0.4, request_timeout=0.8) as server:
        async with connected(server.port) as connection:
            await good(connection)
        replay = request(sent[0])

        async def attack() -> None:
            nonlocal warm
            for number in numbers:
                raw, allowed = hostile(chance, number, replay)
                async with connected(server.port) as connection:
                    status = await connection.send(raw)
                assert status in allowed, f"{status} for {raw[:300]!r}"
                answers[status] += 1
                if number % 100 == 0:
                    async with connected(server.port) as connection:
                        await good(connection)
                if number == REQUESTS // 4:
                    warm = resident(server.process.pid)

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(attack())
        async with connected(server.port) as connection:
            await good(connection)
        grown = resident(server.process.pid) - warm
    print(f"{dict(answers)}, grown {grown / MB:.1f} MB, slowest good {slowest * 1000:.0f} ms")  # noqa: T201
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        found = Counter(body for (body,) in db.execute("SELECT body FROM notifications"))
    assert found == Counter(sent)
    assert sum(answers.values()) == REQUESTS
    assert grown < 16 * MB
