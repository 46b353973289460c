"""Relations between assets, by the official SDK."""

from pathlib import Path

import pytest
from cloudinary import api, uploader
from cloudinary.exceptions import BadRequest, NotFound

from tests.sandbox.helpers import api as in_memory
from tests.sandbox.helpers import picture
from tests.sandbox.notifications.helpers import messages, trigger


@pytest.mark.usefixtures("sandbox")
class TestWithTheSdk:
    def test_a_relation_holds_in_both_directions_until_it_ends(self) -> None:
        ids = {name: uploader.upload(picture(), public_id=name)["asset_id"] for name in ("a", "dir/b")}
        uploader.upload(b"text", public_id="c.txt", resource_type="raw")
        made = api.add_related_assets("a", ["image/upload/dir/b", "raw/upload/c.txt"])
        assert [item["asset"] for item in made["success"]] == ["image/upload/dir/b", "raw/upload/c.txt"]
        assert made["success"][0] | {"asset": ""} == {
            "asset": "", "message": "success", "code": "success_ids", "status": 200,
        }  # fmt: skip
        assert "related_assets" not in api.resource("a")
        assert [item["public_id"] for item in api.resource("a", related=True)["related_assets"]] == ["dir/b", "c.txt"]
        assert api.resource("dir/b", related=True)["related_assets"] == [
            {"asset_id": ids["a"], "public_id": "a", "resource_type": "image", "type": "upload"}
        ]
        assert api.delete_related_assets("dir/b", "image/upload/a")["failed"] == []
        assert [item["public_id"] for item in api.resource("a", related=True)["related_assets"]] == ["c.txt"]

    def test_every_failure_has_its_code(self) -> None:
        for name in "ab":
            uploader.upload(picture(), public_id=name)
        api.add_related_assets("a", "image/upload/b")
        wanted = ["image/upload/b", "image/upload/zz", "nonsense", "image/upload/a"]
        failed = api.add_related_assets("a", wanted)["failed"]
        assert [(item["code"], item["status"]) for item in failed] == [
            ("already_exists_ids", 409),
            ("non_existing_ids", 404),
            ("invalid_ids", 400),
            ("invalid_relate_to_self_id", 400),
        ]
        api.delete_related_assets("a", "image/upload/b")
        ended = api.delete_related_assets("a", "image/upload/b")
        assert [item["code"] for item in ended["failed"]] == ["relation_does_not_exist_ids"]
        with pytest.raises(NotFound):
            api.add_related_assets("zz", "image/upload/a")
        with pytest.raises(BadRequest, match="at most 10"):
            api.add_related_assets("a", [f"image/upload/{number}" for number in range(11)])

    def test_assets_are_related_by_asset_ids_and_shown_page_by_page(self) -> None:
        a, b, c = (uploader.upload(picture(), public_id=name)["asset_id"] for name in "abc")
        assert len(api.add_related_assets_by_asset_ids(a, [b, c])["success"]) == 2
        first = api.resource_by_asset_id(a, related=True, max_results=1)
        rest = api.resource_by_asset_id(a, related=True, related_next_cursor=first["related_next_cursor"])
        assert [item["asset_id"] for item in (*first["related_assets"], *rest["related_assets"])] == [b, c]
        assert len(api.delete_related_assets_by_asset_ids(b, [a])["success"]) == 1
        assert [item["asset_id"] for item in api.resource("a", related=True)["related_assets"]] == [c]


async def test_a_mixed_outcome_is_a_207_and_told(tmp_path: Path) -> None:
    async with in_memory(tmp_path) as cloud:
        await trigger(cloud, "poll://news", "related_assets", uri_type="poll")
        a = await cloud.upload(public_id="a")
        await cloud.upload(public_id="b")
        body = {"assets_to_relate": ["image/upload/b", "image/upload/zz"]}
        assert (await cloud("POST", "/resources/related_assets/image/upload/a", json=body)).status_code == 207
        told = (await messages(cloud, channel="news"))[0]["payload"]
        assert (told["asset_id"], told["total_success"], told["total_failed"]) == (a["asset_id"], 1, 1)
