"""`edit_assets`: one change to many assets, planned where it is large or loses something."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cloudinary_sandbox.assets import models as assets
from tests.sandbox.search.library import asset, put
from tests.support import World, both_eras, world


async def fill(w: World, count: int, start: str = "draft/", **params: Any) -> list[str]:
    """Assets that are alike: one is uploaded, the others are copies of its row."""
    names = [f"{start}{number:02}" for number in range(count)]
    await w.upload(names[0], **params)
    one = await assets.find(w.sandbox.db, "image", params.get("type", "upload"), names[0])
    assert one is not None
    copies = [replace(one, asset_id=f"{number:032x}", public_id=name) for number, name in enumerate(names)]
    await put(w.sandbox, *copies[1:])
    return names


async def tagged(w: World, tag: str) -> set[str]:
    page = await w.cloud.admin("GET", ("resources", "image", "tags", tag), params={"max_results": 500})
    return {asset["public_id"] for asset in page["resources"]}


async def details(w: World, public_id: str) -> dict[str, Any]:
    return await w.cloud.admin("GET", ("resources", "image", "upload", public_id))


async def test_a_few_assets_are_tagged_at_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 3)
        await w.upload("keep")
        report = await w.call("edit_assets", prefix="draft/", add_tags=["archived"])
        assert report["edited"] == 3
        assert sorted(report["edited_public_ids"]) == ["draft/00", "draft/01", "draft/02"]
        assert await tagged(w, "archived") == {"draft/00", "draft/01", "draft/02"}


@both_eras
async def test_more_than_twenty_are_planned_and_only_the_planned_ones_change(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        names = await fill(w, 21, tags=["old"])
        plan = await w.call("edit_assets", tag="old", add_tags=["archived"], remove_tags=["old"])
        assert plan["count"] == 21
        assert plan["plan"].endswith("nothing was changed")
        assert plan["notes"][0] == 'The change: add the tags "archived"; remove the tags "old".'
        expected = "this takes 1 Admin API call and 2 Upload API calls more."
        assert plan["cost"].endswith(expected)
        assert await tagged(w, "archived") == set()
        await w.upload("late", tags=["old"])
        report = await w.call("edit_assets", confirm=True, plan_id=plan["plan_id"])
        assert report["edited"] == 21
        assert await tagged(w, "archived") == set(names)
        assert await tagged(w, "old") == {"late"}


@both_eras
async def test_replacing_a_named_assets_tags_is_done_at_once_and_is_in_the_journal(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", tags=["one", "two"])
        report = await w.call("edit_assets", public_ids=["a"], tags=["three"])
        assert report["edited"] == 1
        assert report["change_id"] == "c1"
        assert (await details(w, "a"))["tags"] == ["three"]
        await w.call("edit_assets", public_ids=["a"], tags=[], confirm=True)
        assert "tags" not in await details(w, "a")


async def test_what_was_replaced_since_the_plan_keeps_its_tags(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", tags=["one"])
        await w.upload("b", tags=["one"])
        plan = await w.call("edit_assets", tag="one", tags=["new"])
        asset = await details(w, "a")
        await w.cloud.admin("DELETE", ("resources", "image", "upload"), json={"public_ids": ["a"]})
        await w.upload("a", tags=["one"])
        assert (await details(w, "a"))["asset_id"] != asset["asset_id"]
        report = await w.call("edit_assets", confirm=True, plan_id=plan["plan_id"])
        assert report["edited"] == 1
        assert report["not_found"] == ["image/upload/a"]
        assert (await details(w, "a"))["tags"] == ["one"]


async def test_context_metadata_and_folder_change_together(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.cloud.admin("POST", "metadata_fields", json={"external_id": "sku", "label": "SKU", "type": "string"})
        await fill(w, 3, context={"alt": "old", "caption": "gone"})
        plan = await w.call(
            "edit_assets",
            prefix="draft/",
            context={"alt": "new | = x", "caption": ""},
            metadata={"sku": "A1"},
            move_to="/campaign/x/",
        )
        assert (await details(w, "draft/01"))["context"]["custom"] == {"alt": "old", "caption": "gone"}
        report = await w.call("edit_assets", plan_id=plan["plan_id"], confirm=True)
        assert report["edited"] == 3
        asset = await details(w, "draft/01")
        assert asset["context"]["custom"] == {"alt": "new | = x"}
        assert asset["metadata"] == {"sku": "A1"}
        assert asset["asset_folder"] == "campaign/x"


async def test_a_decision_and_access_control_are_made_asset_by_asset(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 3, moderation="manual")
        plan = await w.call(
            "edit_assets",
            prefix="draft/",
            moderation_status="approved",
            access_control=[{"access_type": "token"}],
        )
        assert "5 Admin" not in plan["cost"]
        await w.call("edit_assets", confirm=True, plan_id=plan["plan_id"])
        asset = await details(w, "draft/02")
        assert asset["moderation"][0]["status"] == "approved"
        assert asset["access_control"] == [{"access_type": "token"}]
        await w.call("edit_assets", public_ids=["draft/02"], access_control=[], confirm=True)
        assert not (await details(w, "draft/02")).get("access_control")


async def test_publishing_makes_private_assets_public(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 2, type="private")
        plan = await w.call("edit_assets", prefix="draft/", type="private", publish=True, add_tags=["out"])
        assert "anyone can read them" in plan["notes"][0]
        report = await w.call("edit_assets", confirm=True, plan_id=plan["plan_id"])
        assert report["edited"] == 2
        assert (await details(w, "draft/00"))["tags"] == ["out"]


async def test_moving_to_the_root_is_possible(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", asset_folder="deep/in")
        plan = await w.call("edit_assets", folder="deep", recursive=True, move_to="/")
        await w.call("edit_assets", plan_id=plan["plan_id"], confirm=True)
        assert (await details(w, "a"))["asset_folder"] == ""


async def test_a_cloud_with_fixed_folders_says_how_to_move(tmp_path: Path) -> None:
    async with world(tmp_path, sandbox={"folder_mode": "fixed"}) as w:
        await w.upload("a")
        assert "rename_asset" in await w.error("edit_assets", public_ids=["a"], move_to="x")


@pytest.mark.parametrize("mode", ["dynamic", "fixed"])
async def test_a_folder_selects_its_own_assets_and_recursively_those_below(tmp_path: Path, mode: str) -> None:
    async with world(tmp_path, sandbox={"folder_mode": mode}) as w:
        for name in ("a/1", "a/b/2", "a/b/c/3", "ab/4"):
            await w.upload(name, asset_folder=name.rpartition("/")[0]) if mode == "dynamic" else await w.upload(name)
        assert (await w.call("edit_assets", folder="a", add_tags=["own"]))["edited_public_ids"] == ["a/1"]
        below = await w.call("edit_assets", folder="a/", recursive=True, add_tags=["all"])
        assert sorted(below["edited_public_ids"]) == ["a/1", "a/b/2", "a/b/c/3"]


async def test_many_folders_are_searched_instead_of_listed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for number in range(7):
            await w.upload(f"x{number}", asset_folder=f"top/{number}")
        await w.upload("outside", asset_folder="topper")
        calls = len(w.sandbox.requests)
        report = await w.call("edit_assets", folder="top", recursive=True, add_tags=["t"])
        assert report["edited"] == 7
        assert len(w.sandbox.requests) - calls <= 4
        assert await tagged(w, "t") == {f"x{number}" for number in range(7)}


async def test_an_expression_selects_across_kinds_unless_one_is_named(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("pic", tags=["q"])
        await w.cloud.upload_call("image", "tags", {"command": "add", "tag": ["q"], "public_ids": ["pic"]})
        report = await w.call("edit_assets", expression="tags=q", resource_type="image", context={"alt": "x"})
        assert report["edited_public_ids"] == ["pic"]
        assert "position" in await w.error("edit_assets", expression="tags=(", add_tags=["x"])


SENSELESS: list[tuple[dict[str, Any], str]] = [
    ({"public_ids": ["a"]}, "Nothing to change"),
    ({"public_ids": ["a"], "add_tags": ["x,y"]}, "a tag has no comma"),
    ({"public_ids": ["a"], "add_tags": ["x"], "tags": ["y"]}, "not both"),
    ({"public_ids": ["a"], "add_tags": ["x"], "remove_tags": ["x"]}, "both in add_tags and in remove_tags"),
    ({"add_tags": ["x"]}, "Say which assets"),
    ({"prefix": "a", "tag": "b", "add_tags": ["x"]}, "one way"),
    ({"expression": " ", "add_tags": ["x"]}, "select everything"),
    ({"recursive": True, "prefix": "a", "add_tags": ["x"]}, "recursive goes with a folder"),
    ({"prefix": "nothing/", "add_tags": ["x"]}, "nothing was changed"),
    ({"public_ids": ["a"], "move_to": "a//b"}, "double slash"),
]


async def test_a_call_that_makes_no_sense_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        before = await details(w, "a")
        for arguments, said in SENSELESS:
            assert said in await w.error("edit_assets", **arguments)
        assert await details(w, "a") == before


async def test_names_that_no_asset_has_are_told(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        report = await w.call("edit_assets", public_ids=["a", "gone"], add_tags=["x"])
        assert report["edited"] == 1
        assert report["not_found"] == ["gone"]


@both_eras
async def test_a_rate_limit_in_the_middle_leaves_a_plan_of_the_rest(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        names = await fill(w, 22)
        plan = await w.call("edit_assets", prefix="draft/", move_to="new")
        w.sandbox.faults.add({"path": "*/explicit", "action": "delay", "times": 9})
        w.sandbox.faults.add({"path": "*/explicit", "status": 420, "reset": 3000, "times": 9})
        report = await w.call("edit_assets", confirm=True, plan_id=plan["plan_id"])
        assert report["not_edited"] == 22 - report["edited"] > 0
        assert "Rate Limit" in report["stopped"]
        w.sandbox.faults.clear()
        moved = {name for name in names if (await details(w, name))["asset_folder"] == "new"}
        assert len(moved) == report["edited"]
        rest = await w.call("edit_assets", confirm=True, plan_id=report["plan_id"])
        assert rest["edited"] == report["not_edited"]
        assert all([(await details(w, name))["asset_folder"] == "new" for name in names])


async def test_a_small_share_of_admin_calls_is_kept_and_the_rest_goes_on_later(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"call_admin_limit": 3}) as w:
        await fill(w, 5, type="private", moderation="manual")
        changes = {"moderation_status": "approved", "publish": True, "tags": ["out"]}
        report = await w.call("edit_assets", prefix="draft/", type="private", **changes)
        assert report["count"] == 5
        edited = 0
        while "plan_id" in report:
            report = await w.call("edit_assets", plan_id=report["plan_id"], confirm=True)
            assert report["edited"] >= 1
            edited += report["edited"]
        assert edited == 5
        asset = await details(w, "draft/04")
        assert (asset["tags"], asset["moderation"][0]["status"]) == (["out"], "approved")


async def test_a_plan_by_search_says_that_the_index_lags(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", tags=["x"])
        plan = await w.call("edit_assets", expression="tags=x", tags=["y"])
        assert any("lags" in note for note in plan["notes"])
        assert "lags" in await w.text("delete_assets", expression="tags=x")


async def test_a_direct_run_that_stops_says_how_to_go_on_with_what_is_left(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 3)
        w.sandbox.faults.add({"path": "*/tags", "status": 420, "reset": 3000})
        report = await w.call("edit_assets", prefix="draft/", add_tags=["x"])
        assert report["edited"] == 0
        assert report["not_edited"] == 3
        report = await w.call("edit_assets", plan_id=report["plan_id"], confirm=True)
        assert report["edited"] == 3


async def test_an_answer_that_went_lost_is_looked_into(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 3)
        w.sandbox.faults.add({"path": "*/explicit", "status": 500, "after": True})
        plan = await w.call("edit_assets", prefix="draft/", move_to="new")
        report = await w.call("edit_assets", plan_id=plan["plan_id"], confirm=True)
        assert report["edited"] > 0
        moved = [name for name in ("draft/00", "draft/01", "draft/02") if (await details(w, name))["asset_folder"]]
        assert report["edited"] == len(moved)


async def test_what_only_adds_may_be_more_than_one_plan_holds(tmp_path: Path) -> None:
    async with world(tmp_path, "auto") as w:
        await put(w.sandbox, *(asset(number, tags=["draft"]) for number in range(1001)))
        assert "one plan holds at most 1,000" in await w.error("edit_assets", tag="draft", tags=["only"])
        report = await w.call("edit_assets", tag="draft", add_tags=["archived"])
        assert report["edited"] == 1001
        assert await w.sandbox.db.value("SELECT count(*) FROM asset_tags WHERE tag = 'archived'") == 1001
