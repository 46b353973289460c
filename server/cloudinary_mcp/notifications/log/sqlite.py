"""The notification log in SQLite, shared by all server processes on this machine.

One writer thread with the standard library's sqlite3 commits whatever is queued as one transaction ("group commit"):
the price of a durable commit is paid once for all webhooks that came meanwhile. aiosqlite would cost a thread change
per statement and could not group. Reading has its own thread and connection; in WAL mode neither blocks the other.
"""

import asyncio
import json
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from cloudinary_mcp.notifications.log import queries
from cloudinary_mcp.notifications.log.change_signal import ChangeSignal
from cloudinary_mcp.notifications.log.database import log_file
from cloudinary_mcp.notifications.log.protocol import (
    LogError,
    LogStats,
    Notification,
    NotificationPage,
    PortClaim,
    StoredNotification,
    VerifiedBy,
)
from cloudinary_mcp.notifications.log.queries import NewRow, Retention, RowFilter
from cloudinary_mcp.notifications.payload import summarise_payload

T = TypeVar("T")

DEFAULT_SINCE = 60.0
"""Seconds back from now from which `wait` also takes what is already there."""
MAX_PAGE = 500

_logger = logging.getLogger(__name__)
_BATCH = 128
_PRUNE_EVERY = 60.0
_STREAM_CHUNK = 100


@dataclass(frozen=True)
class _Write:
    """A row to store or a statement to run, and the future that is told the outcome."""

    work: NewRow | Callable[[sqlite3.Connection], object]
    done: "asyncio.Future[Any]"


