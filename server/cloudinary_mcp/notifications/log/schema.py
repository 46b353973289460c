"""The tables of the notification log, as the migrations that made them."""

from cloudinary_mcp.state.migrations import Migration

MIGRATIONS = (
    Migration(
        1,
        """
        CREATE TABLE notifications (
            id INTEGER PRIMARY KEY AUTOINCREMENT, received_at REAL NOT NULL, cloud TEXT NOT NULL, type TEXT NOT NULL,
            public_ids TEXT NOT NULL, asset_ids TEXT NOT NULL, verified_by TEXT NOT NULL, via TEXT NOT NULL,
            body BLOB NOT NULL);
        CREATE INDEX notifications_by_cloud ON notifications (cloud);
        CREATE INDEX notifications_by_age ON notifications (received_at);
        CREATE TABLE identities (
            digest BLOB NOT NULL, cloud TEXT NOT NULL, seen_at REAL NOT NULL, notification_id INTEGER NOT NULL,
            PRIMARY KEY (digest, cloud)) WITHOUT ROWID;
        CREATE INDEX identities_by_age ON identities (seen_at);
        CREATE TABLE ports (
            port INTEGER PRIMARY KEY, instance TEXT NOT NULL, pid INTEGER NOT NULL, clouds TEXT NOT NULL,
            since REAL NOT NULL);
        """,
    ),
)
"""`notifications` holds the rows, `identities` what a repeat is recognised by (it outlives its row by hours), `ports`
the last claim on each receiver port. Times are unix seconds; `public_ids`, `asset_ids` and `clouds` are JSON arrays."""
