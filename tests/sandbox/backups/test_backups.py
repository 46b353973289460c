"""Backups: what is kept, restored, downloaded and deleted, by the official SDK and in memory."""

from pathlib import Path

import httpx
import pytest
from cloudinary import Search, api, uploader, utils
from cloudinary.exceptions import BadRequest, NotFound

from tests.sandbox.helpers import api as in_memory
from tests.sandbox.helpers import error_of, picture
from tests.sandbox.notifications.helpers import messages, trigger
from tests.support import LOOPBACK

RED, BLUE, LARGE = picture(colour="red"), picture(colour="blue"), picture((400, 300))


def fetch(url: str) -> httpx.Response:
    return httpx.get(url, **LOOPBACK)


@pytest.mark.usefixtures("sandbox")
class TestWithTheSdk:
    def test_a_deleted_asset_with_a_backup_can_be_restored_with_all_that_was_known_of_it(self) -> None:
        first = uploader.upload(RED, public_id="a", backup=True, tags=["t"], eager={"width": 10, "crop": "scale"})
        api.update("a", context={"k": "v"})
        assert api.delete_resources(["a"])["deleted"] == {"a": "deleted"}
        gone = api.resource("a")
        assert (gone["bytes"], gone["placeholder"], gone["derived"]) == (0, True, [])
        assert fetch(first["url"]).status_code == 404
        assert api.resources()["resources"] == []
        assert api.tags()["tags"] == []
        restored = api.restore(["a"])["a"]
        assert (restored["bytes"], restored["asset_id"]) == (first["bytes"], first["asset_id"])
        assert fetch(restored["url"]).content == RED
        known = api.resource("a")
        assert (known["placeholder"], known["tags"], known["context"]) == (False, ["t"], {"custom": {"k": "v"}})

    def test_what_has_no_backup_is_gone_and_says_so(self) -> None:
        uploader.upload(RED, public_id="a")
        uploader.destroy("a")
        with pytest.raises(NotFound, match="Resource not found - a"):
            api.resource("a")
        uploader.upload(BLUE, public_id="b", backup=True)
        uploader.destroy("b")
        reply = api.restore(["a", "b"])
        assert reply["a"] == {"error": "no_backup"}
        assert reply["b"]["bytes"] == len(BLUE)

    def test_any_version_can_be_restored_and_downloaded(self) -> None:
        first = uploader.upload(RED, public_id="a", backup=True)
        uploader.destroy("a")
        second = uploader.upload(LARGE, public_id="a", backup=True)
        third = uploader.upload(BLUE, public_id="a", backup=True)
        assert "overwritten" not in second
        assert third["overwritten"] is True
        assert third["asset_id"] == first["asset_id"]
        uploader.destroy("a")
        versions = api.resource("a", versions=True)["versions"]
        assert [item["version_id"] for item in versions] == [item["version_id"] for item in (first, second, third)]
        assert [item["size"] for item in versions] == [len(RED), len(LARGE), len(BLUE)]
        assert all(item["restorable"] and item["format"] == "png" for item in versions)
        for item, content in zip(versions, (RED, LARGE, BLUE), strict=True):
            restored = api.restore(["a"], versions=[item["version_id"]])["a"]
            assert fetch(restored["url"]).content == content
            url = utils.download_backedup_asset(first["asset_id"], item["version_id"])
            assert fetch(url).content == content
        assert (api.resource("a")["width"], api.resource("a")["version_id"]) == (241, third["version_id"])
        assert api.restore(["a"], versions=["0" * 32])["a"] == {"error": "no_backup"}
        with pytest.raises(BadRequest, match="versions must have as many entries"):
            api.restore(["a"], versions=["1", "2"])

    def test_assets_are_restored_by_asset_id(self) -> None:
        ids = [uploader.upload(RED, public_id=name, backup=True)["asset_id"] for name in "ab"]
        api.delete_resources(["a", "b"])
        restored = api.restore_by_asset_ids([*ids, "0" * 32])
        assert [restored[asset_id]["public_id"] for asset_id in ids] == ["a", "b"]
        assert restored["0" * 32] == {"error": "no_backup"}

    def test_a_search_finds_deleted_assets_by_their_status(self) -> None:
        uploader.upload(RED, public_id="a", backup=True)
        uploader.destroy("a")
        assert Search().expression("public_id=a").execute()["total_count"] == 0
        assert [item["status"] for item in Search().expression("status:deleted").execute()["resources"]] == ["deleted"]

    def test_a_folder_with_backups_is_not_empty_unless_they_may_be_skipped(self) -> None:
        uploader.upload(RED, public_id="a", asset_folder="f", backup=True)
        uploader.destroy("a")
        with pytest.raises(BadRequest, match="not empty"):
            api.delete_folder("f")
        assert api.delete_folder("f", skip_backup=True)["deleted"] == ["f"]
        assert api.restore(["a"])["a"]["asset_folder"] == "f"
        assert [folder["path"] for folder in api.root_folders()["folders"]] == ["f"]

    def test_a_deleted_asset_does_not_hold_its_name(self) -> None:
        uploader.upload(RED, public_id="a", backup=True)
        uploader.upload(BLUE, public_id="b")
        uploader.destroy("a")
        assert uploader.destroy("a")["result"] == "not found"
        with pytest.raises(NotFound):
            uploader.explicit("a", type="upload", tags=["x"])
        assert uploader.rename("b", "a")["bytes"] == len(BLUE)
        assert len(api.resources()["resources"]) == 1


