"""The log's statements: plain functions over a connection, to be run in the thread that owns it."""

import json
import os
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudinary_mcp.notifications.log.protocol import Notification, NotificationPage, PortClaim, StoredNotification
from cloudinary_mcp.notifications.payload import storable

_COLUMNS = "id, received_at, cloud, type, public_ids, asset_ids, verified_by, via, body"
_PAGE_BYTES = 16 * 2**20
_SPARE_PAGES = 1024
"""Free pages (4 MB of them) that stay in the file."""
_LONGEST_SILENCE = 86_400.0
"""Seconds that a gap between two notifications counts at most: a clock that jumps ahead must not empty the log."""
_TOO_OLD = """
DELETE FROM notifications WHERE id <= (
    SELECT max(id) FROM (
        SELECT id, sum(min(max(next - received_at, 0), :silence)) OVER (ORDER BY id DESC) AS age
        FROM (SELECT id, received_at, lead(received_at, 1, :now) OVER (ORDER BY id) AS next FROM notifications))
    WHERE age > :age)
"""
"""Age is counted along the log, in the order of storing: the sum of the gaps from a row to now."""


@dataclass(frozen=True)
class NewRow:
    """A notification ready to be stored: everything that can fail on the Python side is done."""

    received_at: float
    cloud: str
    type: str
    public_ids: str
    asset_ids: str
    verified_by: str
    via: str
    body: bytes
    digest: bytes


@dataclass(frozen=True)
class Retention:
    """How much is kept: rows per cloud, seconds, and bytes of all clouds together (the oldest go first).

    `identities` is for how many seconds a repeat is recognised at least.
    """

    rows: int
    age: float
    size: int
    identities: float


@dataclass(frozen=True)
class RowFilter:
    """Which rows are meant; `after` is an exclusive id, `from_time` an inclusive moment in unix seconds."""

    clouds: tuple[str, ...]
    type: str | None = None
    public_id: str | None = None
    after: int | None = None
    from_time: float | None = None
    before: int | None = None

    def where(self) -> tuple[str, list[Any]]:
        """The condition and its values; columns and operators are ours, every value is bound."""
        terms = [f"cloud IN ({', '.join('?' * len(self.clouds))})"]
        values: list[Any] = [*self.clouds]
        for term, value in (
            ("type = ?", self.type),
            ("EXISTS (SELECT 1 FROM json_each(public_ids) WHERE value = ?)", self.public_id),
            ("id > ?", self.after),
            ("received_at >= ?", self.from_time),
            ("id < ?", self.before),
        ):
            if value is not None:
                terms.append(term)
                values.append(_bindable(value))
        return " AND ".join(terms), values


def insert_new(db: sqlite3.Connection, rows: Sequence[NewRow]) -> list[StoredNotification]:
    """Insert inside a transaction, in order; what is known already, or twice in `rows`, gives the first one's id."""
    places = ", ".join("?" * len(rows))
    known: dict[tuple[str, bytes], int] = {
        (cloud, digest): notification_id
        for cloud, digest, notification_id in db.execute(
            f"SELECT cloud, digest, notification_id FROM identities WHERE digest IN ({places})",  # noqa: S608
            [row.digest for row in rows],
        )
    }
    next_id = newest_id(db) + 1
    answers: list[StoredNotification] = []
    new: list[tuple[int, NewRow]] = []
    for row in rows:
        earlier = known.get((row.cloud, row.digest))
        if earlier is None:
            known[row.cloud, row.digest] = next_id
            new.append((next_id, row))
            answers.append(StoredNotification(next_id, repeated=False))
            next_id += 1
        else:
            answers.append(StoredNotification(earlier, repeated=True))
    db.executemany(
        "INSERT INTO identities (digest, cloud, seen_at, notification_id) VALUES (?, ?, ?, ?)",
        [(row.digest, row.cloud, row.received_at, new_id) for new_id, row in new],
    )
    db.executemany(
        f"INSERT INTO notifications ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            (
                new_id,
                row.received_at,
                row.cloud,
                row.type,
                row.public_ids,
                row.asset_ids,
                row.verified_by,
                row.via,
                row.body,
            )
            for new_id, row in new
        ],
    )
    return answers


def prune(db: sqlite3.Connection, keep: Retention, now: float) -> None:
    """Forget what is too old or too much. An identity lives as long as its row, and its minimum beyond that."""
    if db.execute("SELECT 1 FROM notifications WHERE received_at < ? LIMIT 1", (now - keep.age,)).fetchone():
        db.execute(_TOO_OLD, {"now": now, "age": keep.age, "silence": _LONGEST_SILENCE})
    for (cloud,) in db.execute("SELECT DISTINCT cloud FROM notifications").fetchall():
        db.execute(
            "DELETE FROM notifications WHERE cloud = ?1 AND id <= "
            "(SELECT id FROM notifications WHERE cloud = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            (cloud, keep.rows),
        )
    if _used(db) > keep.size * 0.9:
        db.execute(
            "DELETE FROM notifications WHERE id IN "
            "(SELECT id FROM notifications ORDER BY id LIMIT (SELECT count(*) / 10 + 1 FROM notifications))"
        )
    db.execute(
        "DELETE FROM identities WHERE seen_at < ? AND NOT EXISTS "
        "(SELECT 1 FROM notifications WHERE id = identities.notification_id)",
        (now - keep.identities,),
    )


