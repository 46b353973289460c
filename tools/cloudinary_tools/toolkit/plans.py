"""Plans: a tool that changes anything first says what it would do to what; its `execute` function does it.

Such a tool answers with a `Plan`, the frozen list of exact items with the effect on each. Whoever serves the tool
carries it out at once where nothing can be regretted, asks a person, or hands the plan out; `execute` then works on
that same list. A plan belongs to one caller, one cloud, one operation and its items, works once, and expires after a
quarter of an hour.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from typing_extensions import TypedDict

from cloudinary_tools.client.permits import RANK, Effect
from cloudinary_tools.toolkit.results import (
    NAMED_AT_MOST,
    ToolResult,
    first_names,
    plural,
    quote,
    size,
    visible,
    without_nulls,
)

LIFETIME = timedelta(minutes=15)
SAMPLE = 5
CONFIRMED_AT_MOST = 100
"""Things named one by one that `confirm=true` alone is enough for."""


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

    @property
    def kind(self) -> str:
        """Its resource type, for an asset; empty for anything else."""
        ...

    @property
    def targets(self) -> tuple[str, ...]:
        """Its names in the table of changing calls (`client.effects`)."""
        ...


ItemT = TypeVar("ItemT", bound=PlanItem)
OptionsT = TypeVar("OptionsT")


def cost(found: int, admin: int, upload: int = 0) -> str:
    """What a plan took and will take, in Admin API calls (the hourly quota counts them) and in Upload API calls."""
    calls = [f"{plural(count, f'{api} API call')}" for count, api in ((admin, "Admin"), (upload, "Upload")) if count]
    return f"Finding them took {plural(found, 'Admin API call')}; this takes {' and '.join(calls) or 'none'} more."


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An item of a plan that is no asset: a folder, a trigger, a derived file. Size in bytes.

    `key` is written as in the table of changing calls: `folder:PATH`, `trigger:ID`.
    """

    key: str
    label: str
    version: int = 0
    bytes: int = 0
    backup: bool = False
    kind: str = ""

    @property
    def id(self) -> str:
        """Its id for the API: the key without what it is."""
        return self.key.partition(":")[2]

    @property
    def targets(self) -> tuple[str, ...]:
        """Its name in the table of changing calls."""
        return (self.key,)


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


class Receipt(TypedDict, total=False):
    """What every answer of a tool that changed something holds besides: the change's id, and who agreed to it."""

    change_id: str
    agreed: str


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
    effect: Effect
    """What happens to each item."""
    effects: tuple[Effect, ...] = ()
    """What happens to the items one by one, where it is not the same for all."""
    leave: Effect | None = None
    """What the calls on the items must be allowed to do, where that is more than the effect: a call that replaces what
    has a name is needed for a name that was seen to be free, too."""
    targets: tuple[str, ...] = ()
    """What else is touched, as in the table of changing calls: the new name of something that is renamed."""
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Names that were given and that nothing has."""
    what: str = "asset"
    """What the items are, in the singular."""
    cost: str = ""
    """What finding the items took, and what carrying it out will take (`cost`)."""
    admin_calls: int = 0
    """Admin API calls that carrying it out will take."""
    undoes: int | None = None
    """The change set that carrying it out undoes."""
    touched: int | None = None
    """How many things are changed, where that is not the number of items: the assets of a folder that is moved."""
    cloud: str = ""
    """The name of its cloud; this and what follows is set when it is registered."""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    plan_id: str = ""
    expires_at: datetime = _NEVER
    agreed: bool = False
    """It is the rest of a plan that a person said yes to: nobody has to ask again."""
    fresh: bool = False
    """It is carried out in the same breath: what was read to make it need not be read again."""

    def effect_of(self, index: int) -> Effect:
        """What happens to one item."""
        return self.effects[index] if self.effects else self.effect

    def having(self, *effects: Effect) -> tuple[ItemT, ...]:
        """The items with one of these effects."""
        return tuple(item for index, item in enumerate(self.items) if self.effect_of(index) in effects)

    @property
    def strongest(self) -> Effect:
        """The strongest effect on any item."""
        return max(self.effects, key=RANK.__getitem__) if self.effects else self.effect

    @property
    def digest(self) -> str:
        """Eight digits that stand for exactly these assets in exactly these versions."""
        text = "\n".join(sorted(f"{item.key} {item.version}" for item in self.items))
        return hashlib.sha256(f"{self.operation} {self.options!r}\n{text}".encode()).hexdigest()[:8]

    @property
    def question(self) -> str:
        """The same words each time for the same plan, nothing random or timed: ours, and quoted values on one line."""
        body = [f"{self.verb} {self._counted} in the cloud {quote(self.cloud)}? ({self.selection})"]
        body += [f"{f'{size(self._bytes)} in all: ' if self._bytes else ''}{self._sample_text}."]
        body += [*self.warnings, f"List {self.digest}."]
        return "\n".join(visible(line) for line in body)

    @property
    def _counted(self) -> str:
        """How many, and of which kinds where there are several."""
        kinds = Counter(item.kind for item in self.items if item.kind)
        of = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
        return plural(len(self.items), self.what) + (f" ({of})" if len(kinds) > 1 else "")

    @property
    def _bytes(self) -> int:
        return sum(item.bytes for item in self.items)

    @property
    def _sample_text(self) -> str:
        rest = len(self.items) - SAMPLE
        names = first_names([quote(item.label) for item in self.items[:SAMPLE]])
        return f"{names} and {rest:,} more" if rest > 0 else names

    def only(self, items: tuple[ItemT, ...]) -> "Plan[ItemT, OptionsT]":
        """The same plan for some of its items."""
        wanted = {item.key for item in items}
        kept = [index for index, item in enumerate(self.items) if item.key in wanted]
        return replace(
            self,
            items=tuple(self.items[index] for index in kept),
            effects=tuple(self.effects[index] for index in kept) if self.effects else (),
            missing=(),
            selection=f"rest of: {self.selection}",
            fresh=False,
        )

    def answer(self, note: str = "") -> ToolResult[PlanData]:
        """The plan as a tool result: what would go, and how to go on."""
        how = f"{self.operation}(confirm=true, plan_id={self.plan_id!r})"
        next_step = f"{note + ' ' if note else ''}To go ahead, when the user agrees: {how}."
        what = f"{self.verb} {self._counted} ({self.selection})"
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
