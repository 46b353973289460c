"""The tables of upload presets, transformations, upload mappings and streaming profiles."""

from cloudinary_sandbox.core.schema import Schema

_SQL = """
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
"""

SCHEMA = Schema(sql=_SQL, emptied=("presets", "transformations", "upload_mappings", "streaming_profiles"))
