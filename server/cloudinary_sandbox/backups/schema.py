"""The tables of backed-up versions, which go with their assets, and of the runs that back up everything."""

from cloudinary_sandbox.core.schema import Schema

_SQL = """
CREATE TABLE IF NOT EXISTS backups (
    seq INTEGER PRIMARY KEY,
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    version_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    file TEXT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (asset, version_id)
);
CREATE TABLE IF NOT EXISTS backup_operations (
    id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, assets INTEGER NOT NULL
) WITHOUT ROWID;
"""

SCHEMA = Schema(sql=_SQL, emptied=("backup_operations",), with_files=("backups",))
