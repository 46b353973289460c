"""A call's parameters, read alike from a query, a form or a JSON body."""

import math
import re
from collections.abc import Iterable
from typing import Any

from cloudinary_sandbox.core.errors import invalid_value, missing_parameter
from cloudinary_sandbox.core.notation import read_json, read_list
from cloudinary_tools.json_types import is_list, is_object

_NESTED = re.compile(r"^([^\[\]]+)\[([^\[\]]*)\]$")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def fold(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Form or query pairs as a dictionary: `a[]` or `a[0]` gathers a list, `a[b]` an object; else the last wins."""
    values: dict[str, Any] = {}
    for key, text in pairs:
        match = _NESTED.match(key)
        if not match:
            values[key] = text
        elif not match[2] or match[2].isdigit():
            held: Any = values.get(match[1])
            values[match[1]] = [*held, text] if is_list(held) else [text]
        else:
            held = values.get(match[1])
            values[match[1]] = {**held, match[2]: text} if is_object(held) else {match[2]: text}
    return values


class Params:
    """Typed access to the parameters of one call; absent, null and (for text) empty values are the same thing."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) not in (None, "", [])

    def given(self, name: str) -> bool:
        """Whether the parameter was sent at all, even empty (which clears what it names)."""
        return self.values.get(name) is not None

    def raw(self, name: str) -> Any:
        """The value as it came, or None."""
        return self.values.get(name)

    def text(self, name: str, default: str = "") -> str:
        """Text; a number or a boolean in a JSON body is written out, anything else is refused."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (str, int, float)):
            return str(value)
        raise invalid_value(name, value)

    def required(self, name: str) -> str:
        """Text that must be there."""
        value = self.text(name)
        if not value:
            raise missing_parameter(name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean in any of its spellings: true, 1, false, 0."""
        value = self.values.get(name)
        if value is None:
            return default
        text = str(value).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return default if text == "" else False
        raise invalid_value(name, value)

    def integer(self, name: str, default: int) -> int:
        """A whole number."""
        text = self.text(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise invalid_value(name, text) from None

    def moment(self, name: str) -> float | None:
        """A time in unix seconds, which may have a fraction; None when absent."""
        text = self.text(name)
        if not text:
            return None
        try:
            seconds = float(text)
        except ValueError:
            raise invalid_value(name, text) from None
        if not math.isfinite(seconds):
            raise invalid_value(name, text)
        return seconds

    def many(self, name: str, limit: int | None = None) -> list[str]:
        """A list sent as `name[]`, as a JSON array or as one value; a longer one than `limit` is refused."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        items = [str(item) for item in value] if is_list(value) else [str(value)]
        if limit is not None and len(items) > limit:
            raise invalid_value(name, f"{len(items)} values, at most {limit} are allowed")
        return items

    def csv(self, name: str) -> list[str]:
        """A list sent as comma-separated text or as an array."""
        value = self.values.get(name)
        return [] if value is None else read_list(value)

    def json(self, name: str) -> Any:
        """A value sent as JSON text, or already as JSON; None when absent."""
        return read_json(name, self.values[name]) if name in self else None

    def but(self, **changes: Any) -> "Params":
        """The same parameters with some replaced."""
        return Params({**self.values, **changes})
