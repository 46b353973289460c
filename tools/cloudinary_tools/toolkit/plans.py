"""Plans: a tool that deletes or replaces first says what it would do, and does it after a yes.

Such a tool answers with a `Plan`, the frozen list of exact items. Whoever serves the tool asks a person, or hands the
plan out; later the tool's `execute` function carries that same list out. A plan belongs to one cloud, one operation
and its items, works once, and expires after a quarter of an hour.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from typing_extensions import TypedDict

from cloudinary_tools.toolkit.results import (
    NAMED_AT_MOST,
    Problem,
    ToolResult,
    first_names,
    plural,
    size,
    visible,
    without_nulls,
)

LIFETIME = timedelta(minutes=15)
MAX_PLANS = 100
SAMPLE = 5


_NEVER = datetime.max.replace(tzinfo=UTC)


class PlanItem(Protocol):
    """One thing that a plan would change: an asset, a folder, a file to upload."""

    @property
    def key(self) -> str:
        """Its id, the same as long as it exists."""
        ...

    @property
    def label(self) -> str:
        """Its name for people."""
        ...

    @property
    def version(self) -> int:
        """The version that was seen when the plan was made; 0 for what has none."""
        ...

    @property
    def bytes(self) -> int:
        """Its size; 0 for what has none."""
        ...

    @property
    def backup(self) -> bool:
        """Whether it can be restored from a backup."""
        ...


ItemT = TypeVar("ItemT", bound=PlanItem)
OptionsT = TypeVar("OptionsT")


def cost(found: int, admin: int, upload: int = 0) -> str:
    """What a plan took and will take, in Admin API calls (the hourly quota counts them) and in Upload API calls."""
    calls = [f"{plural(count, f'{api} API call')}" for count, api in ((admin, "Admin"), (upload, "Upload")) if count]
    return f"Finding them took {plural(found, 'Admin API call')}; this takes {' and '.join(calls) or 'none'} more."


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An item of a plan that is no asset: a folder, a trigger, a derived file. Size in bytes."""

    key: str
    label: str
    version: int = 0
    bytes: int = 0
    backup: bool = False


class PlanData(TypedDict, total=False):
    """A plan as an assistant sees it; nothing has been done."""

    plan: str
    plan_id: str
    expires_at: str
    count: int
    bytes: int
    backed_up: int
    sample: list[str]
    missing: list[str]
    notes: list[str]
    cost: str
    next: str


