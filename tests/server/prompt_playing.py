"""A library on which every prompt's example can be played, and what it takes to play it."""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from time import time
from typing import Any

import httpx
from mcp_types import EmbeddedResource, GetPromptResult, ResourceLink, TextContent, TextResourceContents

from cloudinary_mcp.protocol.prompts import PromptRegistry
from cloudinary_mcp.protocol.prompts.model import PromptDefinition
from cloudinary_mcp.protocol.prompts.registry import PROMPTS
from cloudinary_mcp.protocol.tool_list import offered_tools
from cloudinary_mcp.settings import Settings
from cloudinary_tools.client import BytesSource
from cloudinary_tools.signing import notification_signature
from cloudinary_tools.toolkit.definitions import Definition
from tests.fixtures import FIXTURES
from tests.support import LOOPBACK, World, png, world

FLAGS: dict[str, dict[str, Any]] = {
    "default": {"toolsets": ["default"]},
    "all": {"toolsets": ["all"]},
    "read-only": {"toolsets": ["default"], "read_only": True},
    "all, read-only": {"toolsets": ["all"], "read_only": True},
}
FILM = FIXTURES / "red.mp4"  # half a second of red
BY_NAME = {prompt.name: prompt for prompt in PROMPTS}


@cache
def tools(flags: str) -> dict[str, Definition]:
    return offered_tools(Settings(**FLAGS[flags]), ["one"])


def menu(flags: str = "default", clouds: tuple[str, ...] = ()) -> PromptRegistry:
    return PromptRegistry(tools(flags), FLAGS[flags].get("read_only", False), clouds)


def variations(prompt: PromptDefinition) -> Iterator[dict[str, str]]:
    """The example, and the example with each known value of each argument."""
    yield dict(prompt.example)
    for entry in prompt.arguments:
        yield from ({**prompt.example, entry.name: value} for value in entry.values)


def words(result: GetPromptResult) -> str:
    """The prompt's own text."""
    first = result.messages[0].content
    assert isinstance(first, TextContent)
    return first.text


def attached(result: GetPromptResult) -> list[EmbeddedResource | ResourceLink]:
    blocks = [message.content for message in result.messages[1:]]
    return [block for block in blocks if isinstance(block, EmbeddedResource | ResourceLink)]


def tokens(result: GetPromptResult) -> float:
    """Bytes of everything that reaches the model, over four."""
    texts = [words(result)]
    for block in attached(result):
        if isinstance(block, ResourceLink):
            texts += [block.uri, block.name]
        elif isinstance(block.resource, TextResourceContents):
            texts.append(block.resource.text)
    return len("".join(texts).encode()) / 4


async def short(uri: str) -> str:
    """A resource that is always there."""
    return f"text of {uri}"


@asynccontextmanager
async def library(tmp_path: Path, era: str, flags: str) -> AsyncGenerator[World]:
    """A server with these flags on a library that holds what the examples name; a notification has just come."""
    settings = {**FLAGS[flags], "no_receiver": False, "receiver_port": 0}
    async with world(tmp_path, era, settings=settings) as w:
        await w.upload("shop/shoe", png(60, 40), asset_folder="shop", tags="footwear")
        await w.upload("shop/boot", png(60, 40), asset_folder="shop", moderation="manual")
        await w.upload("brand/logo", png(12, 8, "blue"))
        await w.cloud.upload(
            BytesSource(FILM.read_bytes(), "walk.mp4"), {"public_id": "films/walk"}, resource_type="video"
        )
        await _notify(w, {"notification_type": "upload", "public_id": "shop/shoe", "resource_type": "image"})
        yield w


async def _notify(w: World, payload: Mapping[str, Any]) -> None:
    body, stamp = json.dumps(payload).encode(), str(int(time()))
    signature = notification_signature(body, stamp, w.sandbox.identity.api_secret)
    headers = {"Content-Type": "application/json", "X-Cld-Timestamp": stamp, "X-Cld-Signature": signature}
    address = (await w.call("notification_status"))["webhook_url"]
    async with httpx.AsyncClient(**LOOPBACK) as sender:
        assert (await sender.post(address, content=body, headers=headers)).status_code == 200
