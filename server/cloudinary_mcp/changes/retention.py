"""How long the journal remembers: days and a size, with the copies that belong to what is forgotten."""

import logging
from datetime import UTC, datetime, timedelta

import anyio
import anyio.to_thread

from cloudinary_mcp.changes.kept_files import KeptFiles
from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.protocol import StateStore

logger = logging.getLogger(__name__)

EVERY = 3600
"""Seconds between two prunings."""
FIRST = 30
"""Seconds after the start: the first answers come first."""


async def prune(state: StateStore, files: KeptFiles, days: float, max_bytes: int) -> None:
    """Forget what is too old or too much. What fails is tried again the next time."""
    try:
        room = max(max_bytes - await anyio.to_thread.run_sync(files.__len__), 0)
        gone = await state.changes.prune(datetime.now(UTC) - timedelta(days=days), room)
        await anyio.to_thread.run_sync(files.remove, gone)
    except (StateError, OSError) as error:
        logger.warning("the journal was not pruned: %s", error)


async def prune_regularly(state: StateStore, files: KeptFiles, days: float, max_bytes: int) -> None:
    """Prune now and then, as long as the server runs."""
    await anyio.sleep(FIRST)
    while True:
        await prune(state, files, days, max_bytes)
        await anyio.sleep(EVERY)
