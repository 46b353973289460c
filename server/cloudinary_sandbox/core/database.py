"""The sandbox's SQLite database: one connection that writes, one that reads, and the schema."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite

from cloudinary_sandbox.core import library_schema as library
from cloudinary_sandbox.notifications import schema as notifier
from cloudinary_sandbox.search import schema as search

_SCHEMA = """
CREATE TABLE IF NOT EXISTS assets (
    seq INTEGER PRIMARY KEY,
    asset_id TEXT NOT NULL UNIQUE,
    resource_type TEXT NOT NULL,
    type TEXT NOT NULL,
    public_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    version_id TEXT NOT NULL,
    format TEXT,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    etag TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    uploaded_at INTEGER NOT NULL,
    asset_folder TEXT NOT NULL,
    display_name TEXT NOT NULL,
    original_filename TEXT,
    access_mode TEXT NOT NULL,
    backup INTEGER NOT NULL,
    placeholder INTEGER NOT NULL,
    file TEXT NOT NULL,
    tags TEXT NOT NULL,
    context TEXT NOT NULL,
    metadata TEXT NOT NULL,
    access_control TEXT,
    moderation TEXT NOT NULL,
    facts TEXT NOT NULL,
    extra TEXT NOT NULL,
    UNIQUE (resource_type, type, public_id)
);
CREATE INDEX IF NOT EXISTS assets_by_type ON assets (resource_type, type, created_at, seq);
CREATE INDEX IF NOT EXISTS assets_by_resource_type ON assets (resource_type, created_at, seq);
CREATE INDEX IF NOT EXISTS assets_by_created ON assets (created_at, seq);
CREATE INDEX IF NOT EXISTS assets_by_folder ON assets (asset_folder, created_at, seq);

CREATE TABLE IF NOT EXISTS asset_tags (
    tag TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE, PRIMARY KEY (tag, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_tags_by_asset ON asset_tags (seq);
CREATE TABLE IF NOT EXISTS asset_context (
    key TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (key, value, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_context_by_asset ON asset_context (seq);
CREATE TABLE IF NOT EXISTS asset_moderations (
    kind TEXT NOT NULL, status TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (kind, status, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_moderations_by_asset ON asset_moderations (seq);

CREATE TABLE IF NOT EXISTS derived (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    transformation TEXT NOT NULL,
    request TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    file TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    serving TEXT NOT NULL,
    UNIQUE (asset, transformation, request)
);
CREATE INDEX IF NOT EXISTS derived_by_transformation ON derived (transformation);

CREATE TABLE IF NOT EXISTS folders (
    path TEXT PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS presets (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, external_id TEXT NOT NULL, unsigned INTEGER NOT NULL,
    settings TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS transformations (
    name TEXT PRIMARY KEY, definition TEXT NOT NULL, named INTEGER NOT NULL, allowed_for_strict INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload_mappings (
    folder TEXT PRIMARY KEY, template TEXT NOT NULL, external_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS streaming_profiles (
    name TEXT PRIMARY KEY, display_name TEXT NOT NULL, external_id TEXT NOT NULL, representations TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delete_tokens (
    token TEXT PRIMARY KEY, asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
"""

# What is looked up by tag, context or moderation is kept in step with the asset's own row by the database itself.
_INDEXED = {
    "tags": "INSERT OR IGNORE INTO asset_tags SELECT value, new.seq FROM json_each(new.tags);",
    "context": "INSERT OR IGNORE INTO asset_context SELECT key, value, new.seq FROM json_each(new.context);",
    "moderation": """INSERT OR IGNORE INTO asset_moderations
        SELECT json_extract(value, '$.kind'), json_extract(value, '$.status'), new.seq
        FROM json_each(new.moderation);""",
}
_TABLES = {"tags": "asset_tags", "context": "asset_context", "moderation": "asset_moderations"}


def _triggers() -> str:
    return "".join(
        f"""
CREATE TRIGGER IF NOT EXISTS index_new_{column} AFTER INSERT ON assets BEGIN {fill} END;
CREATE TRIGGER IF NOT EXISTS index_changed_{column} AFTER UPDATE OF {column} ON assets WHEN old.{column} <> new.{column}
BEGIN DELETE FROM {_TABLES[column]} WHERE seq = new.seq; {fill} END;
"""  # noqa: S608 - own names
        for column, fill in _INDEXED.items()
    )


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
    async def open(cls, path: Path) -> AsyncGenerator["SandboxDatabase"]:
        """Open (or make) the database file."""
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
            schema = " ".join([_SCHEMA, _triggers(), search.SCHEMA, notifier.SCHEMA, library.SCHEMA])
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
