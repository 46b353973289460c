"""The tables of the state, as numbered steps in the SQL of each database: `0001.sqlite.sql`, `0001.postgres.sql`."""

from importlib.resources import files
from typing import Literal

from cloudinary_mcp.state.migrations import Migration

Dialect = Literal["sqlite", "postgres"]


def migrations(dialect: Dialect) -> list[Migration]:
    """All steps of a database, in order."""
    suffix = f".{dialect}.sql"
    found = [entry for entry in files(__name__).iterdir() if entry.name.endswith(suffix)]
    steps = [(int(entry.name.removesuffix(suffix)), entry.read_text(encoding="utf-8")) for entry in found]
    return [Migration(number, script) for number, script in sorted(steps)]
