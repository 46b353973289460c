"""The tables of the search index, apart from the assets themselves so that it can lag behind them.

Every change of an asset only puts its number into `search_queue`; a search first indexes what has waited there long
enough. `search_values` holds the values of fields that an asset may have several of or that nobody knows beforehand,
`search_words` the tokens of tokenised fields (the field "" gathers all text). The keys of both end with the order of
the usual page, the newest first, so that a page by tag needs neither a sort nor a look at the other matches.
"""

from cloudinary_sandbox.core.schema import Schema

_SQL = """
CREATE TABLE IF NOT EXISTS search_queue (seq INTEGER PRIMARY KEY, changed_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS search_queue_by_age ON search_queue (changed_at);

CREATE TABLE IF NOT EXISTS search_documents (
    seq INTEGER PRIMARY KEY,
    active INTEGER NOT NULL,
    status TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    public_id TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    type TEXT NOT NULL,
    format TEXT,
    folder TEXT NOT NULL,
    asset_folder TEXT NOT NULL,
    filename TEXT NOT NULL,
    display_name TEXT NOT NULL,
    access_mode TEXT NOT NULL,
    etag TEXT NOT NULL,
    version INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    pixels INTEGER,
    aspect_ratio REAL,
    duration REAL,
    pages INTEGER,
    face_count INTEGER,
    quality_score REAL,
    illustration_score REAL,
    transparent TEXT,
    grayscale TEXT,
    created_at INTEGER NOT NULL,
    uploaded_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    taken_at INTEGER,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS search_by_created ON search_documents (active, created_at, seq);
CREATE INDEX IF NOT EXISTS search_by_uploaded ON search_documents (active, uploaded_at, seq);
CREATE INDEX IF NOT EXISTS search_by_resource_type ON search_documents (active, resource_type, created_at, seq);
CREATE INDEX IF NOT EXISTS search_by_type ON search_documents (active, type, created_at, seq);
CREATE INDEX IF NOT EXISTS search_by_format ON search_documents (active, format, created_at, seq);
CREATE INDEX IF NOT EXISTS search_by_folder ON search_documents (active, folder, created_at, seq);
CREATE INDEX IF NOT EXISTS search_by_asset_folder ON search_documents (active, asset_folder, created_at, seq);
CREATE INDEX IF NOT EXISTS search_by_public_id ON search_documents (active, public_id, seq);
CREATE INDEX IF NOT EXISTS search_by_asset_id ON search_documents (asset_id);

CREATE TABLE IF NOT EXISTS search_values (
    field TEXT NOT NULL, value TEXT NOT NULL, active INTEGER NOT NULL, created_at INTEGER NOT NULL,
    seq INTEGER NOT NULL, words TEXT NOT NULL, number REAL,
    PRIMARY KEY (field, value, active, created_at, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS search_values_by_asset ON search_values (seq, field);
CREATE TABLE IF NOT EXISTS search_words (
    field TEXT NOT NULL, word TEXT NOT NULL, active INTEGER NOT NULL, created_at INTEGER NOT NULL,
    seq INTEGER NOT NULL, PRIMARY KEY (field, word, active, created_at, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS search_words_by_asset ON search_words (seq, field, word);

CREATE TRIGGER IF NOT EXISTS search_new AFTER INSERT ON assets BEGIN
    REPLACE INTO search_queue VALUES (new.seq, (julianday('now') - 2440587.5) * 86400);
END;
CREATE TRIGGER IF NOT EXISTS search_changed AFTER UPDATE ON assets BEGIN
    REPLACE INTO search_queue VALUES (new.seq, (julianday('now') - 2440587.5) * 86400);
END;
CREATE TRIGGER IF NOT EXISTS search_gone AFTER DELETE ON assets BEGIN
    REPLACE INTO search_queue VALUES (old.seq, (julianday('now') - 2440587.5) * 86400);
END;
INSERT OR IGNORE INTO search_queue
    SELECT seq, 0 FROM assets WHERE seq NOT IN (SELECT seq FROM search_documents);
"""

SCHEMA = Schema(sql=_SQL, emptied=("search_queue", "search_documents", "search_values", "search_words"))
