"""The state in one SQLite file, shared by all server processes of a user on one machine."""

from cloudinary_mcp.state.sqlite.store import FILE, SqliteState

__all__ = ["FILE", "SqliteState"]
