"""A caller's own part of the journal, as tools read it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cloudinary_mcp.changes.kept_files import KeptFiles
from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.protocol import ChangeSet, ChangeStore, Principal, StoredChange
from cloudinary_tools.toolkit.journal import ChangeState
from cloudinary_tools.toolkit.past_changes import PastSet
from cloudinary_tools.toolkit.results import Problem

PAGE = 50


class OwnChanges:
    """`PastChanges` of one principal; nobody sees the changes of others. A `Problem` where the journal fails."""

    def __init__(self, store: ChangeStore, principal: Principal, files: KeptFiles) -> None:
        self._store = store
        self._principal = principal
        self._files = files

    async def sets(
        self, cloud: str, *, asset: str | None = None, tool: str | None = None, since: datetime | None = None,
        person: str | None = None, before: int | None = None, limit: int = 20,
    ) -> Sequence[ChangeSet]:  # fmt: skip
        """Change sets of a cloud, newest first."""
        try:
            return await self._store.sets(
                self._principal, cloud=cloud, tool=tool, key=asset, who=person, since=since, before=before, limit=limit
            )
        except StateError as error:
            raise _unreadable(error) from error

    async def outcomes(self, sets: Sequence[PastSet]) -> Mapping[int, Mapping[ChangeState, int]]:
        """How many changes of each set ended how."""
        try:
            return await self._store.outcomes([one.id for one in sets])
        except StateError as error:
            raise _unreadable(error) from error

    async def find(self, cloud: str, set_id: int) -> tuple[ChangeSet, Sequence[StoredChange]] | None:
        """One change set of this principal and cloud, with its changes."""
        try:
            found = await self._store.get(set_id)
            if found is None or (found.principal, found.cloud) != (self._principal.id, cloud):
                return None
            return found, await self._store.changes(set_id)
        except StateError as error:
            raise _unreadable(error) from error

    async def last(self, cloud: str) -> ChangeSet | None:
        """The newest change set that made something, is no undo and was not undone, or not for good."""
        before = None
        while page := await self.sets(cloud, before=before, limit=PAGE):
            outcomes = await self.outcomes(page)
            for one in page:
                made = outcomes.get(one.id, {}).keys() - {"failed"}
                if one.undo_of is None and made and await self._in_effect(one):
                    return one
            before = page[-1].id
        return None

    async def _in_effect(self, one: ChangeSet) -> bool:
        """Whether nothing undid it, or what did was undone itself."""
        effective = True
        while one.undone_by is not None:
            effective = not effective
            undoing = await self._store.get(one.undone_by)
            if undoing is None:
                break
            one = undoing
        return effective

    def kept(self, file: str) -> bytes | None:
        """A copy that was kept."""
        return self._files.read(file)


def _unreadable(error: StateError) -> Problem:
    return Problem(f"The journal cannot be read: {error}.", retryable=error.retryable)
