"""Numbers, variables, arithmetic and conditions, as they are written in a URL (`$half_$size_div_2`, `if_w_gt_500`)."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote

from cloudinary_sandbox.rendering.contract import RenderError, Unsupported, invalid

Value = float | str | tuple[str, ...]
"""A number, a text, or a set of texts (tags)."""

_TOKEN = re.compile(r"(?:[^_!]|![^!]*!)+")
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)")
_RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_LOOKUP = re.compile(r"(ctx|md):!([^!]*)!")
_IN_TEXT = re.compile(r"\$\(([a-zA-Z][a-zA-Z0-9]*)\)|(\$[a-zA-Z][a-zA-Z0-9]*)")


class _Malformed(Exception):
    """The expression does not parse."""


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise RenderError("Division by zero in transformation")
    return left / right


def _power(base: float, exponent: float) -> float:
    found: object = base**exponent
    if not isinstance(found, float):  # the root of a negative number
        raise _Malformed
    return found


def _modulo(left: float, right: float) -> float:
    return left - right * (_divide(left, right) // 1)


_ARITHMETIC: dict[str, tuple[int, Callable[[float, float], float]]] = {
    "add": (4, operator.add), "sub": (4, operator.sub), "mul": (5, operator.mul), "div": (5, _divide),
    "mod": (5, _modulo), "pow": (6, _power),
}  # fmt: skip
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "lt": operator.lt, "gt": operator.gt, "lte": operator.le, "gte": operator.ge
}  # fmt: skip
_BINDING = (
    {"or": 1, "and": 2}
    | dict.fromkeys(("eq", "ne", "in", "nin", *_COMPARE), 3)
    | {name: binding for name, (binding, _) in _ARITHMETIC.items()}
)


@dataclass(slots=True)
class Scope:
    """What names mean at one point of a transformation.

    `names` gives the predefined ones (w, iw, fc, …) when asked, `context` and `metadata` are the asset's own.
    """

    names: Callable[[str], Value | None]
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    metadata: Mapping[str, object] = field(default_factory=dict[str, object])
    variables: dict[str, Value] = field(default_factory=dict[str, Value])

    def assign(self, name: str, text: str) -> None:
        """Set a user variable."""
        if text.startswith("ref:"):
            raise Unsupported(f"variables that refer to assets ({name}_{text})")
        self.variables[name] = self.value(text, name)

    def value(self, text: str, what: str) -> Value:
        """What an expression comes to; `what` names the parameter in the error."""
        try:
            parser = _Parser(_TOKEN.findall(text), self)
            if "_".join(parser.tokens) != text:
                raise _Malformed
            found = parser.expression(0)
            if parser.tokens:
                raise _Malformed
        except (_Malformed, OverflowError, ZeroDivisionError):
            raise invalid(what, text) from None
        return found

    def number(self, text: str, what: str) -> float:
        """A numeric expression; a text that is no number is an error."""
        found = self.value(text, what)
        try:
            return float(cast("float | str", found))
        except (TypeError, ValueError):
            raise invalid(what, text) from None

    def holds(self, condition: str) -> bool:
        """Whether a condition is true."""
        return bool(self.value(condition, "condition"))

    def filled_in(self, text: str) -> str:
        """A text with its `$name` and `$(name)` replaced by the values of the variables that exist."""

        def replaced(match: re.Match[str]) -> str:
            name = f"${match[1]}" if match[1] else match[2]
            if name not in self.variables:
                if match[1]:
                    raise RenderError(f"Undefined variable in transformation: {name}")
                return match[0]
            return as_text(self.variables[name])

        return _IN_TEXT.sub(replaced, text)


def as_text(value: Value) -> str:
    """A value as it reads inside a text: whole numbers without a decimal point."""
    if isinstance(value, str):
        return value
    return ":".join(value) if isinstance(value, tuple) else f"{value:.15g}"


class _Parser:
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, tokens: list[str], scope: Scope):
        self.tokens = tokens
        self.scope = scope

    def expression(self, binding: int) -> Value:
        left = self.operand()
        while self.tokens and _BINDING.get(self.tokens[0], 0) > binding:
            symbol = self.tokens.pop(0)
            left = _combine(symbol, left, self.expression(_BINDING[symbol]))
        return left

    def operand(self) -> Value:
        if not self.tokens:
            raise _Malformed
        found = self.single(self.tokens.pop(0))
        if self.tokens[:1] == ["to"] and self.tokens[1:2] in (["i"], ["f"]):
            whole = self.tokens[1] == "i"
            del self.tokens[:2]
            found = _as_number(found)
            return float(int(found)) if whole else found
        return found

    def single(self, token: str) -> Value:
        if _NUMBER.fullmatch(token):
            return float(token)
        if match := _RATIO.fullmatch(token):
            return _divide(float(match[1]), float(match[2]))
        if len(token) >= 2 and token[0] == token[-1] == "!":
            return unquote(token[1:-1])
        if token.startswith("$"):
            if token not in self.scope.variables:
                raise RenderError(f"Undefined variable in transformation: {token}")
            return self.scope.variables[token]
        if match := _LOOKUP.fullmatch(token):
            values = self.scope.context if match[1] == "ctx" else self.scope.metadata
            found = values.get(unquote(match[2]), "")
            return tuple(map(str, cast("list[object]", found))) if isinstance(found, list) else str(found)
        found = self.scope.names(token)
        if found is None:
            raise _Malformed
        return found


def _as_number(value: Value) -> float:
    try:
        return float(cast("float | str", value))
    except (TypeError, ValueError):
        raise _Malformed from None


def _combine(symbol: str, left: Value, right: Value) -> Value:
    if symbol in _ARITHMETIC:
        return _ARITHMETIC[symbol][1](_as_number(left), _as_number(right))
    return float(_truth(symbol, left, right))


def _truth(symbol: str, left: Value, right: Value) -> bool:
    match symbol:
        case "or":
            return bool(left) or bool(right)
        case "and":
            return bool(left) and bool(right)
        case "eq" | "ne":
            return (as_text(left) == as_text(right) or _near(left, right)) == (symbol == "eq")
        case "in" | "nin":
            there = set(right if isinstance(right, tuple) else as_text(right).split(":"))
            asked = as_text(left).split(":")
            return all(tag in there for tag in asked) if symbol == "in" else not any(tag in there for tag in asked)
        case _:
            return _COMPARE[symbol](_as_number(left), _as_number(right))


def _near(left: Value, right: Value) -> bool:
    """Ratios are compared as written (`ar_eq_16:9`), not to the last bit."""
    return isinstance(left, float) and isinstance(right, float) and abs(left - right) < 1e-6
