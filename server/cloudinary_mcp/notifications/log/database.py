"""The log's SQLite file."""

from pathlib import Path

from cloudinary_mcp.notifications.log.protocol import LogError
from cloudinary_mcp.notifications.log.schema import MIGRATIONS
from cloudinary_mcp.state.sqlite_file import SqliteFile

FILE = "notifications.db"


def log_file(folder: Path, *, busy_timeout: float, max_bytes: int) -> SqliteFile:
    """The file of the notification log in a data folder, as one thread uses it; faults are `LogError`s."""
    return SqliteFile(
        folder / FILE,
        MIGRATIONS,
        what="the notification log",
        error=LogError,
        busy_timeout=busy_timeout,
        max_bytes=max_bytes,
    )
