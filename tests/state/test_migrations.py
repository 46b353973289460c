"""A file is migrated as a whole or not at all, once, and never by a version that does not know it."""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from cloudinary_mcp.state.migrations import Migration, NewerSchemaError, migrate

FIRST = Migration(
    1, "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE INDEX by_name ON pets (name);"
)
SECOND = Migration(2, "ALTER TABLE pets ADD COLUMN sound TEXT; UPDATE pets SET sound = 'a; b' WHERE name = 'dog;';")
BROKEN = Migration(3, "ALTER TABLE pets ADD COLUMN age REAL; INSERT INTO nowhere VALUES (1);")


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=5)


def schema(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def schema_number(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def test_an_empty_file_gets_every_migration_and_the_history_says_which_version_ran_them(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "pets.db")) as db:
        migrate(db, [FIRST, SECOND])
        db.execute("INSERT INTO pets (name, sound) VALUES ('cat', 'purr')")
        assert schema_number(db) == 2
        history = db.execute("SELECT version, program FROM schema_history ORDER BY version").fetchall()
    assert history == [(1, version("cloudinary-mcp")), (2, version("cloudinary-mcp"))]


def test_a_file_of_an_earlier_version_keeps_its_rows_and_gets_only_what_is_missing(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "pets.db")) as db:
        migrate(db, [FIRST])
        db.execute("INSERT INTO pets (name) VALUES ('dog;'), ('cat')")
        migrate(db, [FIRST, SECOND])
        assert db.execute("SELECT name, sound FROM pets ORDER BY id").fetchall() == [("dog;", "a; b"), ("cat", None)]


def test_a_migration_that_fails_leaves_the_file_as_it_was_with_those_before_it_undone_too(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "pets.db")) as db:
        migrate(db, [FIRST])
        before = schema(db)
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(db, [FIRST, SECOND, BROKEN])
        assert (schema(db), schema_number(db), db.in_transaction) == (before, 1, False)
        migrate(db, [FIRST, SECOND])
        assert schema_number(db) == 2


def test_an_older_version_says_which_version_made_the_file_and_changes_nothing(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "pets.db")) as db:
        migrate(db, [FIRST, SECOND])
        db.execute("UPDATE schema_history SET program = '7.8.9'")
        before = schema(db)
        with pytest.raises(
            NewerSchemaError, match=r"made by cloudinary-mcp 7\.8\.9 \(schema 2\).*\(schema 1\)"
        ) as caught:
            migrate(db, [FIRST])
        assert (caught.value.found, caught.value.known) == (2, 1)
        assert (schema(db), schema_number(db)) == (before, 2)


def test_a_newer_file_without_a_history_is_refused_too(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "pets.db")) as db:
        db.execute("PRAGMA user_version = 5")
        with pytest.raises(NewerSchemaError, match=r"made by a newer version \(schema 5\)"):
            migrate(db, [FIRST])


def test_processes_that_come_at_once_migrate_once(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    failures: list[Exception] = []

    def start() -> None:
        try:
            with closing(connect(tmp_path / "pets.db")) as db:
                together.wait(timeout=10)
                migrate(db, [FIRST, SECOND])
        except (sqlite3.Error, NewerSchemaError) as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with closing(connect(tmp_path / "pets.db")) as db:
        assert schema_number(db) == 2


@pytest.mark.parametrize("migrations", [[SECOND], [FIRST, BROKEN], [SECOND, FIRST]])
def test_a_gap_in_the_numbers_is_a_mistake_of_the_programmer(tmp_path: Path, migrations: Sequence[Migration]) -> None:
    with closing(connect(tmp_path / "pets.db")) as db, pytest.raises(ValueError, match="without a gap"):
        migrate(db, migrations)
