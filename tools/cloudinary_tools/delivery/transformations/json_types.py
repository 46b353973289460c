"""Telling JSON's lists and objects apart, with types; models stand for the JSON they were made of."""

from typing import Any, cast

from pydantic import BaseModel


def as_list(value: object) -> list[Any] | None:
    """The items of a list (or a tuple), or None."""
    return list(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else None


def as_object(value: object) -> dict[str, Any] | None:
    """An object as it is, or None. Its keys are text when it came from JSON."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_json(value: object) -> object:
    """A value with models, at the top or in a list, turned into plain objects; anything else as it is."""
    if isinstance(value, (dict, str)):
        return cast("object", value)
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True, by_alias=True)
    items = as_list(value)
    return value if items is None else [as_json(item) for item in items]
