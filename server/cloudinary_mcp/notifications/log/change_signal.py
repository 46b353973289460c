"""Telling waiters that the log has changed: at once for this process's rows, within a moment for other processes'."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

from cloudinary_mcp.notifications.log.protocol import LogError


class ChangeSignal:
    """Who waits takes `next_change()`, looks, and awaits it; a change meanwhile sets that event, so none is missed.

    Other processes are looked for every `interval` seconds, but only while somebody is `watched()`.
    """

    def __init__(self, changed_elsewhere: Callable[[], Awaitable[bool]], interval: float) -> None:
        self._changed_elsewhere = changed_elsewhere
        self._interval = interval
        self._change = asyncio.Event()
        self._watchers = 0
        self._task: asyncio.Task[None] | None = None

    def next_change(self) -> asyncio.Event:
        """The event that the next change sets; it is set once and never cleared."""
        return self._change

    def notify_change(self) -> None:
        """Something has changed: wake everybody who holds the current event."""
        change, self._change = self._change, asyncio.Event()
        change.set()

    @contextmanager
    def watched(self) -> Generator[None, None, None]:
        """While entered, changes by other processes are noticed."""
        self._watchers += 1
        if self._task is None:
            self._task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self._watchers -= 1

    def close(self) -> None:
        """Stop looking, and wake everybody to find the log closed."""
        if self._task:
            self._task.cancel()
            self._task = None
        self.notify_change()

    async def _watch(self) -> None:
        """Ends when nobody is watching; outlives a pause of one interval, so that a busy waiter costs no new tasks."""
        try:
            while self._watchers:
                try:
                    changed = await self._changed_elsewhere()
                except LogError:
                    changed = True  # whoever waits finds the same error when it looks, and reports it
                if changed:
                    self.notify_change()
                await asyncio.sleep(self._interval)
        finally:
            self._task = None
