"""A server whose cloud answers oddly: valid JSON, but not what its calls are answered with."""

import json
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from mcp import Client
from mcp_types import CallToolResult

from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_tools.client import BytesSource, CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig
from tests.extras import HAS_VISION
from tests.support import no_sleep, png, sandbox_cloud, settings_for

Alter = Callable[[bytes], httpx.Response]
"""Makes the answer of a body that the sandbox gave."""

ODD_VALUES: list[Any] = [
    None, "", "text", "\ud83d", "null", "true", 0, -1, 1.5, 10**30, float("nan"), float("inf"), True, False,
    [], {}, [None], [[]], [{}], {"a": None}, {"": ""}, {"error": None}, {"custom": []}, ["\udc00"], "x" * 5_000,
]  # fmt: skip
WHOLE: dict[str, tuple[int, bytes]] = {
    "empty object": (200, b"{}"),
    "no content": (204, b""),
    "null": (200, b"null"),
    "empty list": (200, b"[]"),
    "text": (200, b'"ok"'),
    "NaN": (200, b"NaN"),
    "foreign object": (200, b'{"ok": true, "message": "done"}'),
    "empty body": (200, b""),
}
"""Replies that hold nothing of what was asked for, as status and body."""


TRIGGER = "the trigger's id"
_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("get_usage", {}),
    ("list_assets", {"fields": ["tags", "context", "metadata", "moderation", "url"]}),
    ("list_assets", {"folder": "pics"}),
    ("list_assets", {"tag": "red"}),
    ("search_assets", {"expression": "tags:red", "fields": ["context", "tags", "moderation", "url"]}),
    ("search_assets", {"aggregate": ["format"], "max_results": 0}),
    ("get_asset", {"public_id": "a", "include": [
        "colors", "exif", "derived", "versions", "coordinates", "phash", "quality", "info",
        *(["faces"] if HAS_VISION else []),
    ]}),
    ("list_folders", {"depth": 2}),
    ("search_folders", {}),
    ("list_tags", {}),
    ("list_triggers", {}),
    ("list_versions", {"public_id": "a"}),
    ("preview_asset", {"public_ids": ["a"]}),
    ("build_signed_url", {"public_id": "a", "type": "private"}),
    ("download_asset", {"public_id": "a"}),
    ("archive_url", {"public_ids": ["a"]}),
    ("update_asset", {"public_id": "a", "add_tags": ["x"], "context": {"alt": "y"}, "display_name": "z"}),
    ("edit_assets", {"public_ids": ["a", "b"], "add_tags": ["new"], "context": {"alt": "x"}}),
    ("edit_assets", {"public_ids": ["a"], "move_to": "elsewhere"}),
    ("edit_assets", {"public_ids": ["a"], "tags": ["only"], "confirm": True}),
    ("relate_assets", {"public_id": "a", "to": ["b"]}),
    ("rename_asset", {"public_id": "b", "to_public_id": "c"}),
    ("rename_asset", {"public_id": "c", "to_public_id": "b"}),
    ("restore_assets", {"public_ids": ["gone"]}),
    ("create_folder", {"path": "made"}),
    ("move_folder", {"path": "made", "to_path": "moved"}),
    ("delete_folder", {"path": "moved", "confirm": True}),
    ("upload_asset", {"source": "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==",
                      "public_id": "up", "overwrite": True, "eager": ["w_1"]}),
    ("upload_assets", {"sources": ["data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="]}),
    ("generate_derived", {"public_ids": ["a"], "transformations": ["w_2"]}),
    ("delete_derived", {"public_id": "a", "confirm": True}),
    ("create_sprite", {"tag": "red"}),
    ("create_animation", {"tag": "red"}),
    ("explode_pages", {"public_id": "a"}),
    ("create_text_image", {"text": "hello"}),
    ("create_archive", {"public_ids": ["a"]}),
    ("save_trigger", {"uri": "https://example.com/hook", "event_type": "upload"}),
    ("test_trigger", {"trigger_id": TRIGGER, "sample": {"notification_type": "upload"}}),
    ("delete_assets", {"public_ids": ["up"], "confirm": True}),
]  # fmt: skip
"""Calls of every tool that reads a reply; each finds what the ones before it left."""


