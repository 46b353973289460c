"""What a tool may use, as protocols: the server gives the real things, a test or a script its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from cloudinary_tools.cloud import Cloud, Progress, Reply


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
    """The local folders a tool may read; there are none over HTTP."""

    def readable(self, source: str) -> Path:
        """The real path of an allowed local file; a `Problem` names the flag that allows it."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """An upload that outlived its call, sizes in bytes. `result` is None while it runs."""

    id: str
    sent: int
    total: int | None
    result: Mapping[str, Any] | None
    error: Exception | None


class Jobs(Protocol):
    """Work that may go on in the server when its call has to answer."""

    async def finish_within(
        self, seconds: float, work: Callable[[Progress], Awaitable[dict[str, Any]]], report: Progress
    ) -> dict[str, Any] | Job:
        """Run the work, passing its progress on; after `seconds` it goes on in the background and a `Job` comes back.

        Cancelling the call before that cancels the work.
        """
        ...

    async def wait(self, job_id: str, seconds: float) -> Job:
        """The state of a job, waiting up to `seconds` for its end; a `Problem` for an unknown one."""
        ...


class ToolContext(Protocol):
    """What the server hands to every tool call."""

    @property
    def cloud(self) -> Cloud:
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
    def jobs(self) -> Jobs:
        """Uploads that outlive their call."""
        ...

    async def admin(self, method: str, *path: str, **request: Any) -> Reply:
        """One Admin API call, counted against the budget."""
        ...

    async def folder_mode(self) -> str:
        """`dynamic` or `fixed`, asked once per cloud."""
        ...

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the client how far the call is; does nothing when nobody listens."""
        ...
