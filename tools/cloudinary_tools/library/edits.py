"""A change to many assets, as data: the calls that it takes, and whether an asset already is as it asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudinary_tools.client import check_folder
from cloudinary_tools.client.permits import Effect
from cloudinary_tools.library.selection import PlannedAsset
from cloudinary_tools.toolkit.results import Problem, first_names, inline, quote


def _names(values: Sequence[str]) -> str:
    return first_names([quote(value) for value in values])


def _pairs(values: Mapping[str, Any]) -> str:
    return first_names([f"{quote(key)} to {quote(inline(value))}" for key, value in values.items()])


def _access(rules: Sequence[Mapping[str, Any]] | None) -> str:
    if rules is None:
        return ""
    return f"set access control {quote(inline([*rules]))}" if rules else "lift access control"


def _keys(values: Mapping[str, Any] | None, keys: Iterable[str]) -> dict[str, Any]:
    return {key: (values or {}).get(key, "") for key in keys}


BULK_IDS = 1000
"""Ids of one tags, context or metadata call (Upload API reference)."""
BULK_TAGGINGS = 10_000
"""Tags times ids of one tags call."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be changed; None or empty stays as it is. `tags` replaces all tags, `[]` removes them.

    `context` and `metadata` are merged, an empty value removes its key. `move_to` is a folder, `""` the root.
    """

    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()
    tags: Sequence[str] | None = None
    context: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = None
    move_to: str | None = None
    access_control: Sequence[Mapping[str, Any]] | None = None
    moderation_status: str | None = None
    publish: bool = False

    def __post_init__(self) -> None:
        if self.tags is not None and (self.add_tags or self.remove_tags):
            raise Problem("Give tags (the whole new list) or add_tags / remove_tags, not both; nothing was changed.")
        given = [*self.add_tags, *self.remove_tags, *(self.tags or ())]
        if bad := [tag for tag in given if "," in tag or not tag.strip()]:
            raise Problem(f"{bad[0]!r} is no tag: a tag has no comma and is not empty; nothing was changed.")
        if both := sorted(set(self.add_tags) & set(self.remove_tags)):
            raise Problem(f"{both[0]!r} is both in add_tags and in remove_tags; nothing was changed.")
        if self.move_to:
            check_folder(self.move_to, "move_to")
        if any(rule.get("access_type") not in ("anonymous", "token") for rule in self.access_control or ()):
            raise Problem("Each rule of access_control has an access_type: anonymous or token; nothing was changed.")
        if not self.summary:
            raise Problem("Nothing to change was given.", hint="For example add_tags, context, metadata, move_to.")

    def before(self, asset: PlannedAsset) -> dict[str, Any]:
        """The values of an asset that this change touches; of context and metadata only the keys."""
        values = asset.values
        found = {name: values.get(name) for name in ("asset_folder", "access_control", "moderation_status")}
        touched: dict[str, Any] = {
            "tags": list(values.get("tags") or ()) if self._tags else None,
            "context": _keys(values.get("context"), self.context) if self.context else None,
            "metadata": _keys(values.get("metadata"), self.metadata) if self.metadata else None,
            "asset_folder": found["asset_folder"] if self.move_to is not None else None,
            "access_control": found["access_control"] if self.access_control is not None else None,
            "moderation_status": found["moderation_status"] if self.moderation_status else None,
            "type": asset.type if self.publish else None,
        }
        return {name: value for name, value in touched.items() if value is not None}

    def after(self, asset: PlannedAsset) -> dict[str, Any]:
        """The same values as this change leaves them."""
        tags = self.tags
        if tags is None:
            kept = [tag for tag in asset.values.get("tags") or () if tag not in self.remove_tags]
            tags = list(dict.fromkeys([*kept, *self.add_tags]))
        wanted: dict[str, Any] = {
            "tags": list(tags),
            "context": dict(self.context or {}),
            "metadata": dict(self.metadata or {}),
            "asset_folder": self.move_to,
            "access_control": list(self.access_control or ()),
            "moderation_status": self.moderation_status,
            "type": "upload",
        }
        return {name: wanted[name] for name in self.before(asset)}

    def effect_on(self, asset: PlannedAsset) -> Effect:
        """`changes` where a value that is there goes or is replaced, `adds` where none was."""
        before, after = self.before(asset), self.after(asset)
        for name, old in before.items():
            new = after[name]
            if name == "tags":
                lost = not set(new).issuperset(old)
            elif name in ("context", "metadata"):
                lost = any(value not in ("", None, new[key]) for key, value in old.items())
            else:
                lost = old != new
            if lost:
                return "changes"
        return "adds"

    @property
    def _tags(self) -> bool:
        return self.tags is not None or bool(self.add_tags) or bool(self.remove_tags)

    @property
    def summary(self) -> str:
        """The change in words."""
        parts = [
            f"add the tags {_names(self.add_tags)}" if self.add_tags else "",
            f"remove the tags {_names(self.remove_tags)}" if self.remove_tags else "",
            (f"replace all tags by {_names(self.tags)}" if self.tags else "remove all tags")
            if self.tags is not None
            else "",
            f"set context {_pairs(self.context)}" if self.context else "",
            f"set metadata {_pairs(self.metadata)}" if self.metadata else "",
            f"move to the folder {quote(self.move_to or '/')}" if self.move_to is not None else "",
            _access(self.access_control),
            f"decide the moderation: {self.moderation_status}" if self.moderation_status else "",
            "publish: anyone can read them" if self.publish else "",
        ]
        return "; ".join(part for part in parts if part)

    def bulk_calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Actions of the Upload API, with their parameters but the ids."""
        calls: list[tuple[str, dict[str, Any]]] = []
        if self.tags is not None:
            whole = {"command": "replace", "tag": list(self.tags)} if self.tags else {"command": "remove_all"}
            calls.append(("tags", whole))
        if self.remove_tags:
            calls.append(("tags", {"command": "remove", "tag": list(self.remove_tags)}))
        if self.add_tags:
            calls.append(("tags", {"command": "add", "tag": list(self.add_tags)}))
        if self.context:
            calls.append(("context", {"command": "add", "context": dict(self.context)}))
        if self.metadata:
            calls.append(("metadata", {"metadata": dict(self.metadata)}))
        return calls

    @property
    def one_by_one(self) -> dict[str, Any]:
        """What each asset needs a call of its own for."""
        fields = {
            "asset_folder": self.move_to,
            "access_control": self.access_control,
            "moderation_status": self.moderation_status,
        }
        return {name: value for name, value in fields.items() if value is not None}

    @property
    def needs_admin(self) -> bool:
        """Whether that call is one of the Admin API: a decision, and what an upload form cannot say."""
        return bool(self.moderation_status) or self.move_to == "" or self.access_control == []

    @property
    def batch(self) -> int:
        """Assets of one bulk call."""
        return min(BULK_IDS, BULK_TAGGINGS // max(len(self.add_tags), len(self.remove_tags), len(self.tags or ()), 1))

    def holds(self, asset: PlannedAsset) -> bool:
        """Whether an asset, read with its values, is as this change leaves it."""
        before, after = self.before(asset), self.after(asset)
        if set(before.get("tags", ())) != set(after.get("tags", ())):
            return False
        empty = {key: value or "" for key, value in after.get("metadata", {}).items()}
        return all(
            value == (empty if name == "metadata" else after[name]) for name, value in before.items() if name != "tags"
        )
