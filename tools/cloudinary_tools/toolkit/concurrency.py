"""Doing one thing to many: a few at once, each with its own outcome, and a clean stop when going on makes no sense."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import anyio

from cloudinary_tools.client import CloudError, NoAnswer, RateLimited, Unauthorized, UpstreamError

AT_ONCE = 5
"""Calls in flight at the same time."""
STOPPING = (RateLimited, Unauthorized, NoAnswer, UpstreamError)
"""Failures that the next item would meet too: the work stops, what is left can be done later."""
USED_UP = "this call's time or Admin API calls were used up"
"""Why a tool stopped before the end, in every answer that says so."""

_T = TypeVar("_T")
_R = TypeVar("_R")


async def together(calls: Sequence[Callable[[], Coroutine[Any, Any, object]]]) -> None:
    """Await several calls at once. The first failure cancels the others and is raised as itself, not in a group."""
    try:
        async with anyio.create_task_group() as tasks:
            for call in calls:
                tasks.start_soon(call)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


@dataclass(slots=True)
class Work(Generic[_T, _R]):
    """What became of each item. `unsure` may have been done although its call failed; `rest` was surely not done."""

    done: list[tuple[_T, _R]] = field(default_factory=list[tuple[_T, _R]])
    failed: list[tuple[_T, str]] = field(default_factory=list[tuple[_T, str]])
    unsure: list[_T] = field(default_factory=list[_T])
    rest: list[_T] = field(default_factory=list[_T])
    stopped: str = ""

    def stop(self, why: CloudError | str) -> None:
        """Begin nothing more. The first reason is kept."""
        if not self.stopped:
            self.stopped = why if isinstance(why, str) else reason(why)


def reason(error: CloudError) -> str:
    """A failure in one line: what, and what to do about it."""
    when = f" It can be repeated from {error.retry_at:%H:%M} UTC." if error.retry_at else ""
    return f"{error.message.rstrip('.')}.{when} {error.hint}".strip()


async def each(
    items: Sequence[_T],
    do: Callable[[_T], Awaitable[_R]],
    *,
    may_go_on: Callable[[], bool] = lambda: True,
    tell: Callable[[int], Awaitable[None]] | None = None,
    at_once: int = AT_ONCE,
    stopping: tuple[type[CloudError], ...] = STOPPING,
) -> Work[_T, _R]:
    """Await `do` for every item, `at_once` at a time, beginning in their order.

    A `CloudError` fails its own item; one of `stopping` lets those in flight finish and begins no other, as does
    `may_go_on` when it says no. `tell` hears how many items are through. Cancelling cancels what is in flight.
    """
    work: Work[_T, _R] = Work()
    waiting = iter(items)
    through = 0

    async def worker() -> None:
        nonlocal through
        while not work.stopped:
            if not may_go_on():
                work.stop(USED_UP)
                return
            try:
                item = next(waiting)
            except StopIteration:
                return
            try:
                work.done.append((item, await do(item)))
            except stopping as error:
                (work.unsure if error.outcome_unknown else work.rest).append(item)
                work.stop(error)
            except CloudError as error:
                work.failed.append((item, reason(error)))
            through += 1
            if tell:
                await tell(through)

    async with anyio.create_task_group() as tasks:
        for _ in range(min(at_once, len(items))):
            tasks.start_soon(worker)
    work.rest += waiting
    return work
