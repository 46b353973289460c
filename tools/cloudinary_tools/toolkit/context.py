"""What a tool may use, as protocols: the server gives the real things, a test or a script its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from typing_extensions import TypeVar

from cloudinary_tools.client import CloudinaryClient, JsonObject, Progress, Reply
from cloudinary_tools.config import CloudName, ConfigName
from cloudinary_tools.toolkit.journal import Change, Recorded
from cloudinary_tools.toolkit.past_changes import PastChanges

T = TypeVar("T", default=JsonObject)

ANSWER_TIME = 4
"""Seconds of a call that are kept back to put its answer together."""


@dataclass(slots=True)
class Budget:
    """How much one call may still do before it must stop by itself: seconds and Admin API calls."""

    seconds: float = 45
    admin_calls: int = 25
    _started: float = field(default_factory=monotonic)

    @property
    def seconds_left(self) -> float:
        """Seconds until the call has to answer."""
        return self.seconds - (monotonic() - self._started)

    def allows(self, admin_calls: int = 1, seconds: float = 2) -> bool:
        """Whether that many more Admin API calls and seconds fit."""
        return self.admin_calls >= admin_calls and self.seconds_left >= seconds


class Files(Protocol):
    """The local folders a tool may read, and the one it may write; there are none over HTTP."""

    def readable(self, source: str) -> Path:
        """The real path of an allowed local file; a `Problem` names the flag that allows it."""
        ...

    def content(self, source: str, most: int) -> tuple[bytes, Path]:
        """The whole of an allowed local file and its real path; a `Problem` above `most` bytes. Blocks."""
        ...

    def several(self, source: str) -> list[tuple[Path, str]]:
        """The allowed files of a folder or glob: real path and path below the folder. May take a while."""
        ...

    def writable(self, name: str, *, overwrite: bool = False) -> Path:
        """The real path for a file to be written, in the download folder; it does not exist unless told."""
        ...


@dataclass(frozen=True, slots=True)
class BackgroundUpload:
    """An upload that outlived its call, sizes in bytes. `result` is None while it runs."""

    id: str
    sent: int
    total: int | None
    result: Mapping[str, Any] | None
    error: Exception | None


class Uploads(Protocol):
    """Work that may go on in the server when its call has to answer."""

    async def finish_within(
        self, seconds: float, work: Callable[[Progress], Awaitable[Mapping[str, Any]]], report: Progress
    ) -> dict[str, Any] | BackgroundUpload:
        """Run the work, passing its progress on; after `seconds` it goes on in the background and a `Job` comes back.

        Cancelling the call before that cancels the work.
        """
        ...

    async def wait(self, upload_id: str, seconds: float) -> BackgroundUpload:
        """The state of an upload, waiting up to `seconds` for its end; a `Problem` for an unknown one."""
        ...


class Notification(Protocol):
    """A verified notification of Cloudinary. `id` grows in the order of storing."""

    @property
    def id(self) -> int:
        """Its place in the log."""
        ...

    @property
    def received_at(self) -> datetime:
        """When it came."""
        ...

    @property
    def cloud(self) -> CloudName:
        """The cloud that it is from."""
        ...

    @property
    def type(self) -> str:
        """The notification_type."""
        ...

    @property
    def public_ids(self) -> tuple[str, ...]:
        """The assets it touches."""
        ...

    @property
    def payload(self) -> Any:
        """The parsed body."""
        ...


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Notifications, newest first; `before` gives the next page, None at the end."""

    items: Sequence[Notification]
    before: int | None


@dataclass(frozen=True, slots=True)
class NotificationStatus:
    """How notifications reach this server, what came and what was refused, since it started."""

    receiver: str
    address: str | None
    public_url: str | None
    introduced: bool
    """The cloud was told of the receiver and sends everything there (the sandbox does)."""
    channels: list[dict[str, Any]]
    accepted: int
    repeated: int
    rejected: dict[str, int]
    log: dict[str, Any]
    verifiable: list[str]


class Notifications(Protocol):
    """The log of verified notifications. `cloud` names one of the configured clouds, None all of them.

    `since` is a moment (inclusive) or an id (exclusive).
    """

    @property
    def webhook_url(self) -> str | None:
        """Where Cloudinary can reach this server's receiver, if that is known."""
        ...

    async def list(
        self, cloud: ConfigName | None, *, type: str | None, public_id: str | None, since: datetime | int | None,
        before: int | None, limit: int,
    ) -> NotificationPage:  # fmt: skip
        """One page, newest first."""
        ...

    async def wait(
        self, cloud: ConfigName | None, *, type: str | None, public_id: str | None, since: datetime | int | None,
        timeout: float,
    ) -> Notification | None:  # fmt: skip
        """The oldest match since then (a minute ago by default), or None after `timeout` seconds."""
        ...

    async def status(self, cloud: ConfigName | None) -> NotificationStatus:
        """How notifications arrive."""
        ...

    def can_poll(self, cloud: ConfigName) -> bool:
        """Whether a cloud has a secret to verify its messages with."""
        ...

    def poll(self, cloud: ConfigName, channel: str) -> None:
        """Start taking notifications from a poll channel."""
        ...


class ToolContext(Protocol):
    """What the server hands to every tool call."""

    @property
    def cloud(self) -> CloudinaryClient:
        """The client of the cloud this call is for; a `Problem` says what is missing in its credentials."""
        ...

    @property
    def budget(self) -> Budget:
        """What this call may still spend."""
        ...

    @property
    def files(self) -> Files:
        """The local files this call may read."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Uploads that outlive their call."""
        ...

    @property
    def config_name(self) -> ConfigName | None:
        """How the call named its cloud; None when there is only one."""
        ...

    @property
    def notifications(self) -> Notifications:
        """The notifications that arrived; a `Problem` when this server takes none."""
        ...

    def extend(self, seconds: float) -> None:
        """Let this call take that many seconds from now: waiting is its purpose."""
        ...

    async def admin(self, method: str, *path: str, reply: type[T] | None = None, **request: Any) -> T:
        """One Admin API call, counted against the budget; what it answers, as `reply` (`CloudinaryClient.admin`)."""
        ...

    async def admin_reply(self, method: str, *path: str, reply: type[T], **request: Any) -> Reply[T]:
        """The same with what comes beside the answer (`CloudinaryClient.admin_reply`)."""
        ...

    def recorded(self, changes: Sequence[Change]) -> Recorded:
        """The block in which changes are made: they are in the journal before it begins, their outcome when it ends.

        Only while a plan is carried out; outside of it every changing call is refused.
        """
        ...

    @property
    def kept_up_to(self) -> int:
        """Bytes of an original of which a copy is kept before it goes; 0 when none is kept."""
        ...

    @property
    def past_changes(self) -> PastChanges:
        """What the caller changed before."""
        ...

    async def folder_mode(self) -> str:
        """`dynamic` or `fixed`, asked once per cloud."""
        ...

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the client how far the call is; does nothing when nobody listens."""
        ...
