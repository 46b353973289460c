"""Telling JSON's lists and objects apart, so that the type checker knows what was found."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from typing_extensions import TypeIs

JsonObject = dict[str, Any]


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether it is a JSON array."""
    return isinstance(value, list)


def is_object(value: object) -> TypeIs[JsonObject]:
    """Whether it is a JSON object, whose keys are text."""
    return isinstance(value, dict)


def is_mapping(value: object) -> TypeIs[Mapping[str, Any]]:
    """Whether it reads like a JSON object."""
    return isinstance(value, Mapping)


def is_sequence(value: object) -> TypeIs[list[Any] | tuple[Any, ...]]:
    """Whether it is a list or a tuple, which is written as one."""
    return isinstance(value, (list, tuple))


def as_list(value: object) -> list[Any] | None:
    """The items of a list or a tuple, or None."""
    return value if is_list(value) else [*value] if is_sequence(value) else None


def as_object(value: object) -> JsonObject | None:
    """An object as it is, or None."""
    return value if is_object(value) else None


def as_json(value: object) -> object:
    """A value with pydantic models, at the top or in a list, turned into plain objects; anything else as it is."""
    if is_object(value) or isinstance(value, str):
        return value
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True, by_alias=True)
    items = as_list(value)
    return value if items is None else [as_json(item) for item in items]
