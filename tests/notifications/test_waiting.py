"""Whoever waits or subscribes hears of a notification once, soon, whoever stored it; and waiting costs nothing."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from cloudinary_mcp.notifications.log.database import FILE
from tests.notifications.helpers import CLOUD, event, keep, open_log

MINE = {CLOUD}
T = TypeVar("T")


async def take(stream: AsyncIterator[T], count: int) -> list[T]:
    async with asyncio.timeout(3):
        return [await anext(stream) for _ in range(count)]


async def begun(task: asyncio.Task[T]) -> asyncio.Task[T]:
    """Let a task come to where it waits."""
    for _ in range(3):
        await asyncio.sleep(0.005)
    assert not task.done()
    return task


async def test_a_match_that_is_there_already_comes_at_once(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        first, second = await keep(log, event("a")), await keep(log, event("b"))
        found = await log.wait(clouds=MINE, timeout=0)
        assert found
        assert found.id == first, "the oldest, so that its id is the next call's since"
        found = await log.wait(clouds=MINE, since=first, timeout=0)
        assert found
        assert found.id == second
        found = await log.wait(clouds=MINE, public_id="b", since=datetime.now(UTC) - timedelta(hours=1), timeout=0)
        assert found
        assert found.id == second


async def test_without_since_only_the_last_minute_counts(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await keep(log, event())
        with closing(sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)) as db:
            db.execute("UPDATE notifications SET received_at = ?", (time.time() - 61,))
        assert await log.wait(clouds=MINE, timeout=0) is None
        assert await log.wait(clouds=MINE, since=0, timeout=0)


async def test_a_match_ends_the_wait_and_others_do_not(tmp_path: Path) -> None:
    async with open_log(tmp_path, poll_interval=60) as log:
        waiting = await begun(asyncio.create_task(log.wait(clouds=MINE, type="delete", public_id="x", timeout=5)))
        await keep(log, event("x", "upload"))
        await keep(log, event("y", "delete"))
        await keep(log, event("x", "delete"), cloud="other")
        await begun(waiting)
        wanted = await keep(log, event("x", "delete"))
        found = await waiting
        assert found
        assert found.id == wanted


async def test_a_wait_ends_with_its_time(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        began = time.monotonic()
        assert await log.wait(clouds=MINE, timeout=0.05) is None
        assert 0.05 <= time.monotonic() - began < 15


async def test_a_wait_can_be_cancelled_and_stops_looking(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        waiting = await begun(asyncio.create_task(log.wait(clouds=MINE, timeout=60)))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with asyncio.timeout(2):
            while log._changes._task:  # pyright: ignore[reportPrivateUsage] - nobody watches, so nobody looks
                await asyncio.sleep(0.01)


async def test_two_logs_on_one_file_see_each_others_rows(tmp_path: Path) -> None:
    async with open_log(tmp_path) as here, open_log(tmp_path) as there:
        waiting = await begun(asyncio.create_task(there.wait(clouds=MINE, public_id="b", timeout=5)))
        stream = await there.tail(MINE)
        stored = await keep(here, event("b"))
        found = await waiting
        assert found
        assert found.id == stored
        assert [found.id for found in await take(stream, 1)] == [stored]
        assert (await keep(there, event("b"))) == stored


async def test_a_pause_in_watching_misses_nothing(tmp_path: Path) -> None:
    async with open_log(tmp_path) as here, open_log(tmp_path) as there:
        for number in range(5):
            waiting = await begun(asyncio.create_task(there.wait(clouds=MINE, public_id=str(number), timeout=5)))
            await keep(here, event(str(number)))
            assert await waiting


async def test_a_subscriber_gets_everything_new_once_and_in_order(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await keep(log, event("before"))
        stream = await log.tail(MINE)
        receiving = asyncio.create_task(take(stream, 250))
        ids = await asyncio.gather(*(keep(log, event(str(n))) for n in range(250)))
        await keep(log, event(), cloud="other")
        assert [found.id for found in await receiving] == sorted(ids)
        assert stream.position == max(ids)


async def test_what_is_stored_between_subscribing_and_reading_is_not_lost(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        stream = await log.tail(MINE)
        ids = [await keep(log, event(str(n))) for n in range(3)]
        assert [found.id for found in await take(stream, 3)] == ids
        again = await log.tail(MINE, after=ids[0])
        assert [found.id for found in await take(again, 2)] == ids[1:]


async def test_a_repeat_is_not_handed_out_again(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        stream = await log.tail(MINE)
        for name in ("a", "a", "b"):
            await keep(log, event(name))
        assert [found.public_ids for found in await take(stream, 2)] == [("a",), ("b",)]
