"""The tables of triggers and of messages that wait to be polled."""

from cloudinary_sandbox.core.schema import Schema

_SQL = """
CREATE TABLE IF NOT EXISTS notification_triggers (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    uri TEXT NOT NULL,
    uri_type TEXT NOT NULL,
    event_type TEXT NOT NULL,
    additive INTEGER NOT NULL,
    filter TEXT,
    auth_scheme TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS notification_messages (
    seq INTEGER PRIMARY KEY,
    channel TEXT,
    batch_id TEXT,
    payload BLOB NOT NULL,
    created_at REAL NOT NULL,
    receipt_handle TEXT UNIQUE,
    hidden_until REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS notification_messages_by_channel ON notification_messages (channel, hidden_until);
CREATE INDEX IF NOT EXISTS notification_messages_by_batch
    ON notification_messages (batch_id, hidden_until) WHERE channel IS NULL;
CREATE INDEX IF NOT EXISTS notification_messages_by_age ON notification_messages (created_at);
"""

SCHEMA = Schema(sql=_SQL, emptied=("notification_triggers", "notification_messages"))
