"""One asset under every name that people and answers give it, through every tool that takes one."""

from pathlib import Path
from typing import Any

import pytest

from cloudinary_tools.client import BytesSource
from tests.support import World, both_eras, png, world

FILM = Path(__file__).parents[1] / "fixtures" / "red.mp4"


async def film(w: World, public_id: str, **params: Any) -> None:
    await w.cloud.upload(
        BytesSource(FILM.read_bytes(), "film.mp4"), {"public_id": public_id, **params}, resource_type="video"
    )


@both_eras
@pytest.mark.parametrize("form", ["video/upload/clip", "clip", "url", "asset_id"])
async def test_a_video_is_found_by_any_of_its_names(tmp_path: Path, era: str, form: str) -> None:
    async with world(tmp_path, era) as w:
        await film(w, "clip")
        known = await w.call("get_asset", public_id="clip", resource_type="video")
        name = {"url": known["url"], "asset_id": known["asset_id"]}.get(form, form)
        argument = {"asset_id": name} if form == "asset_id" else {"public_id": name}
        assert (await w.call("get_asset", **argument))["resource_type"] == "video"
        assert (await w.call("update_asset", **argument, add_tags=["x"]))["asset_id"] == known["asset_id"]
        many = {"asset_ids": [name]} if form == "asset_id" else {"public_ids": [name]}
        if form == "clip":
            assert "There is video/upload/clip" in await w.error("edit_assets", **many, add_tags=["y"])
            many = {"public_ids": ["video/upload/clip"]}
        assert (await w.call("edit_assets", **many, add_tags=["y"]))["edited"] == 1
        assert set((await w.call("get_asset", **argument))["tags"]) == {"x", "y"}


@both_eras
async def test_a_name_that_several_assets_have_is_asked_back(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await film(w, "twice")
        await w.upload("twice", type="private")
        said = await w.error("get_asset", public_id="twice")
        assert "video/upload/twice" in said
        assert "image/private/twice" in said
        await w.upload("twice")
        assert (await w.call("get_asset", public_id="twice"))["resource_type"] == "image"


@both_eras
async def test_a_kind_that_was_named_is_not_exchanged_for_another(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await film(w, "clip")
        for tool in ("get_asset", "update_asset"):
            change = {"tags": ["x"]} if tool == "update_asset" else {}
            said = await w.error(tool, public_id="clip", resource_type="raw", **change)
            assert "Name it 'video/upload/clip'" in said


@both_eras
async def test_what_is_deleted_is_not_looked_for_but_named(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await film(w, "clip")
        said = await w.error("delete_assets", public_ids=["clip"], confirm=True)
        assert "There is video/upload/clip" in said
        assert "nothing was deleted" in said
        done = await w.call("delete_assets", public_ids=["video/upload/clip"], confirm=True)
        assert done["deleted"] == 1


@both_eras
async def test_a_file_name_leads_to_the_asset_without_its_ending(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("photo1")
        for name in ("photo1.png", "photo1.jpg"):
            assert "image/upload/photo1" in await w.error("get_asset", public_id=name)
        assert "There is no" not in await w.error("get_asset", public_id="nothing.png")


@both_eras
async def test_an_id_that_ends_like_a_file_is_exact_before_it_is_a_file(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("photo", png(8, 6, "red"))
        await w.upload("photo.jpg", png(8, 6, "green"))
        assert (await w.call("get_asset", public_id="photo.jpg"))["public_id"] == "photo.jpg"
        url = (await w.call("build_url", public_id="photo.jpg"))["url"]
        assert url.endswith("/photo.jpg.png")
        assert (await w.call("get_asset", public_id=url))["public_id"] == "photo.jpg"
        shown = await w.text("preview_asset", public_id="photo.jpg")
        assert "/photo.jpg.png" in shown
        said = await w.error("delete_assets", public_ids=[url.removesuffix(".png")])
        assert "image/upload/photo or image/upload/photo.jpg" in said


@both_eras
async def test_a_public_id_with_slashes_that_is_no_place_stays_one(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("image/products/a")
        assert (await w.call("get_asset", public_id="image/products/a"))["public_id"] == "image/products/a"
        await w.upload("video/upload/odd")
        found = await w.call("get_asset", public_id="video/upload/odd", resource_type="image")
        assert found["public_id"] == "video/upload/odd"
