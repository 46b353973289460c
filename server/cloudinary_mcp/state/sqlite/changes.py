"""The journal of changes in SQLite."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cloudinary_mcp.state.protocol import ChangeSet, Principal, Settled, StoredChange
from cloudinary_mcp.state.sqlite.thread import SqliteThread
from cloudinary_tools.toolkit.journal import Change, ChangeState
from cloudinary_tools.toolkit.surrogates import mended

FORGOTTEN_AT_ONCE = 0.1
"""The share of the oldest change sets that goes when the journal has grown too large."""

_SET = "id, at, principal, client, tool, cloud, agreed, summary, undo_of, undone_by, job_id"
_CHANGE = "n, kind, key, label, effect, operation, before_value, after_value, state, outcome, kept_file"


class SqliteChanges:
    """A `ChangeStore`."""

    def __init__(self, thread: SqliteThread) -> None:
        self._thread = thread

    async def begin(self, change_set: ChangeSet, changes: Sequence[Change]) -> int:
        """Write down what is about to be changed, durably and whole; the id of the change set."""

        def work(db: sqlite3.Connection) -> int:
            cursor = db.execute(
                "INSERT INTO change_set (at, principal, client, tool, cloud, agreed, summary, undo_of, undone_by, "
                "job_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    change_set.at.timestamp(), change_set.principal, mended(change_set.client), change_set.tool,
                    change_set.cloud, change_set.agreed, mended(change_set.summary), change_set.undo_of,
                    change_set.undone_by, change_set.job_id,
                ),
            )  # fmt: skip
            assert cursor.lastrowid is not None
            _insert(db, cursor.lastrowid, 0, changes)
            return cursor.lastrowid

        return await self._thread.write(work)

    async def extend(self, set_id: int, changes: Sequence[Change]) -> int:
        """Write down more changes of a change set; the number of the first of them."""

        def work(db: sqlite3.Connection) -> int:
            first = db.execute("SELECT coalesce(max(n) + 1, 0) FROM change WHERE set_id = ?", (set_id,)).fetchone()[0]
            _insert(db, set_id, first, changes)
            return int(first)

        return await self._thread.write(work)

    async def settle(self, set_id: int, settled: Sequence[Settled], summary: str | None = None) -> None:
        """Write down what became of changes, in one transaction."""

        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE change SET state = ?, outcome = ?, key = coalesce(?, key), "
                "after_value = coalesce(?, after_value), kept_file = coalesce(?, kept_file) WHERE set_id = ? AND n = ?",
                (
                    (
                        one.state, mended(one.outcome), _text(one.key), _json(one.after), one.kept_file, set_id, one.n,
                    )
                    for one in settled
                ),
            )  # fmt: skip
            if summary is not None:
                db.execute("UPDATE change_set SET summary = ? WHERE id = ?", (mended(summary), set_id))

        await self._thread.write(work)

    async def sets(
        self, principal: Principal | None, *, cloud: str | None = None, tool: str | None = None, key: str | None = None,
        who: str | None = None, since: datetime | None = None, before: int | None = None, limit: int = 20,
    ) -> list[ChangeSet]:  # fmt: skip
        """Change sets, newest first, with an id below `before`; of everybody without a principal."""
        named = "id IN (SELECT set_id FROM change WHERE key = ? OR label = ?)"
        conditions: list[tuple[str, tuple[Any, ...]]] = [
            ("principal = ?", (principal.id if principal else None,)),
            ("cloud = ?", (cloud,)),
            ("tool = ?", (tool,)),
            (named, (key, key) if key is not None else (None,)),
            ("(instr(lower(principal), lower(?)) OR instr(lower(client), lower(?)))", (who, who)),
            ("at >= ?", (since.timestamp() if since else None,)),
            ("id < ?", (before,)),
        ]
        given = [(text, values) for text, values in conditions if values[0] is not None]
        where = " AND ".join(text for text, _ in given) or "1"
        values = [value for _, some in given for value in some]

        def work(db: sqlite3.Connection) -> list[ChangeSet]:
            wanted = f"SELECT {_SET} FROM change_set WHERE {where} ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own words
            return [_set(row) for row in db.execute(wanted, (*values, limit))]

        return await self._thread.read(work)

    async def get(self, set_id: int) -> ChangeSet | None:
        """One change set."""

        def work(db: sqlite3.Connection) -> ChangeSet | None:
            row = db.execute(f"SELECT {_SET} FROM change_set WHERE id = ?", (set_id,)).fetchone()  # noqa: S608 - our own column names
            return None if row is None else _set(row)

        return await self._thread.read(work)

    async def outcomes(self, set_ids: Sequence[int]) -> dict[int, dict[ChangeState, int]]:
        """How many changes of each change set ended how."""

        def work(db: sqlite3.Connection) -> dict[int, dict[ChangeState, int]]:
            wanted = "SELECT state, count(*) FROM change WHERE set_id = ? GROUP BY state"
            return {set_id: dict(db.execute(wanted, (set_id,))) for set_id in set_ids}

        return await self._thread.read(work)

    async def changes(self, set_id: int) -> list[StoredChange]:
        """All changes of a change set, in order."""

        def work(db: sqlite3.Connection) -> list[StoredChange]:
            wanted = f"SELECT {_CHANGE} FROM change WHERE set_id = ? ORDER BY n"  # noqa: S608 - our own column names
            return [_change(set_id, row) for row in db.execute(wanted, (set_id,))]

        return await self._thread.read(work)

    async def undone(self, set_id: int, by: int) -> None:
        """Note that a change set was undone by another; the last one that did so is remembered."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("UPDATE change_set SET undone_by = ? WHERE id = ?", (by, set_id))

        await self._thread.write(work)

    async def prune(self, before: datetime, max_bytes: int) -> list[str]:
        """Forget change sets of before then, and the oldest ones beyond a size; the kept files they named."""

        def work(db: sqlite3.Connection) -> list[str]:
            files = _forget(db, "at < ?", before.timestamp())
            while _used(db) > max_bytes and (count := db.execute("SELECT count(*) FROM change_set").fetchone()[0]) > 1:
                oldest = max(int(count * FORGOTTEN_AT_ONCE), 1)
                files += _forget(db, "id IN (SELECT id FROM change_set ORDER BY id LIMIT ?)", oldest)
            return files

        return await self._thread.write(work)


