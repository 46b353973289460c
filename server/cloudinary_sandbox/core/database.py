"""The sandbox's SQLite database: one connection that writes, one that reads."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite

from cloudinary_sandbox.core.errors import SandboxDataError


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
    async def open(cls, path: Path, migrations: Sequence[str]) -> AsyncGenerator["SandboxDatabase"]:
        """Open (or make) the database file and bring it to the newest version of the schema.

        `migrations` are SQL scripts: the first makes version 1 of an empty file, or of one made before files had a
        version; each further one leads to the next version. `SandboxDataError` for a file that is damaged or newer.
        """
        async with (
            aiosqlite.connect(path, isolation_level=None) as writer,
            aiosqlite.connect(path, isolation_level=None) as reader,
        ):
            for connection in (writer, reader):
                connection.row_factory = sqlite3.Row
                await connection.execute("PRAGMA foreign_keys = ON")
                await connection.execute("PRAGMA busy_timeout = 5000")
            try:
                await _migrate(writer, path, migrations)
            except sqlite3.Error as error:
                raise SandboxDataError(
                    f"the sandbox's data in {path.parent} cannot be used ({error}): "
                    "choose another data folder, or remove that one"
                ) from error
            await writer.execute("PRAGMA synchronous = NORMAL")
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


async def _migrate(writer: aiosqlite.Connection, path: Path, migrations: Sequence[str]) -> None:
    """Run the missing migrations in one transaction; the file's `user_version` says how many it has behind it."""
    [(version,)] = await writer.execute_fetchall("PRAGMA user_version")
    if version > len(migrations):
        raise SandboxDataError(
            f"the sandbox's data in {path.parent} was made by a newer version of the sandbox "
            f"(its schema is {version}, this version knows {len(migrations)}): use that version, or another data folder"
        )
    await writer.execute_fetchall("PRAGMA journal_mode = WAL")
    if version < len(migrations):
        script = " ".join(migrations[version:])
        await writer.executescript(f"BEGIN; {script} PRAGMA user_version = {len(migrations)}; COMMIT;")
