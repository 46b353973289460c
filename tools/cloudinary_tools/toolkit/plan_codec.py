"""Plans as JSON, so that they can be kept outside of the process: by the types that `execute` is declared with."""

from dataclasses import replace
from functools import cache
from types import GenericAlias
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from cloudinary_tools.client.permits import Effect
from cloudinary_tools.toolkit.plans import AnyPlan, Plan
from cloudinary_tools.toolkit.registry import ToolFunction


class _Details(TypedDict):
    refusal_suffix: str
    explicit: bool
    effects: tuple[Effect, ...]
    leave: Effect | None
    targets: tuple[str, ...]
    warnings: tuple[str, ...]
    missing: tuple[str, ...]
    what: str
    cost: str
    admin_calls: int
    undoes: int | None
    touched: int | None
    agreed: bool


_DETAILS: TypeAdapter[_Details] = TypeAdapter(_Details)


class PlanCodec:
    """Writes and reads the plans of one tool; `execute(ctx, plan: Plan[Item, Options])` says of what they are made."""

    def __init__(self, execute: ToolFunction) -> None:
        item, options = get_args(get_type_hints(execute)["plan"])
        several: Any = GenericAlias(tuple, (item, ...))
        self._items: TypeAdapter[Any] = TypeAdapter(several)
        self._item: TypeAdapter[Any] = TypeAdapter(item)
        self._options: TypeAdapter[Any] = TypeAdapter(options)

    def items(self, plan: AnyPlan) -> list[str]:
        """Each item as JSON."""
        return [self._item.dump_json(item, ensure_ascii=True).decode() for item in plan.items]

    def options(self, plan: AnyPlan) -> str:
        """The options as JSON."""
        return self._options.dump_json(plan.options, ensure_ascii=True).decode()

    def details(self, plan: AnyPlan) -> str:
        """What else the tool said, as JSON."""
        names = _Details.__annotations__
        return _DETAILS.dump_json(
            _Details(**{name: getattr(plan, name) for name in names}),  # pyright: ignore[reportArgumentType]
            ensure_ascii=True,
        ).decode()

    def plan(
        self, operation: str, verb: str, selection: str, effect: Effect, items: list[str], options: str, details: str
    ) -> AnyPlan:
        """The plan again; what its register knows is still to be filled in."""
        read = _DETAILS.validate_json(details)
        plan: AnyPlan = Plan(
            operation=operation,
            verb=verb,
            selection=selection,
            effect=effect,
            items=self._items.validate_json(f"[{','.join(items)}]"),
            options=self._options.validate_json(options),
            refusal_suffix=read["refusal_suffix"],
            explicit=read["explicit"],
        )
        return replace(plan, **read)


@cache
def codec_of(execute: ToolFunction) -> PlanCodec:
    """The codec of a tool's plans."""
    return PlanCodec(execute)
