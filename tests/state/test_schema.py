"""The schemas of both databases say the same."""

import re
import sqlite3
from contextlib import closing

from cloudinary_mcp.state.migrations import migrate
from cloudinary_mcp.state.schema import Dialect, migrations

TABLES = {"plan", "plan_item", "permit", "change_set", "change", "job", "item", "budget", "secret"}


def statements(dialect: Dialect) -> list[str]:
    scripts = "\n".join(migration.script for migration in migrations(dialect))
    bare = re.sub(r"^--.*$", "", scripts, flags=re.MULTILINE)
    return [statement.strip() for statement in bare.split(";") if statement.strip()]


def tables(dialect: Dialect) -> dict[str, dict[str, bool]]:
    """Tables with their columns, and whether each must have a value."""
    found: dict[str, dict[str, bool]] = {}
    for statement in statements(dialect):
        if match := re.match(r"CREATE TABLE (\w+) \((.*)\)\Z", statement, re.DOTALL):
            rows = [line.strip() for line in match[2].splitlines() if line.strip()]
            columns = [row for row in rows if not row.startswith("PRIMARY KEY")]
            found[match[1]] = {row.split()[0]: "NOT NULL" in row or "PRIMARY KEY" in row for row in columns}
    return found


def test_both_databases_have_the_same_steps_tables_columns_and_indexes() -> None:
    numbers = [[migration.number for migration in migrations(dialect)] for dialect in ("sqlite", "postgres")]
    assert numbers[0] == numbers[1]
    assert tables("sqlite") == tables("postgres")
    assert tables("sqlite").keys() >= TABLES
    indexes = [
        {statement for statement in statements(dialect) if "INDEX" in statement} for dialect in ("sqlite", "postgres")
    ]
    assert indexes[0] == indexes[1]


def test_the_tables_read_from_the_sql_are_those_that_sqlite_makes() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, migrations("sqlite"))
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = [name for name in names if not name.startswith(("sqlite_", "schema_"))]
        made = {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in ours}
    assert made == {name: list(columns) for name, columns in tables("sqlite").items()}
