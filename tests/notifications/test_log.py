"""The log keeps what it acknowledged, once, for the clouds it belongs to, and says clearly when it cannot."""

import asyncio
import json
import sqlite3
import stat
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cloudinary_mcp.notifications.log.database import FILE
from cloudinary_mcp.notifications.log.protocol import LogError, NotificationLog
from cloudinary_mcp.notifications.log.sqlite import SqliteNotificationLog
from tests.notifications.helpers import CLOUD, event, keep, open_log

MINE = {CLOUD}


def database(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "data" / FILE, isolation_level=None)


async def test_a_notification_is_read_back_as_it_came(tmp_path: Path) -> None:
    body = '{"notification_type": "rename", "from_public_id": "été", "to_public_id":  "b", "asset_id": "a1"}'.encode()
    before = datetime.now(UTC)
    async with open_log(tmp_path) as log:
        stored = await log.store(
            cloud=CLOUD, body=body, payload=json.loads(body), verified_by="both", via="poll:news/today"
        )
        found = await log.get(stored.id, clouds=MINE)
    assert found
    assert (found.type, found.public_ids, found.asset_ids) == ("rename", ("été", "b"), ("a1",))
    assert (found.body, found.payload["to_public_id"]) == (body, "b")
    assert (found.cloud, found.verified_by, found.via) == (CLOUD, "both", "poll:news/today")
    assert before <= found.received_at <= datetime.now(UTC)


async def test_folder_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    (folder / FILE).touch(0o644)
    async with open_log(tmp_path) as log:
        await keep(log, event())
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