class SqliteNotificationLog:
    """A `NotificationLog` in `folder`/notifications.db. The folder belongs to this application: its mode becomes 0700.

    Use as `async with`, from one event loop. Nothing is opened before the first call, and a database that is broken is
    tried again with the next call, so a server starts and goes on without its log. `max_rows` is per cloud, `max_age`
    in seconds, `max_bytes` for the whole file; as rows go in groups, a few more than `max_rows` may be there.
    `identity_age` (seconds, at least 3 hours) is for how long a repeat is recognised at least. A write waits
    `busy_timeout` seconds for another process's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_rows: int = 10_000,
        max_age: float = 30 * 86400.0,
        identity_age: float = 3 * 3600.0,
        max_bytes: int = 2**31,
        busy_timeout: float = 5.0,
        poll_interval: float = 0.25,
    ) -> None:
        if max_rows < 1 or max_age <= 0:
            raise ValueError("keep at least one notification, for longer than no time")
        if identity_age < 3 * 3600:
            raise ValueError("identity_age must be at least 3 hours: Cloudinary's signatures are valid for 2")
        self._keep = Retention(max_rows, max_age, max_bytes, identity_age)
        self._write_db = log_file(folder, busy_timeout=busy_timeout, max_bytes=max_bytes)
        self._read_db = log_file(folder, busy_timeout=busy_timeout, max_bytes=max_bytes)
        self._jobs: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._reader: ThreadPoolExecutor | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._prune_rows = min(256, max(max_rows // 40, 1))
        self._prune_bytes = max_bytes // 20
        self._unpruned_rows = self._unpruned_bytes = 0
        self._pruned_at = 0.0  # so an old log is pruned with the first write
        self._seen_version: tuple[int, int] | None = None
        self._changes = ChangeSignal(self._changed_elsewhere, poll_interval)

    @property
    def path(self) -> Path:
        """Its file, which is there once something was read or written."""
        return self._read_db.path

    async def __aenter__(self) -> Self:
        if self._loop:
            raise RuntimeError("a notification log is entered once")
        self._loop = asyncio.get_running_loop()
        self._writer = threading.Thread(target=self._write_jobs, name="notification-log-writer", daemon=True)
        self._writer.start()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="notification-log-reader")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        writer, reader = self._writer, self._reader
        self._writer = self._reader = None
        self._changes.close()
        self._jobs.put(None)
        if reader:
            reader.submit(self._read_db.close)
            reader.shutdown(wait=False)
        if writer:
            await asyncio.to_thread(writer.join)

    async def store(
        self, *, cloud: str, body: bytes, payload: dict[str, Any], verified_by: VerifiedBy, via: str
    ) -> StoredNotification:
        """Keep a verified notification (see `NotificationLog.store`); calls are stored in the order they are made."""
        envelope = summarise_payload(payload)
        row = NewRow(
            received_at=time.time(),
            cloud=cloud,
            type=envelope.type,
            public_ids=json.dumps(envelope.public_ids),
            asset_ids=json.dumps(envelope.asset_ids),
            verified_by=verified_by,
            via=via,
            body=body,
            digest=sha256(body).digest(),
        )
        return await self._write(row)

    async def get(self, notification_id: int, *, clouds: Collection[str]) -> Notification | None:
        """One notification of these clouds, or None."""
        wanted = RowFilter(tuple(clouds), after=notification_id - 1, before=notification_id + 1)
        return await self._read(lambda db: queries.oldest_match(db, wanted))

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
        """One page, newest first; `limit` is 1 to 500, and a page of huge bodies ends earlier."""
        if not 1 <= limit <= MAX_PAGE:
            raise ValueError(f"limit must be 1 to {MAX_PAGE}")
        wanted = _since(RowFilter(tuple(clouds), type, public_id, before=before_id), since)
        return await self._read(lambda db: queries.newest_page(db, wanted, limit))

    async def wait(
        self,
        *,
        clouds: Collection[str],
        type: str | None = None,
        public_id: str | None = None,
        since: datetime | int | None = None,
        timeout: float,
    ) -> Notification | None:
        """The oldest match since `since`, waiting up to `timeout` seconds for it."""
        wanted = RowFilter(tuple(clouds), type, public_id)
        wanted = _since(wanted, since) if since is not None else replace(wanted, from_time=time.time() - DEFAULT_SINCE)

        def look(db: sqlite3.Connection) -> tuple[Notification | None, int]:
            newest = queries.newest_id(db)  # read before the search, so that nothing falls in between
            return queries.oldest_match(db, wanted), newest

        deadline = asyncio.get_running_loop().time() + timeout
        with self._changes.watched():
            while True:
                changed = self._changes.next_change()
                found, newest = await self._read(look)
                if found:
                    return found
                wanted = replace(wanted, after=max(newest, wanted.after or 0))
                try:
                    async with asyncio.timeout_at(deadline):
                        await changed.wait()
                except TimeoutError:
                    return None

    async def tail(self, clouds: Collection[str], *, after: int | None = None) -> "SqliteLogTail":
        """New notifications from this moment (or the id `after`) on; iterate over what this returns."""
        position = await self._read(queries.newest_id) if after is None else after
        return SqliteLogTail(self._changes, self._stream_chunk, tuple(clouds), position)

    async def stats(self, *, clouds: Collection[str]) -> LogStats:
        """Rows per cloud, their age, and where and how big the database is."""

        def look(db: sqlite3.Connection) -> LogStats:
            found, oldest, newest, newest_id = queries.count_rows(db, clouds)
            return LogStats(
                location=str(self._read_db.path),
                size=self._read_db.size(),
                rows={cloud: found.get(cloud, 0) for cloud in clouds},
                oldest=None if oldest is None else queries.moment(oldest),
                newest=None if newest is None else queries.moment(newest),
                newest_id=newest_id,
            )

        return await self._read(look)

    async def claim_port(self, port: int, instance: str, clouds: Collection[str]) -> None:
        """Record that this process now holds the receiver port."""
        await self._write(queries.claiming_port(port, instance, clouds, time.time()))

    async def release_port(self, port: int, instance: str) -> None:
        """Take back a claim that still stands."""
        await self._write(queries.releasing_port(port, instance))

    async def port_claim(self, port: int) -> PortClaim | None:
        """The last claim on a port."""
        return await self._read(lambda db: queries.port_claim(db, port))

    async def _stream_chunk(self, clouds: tuple[str, ...], after: int) -> Sequence[Notification]:
        wanted = RowFilter(clouds, after=after)
        return await self._read(lambda db: queries.oldest_first(db, wanted, _STREAM_CHUNK))

    async def _changed_elsewhere(self) -> bool:
        """Whether any process has committed since the last time this was asked; costs no disk access."""
        return await self._read(self._compare_version)

    def _compare_version(self, db: sqlite3.Connection) -> bool:
        # The number is comparable only within one connection, so a reopened one counts as a change.
        version = (self._read_db.openings, db.execute("PRAGMA data_version").fetchone()[0])
        before, self._seen_version = self._seen_version, version
        return version != before

    async def _read(self, look: Callable[[sqlite3.Connection], T]) -> T:
        if not self._reader or not self._loop:
            raise _closed()

        def look_up() -> T:
            with self._read_db.use() as db:
                return look(db)

        return await self._loop.run_in_executor(self._reader, look_up)

    async def _write(self, work: NewRow | Callable[[sqlite3.Connection], object]) -> Any:
        if not self._writer or not self._loop:
            raise _closed()
        job = _Write(work, self._loop.create_future())
        self._jobs.put(job)
        return await job.done

    def _write_jobs(self) -> None:
        """The writer thread: everything that is queued, up to a batch, is one transaction."""
        going_on = True
        while going_on:
            batch: list[_Write] = []
            job = self._jobs.get()
            while job:
                batch.append(job)
                if len(batch) == _BATCH:
                    break
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            else:
                going_on = False
            if batch:
                self._report(batch, self._commit(batch))
        self._write_db.close()

    def _commit(self, batch: Sequence[_Write]) -> Sequence[object] | Exception:
        try:
            with self._write_db.transaction() as db:
                pruned_before = self._pruned_at
                new = [job.work for job in batch if isinstance(job.work, NewRow)]
                self._prune_sometimes(db, new)
                stored = iter(queries.insert_new(db, new) if new else ())
                outcome = [next(stored) if isinstance(job.work, NewRow) else job.work(db) for job in batch]
        except Exception as error:  # noqa: BLE001 - handed to those who wait; the thread must live on
            return error
        if self._pruned_at != pruned_before:
            self._shrink()
        return outcome

    def _shrink(self) -> None:
        """Make the file smaller after pruning; what is stored is stored already, so a failure only waits."""
        try:
            with self._write_db.use() as db:
                queries.shrink(db)
        except LogError as error:
            _logger.info("the notification log stays larger than it need be for now: %s", error)

    def _prune_sometimes(self, db: sqlite3.Connection, new: Sequence[NewRow]) -> None:
        """Make room before it is needed, so that a log at its limit is not stuck there."""
        now = time.time()
        self._unpruned_rows += len(new)
        self._unpruned_bytes += sum(len(row.body) for row in new)
        if (
            self._unpruned_rows > self._prune_rows
            or self._unpruned_bytes > self._prune_bytes
            or now > self._pruned_at + _PRUNE_EVERY
        ):
            queries.prune(db, self._keep, now)
            self._unpruned_rows = self._unpruned_bytes = 0
            self._pruned_at = now

    def _report(self, batch: Sequence[_Write], outcome: Sequence[object] | Exception) -> None:
        assert self._loop
        with suppress(RuntimeError):  # the event loop is gone, and with it whoever waited
            self._loop.call_soon_threadsafe(self._resolve, batch, outcome)

    def _resolve(self, batch: Sequence[_Write], outcome: Sequence[object] | Exception) -> None:
        for number, job in enumerate(batch):
            if job.done.done():
                continue  # its caller was cancelled
            if isinstance(outcome, LogError):
                job.done.set_exception(LogError(outcome.fault, str(outcome)))  # one each: tracebacks must not add up
            elif isinstance(outcome, Exception):
                job.done.set_exception(outcome)
            else:
                job.done.set_result(outcome[number])
        if not isinstance(outcome, Exception):
            self._changes.notify_change()


class SqliteLogTail:
    """The `LogTail` of a `SqliteNotificationLog`: reads on from its position whenever the log has changed.

    Nothing is buffered but one chunk, so a slow reader costs no memory; what is pruned before it was read is not seen.
    A `LogError` ends the iteration; call `tail` again with `after=position`.
    """

    def __init__(
        self,
        changes: ChangeSignal,
        read: Callable[[tuple[str, ...], int], Awaitable[Sequence[Notification]]],
        clouds: tuple[str, ...],
        position: int,
    ) -> None:
        self._changes = changes
        self._read = read
        self._clouds = clouds
        self._position = position
        self._chunk: list[Notification] = []

    @property
    def position(self) -> int:
        """The id of the last notification handed out, or where the tail began."""
        return self._position

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notification:
        if not self._chunk:
            with self._changes.watched():
                while not self._chunk:
                    changed = self._changes.next_change()
                    self._chunk = [*await self._read(self._clouds, self._position)][::-1]
                    if not self._chunk:
                        await changed.wait()
        found = self._chunk.pop()
        self._position = found.id
        return found


def _since(wanted: RowFilter, since: datetime | int | None) -> RowFilter:
    if isinstance(since, datetime):
        if since.tzinfo is None:
            raise ValueError("since needs a time zone, such as 2025-06-01T12:00:00+00:00")
        return replace(wanted, from_time=since.timestamp())
    return replace(wanted, after=since)


def _closed() -> LogError:
    return LogError("closed", "the notification log is not open")
