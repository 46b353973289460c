"""Listing: one cursor whatever is listed, nothing twice, nothing left out."""

import json
from pathlib import Path
from typing import Any

from cloudinary_tools.client import BytesSource
from tests.support import World, both_eras, text_of, world


async def walk(w: World, **arguments: Any) -> list[dict[str, Any]]:
    """All assets, page by page, by the cursor alone."""
    page = await w.call("list_assets", **arguments)
    found: list[dict[str, Any]] = list(page["assets"])
    while cursor := page.get("next_cursor"):
        page = await w.call("list_assets", next_cursor=cursor)
        found += page["assets"]
    return found


async def raw(w: World, public_id: str) -> None:
    await w.cloud.upload(
        BytesSource(b"data of " + public_id.encode(), public_id), {"public_id": public_id}, resource_type="raw"
    )


@both_eras
async def test_all_resource_types_come_under_one_cursor_each_asset_once(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for number in range(5):
            await w.upload(f"image-{number}")
            await raw(w, f"file-{number}.txt")
        found = await walk(w, max_results=3)
        names = [(asset.get("resource_type", "?"), asset["public_id"]) for asset in found]
        assert len(names) == len(set(names)) == 10


@both_eras
async def test_the_cursor_carries_its_filters_and_page_size(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for number in range(4):
            await w.upload(f"a/{number}", tags=["x"])
            await w.upload(f"b/{number}")
        found = await walk(w, prefix="a/", max_results=3, fields=["tags"])
        assert {asset["public_id"] for asset in found} == {"a/0", "a/1", "a/2", "a/3"}
        assert all(asset["tags"] == ["x"] for asset in found)


@both_eras
async def test_a_changed_filter_beside_a_cursor_is_refused(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for number in range(3):
            await w.upload(f"a/{number}")
        page = await w.call("list_assets", prefix="a/", max_results=1)
        assert "goes on with prefix='a/'" in await w.error("list_assets", prefix="b", next_cursor=page["next_cursor"])
        for cursor in ("abc", page["next_cursor"][:-4]):
            assert "not one of list_assets" in await w.error("list_assets", next_cursor=cursor)


@both_eras
async def test_an_asset_uploaded_between_two_pages_shifts_nothing(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for number in range(4):
            await w.upload(f"old-{number}")
        first = await w.call("list_assets", max_results=2)
        await w.upload("newest")
        second = await w.call("list_assets", next_cursor=first["next_cursor"])
        names = [asset["public_id"] for asset in first["assets"] + second["assets"]]
        assert sorted(names) == ["old-0", "old-1", "old-2", "old-3"]


@both_eras
async def test_filters_by_tag_folder_context_and_moderation(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("tagged", tags=["50% off", "b"])
        await w.upload("placed", asset_folder="shop/new")
        await w.upload("described", context={"alt": "a dog"})
        await w.upload("waiting", moderation="manual")

        async def names(**arguments: Any) -> list[str]:
            return [asset["public_id"] for asset in (await w.call("list_assets", **arguments))["assets"]]

        assert await names(tag="50% off") == ["tagged"]
        assert await names(folder="shop/new") == ["placed"]
        assert await names(context="alt") == ["described"]
        assert await names(context="alt=a cat") == []
        assert await names(moderation="pending") == ["waiting"]
        assert "one filter" in await w.error("list_assets", tag="a", folder="b")


@both_eras
async def test_in_fixed_folders_a_folder_is_the_start_of_the_public_id(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, sandbox={"folder_mode": "fixed"}) as w:
        await w.upload("shop/new/a")
        await w.upload("shopping")
        page = await w.call("list_assets", folder="shop/new")
        assert [asset["public_id"] for asset in page["assets"]] == ["shop/new/a"]


@both_eras
async def test_text_and_structure_each_tell_all_and_stay_small(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for number in range(100):
            await w.upload(f"catalogue/shoes/sneaker-{number:04}")
        result = await w.client.call_tool("list_assets", {"max_results": 100})
        text, data = text_of(result), result.structured_content
        assert data is not None
        assert len(text.encode()) / 4 <= 4000
        assert len(json.dumps(data, separators=(",", ":")).encode()) / 4 <= 4500
        for asset in data["assets"]:
            assert asset["public_id"] in text
        assert "Admin API calls left" in text
        assert data["resource_type"] == "image"
        assert "resource_type" not in data["assets"][0]
        url = data["url_pattern"].replace("{public_id}", "catalogue/shoes/sneaker-0000").replace("{format}", "png")
        assert url == (await w.call("get_asset", public_id=url))["url"].replace(
            f"/v{(await w.call('get_asset', public_id=url))['version']}", ""
        )


@both_eras
async def test_an_empty_library_is_no_error(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        page = await w.call("list_assets")
        assert (page["count"], page["assets"]) == (0, [])
        assert "next_cursor" not in page


@both_eras
async def test_wrong_arguments_are_all_named_at_once(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        said = await w.error("list_assets", resource_type="img", max_results=900, preffix="a")
        assert "did you mean 'image'" in said
        assert "at most 500" in said
        assert "there is no argument 'preffix': did you mean 'prefix'" in said


@both_eras
async def test_harmless_differences_of_notation_are_forgiven(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", tags=["x"])
        page = await w.call("list_assets", max_results="5", fields='["tags"]', prefix=None)
        assert page["assets"][0]["tags"] == ["x"]
        assert "null" in await w.error("get_asset", public_id="null")


@both_eras
async def test_a_filter_that_lets_little_through_goes_on_by_cursor_when_the_call_is_used_up(
    tmp_path: Path, era: str
) -> None:
    async with world(tmp_path, era, settings={"call_admin_limit": 3}) as w:
        await w.upload("wanted", tags="x", type="private")
        for number in range(5):
            await w.upload(f"other-{number}", tags="x")
        asked = {"tag": "x", "type": "private", "resource_type": "image", "max_results": 1}
        first = await w.call("list_assets", **asked)
        assert first["count"] == 0
        assert "go on with next_cursor" in first["note"]
        assert "go on with next_cursor" in await w.text("list_assets", **asked)
        assert [asset["public_id"] for asset in await walk(w, **asked)] == ["wanted"]
