"""A SQLite file in the data folder: private, durable, and honest about what is wrong with it."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from cloudinary_mcp.state.errors import StorageError, StorageFault
from cloudinary_mcp.state.migrations import Migration, NewerSchemaError, migrate

_creating = threading.Lock()
_FAULTS: dict[int, StorageFault] = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
}
_ADVICE: dict[StorageFault, str] = {
    "locked": "another program holds it; it is tried again with the next call",
    "full": "free some disk space or keep less",
    "corrupt": "move the file away (a new one is made) or restore it from a backup",
    "unusable": "make the folder writable for this user, or choose another one",
}


class SqliteFile:
    """One connection, for one thread. Opened at first use, and again when the file was replaced or found bad.

    `what` is its name in errors, which `error` makes of a fault and a text. A write waits `busy_timeout` seconds for
    another process's; the file grows to `max_bytes` at most.
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Migration],
        *,
        what: str,
        error: Callable[[StorageFault, str], StorageError],
        busy_timeout: float = 5.0,
        max_bytes: int | None = None,
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._what = what
        self._error = error
        self._busy_timeout = busy_timeout
        self._max_bytes = max_bytes
        self.openings = 0
        """How often the file was opened: what SQLite numbers per connection is comparable only while this stays."""
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @contextmanager
    def use(self) -> Generator[sqlite3.Connection, None, None]:
        """The connection, in autocommit mode. Whatever SQLite or the file system reports becomes a `StorageError`."""
        try:
            # A deleted file still takes writes on POSIX: they would be acknowledged and lost.
            if self._connection is None or self._identity() != self._file:
                self.close()
                self._connection = self._open()
                self._file = self._identity()
                self.openings += 1
            yield self._connection
        except (sqlite3.Error, OSError) as error:
            if not isinstance(error, OSError) and not hasattr(error, "sqlite_errorcode"):
                raise  # a misuse of the library, not a state of the file
            failure = self._explained(error)
            if failure.fault != "locked":
                self.close()
            raise failure from None

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection, None, None]:
        """A write transaction: all of the block is durable when it ends, or nothing of it is there."""
        with self.use() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connection, if there is one; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection:
            with suppress(sqlite3.Error):
                connection.close()

    def size(self) -> int:
        """Bytes on disk, with what is not yet merged into the main file."""
        files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _open(self) -> sqlite3.Connection:
        with _creating:
            _make_private(self.path)
            db = sqlite3.connect(self.path, timeout=self._busy_timeout, isolation_level=None, cached_statements=512)
        try:
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")  # only a file without tables takes it: pages can be given back
        self._use_wal(db)
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA fullfsync=ON")  # macOS: a plain fsync leaves data in the drive's cache
        db.execute("PRAGMA foreign_keys=ON")
        if self._max_bytes is not None:
            page_size: int = db.execute("PRAGMA page_size").fetchone()[0]
            db.execute(f"PRAGMA max_page_count={max(self._max_bytes // page_size, 1)}")
        try:
            migrate(db, self._migrations)
        except NewerSchemaError as newer:
            raise self._error("newer", f"{self._what} {self.path} {newer}") from None

    def _use_wal(self, db: sqlite3.Connection) -> None:
        """SQLite does not wait for other connections when it changes the journal mode, so this does."""
        deadline = time.monotonic() + self._busy_timeout
        while db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if _fault(error) != "locked" or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _explained(self, error: sqlite3.Error | OSError) -> StorageError:
        fault = _fault(error)
        said = error.strerror if isinstance(error, OSError) else str(error)
        return self._error(fault, f"{self._what} {self.path} is {fault} ({said}): {_ADVICE[fault]}")


def _make_private(path: Path) -> None:
    """The folder is ours alone and so is the file; SQLite gives its side files the mode of the main one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and path.parent.stat().st_mode & 0o077:
        path.parent.chmod(0o700)
    # An existing file must not even be opened here: closing any descriptor of it drops this process's SQLite locks.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _fault(error: sqlite3.Error | OSError) -> StorageFault:
    return "unusable" if isinstance(error, OSError) else _FAULTS.get(error.sqlite_errorcode & 0xFF, "unusable")
