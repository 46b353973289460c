"""A server under test: a real sandbox cloud behind an in-memory MCP client, in either era of the protocol."""

import base64
import io
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent
from PIL import Image

from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds, Settings
from cloudinary_sandbox import SandboxOptions
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.service.app import build_app
from cloudinary_sandbox.service.composition import open_cloud
from cloudinary_tools.client import CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig

ERAS = ["legacy", "auto"]
LOOPBACK: dict[str, Any] = {"verify": False, "trust_env": False}
"""For an HTTP client that speaks plain http to this machine: neither certificates nor proxies matter to it."""
both_eras = pytest.mark.parametrize("era", ERAS)


def png(width: int = 8, height: int = 6, color: str = "red") -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


def data_uri(content: bytes, media: str = "image/png") -> str:
    """A file as a source of an upload."""
    return f"data:{media};base64,{base64.b64encode(content).decode()}"


async def no_sleep(_: float) -> None:
    """Retries wait for nothing in tests."""


def rows_of(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The assets of a page of columns and rows, by name; what one of them has not is left out."""
    named = [dict(zip(page.get("columns", ()), row, strict=True)) for row in page["assets"]]
    return [{name: value for name, value in row.items() if value is not None} for row in named]


def text_of(result: CallToolResult) -> str:
    """All text of a result."""
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


@dataclass
class World:
    """A sandbox, the client of a server on it, and a direct line to the cloud for arranging and looking."""

    sandbox: SandboxCloud
    cloud: CloudinaryClient
    client: Client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that succeeds; its structured content."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, text_of(result)
        assert result.structured_content is not None
        return result.structured_content

    async def text(self, tool: str, **arguments: Any) -> str:
        """Call a tool that succeeds; its text."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, text_of(result)
        return text_of(result)

    async def error(self, tool: str, **arguments: Any) -> str:
        """Call a tool that fails; the error's text."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, text_of(result)
        assert result.structured_content is None
        return text_of(result)

    async def upload(self, public_id: str, content: bytes | None = None, **params: Any) -> dict[str, Any]:
        """Put an asset into the cloud without the server."""
        from cloudinary_tools.client import BytesSource

        source = BytesSource(content or png(), f"{public_id.rsplit('/', 1)[-1]}.png")
        return {**await self.cloud.upload(source, {"public_id": public_id, **params})}

    async def public_ids(self, resource_type: str = "image") -> set[str]:
        """What the cloud holds now."""
        page = await self.cloud.admin("GET", ("resources", resource_type), params={"max_results": 500})
        return {asset["public_id"] for asset in page["resources"]}


def settings_for(tmp_path: Path, **changes: Any) -> Settings:
    """Settings that depend on nothing outside the test."""
    values: dict[str, Any] = {"data_dir": tmp_path / "data", "toolsets": ["all"], "no_receiver": True, **changes}
    return Settings(**values)


@asynccontextmanager
async def sandbox_cloud(tmp_path: Path, **options: Any) -> AsyncGenerator[tuple[SandboxCloud, httpx.ASGITransport]]:
    """A sandbox without a socket."""
    async with open_cloud(SandboxOptions(data_dir=tmp_path / "sandbox", **options)) as sandbox:
        sandbox.identity = sandbox.identity.with_port(8123)
        yield sandbox, httpx.ASGITransport(build_app(sandbox))


@asynccontextmanager
async def world(
    tmp_path: Path,
    era: str = "auto",
    *,
    settings: dict[str, Any] | None = None,
    sandbox: dict[str, Any] | None = None,
    client: dict[str, Any] | None = None,
) -> AsyncGenerator[World]:
    """A server on a sandbox, with a connected client of the given era."""
    async with sandbox_cloud(tmp_path, **(sandbox or {})) as (running, transport):
        config = CloudConfig.from_url(running.identity.cloudinary_url, "sandbox")

        def make(config: CloudConfig) -> CloudinaryClient:
            return CloudinaryClient(config, transport=transport, sleep=no_sleep)

        server = CloudinaryServer(settings_for(tmp_path, **(settings or {})), Clouds({"sandbox": config}), make=make)
        owner = make(config).permitted(OwnerPermit())
        async with owner as direct, Client(server, mode=era, **(client or {})) as connected:  # pyright: ignore[reportArgumentType]
            yield World(running, direct, connected)
