"""The sandbox's SQLite database: one connection that writes, one that reads."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite


class Session:
    """Queries over one connection."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        return list(await self._connection.execute_fetchall(sql, values))

    async def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found = await self.rows(sql, *values)
        return found[0] if found else None

    async def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        found = await self.row(sql, *values)
        return found[0] if found else None

    async def run(self, sql: str, *values: Any) -> int:
        """Change rows; how many were changed."""
        async with self._connection.execute(sql, values) as cursor:
            return cursor.rowcount

    async def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement for many rows."""
        await self._connection.executemany(sql, rows)


class SandboxDatabase(Session):
    """Reading at any time, writing in one transaction after another."""

    def __init__(self, reader: aiosqlite.Connection, writer: aiosqlite.Connection) -> None:
        super().__init__(reader)
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, schema: str) -> AsyncGenerator["SandboxDatabase"]:
        """Open (or make) the database file; `schema` is the SQL that makes what is missing."""
        async with (
            aiosqlite.connect(path, isolation_level=None) as writer,
            aiosqlite.connect(path, isolation_level=None) as reader,
        ):
            for connection in (writer, reader):
                connection.row_factory = sqlite3.Row
                await connection.execute("PRAGMA foreign_keys = ON")
                await connection.execute("PRAGMA busy_timeout = 5000")
            await writer.execute("PRAGMA journal_mode = WAL")
            await writer.execute("PRAGMA synchronous = NORMAL")
            await writer.executescript(f"BEGIN; {schema} COMMIT;")
            await reader.execute("PRAGMA query_only = ON")
            yield cls(reader, writer)

    @asynccontextmanager
    async def change(self) -> AsyncGenerator[Session]:
        """One transaction: everything inside becomes visible together, or nothing does."""
        async with self._turn:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                yield Session(self._writer)
                await self._writer.execute("COMMIT")
            except BaseException:
                # Also when cancelled: the connection's thread may be just about to run the BEGIN or the COMMIT.
                await asyncio.shield(self._undo())
                raise

    async def _undo(self) -> None:
        with suppress(sqlite3.OperationalError):
            await self._writer.execute("ROLLBACK")
