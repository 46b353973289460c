"""What changed between a plan and its confirmation is left alone; what is large is planned."""

from pathlib import Path

from cloudinary_mcp.state.sqlite import SqliteState
from tests.server.library import details
from tests.support import both_eras, png, world


@both_eras
async def test_alt_texts_of_many_are_not_lost_without_a_plan_and_of_a_few_can_be_put_back(
    tmp_path: Path, era: str
) -> None:
    async with world(tmp_path, era) as w:
        for number in range(21):
            await w.upload(f"p{number:02}", context={"alt": "words"})
        names = [f"p{number:02}" for number in range(21)]
        plan = await w.call("edit_assets", public_ids=names, context={"alt": ""})
        assert "Of 21 of them values go or are replaced" in " ".join(plan["notes"])
        assert (await details(w, "p20"))["context"]["custom"] == {"alt": "words"}
        report = await w.call("edit_assets", public_ids=names[:20], context={"alt": "x"})
        assert report["edited"] == 20
        state = SqliteState(tmp_path / "data")
        changes = await state.changes.changes(int(report["change_id"].removeprefix("c")))
        await state.aclose()
        assert {change.state for change in changes} == {"done"}
        assert [change.change.before for change in changes] == [{"context": {"alt": "words"}}] * 20


async def test_what_changed_its_value_since_the_plan_is_left_alone_though_its_version_is_the_same(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", tags=["t"], context={"alt": "old"})
        await w.upload("b", tags=["t"], context={"alt": "old"})
        plan = await w.call("edit_assets", tag="t", context={"alt": "new"})
        await w.cloud.upload_call("image", "context", {"command": "add", "context": {"alt": "x"}, "public_ids": ["a"]})
        report = await w.call("edit_assets", plan_id=plan["plan_id"], confirm=True)
        assert (report["edited"], report["changed_since"]) == (1, ["image/upload/a"])
        assert (await details(w, "a"))["context"]["custom"] == {"alt": "x"}


async def test_a_version_does_not_replace_what_came_since_the_plan(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        versions: dict[str, str] = {}
        for name in ("y", "z"):
            await w.upload(name, backup=True)
            await w.upload(name, png(20, 20), backup=True, overwrite=True)
            versions[name] = (await w.call("list_versions", public_id=name))["versions"][-1]["version_id"]
        await w.cloud.upload_call("image", "destroy", {"public_id": "z"})
        chosen = {"public_ids": ["y", "z"], "version_ids": [versions["y"], versions["z"]]}
        plan = await w.call("restore_assets", **chosen)
        await w.upload("z", png(40, 40))
        report = await w.call("restore_assets", plan_id=plan["plan_id"], confirm=True)
        assert report["restored"] == ["y"]
        assert "since the plan" in report["not_restored"]["z"]
        assert (await details(w, "z"))["width"] == 40


@both_eras
async def test_a_trigger_is_deleted_by_the_plans_own_next_step_and_only_as_it_was(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        body = {"uri": "https://example.com/one", "event_type": "upload"}
        trigger = await w.cloud.admin("POST", "triggers", json=body)
        plan = await w.call("delete_trigger", trigger_id=trigger["id"])
        await w.cloud.admin("PUT", ("triggers", trigger["id"]), json={"new_uri": "https://example.com/two"})
        said = await w.error("delete_trigger", plan_id=plan["plan_id"], confirm=True)
        assert "https://example.com/two" in said
        assert "Nothing was deleted" in said
        plan = await w.call("delete_trigger", trigger_id=trigger["id"])
        assert (await w.call("delete_trigger", plan_id=plan["plan_id"], confirm=True))["deleted"] == trigger["id"]


async def test_saving_a_trigger_leaves_what_is_not_named(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        body = {"uri": "https://example.com/one", "event_type": "upload", "additive": False}
        trigger = await w.cloud.admin("POST", "triggers", json=body)
        saved = await w.call("save_trigger", trigger_id=trigger["id"], uri="https://example.com/two")
        assert saved["trigger"]["uri"] == "https://example.com/two"
        assert saved["trigger"]["event_type"] == "upload"
        assert not saved["trigger"].get("additive")
        said = await w.error("save_trigger", trigger_id=trigger["id"], event_type="all")
        assert "keeps its event type" in said
        saved = await w.call("save_trigger", trigger_id=trigger["id"], additive=True)
        assert (saved["trigger"]["uri"], saved["trigger"]["additive"]) == ("https://example.com/two", True)


async def test_a_folder_that_got_a_subfolder_since_the_plan_stays(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.call("create_folder", path="a/b")
        plan = await w.call("delete_folder", path="a")
        await w.call("create_folder", path="a/new")
        said = await w.error("delete_folder", plan_id=plan["plan_id"], confirm=True)
        assert "a/new" in said
        assert "Nothing was deleted" in said
        assert (await w.call("list_folders", path="a"))["folders"] == ["a/b", "a/new"]


async def test_a_source_that_was_replaced_since_the_plan_is_not_renamed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        await w.upload("b")
        plan = await w.call("rename_asset", public_id="a", to_public_id="b", overwrite=True)
        await w.upload("a", png(40, 40), overwrite=True)
        assert "image/upload/a was replaced" in await w.error("rename_asset", plan_id=plan["plan_id"], confirm=True)
        assert await w.public_ids() == {"a", "b"}


@both_eras
async def test_a_folder_of_many_assets_moves_only_with_a_yes_and_of_a_few_at_once(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for number in range(25):
            await w.upload(f"p{number}", asset_folder="many/deep")
        await w.upload("one", asset_folder="few")
        assert (await w.call("move_folder", path="few", to_path="moved"))["path"] == "moved"
        plan = await w.call("move_folder", path="many", to_path="elsewhere")
        assert "with 25 assets in it and below" in plan["plan"]
        assert (await details(w, "p0"))["asset_folder"] == "many/deep"
        await w.call("move_folder", plan_id=plan["plan_id"], confirm=True)
        assert (await details(w, "p0"))["asset_folder"] == "elsewhere/deep"


async def test_a_read_only_server_never_replaces_a_local_file(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"mine")
    async with world(tmp_path, settings={"download_dir": tmp_path, "read_only": True}) as w:
        await w.upload("b")
        said = await w.error("download_asset", public_id="b", save_as="b.png", overwrite=True)
        assert "nothing was written" in said
        await w.call("download_asset", public_id="b", save_as="c.png")
        assert (tmp_path / "b.png").read_bytes() == b"mine"


async def test_a_local_file_that_changed_since_the_plan_is_kept(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"mine")
    async with world(tmp_path, settings={"download_dir": tmp_path}) as w:
        await w.upload("b")
        plan = await w.call("download_asset", public_id="b", save_as="b.png", overwrite=True)
        (tmp_path / "b.png").write_bytes(b"mine again")
        assert "nothing was written" in await w.error("download_asset", plan_id=plan["plan_id"], confirm=True)
        assert (tmp_path / "b.png").read_bytes() == b"mine again"
