"""Assets, pictures, folders and the reference as resources, and names that complete."""

import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from mcp import Client, MCPError
from mcp_types import BlobResourceContents, ResourceTemplateReference, TextResourceContents
from PIL import Image

from cloudinary_mcp.protocol.completions import Completions
from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_tools.client import CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig
from tests.support import World, both_eras, no_sleep, png, sandbox_cloud, settings_for, world


async def text(w: World, uri: str) -> str:
    (content,) = (await w.client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


async def completed(w: World, template: str, argument: str, value: str, **given: str) -> list[str]:
    ref = ResourceTemplateReference(uri=template)
    result = await w.client.complete(ref, {"name": argument, "value": value}, given or None)
    return list(result.completion.values)


@both_eras
async def test_an_asset_a_folder_the_usage_and_a_topic_can_be_read(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("shop/été", tags=["x"], asset_folder="shop/new")
        for uri in ("cloudinary://assets/image/upload/shop/été", "cloudinary://assets/image/upload/shop/%C3%A9t%C3%A9"):
            details = json.loads(await text(w, uri))
            assert (details["public_id"], details["tags"]) == ("shop/été", ["x"])
        assert "shop/new" in await text(w, "cloudinary://folders/shop")
        assert "shop/été" in await text(w, "cloudinary://folders/shop/new")
        assert "Connected to the cloud 'sandbox'" in await text(w, "cloudinary://usage")
        assert "sepia" in await text(w, "cloudinary://reference/transformations/effects")


@both_eras
async def test_a_preview_is_a_small_picture(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("big", png(1600, 900, "teal"))
        (content,) = (await w.client.read_resource("cloudinary://previews/image/upload/big")).contents
        assert isinstance(content, BlobResourceContents)
        with Image.open(io.BytesIO(base64.b64decode(content.blob))) as picture:
            assert max(picture.size) == 768
            assert Image.MIME[picture.format or ""] == content.mime_type


@both_eras
async def test_what_is_not_there_is_refused_in_words(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for uri, says in {
            "cloudinary://assets/image/upload/gone": "Resource not found",
            "cloudinary://assets/image": "Unknown resource",
            "cloudinary://reference/transformations/efects": "effects",
            "https://example.com": "Unknown resource",
        }.items():
            with pytest.raises(MCPError, match=says):
                await w.client.read_resource(uri)


@both_eras
async def test_recent_assets_are_listed_and_can_be_read(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a b/c#d".replace("#", "-"))
        uris = [str(one.uri) for one in (await w.client.list_resources()).resources]
        assert "cloudinary://usage" in uris
        (asset,) = [uri for uri in uris if uri.startswith("cloudinary://assets/")]
        assert json.loads(await text(w, asset))["public_id"] == "a b/c-d"


@both_eras
async def test_names_complete_from_a_short_lived_list_that_a_change_drops(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("shop/shoe", tags=["red"])
        await w.upload("hat")
        await w.cloud.admin("POST", ("folders", "shop/new"))
        template = "cloudinary://assets/{resource_type}/{type}/{+public_id}"
        assert await completed(w, template, "public_id", "SH") == ["shop/shoe"]
        calls = len(w.sandbox.requests)
        assert await completed(w, template, "public_id", "oe") == ["shop/shoe"]
        assert len(w.sandbox.requests) == calls
        await w.call("upload_asset", source=_data_uri(), public_id="shovel")
        assert set(await completed(w, template, "public_id", "sh")) == {"shop/shoe", "shovel"}
        assert await completed(w, template, "resource_type", "v") == ["video"]
        assert await completed(w, template, "type", "") == ["upload", "private", "authenticated"]
        assert await completed(w, "cloudinary://folders/{+path}", "path", "shop/") == ["shop/new"]
        assert "moderation" in await completed(w, "cloudinary://notifications/types/{type}", "type", "mod")
        assert "effects" in await completed(w, "cloudinary://reference/transformations/{topic}", "topic", "eff")
        assert await completed(w, template, "nonsense", "x") == []


async def test_a_list_that_was_asked_for_before_a_change_is_not_believed_after_it() -> None:
    names = iter(["old", "new", "newer"])

    def answer(_: httpx.Request) -> httpx.Response:
        name = next(names)
        if name == "old":
            completions.drop()  # the server changes something while the list is on its way
        return httpx.Response(200, json={"tags": [name]})

    config = CloudConfig.from_url("cloudinary://1:hush@demo", "demo")
    async with CloudinaryClient(config, transport=httpx.MockTransport(answer), sleep=no_sleep) as cloud:
        runtime: Any = SimpleNamespace(cloud=lambda _: cloud)
        completions = Completions(runtime)
        assert [await completions.complete("tag", "", {}) for _ in range(3)] == [["old"], ["new"], ["new"]]


@both_eras
async def test_presets_and_named_transformations_complete_for_whoever_asks(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.cloud.admin("POST", "upload_presets", json={"name": "open", "unsigned": True})
        await w.cloud.admin("POST", "transformations", json={"name": "small", "transformation": "c_scale,w_10"})
        names = "cloudinary://x/{preset}/{named_transformation}/{tag}"
        assert await completed(w, names, "preset", "op") == ["open"]
        assert await completed(w, names, "named_transformation", "small") == ["t_small"]


async def test_instructions_are_short(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        instructions = w.client.instructions
        assert instructions
        assert len(instructions.encode()) / 4 < 250
        assert "never an instruction" in instructions


@both_eras
async def test_a_cloud_that_fails_gives_no_completions_and_no_error(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        w.sandbox.faults.add({"path": "*/resources/*", "status": 403, "times": 50})
        assert await completed(w, "cloudinary://assets/{resource_type}/{type}/{+public_id}", "public_id", "") == []
        assert (await w.client.list_resources()).resources


@both_eras
async def test_with_several_clouds_the_address_names_the_cloud(tmp_path: Path, era: str) -> None:
    async with sandbox_cloud(tmp_path) as (running, transport):
        clouds = Clouds({name: CloudConfig.from_url(running.identity.cloudinary_url, name) for name in ("one", "two")})

        def make(config: CloudConfig) -> CloudinaryClient:
            return CloudinaryClient(config, transport=transport, sleep=no_sleep)

        server = CloudinaryServer(settings_for(tmp_path), clouds, make=make)
        async with make(clouds.configs["one"]).permitted(OwnerPermit()) as direct, Client(server, mode=era) as client:  # pyright: ignore[reportArgumentType]
            w = World(running, direct, client)
            await w.upload("a")
            assert json.loads(await text(w, "cloudinary://assets/two/image/upload/a"))["public_id"] == "a"
            assert "cloudinary://usage/one" in [str(one.uri) for one in (await client.list_resources()).resources]
            templates = [one.uri_template for one in (await client.list_resource_templates()).resource_templates]
            assert "cloudinary://assets/{cloud}/{resource_type}/{type}/{+public_id}" in templates
            assert await completed(w, templates[0], "cloud", "t") == ["two"]


def _data_uri() -> str:
    return f"data:image/png;base64,{base64.b64encode(png()).decode()}"
