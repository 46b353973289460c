"""One thing that an undo puts back, as data."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from cloudinary_tools.client.permits import Effect
from cloudinary_tools.toolkit.results import Problem, inline, quote, visible

Action = Literal[
    "edit", "rename", "move_folder", "create_folder", "restore", "upload_again", "relate", "unrelate",
    "create_trigger", "update_trigger", "delete_trigger", "delete", "delete_folder",
]  # fmt: skip

ORDER: tuple[Action, ...] = (
    "edit", "rename", "move_folder", "create_folder", "restore", "upload_again", "relate", "unrelate",
    "create_trigger", "update_trigger", "delete_trigger", "delete", "delete_folder",
)  # fmt: skip
"""What comes first: a name is made free before it is taken, a folder is there before something comes into it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to put back: the item of a plan.

    `now` are the values it has, `to` those that it gets, by the names of the journal; `label` is its name now.
    """

    action: Action
    key: str
    label: str
    effect: Effect
    targets: tuple[str, ...]
    now: dict[str, Any] = field(default_factory=dict[str, Any])
    to: dict[str, Any] = field(default_factory=dict[str, Any])
    version: int = 0
    bytes: int = 0
    backup: bool = False
    kind: str = ""

    @property
    def shown(self) -> str:
        """What it is now and what it returns to, on one line."""
        name = quote(self.label)
        match self.action:
            case "edit":
                pairs = [f"{key}: {_value(self.now.get(key))} → {_value(new)}" for key, new in self.to.items()]
                return f"{name}: {'; '.join(pairs)}"
            case "rename":
                return f"{name} → {quote(self.to['public_id'])} ({visible(self.to['type'])})"
            case "move_folder":
                return f"the folder {name} → {quote(self.to['path'])}"
            case "restore":
                return f"{name}: its previous file comes back from a backup" if self.now else f"{name} is restored"
            case "upload_again":
                return f"{name} is uploaded again from the copy that was kept, with a new version"
            case "update_trigger":
                return f"the trigger {name} → {quote(str(self.to.get('uri', '')))}"
            case "create_folder" | "create_trigger":
                return f"{name} is created again"
            case "relate" | "unrelate":
                return f"{name}: the relation {'is made again' if self.action == 'relate' else 'ends'}"
            case "delete" | "delete_folder" | "delete_trigger":
                return f"{name}, which was created, is deleted"


def _value(value: Any) -> str:
    return quote(inline(value)) if value else "none"


@dataclass(frozen=True, slots=True)
class Undoing:
    """Which change set is undone, and what of it is not: left alone as changed since, or lost for good, with reasons.

    `notes` say what does not come back although its thing does.
    """

    set_id: int
    left: dict[str, str]
    lost: dict[str, str]
    notes: tuple[str, ...] = ()


def set_number(name: str) -> int:
    """The number of a change set that is written as `c12`."""
    if not re.fullmatch(r"c?[0-9]{1,15}", name):
        raise Problem(f"{name!r} is no change; they are named like c12.", hint="list_changes shows them.")
    return int(name.removeprefix("c"))
