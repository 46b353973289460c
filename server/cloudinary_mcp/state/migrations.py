"""Numbered schema migrations for a SQLite file that several processes, and several versions of this program, share.

The number of the last migration that ran is the file's `PRAGMA user_version`; the table `schema_history` says which
version of the program ran it. All missing migrations run in one transaction: a process that is killed meanwhile leaves
the file as it was.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

PROGRAM = "cloudinary-mcp"
_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_history (
    version INTEGER PRIMARY KEY, program TEXT NOT NULL, migrated_at REAL NOT NULL)
"""


@dataclass(frozen=True)
class Migration:
    """What brings a file from schema `number - 1` to `number`: any number of SQL statements.

    One that was released is never changed, since files were made by it; a later one sets right what it did.
    """

    number: int
    script: str


class NewerSchemaError(Exception):
    """The file has a schema that only a newer version of this program knows; its text goes on after the file's name.

    `found` and `known` are the schema numbers of the file and of this program.
    """

    def __init__(self, found: int, known: int, made_by: str | None) -> None:
        maker = f"{PROGRAM} {made_by}" if made_by else "a newer version"
        super().__init__(
            f"was made by {maker} (schema {found}), and this is {version(PROGRAM)} (schema {known}): "
            "update this one, or choose another --data-dir"
        )
        self.found = found
        self.known = known


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Bring a file to the newest schema; one that has it already is only read.

    Args:
        db: a connection in autocommit mode (`isolation_level=None`) without an open transaction.
        migrations: all that ever were, numbered from 1 without a gap.

    Raises:
        NewerSchemaError: the file's schema is newer than the last migration. Nothing was changed.
        sqlite3.Error: a statement failed, or another process held the file for too long. Nothing was changed.
    """
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"migrations are numbered from 1 without a gap, not {numbers}")
    if not _missing(db, migrations):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for migration in _missing(db, migrations):  # read again: another process may have been quicker
            for statement in _statements(migration.script):
                db.execute(statement)
            _record(db, migration.number)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite may have rolled back by itself
            db.execute("ROLLBACK")
        raise


def _missing(db: sqlite3.Connection, migrations: Sequence[Migration]) -> Sequence[Migration]:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    if found > len(migrations):
        raise NewerSchemaError(found, len(migrations), _made_by(db, found))
    return migrations[found:]


def _record(db: sqlite3.Connection, number: int) -> None:
    db.execute(_HISTORY)
    db.execute("INSERT OR REPLACE INTO schema_history VALUES (?, ?, ?)", (number, version(PROGRAM), time.time()))
    db.execute(f"PRAGMA user_version={number}")


def _made_by(db: sqlite3.Connection, number: int) -> str | None:
    """The version of the program that made a schema, where the file says so."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_history'").fetchone():
        return None
    row = db.execute("SELECT program FROM schema_history WHERE version = ?", (number,)).fetchone()
    return row[0] if row else None


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; a semicolon within a text or a trigger ends none."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n;"):
                yield statement
            statement = ""
