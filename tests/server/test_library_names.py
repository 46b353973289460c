"""`rename_asset`, `move_folder`, `delete_folder`: nothing is lost on the way."""

from pathlib import Path

from tests.support import both_eras, png, world


async def test_a_renamed_asset_keeps_its_id_and_gets_a_new_url(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        asset = await w.upload("a/old", asset_folder="place")
        report = await w.call("rename_asset", public_id="a/old", to_public_id="b/new")
        assert report["asset_id"] == asset["asset_id"]
        assert report["was"] == "image/upload/a/old"
        assert "b/new" in report["url"]
        assert await w.public_ids() == {"b/new"}
        assert (await w.call("get_asset", public_id="b/new"))["asset_folder"] == "place"


async def test_a_taken_name_is_an_error_that_says_what_is_there(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        await w.upload("b", png(20, 10))
        said = await w.error("rename_asset", public_id="a", to_public_id="b")
        assert "b · png · 20x10" in said
        assert "Nothing was changed" in said
        assert "overwrite=true" in said
        assert await w.public_ids() == {"a", "b"}


@both_eras
async def test_replacing_by_a_rename_is_planned(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        asset = await w.upload("a")
        await w.upload("b", png(20, 10))
        plan = await w.call("rename_asset", public_id="a", to_public_id="b", overwrite=True)
        assert plan["sample"] == ["image/upload/b"]
        assert "cannot be undone" in plan["notes"][0]
        assert await w.public_ids() == {"a", "b"}
        report = await w.call("rename_asset", plan_id=plan["plan_id"], confirm=True)
        assert report["replaced"] == "image/upload/b"
        assert await w.public_ids() == {"b"}
        assert (await w.call("get_asset", public_id="b"))["asset_id"] == asset["asset_id"]


async def test_what_took_the_name_since_the_plan_is_not_replaced(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        await w.upload("b")
        plan = await w.call("rename_asset", public_id="a", to_public_id="b", overwrite=True)
        await w.cloud.admin("DELETE", ("resources", "image", "upload"), json={"public_ids": ["b"]})
        await w.upload("b", png(30, 30))
        said = await w.error("rename_asset", plan_id=plan["plan_id"], confirm=True)
        assert "was replaced since the plan" in said
        assert await w.public_ids() == {"a", "b"}


async def test_a_delivery_type_can_change_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        report = await w.call("rename_asset", public_id="a", to_public_id="a", to_type="private")
        assert report["type"] == "private"
        assert "already" in await w.error("rename_asset", public_id="image/private/a", to_public_id="a")


async def test_a_rename_whose_answer_went_lost_is_told_as_done(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        w.sandbox.faults.add({"path": "*/rename", "status": 500, "after": True})
        assert (await w.call("rename_asset", public_id="a", to_public_id="b"))["public_id"] == "b"
        assert await w.public_ids() == {"b"}


async def test_a_folder_moves_with_its_assets(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("x", asset_folder="a/b")
        report = await w.call("move_folder", path="a", to_path="archive/2024")
        assert (report["moved_from"], report["path"]) == ("a", "archive/2024")
        assert (await w.call("get_asset", public_id="x"))["asset_folder"] == "archive/2024/b"


async def test_a_folder_does_not_move_onto_another_or_into_itself(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("x", asset_folder="a")
        await w.upload("y", asset_folder="b")
        assert "exists already" in await w.error("move_folder", path="a", to_path="b")
        assert "into itself" in await w.error("move_folder", path="a", to_path="a/b")
        assert "find folder" in await w.error("move_folder", path="nowhere", to_path="c")


async def test_fixed_folders_say_how_to_move(tmp_path: Path) -> None:
    async with world(tmp_path, sandbox={"folder_mode": "fixed"}) as w:
        assert "rename_asset" in await w.error("move_folder", path="a", to_path="b")


async def test_a_folder_with_assets_is_not_deleted_and_says_what_is_inside(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("x", asset_folder="a/b")
        said = await w.error("delete_folder", path="a", confirm=True)
        assert "1 asset in it and its 1 subfolder: image/upload/x" in said
        assert "Nothing was deleted" in said
        assert (await w.call("list_folders", path="a"))["folders"] == ["a/b"]


@both_eras
async def test_an_empty_folder_goes_with_its_subfolders_when_confirmed(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.call("create_folder", path="a/b")
        plan = await w.call("delete_folder", path="a")
        assert plan["sample"] == ["a", "a/b"]
        report = await w.call("delete_folder", confirm=True, plan_id=plan["plan_id"])
        assert sorted(report["deleted"]) == ["a", "a/b"]
        assert "There is no folder a" in await w.error("delete_folder", path="a")
