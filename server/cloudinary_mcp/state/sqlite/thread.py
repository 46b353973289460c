"""The one thread that works on the state's file."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.schema import migrations
from cloudinary_mcp.state.sqlite_file import SqliteFile

T = TypeVar("T")


class SqliteThread:
    """Runs work on the file, one after the other; the thread starts with the first."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, migrations("sqlite"), what="the state", error=StateError)
        self._executor: ThreadPoolExecutor | None = None

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The outcome of some reading."""

        def run() -> T:
            with self._file.use() as db:
                return work(db)

        return await self._run(run)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The outcome of some writing: all of it is durable when this returns, or nothing of it is there.

        It goes on when the caller is cancelled meanwhile.
        """

        def run() -> T:
            with self._file.transaction() as db:
                return work(db)

        return await self._run(run)

    async def aclose(self) -> None:
        """Close the file; a later call opens it again."""
        executor, self._executor = self._executor, None
        if executor:
            await asyncio.get_running_loop().run_in_executor(executor, self._file.close)
            executor.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="state")
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
