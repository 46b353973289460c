"""Several clouds behind one server: a call goes to the cloud it names, and to no other."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_tools.client import BytesSource, CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig
from tests.support import both_eras, no_sleep, png, sandbox_cloud, settings_for, text_of


@dataclass
class Two:
    """Two sandboxes, `blog` and `shop`, behind one server."""

    client: Client
    blog: CloudinaryClient
    shop: CloudinaryClient

    async def names(self, cloud: CloudinaryClient) -> set[str]:
        page = await cloud.admin("GET", ("resources", "image"))
        return {asset["public_id"] for asset in page["resources"]}


@asynccontextmanager
async def two_clouds(tmp_path: Path, era: str, **settings: Any) -> AsyncGenerator[Two]:
    async with sandbox_cloud(tmp_path / "blog") as (blog, to_blog), sandbox_cloud(tmp_path / "shop") as (shop, to_shop):
        transports = {"blog": to_blog, "shop": to_shop}
        configs = {
            name: CloudConfig.from_url(sandbox.identity.cloudinary_url, name)
            for name, sandbox in (("blog", blog), ("shop", shop))
        }

        def make(config: CloudConfig) -> CloudinaryClient:
            return CloudinaryClient(config, transport=transports[config.name], sleep=no_sleep)

        server = CloudinaryServer(settings_for(tmp_path, **settings), Clouds(configs), make=make)
        async with (
            make(configs["blog"]).permitted(OwnerPermit()) as to_one,
            make(configs["shop"]).permitted(OwnerPermit()) as to_other,
            Client(server, mode=era) as client,  # pyright: ignore[reportArgumentType]
        ):
            for cloud in (to_one, to_other):
                await cloud.upload(BytesSource(png(), "a.png"), {"public_id": "a"})
            yield Two(client, to_one, to_other)


@both_eras
async def test_no_cloud_is_guessed_whatever_stands_in_its_place(tmp_path: Path, era: str) -> None:
    async with two_clouds(tmp_path, era) as w:
        for given in ({}, *({"cloud": value} for value in ("", None, 0, False, [], ["blog"], {}, "Blog", "none"))):
            result = await w.client.call_tool("delete_assets", {**given, "public_ids": ["a"], "confirm": True})
            assert result.is_error
            assert "blog, shop" in text_of(result)
        assert await w.names(w.blog) == await w.names(w.shop) == {"a"}


@both_eras
async def test_a_resource_without_its_cloud_is_refused(tmp_path: Path, era: str) -> None:
    async with two_clouds(tmp_path, era) as w:
        for uri in ("usage", "folders/", "folders//x", "assets//image/upload/a", "previews//image/upload/a"):
            with pytest.raises(MCPError, match="blog, shop"):
                await w.client.read_resource(f"cloudinary://{uri}")


@both_eras
async def test_a_plan_belongs_to_its_cloud(tmp_path: Path, era: str) -> None:
    async with two_clouds(tmp_path, era) as w:
        plan = await w.client.call_tool("delete_assets", {"cloud": "blog", "prefix": "a"})
        assert plan.structured_content is not None
        used = {"confirm": True, "plan_id": plan.structured_content["plan_id"]}
        refused = await w.client.call_tool("delete_assets", {"cloud": "shop", **used})
        assert "'blog', not for delete_assets in 'shop'; nothing was deleted" in text_of(refused)
        assert await w.names(w.blog) == await w.names(w.shop) == {"a"}
        assert not (await w.client.call_tool("delete_assets", {"cloud": "blog", **used})).is_error
        assert (await w.names(w.blog), await w.names(w.shop)) == (set(), {"a"})


@both_eras
async def test_a_protected_cloud_is_read_and_never_changed(tmp_path: Path, era: str) -> None:
    async with two_clouds(tmp_path, era, read_only_clouds=["shop"]) as w:
        calls: list[tuple[str, dict[str, Any]]] = [
            ("delete_assets", {"public_ids": ["a"], "confirm": True}),
            ("update_asset", {"public_id": "a", "tags": ["x"]}),
            ("upload_asset", {"source": "data:image/gif;base64,R0lGODlhAQABAAAAACw="}),
            ("create_folder", {"path": "x"}),
            ("save_trigger", {"channel": "desk"}),
        ]
        for tool, arguments in calls:
            said = text_of(await w.client.call_tool(tool, {"cloud": "shop", **arguments}))
            assert "The cloud 'shop' is read-only on this server; nothing was changed." in said
        assert await w.names(w.shop) == {"a"}
        assert not (await w.client.call_tool("get_asset", {"cloud": "shop", "public_id": "a"})).is_error
        assert not (await w.client.call_tool("create_folder", {"cloud": "blog", "path": "x"})).is_error
