"""What is kept, whatever keeps it: plans, changes and secrets, each by the principal it belongs to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from cloudinary_tools.client.permits import Effect
from cloudinary_tools.toolkit.journal import Change, ChangeState

PlanState = Literal["open", "asked", "used", "declined", "expired"]
Agreed = Literal["the user said yes", "confirmed plan", "named with confirm", "rule"]
"""How a change came to be allowed. `rule`: it could be undone and concerned a few named things."""

OPEN_PLANS = 100
"""Open plans of one principal; the oldest gives way, never another principal's."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: `local` for stdio and loopback, else the name of a token. `client` is the program they use."""

    id: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One item of a plan: its key and name, and what its tool keeps of it as JSON."""

    key: str
    label: str
    body: str


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it is kept; `arguments`, `options` and `details` are JSON."""

    id: str
    cloud: str
    operation: str
    verb: str
    selection: str
    arguments: str
    options: str
    details: str
    effect: Effect
    digest: str
    made_at: datetime
    expires_at: datetime
    items: Sequence[PlanItem]
    state: PlanState = "open"


@dataclass(frozen=True, slots=True)
class Declined:
    """What a person said no to lately, of the things that are asked about again."""

    times: int
    """How many questions about any of them were answered with no."""
    last: datetime
    labels: tuple[str, ...]
    """Names of the things, a few of them."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One tool call that changed something, or one job."""

    at: datetime
    principal: str
    client: str
    tool: str
    cloud: str
    agreed: Agreed
    summary: str = ""
    undo_of: int | None = None
    undone_by: int | None = None
    job_id: str | None = None
    id: int = 0
    """0 until it is kept."""


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One change of a change set, with what became of it."""

    set_id: int
    n: int
    change: Change
    state: ChangeState
    outcome: str = ""
    kept_file: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one change: the `n`th of its change set."""

    n: int
    state: ChangeState
    outcome: str = ""
    key: str | None = None
    """The key it got, for what did not exist before."""
    after: Mapping[str, Any] | None = None
    kept_file: str | None = None


class PlanStore(Protocol):
    """Plans that wait for a yes, and what was declined."""

    async def add(self, principal: Principal, plan: StoredPlan) -> None:
        """Keep a plan; beyond `OPEN_PLANS` the principal's oldest open ones are forgotten."""
        ...

    async def find(self, principal: Principal, plan_id: str) -> StoredPlan | None:
        """A principal's plan in whatever state, without looking at the time; None for one that is not theirs."""
        ...

    async def settle(self, principal: Principal, plan_id: str, state: PlanState, at: datetime) -> bool:
        """Move a plan that is open or asked to another state; False when it was in neither: a plan works once."""
        ...

    async def declined(self, principal: Principal, cloud: str, keys: Iterable[str], since: datetime) -> Declined | None:
        """Whether the principal's person declined anything that has one of these keys since then."""
        ...

    async def reconsider(self, principal: Principal, cloud: str, keys: Iterable[str]) -> None:
        """Forget what the principal's person declined that has one of these keys: they said yes after all."""
        ...

    async def prune(self, before: datetime) -> None:
        """Forget plans that expired before then."""
        ...


class ChangeStore(Protocol):
    """The journal of changes."""

    async def begin(self, change_set: ChangeSet, changes: Sequence[Change]) -> int:
        """Write down what is about to be changed, durably and whole; the id of the change set."""
        ...

    async def extend(self, set_id: int, changes: Sequence[Change]) -> int:
        """Write down more changes of a change set; the number of the first of them."""
        ...

    async def settle(self, set_id: int, settled: Sequence[Settled], summary: str | None = None) -> None:
        """Write down what became of changes, in one transaction."""
        ...

    async def sets(
        self, principal: Principal | None, *, cloud: str | None = None, tool: str | None = None, key: str | None = None,
        who: str | None = None, since: datetime | None = None, before: int | None = None, limit: int = 20,
    ) -> list[ChangeSet]:  # fmt: skip
        """Change sets, newest first, with an id below `before`; of everybody without a principal. `key` is the key of
        a thing, or its name for people; `who` a part of the name of a principal or of the program they used."""
        ...

    async def get(self, set_id: int) -> ChangeSet | None:
        """One change set."""
        ...

    async def outcomes(self, set_ids: Sequence[int]) -> dict[int, dict[ChangeState, int]]:
        """How many changes of each change set ended how."""
        ...

    async def changes(self, set_id: int) -> list[StoredChange]:
        """All changes of a change set, in order."""
        ...

    async def undone(self, set_id: int, by: int) -> None:
        """Note that a change set was undone by another; the last one that did so is remembered."""
        ...

    async def prune(self, before: datetime, max_bytes: int) -> list[str]:
        """Forget change sets of before then, and the oldest ones beyond a size; the kept files they named."""
        ...


class SecretStore(Protocol):
    """Keys that all processes of one server share."""

    async def get(self, name: str, make: bytes, at: datetime) -> bytes:
        """The secret of a name; the given one becomes it when there is none yet."""
        ...


class StateStore(Protocol):
    """All of the state. Failures are `StateError`s of `cloudinary_mcp.state.errors`."""

    @property
    def plans(self) -> PlanStore:
        """The plans."""
        ...

    @property
    def changes(self) -> ChangeStore:
        """The journal."""
        ...

    @property
    def secrets(self) -> SecretStore:
        """The shared keys."""
        ...

    async def aclose(self) -> None:
        """Close the files or connections."""
        ...
