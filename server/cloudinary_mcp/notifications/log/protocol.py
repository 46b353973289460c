"""What the notification machinery speaks of: a notification, its log, and how the log can fail."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from cloudinary_mcp.state.errors import StorageError
from cloudinary_tools.config import CloudName

VerifiedBy = Literal["signature", "header", "both"]


class LogError(StorageError):
    """The log cannot be read or written now; the text says why and what to do. Nothing was stored."""


@dataclass(frozen=True)
class Notification:
    """One verified notification as it is in the log.

    `id` grows in the order of storing, across all processes. `cloud` is Cloudinary's cloud name. `via` is `webhook` or
    `poll:<channel>`. `body` is what was signed, byte for byte.
    """

    id: int
    received_at: datetime
    cloud: CloudName
    type: str
    public_ids: tuple[str, ...]
    asset_ids: tuple[str, ...]
    verified_by: VerifiedBy
    via: str
    body: bytes = field(repr=False)

    @cached_property
    def payload(self) -> Any:
        """The body as parsed JSON (an object); parsed at first use, since most readers need only the envelope."""
        return json.loads(self.body)


@dataclass(frozen=True)
class StoredNotification:
    """The answer to `store`: the row that holds the notification, and whether it was there before."""

    id: int
    repeated: bool


@dataclass(frozen=True)
class NotificationPage:
    """Notifications, newest first. `next_cursor` is the `before_id` of the next page, None at the end."""

    items: tuple[Notification, ...]
    next_cursor: int | None


@dataclass(frozen=True)
class LogStats:
    """What the log holds for the clouds asked about. `size` is the whole database in bytes, all clouds together."""

    location: str
    size: int
    rows: dict[str, int]
    oldest: datetime | None
    newest: datetime | None
    newest_id: int | None


@dataclass(frozen=True)
class PortClaim:
    """The process that last took a receiver port, and the cloud names whose notifications it can verify."""

    port: int
    instance: str
    pid: int
    clouds: frozenset[str]
    since: datetime


class LogTail(Protocol):
    """New notifications, each once, in order, without end. Needs no closing; may be dropped at any await."""

    @property
    def position(self) -> int:
        """The id up to which everything was handed out; `tail(after=position)` goes on from there."""
        ...

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> Notification: ...


class NotificationLog(Protocol):
    """A durable log of verified notifications. Every method may raise `LogError`.

    `clouds` are cloud names; rows of other clouds do not exist for the caller. `since` is a moment (with a time zone,
    inclusive) or an id (exclusive).
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def store(
        self, *, cloud: str, body: bytes, payload: dict[str, Any], verified_by: VerifiedBy, via: str
    ) -> StoredNotification:
        """Keep a verified notification; returns only when it would survive a power cut. A repeat is stored once."""
        ...

    async def get(self, notification_id: int, *, clouds: Collection[str]) -> Notification | None:
        """One notification, or None when it never was, is pruned or belongs to another cloud."""
        ...

    async def list(
        self,
        *,
        clouds: Collection[str],
        type: str | None = None,
        public_id: str | None = None,
        since: datetime | int | None = None,
        before_id: int | None = None,
        limit: int = 50,
    ) -> NotificationPage:
        """One page, newest first."""
        ...

    async def wait(
        self,
        *,
        clouds: Collection[str],
        type: str | None = None,
        public_id: str | None = None,
        since: datetime | int | None = None,
        timeout: float,
    ) -> Notification | None:
        """The oldest match since `since` (a minute ago by default), as soon as there is one; None after `timeout` s."""
        ...

    async def tail(self, clouds: Collection[str], *, after: int | None = None) -> LogTail:
        """Everything stored from now on (or after the id `after`) by any process, within a second."""
        ...

    async def stats(self, *, clouds: Collection[str]) -> LogStats:
        """Counts and ages."""
        ...

    async def claim_port(self, port: int, instance: str, clouds: Collection[str]) -> None:
        """Record that this process now holds the receiver port and which clouds it can verify."""
        ...

    async def release_port(self, port: int, instance: str) -> None:
        """Take back a claim, unless another instance has claimed the port since."""
        ...

    async def port_claim(self, port: int) -> PortClaim | None:
        """The last claim on a port; its process may have died without taking it back."""
        ...
