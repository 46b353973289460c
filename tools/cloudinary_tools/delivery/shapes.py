"""Telling JSON's lists and objects apart, with types."""

from typing import Any, cast


def as_list(value: object) -> list[Any] | None:
    """The items of a list (or a tuple), or None."""
    return list(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else None


def as_object(value: object) -> dict[str, Any] | None:
    """An object as it is, or None. Its keys are text when it came from JSON."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
