"""The resource subscriptions of clients that speak protocol version 2025-11-25, which the SDK leaves to us.

Clients since 2026-07-28 open a `subscriptions/listen` stream, which the SDK serves; they are told through its bus.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable

import anyio

logger = logging.getLogger(__name__)

MAX_URIS = 1000
"""Resources one connection may subscribe to."""
TELL_WITHIN = 5.0
"""Seconds a client may take to be told before it is passed over: one that stopped reading delays the rest no longer."""

TellClient = Callable[[str], Awaitable[None]]


class TooManySubscriptionsError(Exception):
    """A connection subscribed to more resources than it may."""


class ResourceSubscribers:
    """Which connection wants to hear of which resource; a connection that ends is forgotten."""

    def __init__(self) -> None:
        self._by_uri: dict[str, dict[object, TellClient]] = {}
        self._uris: dict[object, set[str]] = {}

    def add(self, connection: object, uri: str, tell: TellClient) -> bool:
        """Subscribe; True for a connection that was not known yet, so that its end can be watched."""
        new = connection not in self._uris
        uris = self._uris.setdefault(connection, set())
        if len(uris) >= MAX_URIS and uri not in uris:
            raise TooManySubscriptionsError(f"a connection may subscribe to {MAX_URIS} resources")
        uris.add(uri)
        self._by_uri.setdefault(uri, {})[connection] = tell
        return new

    def remove(self, connection: object, uri: str) -> None:
        """Unsubscribe; one that was not there is no error."""
        self._uris.get(connection, set()).discard(uri)
        listeners = self._by_uri.get(uri, {})
        listeners.pop(connection, None)
        if not listeners:
            self._by_uri.pop(uri, None)

    def forget(self, connection: object) -> None:
        """Drop all subscriptions of a connection that ended."""
        for uri in list(self._uris.get(connection, ())):
            self.remove(connection, uri)
        self._uris.pop(connection, None)

    def __len__(self) -> int:
        """Connections that are known."""
        return len(self._uris)

    async def tell(self, uris: Iterable[str]) -> None:
        """Tell everybody who subscribed to one of these resources, all at once."""
        async with anyio.create_task_group() as tasks:
            for uri in dict.fromkeys(uris):
                for connection, tell in list(self._by_uri.get(uri, {}).items()):
                    tasks.start_soon(self._tell_one, connection, uri, tell)

    async def _tell_one(self, connection: object, uri: str, tell: TellClient) -> None:
        try:
            with anyio.move_on_after(TELL_WITHIN):
                await tell(uri)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            self.forget(connection)
            logger.debug("a subscriber was gone")
