"""The tables of structured metadata: fields and conditional rules. The values are with the assets."""

from cloudinary_sandbox.core.schema import Schema

_SQL = """
CREATE TABLE IF NOT EXISTS metadata_fields (
    external_id TEXT PRIMARY KEY, position INTEGER NOT NULL, created_at REAL NOT NULL, definition TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metadata_rules (
    external_id TEXT PRIMARY KEY, position INTEGER NOT NULL, definition TEXT NOT NULL
) WITHOUT ROWID;
"""

SCHEMA = Schema(sql=_SQL, emptied=("metadata_fields", "metadata_rules"))