async def test_versions_are_deleted_one_by_one(tmp_path: Path) -> None:
    async with in_memory(tmp_path, automatic_backup=True) as cloud:
        first = await cloud.upload(RED, public_id="a")
        second = await cloud.upload(BLUE, public_id="a")
        path = f"/resources/backup/{first['asset_id']}"
        reply = await cloud("DELETE", path, json={"version_ids": [first["version_id"], "0" * 32]})
        assert (reply.status_code, reply.json()["deleted_version_ids"]) == (207, [first["version_id"]])
        assert [item["version_id"] for item in reply.json()["failures"]] == ["0" * 32]
        await cloud("POST", "/image/destroy", data={"public_id": "a"})
        reply = await cloud("DELETE", path, json={"version_ids": [second["version_id"]]})
        assert (reply.status_code, reply.json()["deleted_version_ids"]) == (200, [second["version_id"]])
        assert (await cloud("GET", "/resources/image/upload/a")).status_code == 404
        assert [item for item in (tmp_path / "files").glob("*/*") if item.is_file()] == []


async def test_an_upload_can_say_no_to_the_automatic_backup(tmp_path: Path) -> None:
    async with in_memory(tmp_path, automatic_backup=True) as cloud:
        await cloud.upload(RED, public_id="a", backup="false")
        await cloud("POST", "/image/destroy", data={"public_id": "a"})
        assert (await cloud("GET", "/resources/image/upload/a")).status_code == 404


async def test_an_initial_backup_covers_what_is_there_and_survives_a_restart(tmp_path: Path) -> None:
    async with in_memory(tmp_path) as cloud:
        await cloud.upload(RED, public_id="a")
        await cloud.upload(BLUE, public_id="b", backup="true")
        made = (await cloud("POST", "/operations/initial_backup")).json()
        assert (made["status"], made["processed_assets"]) == ("completed", 1)
        assert (await cloud("POST", "/operations/initial_backup")).json()["processed_assets"] == 0
        assert await cloud.get(f"/operations/initial_backup/{made['id']}") == made
        listed = await cloud.get("/operations/initial_backup", max_results=1)
        rest = await cloud.get("/operations/initial_backup", next_cursor=listed["next_cursor"])
        assert {item["id"] for item in (*listed["operations"], *rest["operations"])} >= {made["id"]}
        assert error_of(await cloud("GET", "/operations/initial_backup/x"))[0] == 404
        await cloud("POST", "/image/destroy", data={"public_id": "a"})
    async with in_memory(tmp_path) as cloud:
        reply = (await cloud("POST", "/resources/image/upload/restore", json={"public_ids": ["a"]})).json()
        assert (await cloud.client.get(reply["a"]["url"])).content == RED


async def test_restoring_is_told(tmp_path: Path) -> None:
    async with in_memory(tmp_path) as cloud:
        await trigger(cloud, "poll://news", "restore_asset_version", uri_type="poll")
        uploaded = await cloud.upload(RED, public_id="a", backup="1")
        await cloud("POST", "/image/destroy", data={"public_id": "a"})
        await cloud("POST", "/resources/image/upload/restore", json={"public_ids": ["a", "b"]})
        told = [message["payload"]["asset_id"] for message in await messages(cloud, channel="news")]
        assert told == [uploaded["asset_id"]]
