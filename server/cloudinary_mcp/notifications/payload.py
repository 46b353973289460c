"""What a notification is about: its type and the assets it touches, from every payload shape that was seen.

Shapes differ by event: one asset at the top level, `from_`/`to_public_id` in a rename, `resources` as an array (delete,
tags, access control) or as a map public_id -> object (move, context, metadata, display name); folder events name none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudinary_tools.json_types import is_list, is_object

UNKNOWN = "unknown"
_MAX_TYPE = 100
_PUBLIC_ID_FIELDS = ("public_id", "from_public_id", "to_public_id")


@dataclass(frozen=True)
class PayloadSummary:
    """The type of one notification and the assets it names: ids in the payload's order, each once."""

    type: str
    public_ids: tuple[str, ...]
    asset_ids: tuple[str, ...]


def summarise_payload(payload: Mapping[str, Any]) -> PayloadSummary:
    """Find the type and the assets in a payload; what it does not say, or says in an unknown shape, is left out.

    Without `notification_type` (a trigger's own template) the type is `error` if an error is in it, else `unknown`.
    """
    public_ids = [*_public_ids(payload)]
    asset_ids = [*_texts(payload.get("asset_id")), *_texts(payload.get("asset_ids"))]
    for key, resource in _resources(payload.get("resources")):
        found = [*_public_ids(resource)]
        public_ids += found or _texts(key)
        asset_ids += _texts(resource.get("asset_id"))
    return PayloadSummary(_type(payload), tuple(dict.fromkeys(public_ids)), tuple(dict.fromkeys(asset_ids)))


def storable(text: str) -> str:
    """The text with half surrogate pairs, which JSON may hold and no database can, replaced by question marks."""
    return text.encode("utf-8", "replace").decode()


def _type(payload: Mapping[str, Any]) -> str:
    named = payload.get("notification_type")
    if isinstance(named, str) and named:
        return storable(named[:_MAX_TYPE])
    return "error" if "error" in payload else UNKNOWN


def _public_ids(thing: Mapping[str, Any]) -> Iterator[str]:
    for name in _PUBLIC_ID_FIELDS:
        yield from _texts(thing.get(name))
    yield from _texts(thing.get("public_ids"))


def _texts(value: object) -> list[str]:
    """A non-empty string, or those in a list; anything else is nothing."""
    return [storable(item) for item in (value if is_list(value) else [value]) if isinstance(item, str) and item]


def _resources(value: object) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """(key of the map, or None; the object) for both shapes of `resources`."""
    pairs: list[tuple[str | None, object]]
    if is_object(value):
        pairs = [*value.items()]
    elif is_list(value):
        pairs = [(None, item) for item in value]
    else:
        return
    for key, item in pairs:
        if is_object(item):
            yield key, item
        elif key is not None:
            yield key, {}