class OddTransport(httpx.AsyncBaseTransport):
    """Passes requests to the sandbox and alters the JSON that it answers with: all of it, or one answer by number."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.alter: Alter | None = None
        self.number: int | None = None
        self.answers = 0
        self.altered: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        body = await answer.aread()
        number, self.answers = self.answers, self.answers + 1
        is_json = answer.headers.get("content-type", "").startswith("application/json") and answer.is_success
        if self.alter is None or not is_json or self.number not in (None, number):
            return httpx.Response(answer.status_code, headers=answer.headers, content=body)
        self.altered.append(f"{request.method} {request.url.path}")
        return self.alter(body)


@dataclass
class OddWorld:
    """A server on a cloud that answers oddly as soon as it is told to, and calls of every tool that reads a reply."""

    upstream: OddTransport
    client: Client
    calls: list[tuple[str, dict[str, Any]]]

    async def call(
        self, tool: str, arguments: dict[str, Any], alter: Alter | None, number: int | None = None
    ) -> tuple[CallToolResult, list[str]]:
        """Call a tool while answers are altered, all of them or the one of that number; also says of which requests."""
        upstream = self.upstream
        upstream.alter, upstream.number, upstream.answers, upstream.altered = alter, number, 0, []
        return await self.client.call_tool(tool, arguments), upstream.altered


def whole(name: str) -> Alter:
    """Put one of `WHOLE` in the place of an answer."""
    status, content = WHOLE[name]
    return lambda _: httpx.Response(status, content=content)


def one_field_odd(rng: random.Random) -> Alter:
    """Alter one field, chosen at random: another value, or gone."""

    def alter(body: bytes) -> httpx.Response:
        value = json.loads(body)
        places = list(_places(value))
        if not places:
            return httpx.Response(200, content=body)
        holder, key = rng.choice(places)
        if isinstance(holder, dict) and rng.random() < 0.2:
            del holder[key]
        else:
            holder[key] = rng.choice(ODD_VALUES)
        return httpx.Response(200, content=json.dumps(value).encode())

    return alter


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


@asynccontextmanager
async def odd_world(tmp_path: Path, era: str = "auto") -> AsyncGenerator[OddWorld]:
    """A filled sandbox behind an `OddTransport`, and a client of a server on it."""
    async with sandbox_cloud(tmp_path) as (running, transport):
        config = CloudConfig.from_url(running.identity.cloudinary_url, "sandbox")
        odd = OddTransport(transport)

        def make(config: CloudConfig) -> CloudinaryClient:
            return CloudinaryClient(config, transport=odd, sleep=no_sleep)

        async with make(config).permitted(OwnerPermit()) as cloud:
            trigger = await _fill(cloud)
        settings = settings_for(tmp_path, call_admin_limit=1_000)
        server = CloudinaryServer(settings, Clouds({"sandbox": config}), make=make)
        calls = [(tool, {k: trigger if v == TRIGGER else v for k, v in given.items()}) for tool, given in _CALLS]
        async with Client(server, mode=era) as client:  # pyright: ignore[reportArgumentType]
            yield OddWorld(odd, client, calls)


async def _fill(cloud: CloudinaryClient) -> str:
    """What the calls work on; returns the id of a trigger."""
    common: dict[str, Any] = {"backup": True, "tags": ["red"], "context": {"alt": "x"}, "moderation": "manual"}
    for name in ("a", "b", "gone"):
        params = {**common, "public_id": name, "asset_folder": "pics", "eager": "w_3"}
        await cloud.upload(BytesSource(png(), f"{name}.png"), params)
    await cloud.upload_call("image", "destroy", {"public_id": "gone"})
    await cloud.admin("POST", ("folders", "pics/below"))
    trigger = await cloud.admin("POST", "triggers", json={"uri": "https://example.com/x", "event_type": "upload"})
    return str(trigger["id"])
