"""The official SDK against a really started sandbox: account, presets, transformations, folders."""

from typing import Any

import httpx
import pytest
from cloudinary import api, uploader
from cloudinary.exceptions import BadRequest, NotFound

from tests.sandbox.helpers import picture
from tests.support import LOOPBACK

LOGO = picture()


def fetch(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, **LOOPBACK, **options)


@pytest.mark.usefixtures("sandbox")
class TestAdministration:
    def test_account_information(self) -> None:
        assert api.ping()["status"] == "ok"
        assert "settings" not in api.config()
        assert api.config(settings=True)["settings"] == {"folder_mode": "dynamic"}
        uploader.upload(LOGO)
        usage = api.usage()
        assert (usage["resources"], usage["media_limits"]["image_max_size_bytes"]) == (1, 10_485_760)
        assert (usage.rate_limit_allowed, usage.rate_limit_remaining) == (100_000, 99_996)
        past = api.usage(date="01-02-2020")
        assert "limit" not in past["bandwidth"]
        assert "limit" not in past["credits"]
        assert api.resource_types()["resource_types"] == ["image", "video", "raw"]

    def test_listings_page_through_everything_once(self) -> None:
        for number in range(5):
            uploader.upload(LOGO, public_id=f"a{number}", tags="listed", context={"n": str(number)})
        uploader.upload(LOGO, public_id="b")
        seen: list[str] = []
        cursor = None
        while True:
            page = api.resources(type="upload", prefix="a", max_results=2, next_cursor=cursor)
            seen += [item["public_id"] for item in page["resources"]]
            cursor = page.get("next_cursor")
            if not cursor:
                break
        assert seen == ["a0", "a1", "a2", "a3", "a4"]
        newest = api.resources(max_results=1)
        assert newest["resources"][0]["public_id"] == "b"
        following = api.resources(max_results=1, next_cursor=newest["next_cursor"])
        assert following["resources"][0]["public_id"] == "a4"
        assert api.resources(direction="asc", max_results=1)["resources"][0]["public_id"] == "a0"
        listed = api.resources_by_tag("listed", tags=True, context=True, direction="asc")["resources"]
        assert listed[0]["tags"] == ["listed"]
        assert listed[0]["context"] == {"custom": {"n": "0"}}
        chosen = api.resources_by_ids(["a1", "a2", "nope"])["resources"]
        assert {item["public_id"] for item in chosen} == {"a1", "a2"}
        by_asset_id = api.resources_by_asset_ids([item["asset_id"] for item in chosen])["resources"]
        assert {item["public_id"] for item in by_asset_id} == {"a1", "a2"}
        assert set(api.resources(fields=["bytes"])["resources"][0]) == {"public_id", "asset_id", "bytes"}
        assert api.resources(start_at="2020-01-01", direction="desc")["resources"] == []
        assert len(api.resources(start_at="2020-01-01", direction="asc")["resources"]) == 6

    def test_details_by_public_id_and_asset_id(self) -> None:
        asset_id = uploader.upload(LOGO, public_id="über ordner/x+".rstrip("+"))["asset_id"]
        assert api.resource_by_asset_id(asset_id)["public_id"] == "über ordner/x"
        assert api.resource("über ordner/x")["bytes"] == len(LOGO)
        with pytest.raises(NotFound, match="Resource not found - nope"):
            api.resource("nope")
        with pytest.raises(NotFound):
            api.resource("über ordner/x", resource_type="raw")

    def test_deleting_by_every_selector(self) -> None:
        names = ["d1", "d2", "d3", "e1", "e2", "f1"]
        ids = {name: uploader.upload(LOGO, public_id=name, tags=name[0])["asset_id"] for name in names}
        uploader.explicit("e1", type="upload", eager=[{"width": 5, "crop": "scale"}])
        assert api.delete_all_resources(keep_original=True)["deleted_counts"]["e1"] == {"original": 0, "derived": 1}
        assert api.resource("e1")["derived"] == []
        reply = api.delete_resources(["d1", "nope"])
        assert reply["deleted"] == {"d1": "deleted", "nope": "not_found"}
        assert reply["partial"] is False
        assert set(api.delete_resources_by_prefix("d")["deleted"]) == {"d2", "d3"}
        assert set(api.delete_resources_by_tag("e")["deleted"]) == {"e1", "e2"}
        assert api.delete_resources_by_asset_ids([ids["f1"]])["deleted"] == {ids["f1"]: "deleted"}
        uploader.upload(LOGO, public_id="last")
        assert api.delete_all_resources()["deleted"] == {"last": "deleted"}
        assert api.resources()["resources"] == []

    def test_folders_in_dynamic_mode(self) -> None:
        assert api.create_folder("a/b")["path"] == "a/b"
        uploader.upload(LOGO, public_id="x/y", asset_folder="c")
        assert [(item["name"], item["path"]) for item in api.root_folders()["folders"]] == [("a", "a"), ("c", "c")]
        assert api.subfolders("a")["folders"][0]["path"] == "a/b"
        with pytest.raises(NotFound, match="Can't find folder with path x"):
            api.subfolders("x")
        with pytest.raises(BadRequest):
            api.delete_folder("c")
        moved = api.rename_folder("c", "a/c")
        assert moved["to"] == {"name": "c", "path": "a/c"}
        assert api.resource("x/y")["asset_folder"] == "a/c"
        assert api.delete_folder("a/b")["deleted"] == ["a/b"]
        with pytest.raises(NotFound, match="Can't find folder with path a/b"):
            api.subfolders("a/b")

    def test_upload_presets(self) -> None:
        made = api.create_upload_preset(
            name="p", folder="folder", tags=["a", "b"], context={"a": "b"}, live=True,
            transformation={"width": 100, "crop": "scale"}, eager=[{"width": 5, "crop": "scale"}],
        )  # fmt: skip
        assert (made["message"], made["name"]) == ("created", "p")
        settings = api.upload_preset("p")["settings"]
        assert settings["transformation"] == [{"crop": "scale", "width": 100}]
        assert (settings["context"], settings["tags"], settings["live"]) == ({"a": "b"}, ["a", "b"], True)
        assert settings["eager"] == [[{"crop": "scale", "width": 5}]]
        reply = uploader.upload(LOGO, upload_preset="p")
        assert (reply["width"], len(reply["eager"]), reply["asset_folder"]) == (100, 1, "folder")
        api.update_upload_preset("p", folder="folder", colors=True, unsigned=True, disallow_public_id=True)
        changed = api.upload_preset("p")
        assert changed["unsigned"] is True
        assert changed["settings"] == {**settings, "colors": True, "disallow_public_id": True}
        again = api.create_upload_preset(name="p", tags="other")
        assert (again["name"], again["external_id"]) == ("p", made["external_id"])
        assert api.upload_preset("p")["settings"] == {"tags": ["other"]}
        assert [item["name"] for item in api.upload_presets()["presets"]] == ["p"]
        assert api.delete_upload_preset("p")["message"] == "deleted"
        with pytest.raises(NotFound):
            api.upload_preset("p")

    def test_transformations(self) -> None:
        uploader.upload(LOGO, public_id="x", eager=[{"crop": "scale", "width": 100}])
        listed = api.transformations()["transformations"]
        assert listed == [{"name": "c_scale,w_100", "allowed_for_strict": False, "used": True, "named": False}]
        used = api.transformation({"crop": "scale", "width": 100})
        assert (used["info"], len(used["derived"])) == ([{"crop": "scale", "width": 100}], 1)
        api.update_transformation("c_scale,w_100", allowed_for_strict=True)
        assert api.transformation("c_scale,w_100")["allowed_for_strict"] is True
        api.create_transformation("thumb", {"crop": "scale", "width": 102})
        named = api.transformation("thumb")
        assert (named["info"], named["used"], named["name"]) == ([{"crop": "scale", "width": 102}], False, "t_thumb")
        api.update_transformation("thumb", unsafe_update={"crop": "scale", "width": 103})
        assert api.transformation("thumb")["info"] == [{"crop": "scale", "width": 103}]
        assert [item["name"] for item in api.transformations(named=True)["transformations"]] == ["t_thumb"]
        url = api.resource("x")["url"].replace("/upload/", "/upload/t_thumb/")
        assert fetch(url).status_code == 200
        assert api.transformation("thumb")["used"] is True
        api.delete_transformation("thumb")
        with pytest.raises(NotFound):
            api.transformation("thumb")
        api.delete_transformation("c_scale,w_100")
        with pytest.raises(NotFound):
            api.transformation("c_scale,w_100")
        with pytest.raises(BadRequest, match="Invalid transformation component - zz_1"):
            api.create_transformation("bad", "zz_1")

    def test_upload_mappings(self) -> None:
        assert api.create_upload_mapping("wiki", template="https://example.com/w/")["message"] == "created"
        assert api.upload_mapping("wiki")["template"] == "https://example.com/w/"
        assert [item["folder"] for item in api.upload_mappings()["mappings"]] == ["wiki"]
        api.update_upload_mapping("wiki", template="https://example.com/v/")
        assert api.upload_mapping("wiki")["template"] == "https://example.com/v/"
        api.delete_upload_mapping("wiki")
        assert api.upload_mappings()["mappings"] == []
        with pytest.raises(NotFound):
            api.upload_mapping("wiki")

    def test_streaming_profiles(self) -> None:
        parts = [{"transformation": {"bit_rate": "5m", "height": 1200, "width": 1200, "crop": "limit"}}]
        made = api.create_streaming_profile("mine", display_name="Mine", representations=parts)["data"]
        assert made["representations"] == [{"transformation": [parts[0]["transformation"]]}]
        names = {item["name"]: item["predefined"] for item in api.list_streaming_profiles()["data"]}
        assert names["mine"] is False
        assert names["4k"] is True
        assert api.get_streaming_profile("hd")["data"]["representations"]
        api.update_streaming_profile("hd", representations=parts)
        assert len(api.get_streaming_profile("hd")["data"]["representations"]) == 1
        api.delete_streaming_profile("hd")
        assert len(api.get_streaming_profile("hd")["data"]["representations"]) > 1
        api.delete_streaming_profile("mine")
        with pytest.raises(NotFound):
            api.get_streaming_profile("mine")
