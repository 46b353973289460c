"""Conditions of SQL queries, put together piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Where:
    """Conditions joined with AND, with their values."""

    conditions: list[str] = field(default_factory=list[str])
    values: list[Any] = field(default_factory=list[Any])

    def add(self, condition: str, *values: Any) -> "Where":
        """One more condition; `?` stands for each value."""
        self.conditions.append(condition)
        self.values.extend(values)
        return self

    def one_of(self, column: str, values: Sequence[Any]) -> "Where":
        """A condition on a column: one of these values."""
        return self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)

    @property
    def sql(self) -> str:
        """The text after WHERE."""
        return " AND ".join(self.conditions) or "1"


def starts_with(column: str, prefix: str) -> tuple[str, str, str]:
    """A condition that a text column starts with a prefix, in a form that an index can serve."""
    return f"{column} >= ? AND {column} < ?", prefix, prefix + "\U0010ffff"
