"""Plans in SQLite."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cloudinary_mcp.state.protocol import OPEN_PLANS, Declined, PlanItem, PlanState, Principal, StoredPlan
from cloudinary_mcp.state.sqlite.thread import SqliteThread

KEPT_AFTER_EXPIRY = timedelta(hours=1)
"""How long a plan is still known after it expired: so long an answer can say what became of it."""
NAMED = 5

_COLUMNS = (
    "id, cloud, operation, verb, selection, arguments, options, details, effect, digest, made_at, expires_at, state"
)


class SqlitePlans:
    """A `PlanStore`."""

    def __init__(self, thread: SqliteThread) -> None:
        self._thread = thread

    async def add(self, principal: Principal, plan: StoredPlan) -> None:
        """Keep a plan; beyond `OPEN_PLANS` the principal's oldest open ones are forgotten."""

        def work(db: sqlite3.Connection) -> None:
            _prune(db, plan.made_at - KEPT_AFTER_EXPIRY)
            db.execute(
                "DELETE FROM plan WHERE id IN (SELECT id FROM plan WHERE principal = ? AND state IN ('open', 'asked') "
                "ORDER BY made_at DESC LIMIT -1 OFFSET ?)",
                (principal.id, OPEN_PLANS - 1),
            )
            db.execute(
                "INSERT INTO plan VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    plan.id, principal.id, plan.cloud, plan.operation, plan.verb, plan.selection, plan.arguments,
                    plan.options, plan.details, plan.effect, plan.digest, plan.state, plan.made_at.timestamp(),
                    plan.expires_at.timestamp(),
                ),
            )  # fmt: skip
            rows = ((plan.id, n, item.key, item.label, item.body) for n, item in enumerate(plan.items))
            db.executemany("INSERT INTO plan_item VALUES (?, ?, ?, ?, ?)", rows)

        await self._thread.write(work)

    async def find(self, principal: Principal, plan_id: str) -> StoredPlan | None:
        """A principal's plan in whatever state, without looking at the time; None for one that is not theirs."""

        def work(db: sqlite3.Connection) -> StoredPlan | None:
            wanted = f"SELECT {_COLUMNS} FROM plan WHERE id = ? AND principal = ?"  # noqa: S608 - our own column names
            row = db.execute(wanted, (plan_id, principal.id)).fetchone()
            if row is None:
                return None
            items = db.execute("SELECT key, label, body FROM plan_item WHERE plan_id = ? ORDER BY n", (plan_id,))
            *texts, made_at, expires_at, state = row
            return StoredPlan(
                *texts,
                made_at=datetime.fromtimestamp(made_at, UTC),
                expires_at=datetime.fromtimestamp(expires_at, UTC),
                items=[PlanItem(*item) for item in items],
                state=state,
            )

        return await self._thread.read(work)

    async def settle(self, principal: Principal, plan_id: str, state: PlanState, at: datetime) -> bool:
        """Move a plan that is open or asked to another state; False when it was in neither: a plan works once."""

        def work(db: sqlite3.Connection) -> bool:
            declined_at = at.timestamp() if state == "declined" else None
            moved = db.execute(
                "UPDATE plan SET state = ?, declined_at = ? WHERE id = ? AND principal = ? "
                "AND state IN ('open', 'asked')",
                (state, declined_at, plan_id, principal.id),
            )
            return moved.rowcount == 1

        return await self._thread.write(work)

    async def declined(self, principal: Principal, cloud: str, keys: Iterable[str], since: datetime) -> Declined | None:
        """Whether the principal's person declined anything that has one of these keys since then."""
        wanted = json.dumps(list(keys))

        def work(db: sqlite3.Connection) -> Declined | None:
            rows = db.execute(
                "SELECT plan.id, plan.declined_at, plan_item.label FROM plan JOIN plan_item ON plan_id = plan.id "
                "WHERE principal = ? AND cloud = ? AND state = 'declined' AND declined_at >= ? "
                "AND plan_item.key IN (SELECT value FROM json_each(?)) ORDER BY n",
                (principal.id, cloud, since.timestamp(), wanted),
            ).fetchall()
            if not rows:
                return None
            last = datetime.fromtimestamp(max(row[1] for row in rows), UTC)
            labels = tuple(dict.fromkeys(row[2] for row in rows))
            return Declined(len({row[0] for row in rows}), last, labels[:NAMED])

        return await self._thread.read(work)

    async def reconsider(self, principal: Principal, cloud: str, keys: Iterable[str]) -> None:
        """Forget what the principal's person declined that has one of these keys: they said yes after all."""
        wanted = json.dumps(list(keys))

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE plan SET state = 'expired' WHERE principal = ? AND cloud = ? AND state = 'declined' "
                "AND id IN (SELECT plan_id FROM plan_item WHERE key IN (SELECT value FROM json_each(?)))",
                (principal.id, cloud, wanted),
            )

        await self._thread.write(work)

    async def prune(self, before: datetime) -> None:
        """Forget plans that expired before then."""
        await self._thread.write(lambda db: _prune(db, before))


def _prune(db: sqlite3.Connection, before: datetime) -> None:
    moment = before.timestamp()
    db.execute("DELETE FROM plan WHERE expires_at < ? AND coalesce(declined_at, 0) < ?", (moment, moment))
