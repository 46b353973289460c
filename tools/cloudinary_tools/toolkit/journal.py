"""The journal of changes, as a tool sees it: what is about to be changed is written down before the request leaves.

```python
async with ctx.recorded([Change(key=asset.key, label=asset.label, effect="destroys", operation="delete")]) as record:
    reply = await ctx.admin("DELETE", "resources", json={"asset_ids": [asset.asset_id]})
    record.done(asset.key)
```

A change that reached Cloudinary is in the journal, at least as one that may have been done. Whoever serves the tools
keeps the journal; a script may do without one.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from cloudinary_tools.client.permits import Effect

ChangeState = Literal["intended", "done", "failed", "unknown"]
"""`intended`: the request may be on its way; `unknown`: it left, and nobody can say what became of it."""

Values = Mapping[str, Any]
"""Values of an asset or another thing by Cloudinary's names, as JSON."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change that is about to be made to one thing.

    `key` is its id for the API where it has one (an asset_id, a folder's path, a trigger's id), `label` its name for
    people. `before` are the values that the change replaces, as far as they were just read, `after` the same ones as
    they will be: what undoing needs.
    """

    key: str
    label: str
    effect: Effect
    operation: str
    """What is done to it, by the name of Cloudinary's call or parameter: `delete`, `rename`, `tags`, `upload`."""
    kind: str = "asset"
    """What it is: `asset`, `derived`, `folder`, `trigger`, `file`, …."""
    before: Values | None = None
    after: Values | None = None


class Record(Protocol):
    """What becomes of the changes that were written down. Each is told once, by its key."""

    def done(self, key: str, *, became: str | None = None, after: Values | None = None, outcome: str = "") -> None:
        """It was made. `became` is the key of what was created, `after` the values it has now."""
        ...

    def failed(self, key: str, why: str) -> None:
        """It was not made."""
        ...

    def unknown(self, key: str, why: str) -> None:
        """Nobody can say whether it was made."""
        ...

    def kept(self, key: str, file: str) -> None:
        """A copy of what goes was put into a file of the data folder."""
        ...


Recorded = AbstractAsyncContextManager[Record]
"""The block in which changing calls are made. What is not told when it ends counts as failed, or as unknown when the
block was left by an error that does not tell or by being cancelled."""
