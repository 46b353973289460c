"""The tables of backups, relations and structured metadata."""

TABLES = ("metadata_fields", "metadata_rules", "backup_operations")
"""What a reset empties; backups and relations go with their assets."""

SCHEMA = """
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
CREATE TABLE IF NOT EXISTS relations (
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    related INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (asset, related)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS relations_by_related ON relations (related);
CREATE TABLE IF NOT EXISTS metadata_fields (
    external_id TEXT PRIMARY KEY, position INTEGER NOT NULL, created_at REAL NOT NULL, definition TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metadata_rules (
    external_id TEXT PRIMARY KEY, position INTEGER NOT NULL, definition TEXT NOT NULL
) WITHOUT ROWID;
"""
