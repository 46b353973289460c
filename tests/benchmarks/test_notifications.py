"""Durable, verified webhooks per second beside a bare Starlette endpoint, and how soon a subscriber knows."""

import asyncio
import contextlib
import itertools
import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from cloudinary_mcp.notifications.log.sqlite import SqliteNotificationLog
from cloudinary_mcp.notifications.webhook_receiver import WebhookReceiver
from tests.notifications.helpers import CLOUD, KEYS, event
from tests.notifications.wire import Served, connected, request

CONNECTIONS = 64
REQUESTS = 2_000
ROUNDS = 5


def p99(times: Sequence[float]) -> float:
    """In milliseconds."""
    return statistics.quantiles(times, n=100)[98] * 1000


def load(port: int, requests: Sequence[bytes]) -> tuple[float, list[float]]:
    """Requests per second over all connections, and how long each took.

    Plain sockets in one loop: the loader must be much cheaper than what it measures.
    """
    todo = iter(requests)
    times: list[float] = []
    with selectors.DefaultSelector() as ready, contextlib.ExitStack() as open_sockets:
        began: dict[socket.socket, float] = {}
        for raw in itertools.islice(todo, CONNECTIONS):
            one = open_sockets.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(one, selectors.EVENT_READ, bytearray())
            began[one] = time.perf_counter()
            one.sendall(raw)
        first = min(began.values())
        while began:
            for key, _ in ready.select():
                one, answer = key.fileobj, key.data
                assert isinstance(one, socket.socket)
                answer += one.recv(65536)
                if not answer.endswith(b"}"):  # both answer with a JSON object
                    continue
                times.append(time.perf_counter() - began.pop(one))
                assert answer.startswith(b"HTTP/1.1 200"), answer
                answer.clear()
                if raw := next(todo, None):
                    began[one] = time.perf_counter()
                    one.sendall(raw)
        return len(requests) / (time.perf_counter() - first), times


async def test_durable_webhooks_keep_half_the_rate_of_a_bare_endpoint(tmp_path: Path) -> None:
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    async with Served(folder=str(tmp_path), port=0) as ours, Served(bare=True) as bare:
        for number in range(ROUNDS):
            bodies = [event(f"p{number}-{n}", tags=["a", "b"], bytes=n, filler="x" * 700) for n in range(REQUESTS)]
            requests = [request(body) for body in bodies]
            for name, server in (("bare", bare), ("ours", ours)):
                rate, took = await asyncio.to_thread(load, server.port, requests)
                rates[name].append(rate)
                times[name] += took
    ratios = [ours / bare for ours, bare in zip(rates["ours"], rates["bare"], strict=True)]
    for name, found in rates.items():
        print(f"{name}: {statistics.median(found):,.0f}/s, p99 {p99(times[name]):.1f} ms")  # noqa: T201
    print(f"ratio {statistics.median(ratios):.2f} (rounds {', '.join(f'{ratio:.2f}' for ratio in ratios)})")  # noqa: T201
    assert statistics.median(ratios) >= 0.5


async def test_a_subscriber_knows_within_a_tenth_of_a_second_after_the_200(tmp_path: Path) -> None:
    answered: dict[bytes, float] = {}
    delays: list[float] = []
    bodies = [event(f"p{n}") for n in range(2_000)]
    async with SqliteNotificationLog(tmp_path) as log, WebhookReceiver(log, [KEYS], port=0) as receiver:
        assert receiver.state.address
        port = int(receiver.state.address.split(":")[2].split("/")[0])
        stream = await log.tail([CLOUD])
        arrived: dict[bytes, float] = {}

        async def listen() -> None:
            while len(arrived) < len(bodies):
                arrived[(await anext(stream)).body] = time.perf_counter()

        async def send(todo: Sequence[bytes]) -> None:
            async with connected(port) as connection:
                for body in todo:
                    assert await connection.send(request(body)) == 200
                    answered[body] = time.perf_counter()

        async with asyncio.timeout(60):
            await asyncio.gather(listen(), *(send(bodies[n::8]) for n in range(8)))
        delays = [max(arrived[body] - answered[body], 0.0) for body in bodies]
    print(f"200 to subscriber: median {statistics.median(delays) * 1000:.1f} ms, p99 {p99(delays):.1f} ms")  # noqa: T201
    assert p99(delays) < 100
