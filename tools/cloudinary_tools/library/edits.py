"""A change to many assets, as data: the calls that it takes, and whether an asset already is as it asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudinary_tools.client import check_folder
from cloudinary_tools.client.reply_types.assets import AssetEntry, flat_context
from cloudinary_tools.toolkit.results import Problem, inline

BULK_IDS = 1000
"""Ids of one tags, context or metadata call (Upload API reference)."""
BULK_TAGGINGS = 10_000
"""Tags times ids of one tags call."""
STATE = (
    "asset_id,public_id,resource_type,type,version,tags,context,metadata,asset_folder,access_control,moderation_status"
)
"""The fields of a listing that `Edits.holds` reads."""


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

    @property
    def replaces(self) -> bool:
        """Whether what was there is lost or becomes public: new tags, access, a decision, publishing."""
        return (
            self.tags is not None
            or self.access_control is not None
            or self.moderation_status is not None
            or self.publish
        )

    @property
    def summary(self) -> str:
        """The change in words."""
        parts = [
            f"add the tags {inline([*self.add_tags])}" if self.add_tags else "",
            f"remove the tags {inline([*self.remove_tags])}" if self.remove_tags else "",
            (f"replace all tags by {inline([*self.tags])}" if self.tags else "remove all tags")
            if self.tags is not None
            else "",
            f"set context {inline(self.context)}" if self.context else "",
            f"set metadata {inline(self.metadata)}" if self.metadata else "",
            f"move to the folder {self.move_to or '/'!r}" if self.move_to is not None else "",
            (f"set access control {inline([*self.access_control])}" if self.access_control else "lift access control")
            if self.access_control is not None
            else "",
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

    def holds(self, row: AssetEntry) -> bool:
        """Whether a listed asset (with the fields of `STATE`) is as this change leaves it."""
        tags = set(row.get("tags") or ())
        context = flat_context(row.get("context"))
        metadata = row.get("metadata") or {}
        return (
            tags.issuperset(self.add_tags)
            and tags.isdisjoint(self.remove_tags)
            and (self.tags is None or tags == set(self.tags))
            and all((context.get(key) or "") == value for key, value in (self.context or {}).items())
            and all((metadata.get(key) or "") == (value or "") for key, value in (self.metadata or {}).items())
            and (self.move_to is None or (row.get("asset_folder") or "") == self.move_to)
            and (self.access_control is None or list(row.get("access_control") or ()) == list(self.access_control))
            and (self.moderation_status is None or row.get("moderation_status") == self.moderation_status)
            and (not self.publish or row.get("type") == "upload")
        )
