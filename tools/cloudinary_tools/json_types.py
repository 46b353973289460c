"""Telling JSON's objects and lists apart, with types."""

from typing import Any

from typing_extensions import TypeIs


def is_object(value: object) -> TypeIs[dict[str, Any]]:
    """Whether a value read from JSON is an object; the keys of one are text."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether a value read from JSON is a list."""
    return isinstance(value, list)
