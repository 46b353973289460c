"""JsonLogic (https://jsonlogic.com), the rules in which a trigger's filter is written; every operator but `log`.

Truth, loose equality and numbers are close to JavaScript's; two arrays or objects are equal when their contents are.
"""

import math
import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

from cloudinary_sandbox.core.errors import bad_request
from cloudinary_tools.json_types import is_list, is_object

_DEEPEST = 50
_OVER_LISTS = frozenset({"map", "filter", "reduce", "all", "none", "some"})


def check(rule: Any, depth: int = 0) -> None:
    """Refuse with 400 a rule that cannot be evaluated: an unknown operator, several in an object, too deep."""
    if depth > _DEEPEST:
        raise bad_request(f"The filter is nested more than {_DEEPEST} levels deep")
    if is_object(rule):
        if len(rule) != 1:
            raise bad_request("In a jsonlogic filter every object has exactly one key, its operator")
        name, rule = _parts(rule)
        if name not in _LAZY and name not in _LOOKUP and name not in _PLAIN:
            raise bad_request(f"The filter has an unknown jsonlogic operator: {name}")
        if name in _OVER_LISTS and len(rule) < 2:
            raise bad_request(f"The jsonlogic operator {name} needs a list and a rule")
    if is_list(rule):
        for item in rule:
            check(item, depth + 1)


def holds(rule: Any, data: Any) -> bool:
    """Tell whether a checked rule is true of the data; one that makes no sense for it (`substr` from "x") is not."""
    try:
        return _holds(rule, data)
    except (TypeError, ValueError, OverflowError, IndexError):
        return False


def _holds(rule: Any, data: Any) -> bool:
    return _truth(_value(rule, data))


def _parts(rule: Any) -> tuple[str, list[Any]]:
    ((name, values),) = cast("dict[str, Any]", rule).items()
    return name, values if is_list(values) else [values]


def _value(rule: Any, data: Any) -> Any:
    if is_list(rule):
        return [_value(item, data) for item in rule]
    if not isinstance(rule, dict):
        return rule
    name, values = _parts(rule)
    if name in _LAZY:
        return _LAZY[name](values, data)
    given = [_value(item, data) for item in values]
    return _LOOKUP[name](data, *given) if name in _LOOKUP else _PLAIN[name](*given)


def _truth(value: Any) -> bool:
    return isinstance(value, dict) or (bool(value) and value == value)  # only NaN differs from itself


def _number(value: Any) -> float:
    try:
        return float(value or 0)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _numbers(work: Callable[..., float]) -> Callable[..., float]:
    def result(*given: Any) -> float:
        try:
            return work(*map(_number, given))
        except (ZeroDivisionError, ValueError, OverflowError):
            return math.nan

    return result


def _difference(one: float, *other: float) -> float:
    return one - other[0] if other else -one


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _equal(one: Any, other: Any) -> bool:
    if one is None or other is None or type(one) is type(other) or isinstance(one, (list, dict)):
        return bool(one == other)
    return _number(one) == _number(other)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def before(one: Any, other: Any) -> bool:
        texts = isinstance(one, str) and isinstance(other, str)
        return compare(one, other) if texts else compare(_number(one), _number(other))

    return lambda *given: all(before(one, other) for one, other in pairwise(given))


def _substring(text: Any, start: Any, length: Any = None) -> str:
    rest = _text(text)[int(start or 0) :]
    return rest if length is None else rest[: int(length)]


def _inside(needle: Any, hay: Any) -> bool:
    return _text(needle) in hay if isinstance(hay, str) else isinstance(hay, list) and needle in hay


def _merged(*given: Any) -> list[Any]:
    return [item for part in given for item in (part if is_list(part) else [part])]


def _variable(data: Any, path: Any = "", default: Any = None) -> Any:
    found = data
    for step in _text(path).split(".") if path not in ("", None) else ():
        if is_list(found):
            items = found
            found = items[int(step)] if step.isdecimal() and int(step) < len(items) else None
        else:
            found = found.get(step) if is_object(found) else None
    return default if found is None else found


def _missing(data: Any, *names: Any) -> list[Any]:
    return [name for name in _merged(*names) if _variable(data, name) in (None, "")]


def _missing_some(data: Any, needed: Any = 1, names: Any = ()) -> list[Any]:
    missing = _missing(data, *names)
    return [] if len(names) - len(missing) >= _number(needed) else missing


def _choice(values: list[Any], data: Any) -> Any:
    for condition, result in zip(values[::2], values[1::2], strict=False):
        if _holds(condition, data):
            return _value(result, data)
    return _value(values[-1], data) if len(values) % 2 else None


def _until(stop: bool) -> Callable[[list[Any], Any], Any]:
    def first(values: list[Any], data: Any) -> Any:
        found = None
        for item in values:
            if _truth(found := _value(item, data)) is stop:
                break
        return found

    return first


def _items(values: list[Any], data: Any) -> list[Any]:
    found = _value(values[0], data)
    return found if is_list(found) else []


def _answers(values: list[Any], data: Any) -> list[bool]:
    return [_holds(values[1], item) for item in _items(values, data)]


def _reduced(values: list[Any], data: Any) -> Any:
    result = _value(values[2], data) if len(values) > 2 else None
    for item in _items(values, data):
        result = _value(values[1], {"current": item, "accumulator": result})
    return result


# Operators that see their values unevaluated, those that look things up in the data, and all others.
_LAZY: dict[str, Callable[[list[Any], Any], Any]] = {
    "if": _choice,
    "?:": _choice,
    "and": _until(False),
    "or": _until(True),
    "map": lambda values, data: [_value(values[1], item) for item in _items(values, data)],
    "filter": lambda values, data: [item for item in _items(values, data) if _holds(values[1], item)],
    "reduce": _reduced,
    "all": lambda values, data: bool(answers := _answers(values, data)) and all(answers),
    "none": lambda values, data: not any(_answers(values, data)),
    "some": lambda values, data: any(_answers(values, data)),
}
_LOOKUP: dict[str, Callable[..., Any]] = {"var": _variable, "missing": _missing, "missing_some": _missing_some}
_PLAIN: dict[str, Callable[..., Any]] = {
    "==": _equal,
    "!=": lambda *given: not _equal(*given),
    "===": _same,
    "!==": lambda *given: not _same(*given),
    "!": lambda *given: not any(map(_truth, given[:1])),
    "!!": lambda *given: any(map(_truth, given[:1])),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "+": _numbers(lambda *given: sum(given)),
    "-": _numbers(_difference),
    "*": _numbers(lambda *given: math.prod(given)),
    "/": _numbers(lambda *given: given[0] / given[1]),
    "%": _numbers(math.fmod),
    "min": _numbers(min),
    "max": _numbers(max),
    "cat": lambda *given: "".join(map(_text, given)),
    "substr": _substring,
    "in": _inside,
    "merge": _merged,
}
