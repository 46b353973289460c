"""Edited values of an asset: what of them goes back, as far as nobody else has changed them since."""

from collections.abc import Mapping
from typing import Any

from cloudinary_tools.toolkit.redaction import is_redacted


class ChangedSinceError(Exception):
    """A value is no longer the one that was left; the message names it."""


class NotKeptError(Exception):
    """The value before is not known, or Cloudinary takes it from nobody; the message says why."""


def back(
    before: Mapping[str, Any], after: Mapping[str, Any], present: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that differ now from before, and what they become: `now` and `to` of a step.

    Only what the change touched goes back: a tag or key that somebody else added since stays. `ChangedSinceError` when
    what was left is no longer there, `NotKeptError` when what was before cannot be set.
    """
    now: dict[str, Any] = {}
    to: dict[str, Any] = {}
    for name, old in before.items():
        if name not in after:
            continue
        if is_redacted(old):
            raise NotKeptError(f"its {name} held a secret, which the journal does not keep")
        match name:
            case "tags":
                pair = _tags(old or (), after[name] or (), present.get(name) or ())
            case "context" | "metadata":
                pair = _keys(name, old or {}, after[name] or {}, present.get(name) or {})
            case "moderation_status":
                pair = _moderation(_status(old), _status(after[name]), _status(present.get(name)))
            case _:
                pair = _whole(name, old, after[name], present.get(name))
        if pair:
            now[name], to[name] = pair
    return now, to


def _tags(old: Any, new: Any, present: Any) -> tuple[Any, Any] | None:
    added, removed = set(new) - set(old), set(old) - set(new)
    if not added and not removed:
        return None
    if not added <= set(present) or removed & set(present):
        raise ChangedSinceError("tags")
    return list(present), [tag for tag in [*present, *(tag for tag in old if tag in removed)] if tag not in added]


def _keys(name: str, old: Any, new: Any, present: Any) -> tuple[Any, Any] | None:
    keys = [key for key in dict.fromkeys([*old, *new]) if (old.get(key) or "") != (new.get(key) or "")]
    if any((present.get(key) or "") != (new.get(key) or "") for key in keys):
        raise ChangedSinceError(name)
    if not keys:
        return None
    return {key: present.get(key) or "" for key in keys}, {key: old.get(key) or "" for key in keys}


def _moderation(old: str, new: str, present: str) -> tuple[Any, Any] | None:
    if old == new:
        return None
    if present != new:
        raise ChangedSinceError("moderation")
    if old not in ("approved", "rejected"):
        raise NotKeptError("Cloudinary takes no decision of a moderation back to pending")
    return new, old


def _status(value: Any) -> str:
    """`approved` of `manual: approved`."""
    return str(value or "").rpartition(": ")[2]


def _whole(name: str, old: Any, new: Any, present: Any) -> tuple[Any, Any] | None:
    if (old or None) == (new or None):
        return None
    if (present or None) != (new or None):
        raise ChangedSinceError(name)
    return new, old
