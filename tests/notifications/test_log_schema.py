"""A log outlives the version that made it: its rows stay, and an older version says that it cannot read a newer one."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from cloudinary_mcp.notifications.log.database import FILE
from cloudinary_mcp.notifications.log.protocol import LogError
from cloudinary_mcp.notifications.log.schema import MIGRATIONS
from tests.notifications.helpers import CLOUD, event, keep, open_log

MADE_BY_0_1_0 = """
PRAGMA journal_mode=WAL;
CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at REAL NOT NULL, cloud TEXT NOT NULL, type TEXT NOT NULL,
    public_ids TEXT NOT NULL, asset_ids TEXT NOT NULL, verified_by TEXT NOT NULL, via TEXT NOT NULL,
    body BLOB NOT NULL);
CREATE INDEX notifications_by_cloud ON notifications (cloud);
CREATE INDEX notifications_by_age ON notifications (received_at);
CREATE TABLE identities (
    digest BLOB NOT NULL, cloud TEXT NOT NULL, seen_at REAL NOT NULL, notification_id INTEGER NOT NULL,
    PRIMARY KEY (digest, cloud)) WITHOUT ROWID;
CREATE INDEX identities_by_age ON identities (seen_at);
CREATE TABLE ports (
    port INTEGER PRIMARY KEY, instance TEXT NOT NULL, pid INTEGER NOT NULL, clouds TEXT NOT NULL, since REAL NOT NULL);
PRAGMA user_version=1;
"""
"""The file as the first version made it, before migrations had numbers and a history."""

BODY = event("old/dog")
ROW = (41, 4_000_000_000.0, CLOUD, "upload", '["old/dog"]', '["id-of-old-dog"]', "signature", "webhook", BODY)


def an_old_log(folder: Path) -> Path:
    file = folder / "data" / FILE
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as db:
        db.executescript(MADE_BY_0_1_0)
        db.execute("INSERT INTO notifications VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", ROW)
        db.execute("INSERT INTO identities VALUES (?, ?, ?, ?)", (sha256(BODY).digest(), CLOUD, ROW[1], ROW[0]))
        db.execute("INSERT INTO ports VALUES (?, ?, ?, ?, ?)", (8788, "there", 4711, json.dumps([CLOUD]), ROW[1]))
        db.commit()
    return file


async def test_a_log_of_the_first_version_is_read_written_and_recognises_its_repeats(tmp_path: Path) -> None:
    file = an_old_log(tmp_path)
    async with open_log(tmp_path) as log:
        (found,) = (await log.list(clouds={CLOUD})).items
        assert (found.id, found.public_ids, found.asset_ids, found.body) == (
            41,
            ("old/dog",),
            ("id-of-old-dog",),
            BODY,
        )
        assert (await log.store(cloud=CLOUD, body=BODY, payload={}, verified_by="signature", via="webhook")).repeated
        assert await keep(log, event("new")) == 42
        claim = await log.port_claim(8788)
        assert claim is not None
        assert claim.pid == 4711
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)


async def test_the_first_migration_makes_what_the_first_version_made(tmp_path: Path) -> None:
    """It is never changed: a file of that version and a new one have to be the same."""
    an_old_log(tmp_path)
    async with open_log(tmp_path / "new") as log:
        await log.stats(clouds=[CLOUD])
    shapes: list[dict[str, str]] = []
    for folder in (tmp_path, tmp_path / "new"):
        with closing(sqlite3.connect(folder / "data" / FILE)) as db:
            rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        shapes.append({name: " ".join(sql.split()) for name, sql in rows if name != "schema_history"})
    assert shapes[0] == shapes[1]


async def test_a_log_of_a_newer_version_is_refused_with_its_version_and_left_alone(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await keep(log, event())
    file = tmp_path / "data" / FILE
    with closing(sqlite3.connect(file)) as db:
        db.execute("INSERT INTO schema_history VALUES (9, '4.5.6', 0)")
        db.execute("PRAGMA user_version=9")
        db.commit()
    async with open_log(tmp_path) as log:
        with pytest.raises(LogError, match=r"made by cloudinary-mcp 4\.5\.6 .*update this one") as caught:
            await log.list(clouds={CLOUD})
        with pytest.raises(LogError, match=r"4\.5\.6"):
            await keep(log, event("other"))
    assert caught.value.fault == "newer"
    assert not caught.value.retryable
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT count(*) FROM notifications").fetchone()[0] == 1