def _insert(db: sqlite3.Connection, set_id: int, first: int, changes: Sequence[Change]) -> None:
    db.executemany(
        "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'intended', '', NULL)",
        (
            (
                set_id, n, change.kind, mended(change.key), mended(change.label), change.effect, change.operation,
                _json(change.before), _json(change.after),
            )
            for n, change in enumerate(changes, first)
        ),
    )  # fmt: skip


def _forget(db: sqlite3.Connection, where: str, value: float) -> list[str]:
    kept = f"SELECT kept_file FROM change JOIN change_set ON set_id = id WHERE kept_file IS NOT NULL AND {where}"  # noqa: S608 - our own words
    files = [str(row[0]) for row in db.execute(kept, (value,))]
    db.execute(f"DELETE FROM change_set WHERE {where}", (value,))  # noqa: S608 - our own words
    return files


def _used(db: sqlite3.Connection) -> int:
    page_size, pages, free = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_size", "page_count", "freelist_count")
    )
    return page_size * (pages - free)


def _set(row: Sequence[Any]) -> ChangeSet:
    id, at, *rest = row
    return ChangeSet(datetime.fromtimestamp(at, UTC), *rest, id=id)


def _change(set_id: int, row: Sequence[Any]) -> StoredChange:
    n, kind, key, label, effect, operation, before, after, state, outcome, kept_file = row
    change = Change(key, label, effect, operation, kind, _values(before), _values(after))
    return StoredChange(set_id, n, change, state, outcome, kept_file)


def _text(value: str | None) -> str | None:
    return None if value is None else mended(value)


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values)


def _values(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)
