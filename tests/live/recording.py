"""What a cloud was asked and how it answered, written so that two clouds can be compared and no secret is told.

A recording is a JSON file:

    {"format": 1, "recorded_from": "cloudinary" or "sandbox", "exchanges": [
        {"call": "POST /image/upload", "params": {"public_id": "<folder>/a"}, "status": 200, "reply": {…}}, …]}

In parameters and replies stands a name in angle brackets for what differs from cloud to cloud and from run to run: ids
(numbered, so that one that comes back is seen to be the same), times, signatures, the account, the folder of the play.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import httpx

from cloudinary_tools.config import CloudConfig

FORMAT = 1
RECORDINGS = Path(__file__).parent / "recordings"
Side = Literal["cloudinary", "sandbox"]

NUMBERED = frozenset({"asset_id", "version_id", "external_id", "id", "batch_id", "delete_token", "next_cursor"})
"""Fields whose values are ids; each value has a number."""
HIDDEN = frozenset({
    "signature", "api_key", "etag", "bytes", "version", "request_id", "requester_ip", "condition_signature",
})  # fmt: skip
"""Fields whose values are only said to be there."""
_TIME = re.compile(r"_at$|^time$|^timestamp$|^last_updated$")
_URL = re.compile(r"^https?://[^/]+/")
_VERSION = re.compile(r"/v\d{8,}/")
_SIGNED = re.compile(r"/s--[\w-]+--/")


@dataclass
class Plain:
    """Puts names for what differs; the same object sees a whole play, so that the numbers go through it."""

    config: CloudConfig
    folder: str
    _numbers: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def value(self, value: Any, name: str = "") -> Any:
        """A parameter or a part of a reply."""
        if isinstance(value, dict):
            entries = cast("dict[str, Any]", value).items()
            return {self.text(key): self.value(item, key) for key, item in entries}
        if isinstance(value, list):
            return [self.value(item, name) for item in cast("list[Any]", value)]
        if value is None or isinstance(value, bool):
            return value
        if name in HIDDEN or _TIME.search(name):
            return f"<{name}>"
        if name in NUMBERED:
            return self._numbers.setdefault((name, str(value)), f"<{name} {len(self._numbers) + 1}>")
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """A text without the account, the play's folder, and what changes in URLs."""
        for found, shown in ((self.config.secret, "<api_secret>"), (self.config.api_key, "<api_key>")):
            if found:
                text = text.replace(found, shown)
        if _URL.match(text):
            text = _URL.sub("<delivery>/", text).replace(f"<delivery>/{self.config.cloud_name}/", "<delivery>/")
            text = _SIGNED.sub("/<signature>/", _VERSION.sub("/<version>/", text))
        return text.replace(self.folder, "<folder>")


@dataclass
class Recorder:
    """A cloud's API, each call of which is noted. `where` is `…/v1_1/CLOUD`."""

    client: httpx.AsyncClient
    where: str
    plain: Plain
    exchanges: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def folder(self) -> str:
        """The folder, prefix and tag of this play, which nothing else in the cloud has."""
        return self.plain.folder

    async def __call__(self, method: str, path: str, files: Any = None, **params: Any) -> Any:
        """Make a call with HTTP Basic: JSON, or a form beside a file, or the query of a GET; the decoded reply."""
        config = self.plain.config
        how = "params" if method == "GET" else "data" if files else "json"
        sent = {how: params, **({"files": files} if files else {})}
        reply = await self.client.request(
            method, self.where + path, auth=(config.api_key or "", config.secret), **cast("Any", sent)
        )
        self.exchanges.append(
            {
                "call": f"{method} {self.plain.text(path)}",
                "params": self.plain.value(params),
                "status": reply.status_code,
                "reply": self.plain.value(reply.json()),
            }
        )
        return reply.json()


def write(name: str, side: Side, exchanges: list[dict[str, Any]]) -> None:
    """Keep a recording."""
    RECORDINGS.mkdir(exist_ok=True)
    kept = {"format": FORMAT, "recorded_from": side, "exchanges": exchanges}
    (RECORDINGS / f"{name}.json").write_text(f"{json.dumps(kept, indent=1, ensure_ascii=False)}\n", "utf-8")


def read(name: str) -> list[dict[str, Any]]:
    """The exchanges of a recording; `ValueError` for one of another format."""
    kept = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
    if kept["format"] != FORMAT:
        raise ValueError(f"{name}: the recording has the format {kept['format']}, not {FORMAT}")
    return kept["exchanges"]


def differences(recorded: Any, seen: Any, at: str = "") -> list[str]:
    """One line for each place where two values differ, in whatever is nested."""
    if isinstance(recorded, dict) and isinstance(seen, dict):
        left, right = cast("dict[str, Any]", recorded), cast("dict[str, Any]", seen)
        missing = [f"{at}/{key}: recorded, not seen" for key in left.keys() - right.keys()]
        surplus = [f"{at}/{key}: seen, not recorded" for key in right.keys() - left.keys()]
        common = [line for key in left if key in right for line in differences(left[key], right[key], f"{at}/{key}")]
        return sorted(missing + surplus) + common
    if isinstance(recorded, list) and isinstance(seen, list):
        pairs = list(zip(cast("list[Any]", recorded), cast("list[Any]", seen), strict=False))
        found = [line for number, pair in enumerate(pairs) for line in differences(*pair, f"{at}/{number}")]
        lengths = len(cast("list[Any]", recorded)), len(cast("list[Any]", seen))
        return found + ([f"{at}: {lengths[0]} recorded, {lengths[1]} seen"] if lengths[0] != lengths[1] else [])
    return [] if recorded == seen else [f"{at}: recorded {recorded!r}, seen {seen!r}"]
