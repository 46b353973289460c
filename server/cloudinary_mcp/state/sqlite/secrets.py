"""Shared keys in SQLite."""

import sqlite3
from datetime import datetime

from cloudinary_mcp.state.sqlite.thread import SqliteThread


class SqliteSecrets:
    """A `SecretStore`."""

    def __init__(self, thread: SqliteThread) -> None:
        self._thread = thread

    async def get(self, name: str, make: bytes, at: datetime) -> bytes:
        """The secret of a name; the given one becomes it when there is none yet."""

        def work(db: sqlite3.Connection) -> bytes:
            db.execute("INSERT OR IGNORE INTO secret VALUES (?, ?, ?)", (name, make, at.timestamp()))
            return bytes(db.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()[0])

        return await self._thread.write(work)
