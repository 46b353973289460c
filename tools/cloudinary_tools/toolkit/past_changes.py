"""The journal as a tool reads it: what was changed, by whom, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from cloudinary_tools.toolkit.journal import Change, ChangeState


class PastSet(Protocol):
    """A change set: what one tool call changed."""

    @property
    def id(self) -> int:
        """Its number; people and tools write it as `c12`."""
        ...

    @property
    def at(self) -> datetime:
        """When it began."""
        ...

    @property
    def principal(self) -> str:
        """Who called."""
        ...

    @property
    def client(self) -> str:
        """The program they used."""
        ...

    @property
    def tool(self) -> str:
        """The tool's name."""
        ...

    @property
    def cloud(self) -> str:
        """The cloud's name."""
        ...

    @property
    def agreed(self) -> str:
        """How it came to be allowed."""
        ...

    @property
    def summary(self) -> str:
        """What it was about, in words."""
        ...

    @property
    def undo_of(self) -> int | None:
        """The change set that it undid."""
        ...

    @property
    def undone_by(self) -> int | None:
        """The change set that undid it."""
        ...


class PastChange(Protocol):
    """One change of a change set."""

    @property
    def n(self) -> int:
        """Its place in the change set."""
        ...

    @property
    def change(self) -> Change:
        """What was changed, with the values before and after."""
        ...

    @property
    def state(self) -> ChangeState:
        """Whether it was made."""
        ...

    @property
    def outcome(self) -> str:
        """Why it was not, or why nobody knows."""
        ...

    @property
    def kept_file(self) -> str | None:
        """The copy that was kept of what went."""
        ...


class PastChanges(Protocol):
    """The caller's part of the journal."""

    async def sets(
        self, cloud: str, *, asset: str | None = None, tool: str | None = None, since: datetime | None = None,
        person: str | None = None, before: int | None = None, limit: int = 20,
    ) -> Sequence[PastSet]:  # fmt: skip
        """Change sets of a cloud, newest first, with an id below `before`.

        `asset` is an asset_id, or a name as answers show it; `person` a part of the caller's or the program's name.
        """
        ...

    async def outcomes(self, sets: Sequence[PastSet]) -> Mapping[int, Mapping[ChangeState, int]]:
        """How many changes of each set ended how."""
        ...

    async def find(self, cloud: str, set_id: int) -> tuple[PastSet, Sequence[PastChange]] | None:
        """One change set with its changes."""
        ...

    async def last(self, cloud: str) -> PastSet | None:
        """The newest change set that is in effect and is no undo."""
        ...

    def kept(self, file: str) -> bytes | None:
        """A copy that was kept, whole; None when it is no longer there."""
        ...
