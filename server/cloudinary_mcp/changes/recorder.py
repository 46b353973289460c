"""Writes what one tool call changes into the journal: before the request leaves, and when its outcome is known."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import anyio

from cloudinary_mcp.changes.kept_files import Keep
from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.protocol import ChangeSet, ChangeStore, Settled
from cloudinary_tools.client import CloudError
from cloudinary_tools.toolkit.journal import Change, ChangeState, Record, Values
from cloudinary_tools.toolkit.plan_permit import PlanPermit
from cloudinary_tools.toolkit.redaction import redacted, redacted_text
from cloudinary_tools.toolkit.results import Problem

logger = logging.getLogger(__name__)

NOT_TOLD = "not carried out"


class ChangeRecorder:
    """The journal of one tool call. Its change set comes about with the first change.

    `permit` lets changing calls through only within a block of `recorded`. Without `keep_values` only names are
    written down, and nothing can be undone.
    """

    def __init__(
        self,
        store: ChangeStore,
        change_set: ChangeSet,
        permit: PlanPermit,
        *,
        keep_values: bool = True,
        keep: Keep | None = None,
    ) -> None:
        self._store = store
        self._change_set = change_set
        self._permit = permit
        self._keep_values = keep_values
        self._keep = keep
        self._writing = anyio.Lock()
        self.set_id: int | None = None
        self.made = False
        """Whether anything was, or may have been, changed."""

    @asynccontextmanager
    async def recorded(self, changes: Sequence[Change]) -> AsyncGenerator[Record]:
        """Write down the changes, then let them be made; a `Problem` when they cannot be written down.

        What is not told within the block counts as failed, or as unknown where nobody can know.
        """
        first = await self._write(changes)
        record = _Record(changes, self._keep_values)
        try:
            if self._keep:
                record.files |= await self._keep(changes)
            with self._permit.recording():
                yield record
        except BaseException as error:
            record.end(*_unsettled(error))
            raise
        else:
            record.end("failed", NOT_TOLD)
        finally:
            with anyio.CancelScope(shield=True):
                settled = record.settled(first)
                self.made = self.made or any(one.state != "failed" for one in settled)
                await self._settle(settled)

    async def _write(self, changes: Sequence[Change]) -> int:
        kept = [_without_secrets(change, keep_values=self._keep_values) for change in changes]
        async with self._writing:
            try:
                if self.set_id is not None:
                    return await self._store.extend(self.set_id, kept)
                self.set_id = await self._store.begin(self._change_set, kept)
                return 0
            except StateError as error:
                raise Problem(
                    f"The change cannot be written into the journal, so it was not made: {error}.",
                    hint="Reading goes on meanwhile.",
                    retryable=error.retryable,
                ) from error

    async def _settle(self, settled: Sequence[Settled]) -> None:
        """A lost outcome is no failure of the change: the journal then says that it may have been made."""
        assert self.set_id is not None
        try:
            await self._store.settle(self.set_id, settled)
        except StateError as error:
            logger.warning("the outcome of change c%s is not in the journal: %s", self.set_id, error)


@dataclass(slots=True)
class _Record:
    """A `Record`: the changes by key."""

    changes: Sequence[Change]
    keep_values: bool
    _told: dict[str, Settled] = field(default_factory=dict[str, Settled])
    files: dict[str, str] = field(default_factory=dict[str, str])
    _end: tuple[ChangeState, str] = ("failed", NOT_TOLD)

    def done(self, key: str, *, became: str | None = None, after: Values | None = None, outcome: str = "") -> None:
        kept = redacted(after) if self.keep_values else None
        self._told[key] = Settled(0, "done", outcome, became, kept)

    def failed(self, key: str, why: str) -> None:
        self._told[key] = Settled(0, "failed", why)

    def unknown(self, key: str, why: str) -> None:
        self._told[key] = Settled(0, "unknown", why)

    def kept(self, key: str, file: str) -> None:
        self.files[key] = file

    def end(self, state: ChangeState, why: str) -> None:
        """What becomes of everything that was not told."""
        self._end = state, why

    def settled(self, first: int) -> list[Settled]:
        """The outcomes, numbered as they were written down."""
        untold = Settled(0, *self._end)
        return [
            replace(self._told.get(change.key, untold), n=n, kept_file=self.files.get(change.key))
            for n, change in enumerate(self.changes, first)
        ]


def _without_secrets(change: Change, *, keep_values: bool) -> Change:
    return replace(
        change,
        label=redacted_text(change.label),
        before=redacted(change.before) if keep_values else None,
        after=redacted(change.after) if keep_values else None,
    )


def _unsettled(error: BaseException) -> tuple[ChangeState, str]:
    """What an error says about the changes that were not told."""
    if isinstance(error, CloudError):
        return ("unknown" if error.outcome_unknown else "failed"), error.message
    if isinstance(error, Problem):
        return "failed", error.message
    return "unknown", "the call ended before the outcome was known"
