"""The leave that a changing call needs.

A call that adds, changes or destroys something is refused by the client unless a permit that covers it comes along.
Permits are made in one place, for a plan that was agreed to, so a tool that forgets to plan cannot change anything.
What a call does, and to what, is told by `effects.classify`.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

Effect = Literal["adds", "changes", "destroys"]
"""`adds`: nothing that was there is touched. `changes`: values are replaced that can be put back. `destroys`: something
cannot be brought back by a call, such as a deleted asset or an overwritten file."""

RANK: dict[Effect, int] = {"adds": 0, "changes": 1, "destroys": 2}
"""The effects in order: leave for one is leave for those below it."""

WHOLESALE = "*"
"""The target of a call that names no items but a prefix, a tag or `all`: no permit for items covers it."""


@dataclass(frozen=True, slots=True)
class ChangingCall:
    """One call that is about to change a cloud: what it does, and to which targets.

    A target is written as `asset:ASSET_ID`, `image/upload/PUBLIC_ID` (resource type, delivery type, public_id),
    `folder:PATH`, `trigger:ID`, `upload_preset:NAME` and the like, always the name that the API gets. An upload whose
    resource type Cloudinary decides has the resource type `auto`.
    """

    method: str
    path: str
    effect: Effect
    targets: frozenset[str]

    @property
    def name(self) -> str:
        """The call in an error text: method and path, without ids."""
        return f"{self.method} {'/'.join(self.path.split('/')[:2])}"


class Permit(Protocol):
    """Leave to change: made by whoever may agree, for exactly the things that were agreed to."""

    def refusal(self, call: ChangingCall) -> str | None:
        """Why this permit does not cover a call, as a sentence; None when it does."""
        ...


class OwnerPermit:
    """Leave to do everything, for a script or a test that owns its cloud."""

    def refusal(self, call: ChangingCall) -> str | None:
        """Nothing is refused."""
        return None
