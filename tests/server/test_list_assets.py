"""Listing: one cursor whatever is listed, nothing twice, nothing left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from cloudinary_tools.client import BytesSource
from tests.support import World, both_eras, rows_of, text_of, world


async def walk(w: World, **arguments: Any) -> list[dict[str, Any]]:
    """All assets, page by page, by the cursor alone."""
    page = await w.call("list_assets", **arguments)
    found: list[dict[str, Any]] = rows_of(page)
    while cursor := page.get("next_cursor"):
        page = await w.call("list_assets", next_cursor=cursor)
        found += rows_of(page)
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
        names = [asset["public_id"] for asset in rows_of(first) + rows_of(second)]
        assert sorted(names) == ["old-0", "old-1", "old-2", "old-3"]


@both_eras
async def test_filters_by_tag_folder_context_and_moderation(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("tagged", tags=["50% off", "b"])
        await w.upload("placed", asset_folder="shop/new")
        await w.upload("described", context={"alt": "a dog"})
        await w.upload("waiting", moderation="manual")

        async def names(**arguments: Any) -> list[str]:
            return [asset["public_id"] for asset in rows_of(await w.call("list_assets", **arguments))]

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
        assert [asset["public_id"] for asset in rows_of(page)] == ["shop/new/a"]


@both_eras
async def test_text_and_structure_each_tell_all_and_stay_small(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for number in range(100):
            await w.upload(f"catalogue/shoes/sneaker-{number:04}")
        result = await w.client.call_tool("list_assets", {"max_results": 100})
        text, data = text_of(result), result.structured_content
        assert data is not None
        assert len(text.encode()) / 4 * 0.926 <= 3400
        assert len(json.dumps(data, separators=(",", ":")).encode()) / 4 * 0.926 <= 3400
        for asset in rows_of(data):
            assert asset["public_id"] in text
        assert "Admin API calls left" in text
        assert data["resource_type"] == "image"
        assert "resource_type" not in data["columns"]
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
        assert rows_of(page)[0]["tags"] == ["x"]
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


@both_eras
async def test_a_folder_that_is_not_there_is_told_with_the_one_that_was_meant(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", asset_folder="products/shoes")
        await w.call("create_folder", path="empty")
        assert "There is no folder shoes; there is products/shoes." in await w.text("list_assets", folder="shoes")
        assert (await w.call("list_assets", folder="boots"))["note"] == "There is no folder boots."
        assert "note" not in await w.call("list_assets", folder="empty")
        assert "note" not in await w.call("list_assets", folder="/products/shoes/")


@both_eras
async def test_a_mistyped_delivery_type_is_no_empty_list(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for typed, meant in (("uplaod", "upload"), ("Private", "private"), ("autenticated", "authenticated")):
            assert f"did you mean {meant!r}" in await w.error("list_assets", type=typed)
        assert (await w.call("list_assets", type="fetch"))["count"] == 0


@both_eras
async def test_what_only_some_assets_have_is_null_in_the_others(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("tagged", tags=["x"])
        await w.upload("plain")
        page = await w.call("list_assets", fields=["tags"])
        rows = [dict(zip(page["columns"], row, strict=True)) for row in page["assets"]]
        assert {row["public_id"]: row["tags"] for row in rows} == {"tagged": ["x"], "plain": None}
        assert "duration" not in page["columns"]


@both_eras
@pytest.mark.parametrize("mode", ["dynamic", "fixed"])
async def test_the_root_folder_is_a_slash(tmp_path: Path, era: str, mode: str) -> None:
    async with world(tmp_path, era, sandbox={"folder_mode": mode}) as w:
        await w.upload("here")
        await w.upload("shop/there", asset_folder="shop" if mode == "dynamic" else None)
        assert [row["public_id"] for row in rows_of(await w.call("list_assets", folder="/"))] == ["here"]
        assert "The root folder is '/'" in await w.error("list_assets", folder="")