@dataclass(frozen=True, slots=True)
class Plan(Generic[ItemT, OptionsT]):
    """What a tool would do to exactly these items; its `execute` function carries the same plan out later."""

    operation: str
    """The tool's name."""
    verb: str
    """What is asked, as an imperative that the count follows: `Delete`."""
    refusal_suffix: str
    """How every refusal ends: `nothing was deleted`."""
    selection: str
    """In words, how the items were chosen."""
    items: tuple[ItemT, ...]
    explicit: bool
    """Named by id and few: `confirm=true` alone is enough."""
    options: OptionsT
    """What carrying it out needs besides the items."""
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Names that were given and that nothing has."""
    what: str = "asset"
    """What the items are, in the singular."""
    cost: str = ""
    """What finding the items took, and what carrying it out will take (`cost`)."""
    cloud: str = ""
    """The name of its cloud; this and what follows is set when it is registered."""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    plan_id: str = ""
    expires_at: datetime = _NEVER

    @property
    def digest(self) -> str:
        """Eight digits that stand for exactly these assets in exactly these versions."""
        text = "\n".join(sorted(f"{item.key} {item.version}" for item in self.items))
        return hashlib.sha256(f"{self.operation} {self.options!r}\n{text}".encode()).hexdigest()[:8]

    @property
    def question(self) -> str:
        """The same words each time for the same plan: nothing random or timed."""
        body = [f"{self.verb} {plural(len(self.items), self.what)} in the cloud {self.cloud!r}? ({self.selection})"]
        body += [f"{f'{size(self._bytes)} in all: ' if self._bytes else ''}{self._sample_text}."]
        body += [*self.warnings, f"List {self.digest}."]
        return "\n".join(body)

    @property
    def _bytes(self) -> int:
        return sum(item.bytes for item in self.items)

    @property
    def _sample_text(self) -> str:
        return first_names([visible(item.label) for item in self.items], SAMPLE)

    def only(self, items: tuple[ItemT, ...]) -> "Plan[ItemT, OptionsT]":
        """The same plan for some of its items."""
        return replace(self, items=items, missing=(), selection=f"rest of: {self.selection}")

    def answer(self, note: str = "") -> ToolResult[PlanData]:
        """The plan as a tool result: what would go, and how to go on."""
        how = f"{self.operation}(confirm=true, plan_id={self.plan_id!r})"
        next_step = f"{note + ' ' if note else ''}To go ahead, when the user agrees: {how}."
        what = f"{self.verb} {plural(len(self.items), self.what)} ({self.selection})"
        total = f", {size(self._bytes)} in all" if self._bytes else ""
        missing = [visible(name) for name in self.missing[:NAMED_AT_MOST]]
        warnings = list(self.warnings)
        if len(self.missing) > len(missing):
            warnings.append(f"{len(self.missing):,} names were not found; the first {len(missing)} are listed.")
        data = PlanData(
            plan=f"{what}; {self.refusal_suffix}",
            plan_id=self.plan_id,
            expires_at=f"{self.expires_at:%Y-%m-%dT%H:%M:%SZ}",
            count=len(self.items),
            bytes=self._bytes,
            backed_up=sum(item.backup for item in self.items),
            sample=[visible(item.label) for item in self.items[:SAMPLE]],
            missing=missing,
            notes=warnings,
            cost=self.cost,
            next=next_step,
        )
        text = [
            f"PLAN {self.plan_id}, {self.refusal_suffix}. {what}{total}.",
            f"Sample: {self._sample_text}.",
            *warnings,
        ]
        if missing:
            text.append(f"Not found: {', '.join(missing)}.")
        text += [self.cost] if self.cost else []
        text.append(f"{next_step} The plan expires at {self.expires_at:%H:%M} UTC.")
        if not self._bytes:
            del data["bytes"], data["backed_up"]
        return ToolResult(PlanData(**without_nulls(data)), "\n".join(text))


AnyPlan = Plan[Any, Any]
"""A plan of a tool that is not known, as the server handles them."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ItemT]):
    """What carrying out a plan came to, and the items that were not got to."""

    answer: ToolResult[Any]
    rest: tuple[ItemT, ...] = ()

    def going_on(self, rest: AnyPlan) -> ToolResult[Any]:
        """The answer of a plan that stopped early, with the plan of the rest."""
        how = f"To go on with the rest: {rest.operation}(confirm=true, plan_id={rest.plan_id!r})."
        data = {**self.answer.data, "plan_id": rest.plan_id, "next": how}
        return ToolResult(data, f"{self.answer.as_text()}\n{how}")


class Plans:
    """The open plans of one server process, in memory: a restart forgets them, which deletes nothing."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._plans: dict[str, AnyPlan] = {}

    def register(self, plan: Plan[ItemT, OptionsT], cloud: str, arguments: Mapping[str, Any]) -> Plan[ItemT, OptionsT]:
        """Give a plan its id and remember it until it is used or expires."""
        registered = replace(
            plan,
            cloud=cloud,
            arguments=dict(arguments),
            plan_id=f"p{secrets.token_hex(4)}",
            expires_at=self._now() + LIFETIME,
        )
        self._plans[registered.plan_id] = registered
        while len(self._plans) > MAX_PLANS:
            del self._plans[next(iter(self._plans))]
        return registered

    def find(self, plan_id: str, operation: str, cloud: str, refusal_suffix: str) -> AnyPlan:
        """An open plan of this operation and cloud; a `Problem` that ends with "nothing was …" otherwise."""
        plan = self._plans.get(plan_id)
        if plan is None:
            raise Problem(
                f"There is no plan {plan_id!r}: it was used, has expired or never was; {refusal_suffix}.",
                hint="Make the call without plan_id and confirm to get a new plan.",
            )
        if (plan.operation, plan.cloud) != (operation, cloud):
            raise Problem(
                f"Plan {plan_id} is for {plan.operation} in the cloud {plan.cloud!r}, not for {operation} in "
                f"{cloud!r}; {plan.refusal_suffix}."
            )
        if self._now() >= plan.expires_at:
            self.drop(plan)
            raise Problem(
                f"Plan {plan_id} expired at {plan.expires_at:%H:%M} UTC; {plan.refusal_suffix}.",
                hint="Make the call without plan_id and confirm to get a new plan.",
                retryable=True,
            )
        return plan

    def take(self, plan: AnyPlan) -> None:
        """A plan works once: use it up. A `Problem` when it was used or expired since it was found."""
        self.drop(self.find(plan.plan_id, plan.operation, plan.cloud, plan.refusal_suffix))

    def drop(self, plan: AnyPlan) -> None:
        """Forget a plan."""
        self._plans.pop(plan.plan_id, None)