def shrink(db: sqlite3.Connection) -> None:
    """Give freed pages back to the file system, but for a few that the next rows take. Not within a transaction.

    A file from before this was possible is written anew once. Another process's lock is a `sqlite3.OperationalError`.
    """
    free: int = db.execute("PRAGMA freelist_count").fetchone()[0]
    if free <= _SPARE_PAGES:
        return
    if db.execute("PRAGMA auto_vacuum").fetchone()[0]:
        db.executescript(f"PRAGMA incremental_vacuum({free - _SPARE_PAGES})")  # execute() would stop after one page
    else:
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _used(db: sqlite3.Connection) -> int:
    """Bytes in use; freed pages stay in the file and are used again."""
    pages, free, page_size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page_size


def newest_id(db: sqlite3.Connection) -> int:
    """The id of the last notification of any cloud, pruned or not; 0 when there never was one."""
    found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'notifications'").fetchone()
    return found[0] if found else 0


def oldest_match(db: sqlite3.Connection, wanted: RowFilter) -> Notification | None:
    """The oldest match."""
    where, values = wanted.where()
    found = db.execute(f"SELECT {_COLUMNS} FROM notifications WHERE {where} ORDER BY id LIMIT 1", values)  # noqa: S608
    row = found.fetchone()
    return _notification(row) if row else None


def oldest_first(db: sqlite3.Connection, wanted: RowFilter, limit: int) -> list[Notification]:
    """Up to `limit` matches in the order of storing."""
    where, values = wanted.where()
    found = db.execute(
        f"SELECT {_COLUMNS} FROM notifications WHERE {where} ORDER BY id LIMIT ?",  # noqa: S608
        [*values, limit],
    )
    return _bounded(found, limit)[0]


def newest_page(db: sqlite3.Connection, wanted: RowFilter, limit: int) -> NotificationPage:
    """Up to `limit` matches, newest first; fewer when their bodies are huge."""
    where, values = wanted.where()
    found = db.execute(
        f"SELECT {_COLUMNS} FROM notifications WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
        [*values, limit + 1],
    )
    items, more = _bounded(found, limit)
    return NotificationPage(tuple(items), items[-1].id if more else None)


def _bounded(found: sqlite3.Cursor, limit: int) -> tuple[list[Notification], bool]:
    """The first rows, at most `limit` and about 16 MB of them; and whether there were more."""
    items: list[Notification] = []
    size = 0
    for row in found:
        if len(items) == limit or size > _PAGE_BYTES:
            found.close()
            return items, True
        items.append(_notification(row))
        size += len(items[-1].body)
    return items, False


def count_rows(
    db: sqlite3.Connection, clouds: Collection[str]
) -> tuple[dict[str, int], float | None, float | None, int | None]:
    """Rows per cloud; the first and the last moment; the newest id."""
    where, values = RowFilter(tuple(clouds)).where()
    rows = db.execute(
        "SELECT cloud, count(*), min(received_at), max(received_at), max(id) "  # noqa: S608
        f"FROM notifications WHERE {where} GROUP BY cloud",
        values,
    ).fetchall()
    return (
        {cloud: count for cloud, count, *_ in rows},
        min((row[2] for row in rows), default=None),
        max((row[3] for row in rows), default=None),
        max((row[4] for row in rows), default=None),
    )


def claiming_port(
    port: int, instance: str, clouds: Collection[str], now: float
) -> Callable[[sqlite3.Connection], None]:
    """The statement that records this process as the owner of a receiver port."""
    values = (port, instance, os.getpid(), json.dumps(sorted(clouds)), now)

    def claim(db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO ports (port, instance, pid, clouds, since) VALUES (?, ?, ?, ?, ?)", values)

    return claim


def releasing_port(port: int, instance: str) -> Callable[[sqlite3.Connection], None]:
    """The statement that forgets a claim, if it still stands."""

    def release(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM ports WHERE port = ? AND instance = ?", (port, instance))

    return release


def port_claim(db: sqlite3.Connection, port: int) -> PortClaim | None:
    """The last claim on a port."""
    row = db.execute("SELECT port, instance, pid, clouds, since FROM ports WHERE port = ?", (port,)).fetchone()
    return PortClaim(row[0], row[1], row[2], frozenset(json.loads(row[3])), moment(row[4])) if row else None


def moment(seconds: float) -> datetime:
    """Unix seconds as a UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def _bindable(value: str | float) -> str | float:
    """A value as SQLite takes it: no half surrogates, no integers beyond 64 bits (no row has such an id)."""
    if isinstance(value, str):
        return storable(value)
    return max(min(value, 2**63 - 1), -(2**63)) if isinstance(value, int) else value


def _notification(row: tuple[Any, ...]) -> Notification:
    number, received_at, cloud, kind, public_ids, asset_ids, verified_by, via, body = row
    return Notification(
        id=number,
        received_at=moment(received_at),
        cloud=cloud,
        type=kind,
        public_ids=tuple(json.loads(public_ids)),
        asset_ids=tuple(json.loads(asset_ids)),
        verified_by=verified_by,
        via=via,
        body=body,
    )
