"""The tables of assets, of what is derived of them, and of folders."""

from cloudinary_sandbox.core.schema import Schema

_SQL = """
CREATE TABLE IF NOT EXISTS assets (
    seq INTEGER PRIMARY KEY,
    asset_id TEXT NOT NULL UNIQUE,
    resource_type TEXT NOT NULL,
    type TEXT NOT NULL,
    public_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    version_id TEXT NOT NULL,
    format TEXT,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    etag TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    uploaded_at INTEGER NOT NULL,
    asset_folder TEXT NOT NULL,
    display_name TEXT NOT NULL,
    original_filename TEXT,
    access_mode TEXT NOT NULL,
    backup INTEGER NOT NULL,
    placeholder INTEGER NOT NULL,
    file TEXT NOT NULL,
    tags TEXT NOT NULL,
    context TEXT NOT NULL,
    metadata TEXT NOT NULL,
    access_control TEXT,
    moderation TEXT NOT NULL,
    facts TEXT NOT NULL,
    extra TEXT NOT NULL,
    UNIQUE (resource_type, type, public_id)
);
CREATE INDEX IF NOT EXISTS assets_by_type ON assets (resource_type, type, created_at, seq);
CREATE INDEX IF NOT EXISTS assets_by_resource_type ON assets (resource_type, created_at, seq);
CREATE INDEX IF NOT EXISTS assets_by_created ON assets (created_at, seq);
CREATE INDEX IF NOT EXISTS assets_by_folder ON assets (asset_folder, created_at, seq);

CREATE TABLE IF NOT EXISTS asset_tags (
    tag TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE, PRIMARY KEY (tag, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_tags_by_asset ON asset_tags (seq);
CREATE TABLE IF NOT EXISTS asset_context (
    key TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (key, value, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_context_by_asset ON asset_context (seq);
CREATE TABLE IF NOT EXISTS asset_moderations (
    kind TEXT NOT NULL, status TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (kind, status, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_moderations_by_asset ON asset_moderations (seq);

CREATE TABLE IF NOT EXISTS derived (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    transformation TEXT NOT NULL,
    request TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    file TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    serving TEXT NOT NULL,
    UNIQUE (asset, transformation, request)
);
CREATE INDEX IF NOT EXISTS derived_by_transformation ON derived (transformation);

CREATE TABLE IF NOT EXISTS folders (
    path TEXT PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delete_tokens (
    token TEXT PRIMARY KEY, asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS relations (
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    related INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (asset, related)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS relations_by_related ON relations (related);
"""

# What is looked up by tag, context or moderation is kept in step with the asset's own row by the database itself.
_INDEXED = {
    "tags": "INSERT OR IGNORE INTO asset_tags SELECT value, new.seq FROM json_each(new.tags);",
    "context": "INSERT OR IGNORE INTO asset_context SELECT key, value, new.seq FROM json_each(new.context);",
    "moderation": """INSERT OR IGNORE INTO asset_moderations
        SELECT json_extract(value, '$.kind'), json_extract(value, '$.status'), new.seq
        FROM json_each(new.moderation);""",
}
_TABLES = {"tags": "asset_tags", "context": "asset_context", "moderation": "asset_moderations"}


def _triggers() -> str:
    return "".join(
        f"""
CREATE TRIGGER IF NOT EXISTS index_new_{column} AFTER INSERT ON assets BEGIN {fill} END;
CREATE TRIGGER IF NOT EXISTS index_changed_{column} AFTER UPDATE OF {column} ON assets WHEN old.{column} <> new.{column}
BEGIN DELETE FROM {_TABLES[column]} WHERE seq = new.seq; {fill} END;
"""  # noqa: S608 - own names
        for column, fill in _INDEXED.items()
    )


SCHEMA = Schema(sql=_SQL + _triggers(), emptied=("assets", "folders"), with_files=("assets", "derived"))
