"""`list_versions`, `restore_assets`, `delete_derived`, `relate_assets`."""

from pathlib import Path

from tests.support import World, both_eras, png, world


async def two_versions(w: World, name: str = "a") -> None:
    await w.upload(name, png(10, 10), backup=True)
    await w.upload(name, png(20, 20), backup=True, overwrite=True)


async def derive(w: World, name: str, *transformations: str) -> None:
    params = {"public_id": name, "type": "upload", "eager": "|".join(transformations)}
    await w.cloud.upload_call("image", "explicit", params)


async def test_a_deleted_asset_comes_back_from_its_backup(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", backup=True)
        await w.upload("b")
        await w.cloud.admin("DELETE", ("resources", "image", "upload"), json={"public_ids": ["a", "b"]})
        listed = await w.call("list_versions", public_id="a")
        assert listed["deleted"] is True
        assert len(listed["versions"]) == 1
        report = await w.call("restore_assets", public_ids=["a", "b"])
        assert report["restored"] == ["a"]
        assert report["not_restored"] == {"b": "no backup of it exists"}
        assert await w.public_ids() == {"a"}


@both_eras
async def test_an_earlier_version_replaces_the_present_one_only_with_a_yes(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await two_versions(w)
        versions = (await w.call("list_versions", public_id="a"))["versions"]
        first = min(versions, key=lambda entry: entry["bytes"])["version_id"]
        plan = await w.call("restore_assets", public_ids=["a"], version_ids=[first])
        assert plan["sample"] == ["image/upload/a"]
        assert (await w.call("get_asset", public_id="a"))["width"] == 20
        report = await w.call("restore_assets", plan_id=plan["plan_id"], confirm=True)
        assert report["restored"] == ["a"]
        assert (await w.call("get_asset", public_id="a"))["width"] == 10


async def test_what_is_not_deleted_is_not_restored_without_a_version(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await two_versions(w)
        report = await w.call("restore_assets", public_ids=["a"])
        assert report == {"restored": [], "not_restored": {"a": "it is not deleted; give version_ids"}}


async def test_restoring_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        assert "Say in public_ids" in await w.error("restore_assets")
        said = await w.error("restore_assets", public_ids=["a", "b"], version_ids=["x"])
        assert "1 version_id for 2 assets" in said
        assert "at most 100" in await w.error("restore_assets", public_ids=[f"a{n}" for n in range(101)])


async def test_a_backup_can_be_downloaded(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"download_dir": tmp_path}) as w:
        await two_versions(w)
        versions = (await w.call("list_versions", public_id="a"))["versions"]
        first = min(versions, key=lambda entry: entry["bytes"])["version_id"]
        await w.call("download_asset", public_id="a", version_id=first, save_as="first.png")
        assert (tmp_path / "first.png").read_bytes() == png(10, 10)


@both_eras
async def test_only_the_chosen_derived_files_go_and_the_original_stays(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", png(40, 40))
        await derive(w, "a", "c_scale,w_10", "c_scale,w_20")
        plan = await w.call("delete_derived", public_id="a", transformations=["c_scale,w_10"])
        assert plan["count"] == 1
        report = await w.call("delete_derived", confirm=True, plan_id=plan["plan_id"])
        assert report["deleted"] == 1
        asset = await w.cloud.admin("GET", ("resources", "image", "upload", "a"))
        assert [entry["transformation"] for entry in asset["derived"]] == ["c_scale,w_20"]
        said = await w.error("delete_derived", public_id="a", transformations=["w_1"])
        assert "There are: c_scale,w_20" in said


async def test_relations_go_both_ways_and_end(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for name in ("a", "b", "c"):
            await w.upload(name)
        report = await w.call("relate_assets", public_id="a", to=["b", "image/upload/c", "gone"])
        assert sorted(report["changed"]) == ["image/upload/b", "image/upload/c"]
        assert list(report["failed"]) == ["image/upload/gone"]
        assert (await w.call("relate_assets", public_id="b"))["related"] == ["image/upload/a"]
        again = await w.call("relate_assets", public_id="a", to=["b"])
        assert again["unchanged"] == ["image/upload/b"]
        ended = await w.call("relate_assets", public_id="a", to=["b"], unrelate=True)
        assert ended["related"] == ["image/upload/c"]
