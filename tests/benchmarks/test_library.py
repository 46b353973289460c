"""A library of 10,000 assets: few calls for many assets, pages as fast as in a small one, flat memory."""

import statistics
import time
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.sandbox.search.library import asset, put
from tests.support import World, world

MANY, FEW = 10_000, 100
TAGGED = 2000
ROUNDS = 15
ROOM = 2_000_000
"""Bytes by which memory may differ between an early and a late page."""


@asynccontextmanager
async def library(tmp_path: Path, count: int) -> AsyncGenerator[World]:
    async with world(tmp_path, sandbox={"admin_quota": 100_000}) as w:
        rows = [
            asset(number, tags=["draft"] if number < TAGGED else [], asset_folder=f"f{number % 50}")
            for number in range(count)
        ]
        await put(w.sandbox, *rows)
        yield w


async def test_tagging_2000_assets_by_search_takes_at_most_10_calls(tmp_path: Path) -> None:
    async with library(tmp_path, MANY) as w:
        w.sandbox.requests.clear()
        started = time.perf_counter()
        report = await w.call("edit_assets", expression="tags=draft", add_tags=["archived"])
        calls = len(w.sandbox.requests)
        print(f"\n{calls} calls, {time.perf_counter() - started:.1f} s")  # noqa: T201
        assert report["edited"] == TAGGED
        assert calls <= 10
        tagged = await w.sandbox.db.value("SELECT count(*) FROM asset_tags WHERE tag = 'archived'")
        assert tagged == TAGGED


async def page_times(w: World, tool: str, **arguments: Any) -> list[float]:
    times: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        page = await w.call(tool, **arguments)
        times.append(time.perf_counter() - started)
        assert len(page["assets"]) == 50
    return times


async def test_a_page_takes_no_longer_in_a_large_library(tmp_path: Path) -> None:
    queries: list[tuple[str, dict[str, Any]]] = [
        ("list_assets", {"max_results": 50}),
        ("list_assets", {"tag": "draft", "max_results": 50}),
        ("search_assets", {"max_results": 50}),
        ("search_assets", {"expression": "tags=draft AND format=jpg", "max_results": 50}),
    ]
    async with library(tmp_path / "few", FEW) as small, library(tmp_path / "many", MANY) as large:
        for tool, arguments in queries:
            await page_times(small, tool, **arguments)
            few = statistics.median(await page_times(small, tool, **arguments))
            many = statistics.median(await page_times(large, tool, **arguments))
            print(f"\n{tool} {arguments}: {few * 1000:.1f} ms of {FEW}, {many * 1000:.1f} ms of {MANY}")  # noqa: T201
            assert many / few <= 2


async def test_memory_stays_flat_while_all_pages_are_walked(tmp_path: Path) -> None:
    async with library(tmp_path, MANY) as w:
        tracemalloc.start()
        try:
            held: list[int] = []
            cursor, seen = None, 0
            while True:
                page = await w.call("list_assets", max_results=500, **({"next_cursor": cursor} if cursor else {}))
                seen += len(page["assets"])
                cursor = page.get("next_cursor")
                del page["assets"]
                held.append(tracemalloc.get_traced_memory()[0])
                if not cursor:
                    break
        finally:
            tracemalloc.stop()
        print(f"\n{held[2] / 1e6:.1f} MB after 3 pages, {held[-1] / 1e6:.1f} MB after {len(held)}")  # noqa: T201
        assert seen == MANY
        assert held[-1] - held[2] <= ROOM