async def test_the_writer_syncs_every_commit_to_the_disk(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await keep(log, event())
        for pragma, value in (("synchronous", 2), ("journal_mode", "wal")):
            (found,) = await log._write(lambda db, name=pragma: db.execute(f"PRAGMA {name}").fetchone())  # pyright: ignore[reportPrivateUsage]
            assert found == value


async def test_ids_grow_and_a_repeat_is_stored_once(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        first, second = await keep(log, event("a")), await keep(log, event("b"))
        assert second > first
        again = await log.store(cloud=CLOUD, body=event("a"), payload={}, verified_by="signature", via="poll:x")
        assert (again.id, again.repeated) == (first, True)
        both = await asyncio.gather(*(keep(log, event("c")) for _ in range(50)))
        assert len({*both}) == 1
        assert (await log.stats(clouds=MINE)).rows == {CLOUD: 3}


async def test_the_same_bytes_for_another_cloud_are_another_notification(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        assert await keep(log, event()) != await keep(log, event(), cloud="other")


async def test_rows_of_other_clouds_do_not_exist(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        theirs = await keep(log, event(), cloud="theirs")
        mine = await keep(log, event())
        assert await log.get(theirs, clouds=MINE) is None
        assert [found.id for found in (await log.list(clouds=MINE)).items] == [mine]
        assert [found.id for found in (await log.list(clouds={CLOUD, "theirs"})).items] == [mine, theirs]
        assert (await log.list(clouds=())).items == ()
        assert await log.wait(clouds={"nobody"}, timeout=0) is None
        assert (await log.stats(clouds=MINE)).rows == {CLOUD: 1}


async def test_a_list_is_filtered_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        ids = [await keep(log, event(f"p{n % 2}", "delete" if n > 6 else "upload", n=n)) for n in range(10)]
        first = await log.list(clouds=MINE, limit=4)
        assert [found.id for found in first.items] == ids[:5:-1]
        second = await log.list(clouds=MINE, limit=6, before_id=first.next_cursor)
        assert [found.id for found in second.items] == ids[5::-1]
        assert second.next_cursor is None
        deleted = await log.list(clouds=MINE, type="delete", public_id="p0")
        assert [found.id for found in deleted.items] == [ids[8]]
        assert len((await log.list(clouds=MINE, since=ids[7])).items) == 2
        assert len((await log.list(clouds=MINE, since=datetime.now(UTC) - timedelta(seconds=30))).items) == 10
        assert (await log.list(clouds=MINE, since=datetime.now(UTC) + timedelta(seconds=1))).items == ()


async def test_a_page_of_huge_bodies_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudinary_mcp.notifications.log.queries._PAGE_BYTES", 16 * 2**10)
    async with open_log(tmp_path) as log:
        for number in range(20):
            await keep(log, event(str(number), filler="x" * 2**10))
        page = await log.list(clouds=MINE)
        assert 10 < len(page.items) < 20
        rest = await log.list(clouds=MINE, before_id=page.next_cursor)
        assert len(page.items) + len(rest.items) == 20


async def test_odd_arguments_are_answered_clearly(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await keep(log, event())
        with pytest.raises(ValueError, match="time zone"):
            await log.list(clouds=MINE, since=datetime(2025, 6, 1))
        with pytest.raises(ValueError, match="limit"):
            await log.list(clouds=MINE, limit=0)
        assert await log.get(10**30, clouds=MINE) is None
        assert await log.get(-1, clouds=MINE) is None
        assert (await log.list(clouds=MINE, public_id="\ud800")).items == ()
    with pytest.raises(ValueError, match="3 hours"):
        SqliteNotificationLog(tmp_path, identity_age=60)


async def test_the_oldest_go_when_there_are_too_many_but_repeats_are_still_known(tmp_path: Path) -> None:
    async with open_log(tmp_path, max_rows=3) as log:
        other = await keep(log, event(), cloud="other")
        ids = [await keep(log, event(str(n))) for n in range(20)]
        left = [found.id for found in (await log.list(clouds=MINE)).items]
        assert 3 <= len(left) <= 5, "a few more may be there, as they go in groups"
        assert left == ids[: -len(left) - 1 : -1]
        assert await log.get(other, clouds={"other"})
        assert await keep(log, event("0")) == ids[0]


async def test_old_rows_go_and_their_identities_later(tmp_path: Path) -> None:
    async with open_log(tmp_path, max_age=3600) as log:
        old, older = await keep(log, event("old")), await keep(log, event("older"))
        with closing(database(tmp_path)) as db:
            for seconds, row in ((2 * 3600, old), (4 * 3600, older)):
                for table, column, key in (
                    ("notifications", "received_at", "id"),
                    ("identities", "seen_at", "notification_id"),
                ):
                    db.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (time.time() - seconds, row))
    async with open_log(tmp_path, max_age=3600) as log:
        new = await keep(log, event("new"))
        assert [found.id for found in (await log.list(clouds=MINE)).items] == [new]
        assert await keep(log, event("old")) == old
        assert await keep(log, event("older")) > new


def set_clock(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + days * 86_400)


@pytest.mark.parametrize("days", [40, 400, 40_000])
async def test_a_clock_that_is_weeks_ahead_does_not_empty_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float
) -> None:
    async with open_log(tmp_path) as log:
        ids = [await keep(log, event(str(n))) for n in range(3)]
    with monkeypatch.context() as patched:
        set_clock(patched, days)
        async with open_log(tmp_path) as log:
            ids.append(await keep(log, event("ahead")))
    async with open_log(tmp_path) as log:
        ids.append(await keep(log, event("right again")))
        assert [found.id for found in (await log.list(clouds=MINE)).items] == ids[::-1]


async def test_what_was_stored_before_an_old_row_is_old_too_whatever_its_clock_said(tmp_path: Path) -> None:
    async with open_log(tmp_path, max_age=3600) as log:
        ahead, old = await keep(log, event("ahead")), await keep(log, event("old"))
        with closing(database(tmp_path)) as db:
            for seconds, row in ((-90 * 86_400, ahead), (2 * 3600, old)):
                db.execute("UPDATE notifications SET received_at = ? WHERE id = ?", (time.time() - seconds, row))
    async with open_log(tmp_path, max_age=3600) as log:
        new = await keep(log, event("new"))
        assert [found.id for found in (await log.list(clouds=MINE)).items] == [new]


@pytest.mark.parametrize("shrinkable", [True, False], ids=["new", "made before pages could be given back"])
async def test_the_file_gets_smaller_when_rows_go(tmp_path: Path, shrinkable: bool) -> None:
    async with open_log(tmp_path) as log:
        await keep(log, event())
    if not shrinkable:
        with closing(database(tmp_path)) as db:
            db.execute("PRAGMA auto_vacuum=NONE")
            db.execute("VACUUM")
            assert db.execute("PRAGMA auto_vacuum").fetchone()[0] == 0
    file = tmp_path / "data" / FILE
    async with open_log(tmp_path) as log:
        await asyncio.gather(*(keep(log, event(str(n), filler="x" * 200_000)) for n in range(200)))
    assert file.stat().st_size > 40_000_000
    async with open_log(tmp_path, max_rows=5) as log:
        ids = [await keep(log, event(f"after {n}")) for n in range(4)]
        assert await log.get(ids[-1], clouds=MINE)
        assert (await log.stats(clouds=MINE)).size < 12_000_000


async def test_the_oldest_go_when_their_bodies_fill_the_file(tmp_path: Path) -> None:
    async with open_log(tmp_path, max_bytes=2**20) as log:
        ids = [await keep(log, event(str(n), filler="x" * 20_000)) for n in range(100)]
        left = [found.id for found in (await log.list(clouds=MINE)).items]
        assert 20 < len(left) < 60
        assert left == ids[: -len(left) - 1 : -1]
        assert (tmp_path / "data" / FILE).stat().st_size <= 2**20


async def test_ids_are_never_used_again(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        first = await keep(log, event("a"))
        with closing(database(tmp_path)) as db:
            db.execute("DELETE FROM notifications")
        assert await keep(log, event("b")) > first


class TestTroubleIsAClearError:
    async def test_locked(self, tmp_path: Path) -> None:
        async with open_log(tmp_path, busy_timeout=0.05) as log:
            await keep(log, event("a"))
            with closing(database(tmp_path)) as db:
                db.execute("BEGIN IMMEDIATE")
                with pytest.raises(LogError, match="locked.*another program") as failure:
                    await keep(log, event("b"))
                assert failure.value.retryable
                db.execute("ROLLBACK")
            await keep(log, event("b"))
            assert len((await log.list(clouds=MINE)).items) == 2

    async def test_full(self, tmp_path: Path) -> None:
        async with open_log(tmp_path, max_bytes=200_000) as log:
            kept = await keep(log, event("a"))
            with pytest.raises(LogError, match="full.*disk space") as failure:
                await keep(log, event("b", filler="x" * 300_000))
            assert (failure.value.fault, failure.value.retryable) == ("full", False)
            assert [found.id for found in (await log.list(clouds=MINE)).items] == [kept]
            await keep(log, event("c"))

    async def test_corrupt_until_the_file_is_moved_away(self, tmp_path: Path) -> None:
        file = tmp_path / "data" / FILE
        file.parent.mkdir()
        file.write_bytes(b"this is no database, whatever its name says" * 100)
        async with open_log(tmp_path) as log:
            for attempt in (
                keep(log, event()),
                log.list(clouds=MINE),
                log.wait(clouds=MINE, timeout=9),
                log.stats(clouds=MINE),
            ):
                with pytest.raises(LogError, match="corrupt.*move the file away") as failure:
                    await attempt
                assert failure.value.fault == "corrupt"
            file.rename(file.with_suffix(".bad"))
            assert await keep(log, event())

    async def test_not_writable(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("a file where the folder should be")
        async with open_log(tmp_path) as log:
            with pytest.raises(LogError, match="unusable.*writable"):
                await keep(log, event())

    async def test_made_by_a_newer_version(self, tmp_path: Path) -> None:
        async with open_log(tmp_path) as log:
            await keep(log, event())
            with closing(database(tmp_path)) as db:
                db.execute("PRAGMA user_version = 99")
        async with open_log(tmp_path) as log:
            with pytest.raises(LogError, match="newer version"):
                await keep(log, event())

    async def test_closed(self, tmp_path: Path) -> None:
        log = open_log(tmp_path)
        async with log:
            waiting = asyncio.create_task(log.wait(clouds=MINE, timeout=9))
            await asyncio.sleep(0)
        for attempt in (keep(log, event()), log.list(clouds=MINE), waiting):
            with pytest.raises(LogError, match="not open"):
                await attempt

    async def test_deleted_under_our_feet_loses_nothing_that_comes_after(self, tmp_path: Path) -> None:
        async with open_log(tmp_path) as log:
            await keep(log, event("a"))
            for file in (tmp_path / "data").iterdir():
                file.unlink()
            await keep(log, event("b"))
        async with open_log(tmp_path) as log:
            assert [found.public_ids for found in (await log.list(clouds=MINE)).items] == [("b",)]


async def test_whatever_was_given_to_the_log_before_it_closed_is_in_it(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        pending = [asyncio.create_task(keep(log, event(str(n)))) for n in range(300)]
        await asyncio.sleep(0)
    assert len({*await asyncio.gather(*pending)}) == 300


async def test_several_processes_may_create_the_same_log_at_once(tmp_path: Path) -> None:
    async def one(name: str) -> int:
        async with open_log(tmp_path) as log:
            return await keep(log, event(name))

    assert len({*await asyncio.gather(*(one(str(n)) for n in range(6)))}) == 6


def test_the_log_keeps_to_the_interface() -> None:
    log: NotificationLog = SqliteNotificationLog(Path("unused"))
    assert log
