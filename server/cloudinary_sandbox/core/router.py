"""Which handler answers which method and path."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cloudinary_sandbox.core.call import Family, Handler

_SHAPES = {
    "rt": "image|video|raw",
    "rt_auto": "image|video|raw|auto",
    "rt_all": "image|video|raw|auto|all",
    "type": "[a-z0-9_]+",
    "asset_id": "[0-9a-f]{32}",
    "path": ".+",
    "name": "[^/]+",
}
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


@dataclass(frozen=True)
class Endpoint:
    """One route below `/v1_1/{cloud}`; a `path` of the form `v2/{module}/…` is one below `/v2/{module}/{cloud}`.

    In `path`, `{name:shape}` (or `{shape}`) stands for one part: `rt`, `rt_auto`, `rt_all`, `type`, `asset_id`, `name`
    (no slash) or `path` (slashes too). With `raw_body` a body that is no multipart form is the file itself.
    """

    method: str
    path: str
    handler: Handler
    family: Family = "admin"
    raw_body: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression with one group per placeholder."""
        pieces: list[str] = []
        at = 0
        for match in _PLACEHOLDER.finditer(self.path):
            group = match[1].removesuffix("_auto").removesuffix("_all")
            pieces += [re.escape(self.path[at : match.start()]), f"(?P<{group}>{_SHAPES[match[2] or match[1]]})"]
            at = match.end()
        return re.compile("".join([*pieces, re.escape(self.path[at:])]) + r"\Z", re.DOTALL)

    @property
    def order(self) -> tuple[int, ...]:
        """Smaller for the more specific path, part by part: a word, then a placeholder, then the rest of the path."""
        return tuple(
            0 if not part.startswith("{") else 2 if part.endswith("path}") else 1 for part in self.path.split("/")
        )


class Router:
    """All endpoints, the specific ones before the general ones."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        ordered = sorted(endpoints, key=lambda endpoint: endpoint.order)
        self._routes = [(endpoint.pattern, endpoint) for endpoint in ordered]

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint for a method and a path, with the parts of the path."""
        for pattern, endpoint in self._routes:
            if endpoint.method == method and (match := pattern.match(path)):
                return endpoint, {key: value for key, value in match.groupdict().items() if value is not None}
        return None
