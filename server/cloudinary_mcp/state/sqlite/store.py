"""`SqliteState`: one file, one thread that works on it, and the parts of the state."""

from pathlib import Path

from cloudinary_mcp.state.sqlite.changes import SqliteChanges
from cloudinary_mcp.state.sqlite.plans import SqlitePlans
from cloudinary_mcp.state.sqlite.secrets import SqliteSecrets
from cloudinary_mcp.state.sqlite.thread import SqliteThread

FILE = "state.db"


class SqliteState:
    """A `StateStore` in `folder`/state.db, which only this user may read. Nothing is opened before the first call."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._thread = SqliteThread(self.path)
        self.plans = SqlitePlans(self._thread)
        self.changes = SqliteChanges(self._thread)
        self.secrets = SqliteSecrets(self._thread)

    async def aclose(self) -> None:
        """Close the file."""
        await self._thread.aclose()
