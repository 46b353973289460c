"""The official SDK against a really started sandbox: what its own live tests assert."""

import base64
import io
import re
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, config, reset_config, uploader, utils
from cloudinary.exceptions import AlreadyExists, AuthorizationRequired, BadRequest, Error, NotFound, RateLimited

from cloudinary_sandbox import SandboxOptions
from tests.sandbox.helpers import LOGO_SIZE, Running, picture, running_sandbox

LOGO = picture()


@pytest.fixture(scope="module")
def dynamic(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with running_sandbox(SandboxOptions(data_dir=tmp_path_factory.mktemp("dynamic"), admin_quota=100_000)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    options = SandboxOptions(data_dir=tmp_path_factory.mktemp("fixed"), folder_mode="fixed", cloud_name="fixed")
    with running_sandbox(options) as sandbox:
        yield sandbox


def point_sdk_at(sandbox: Running) -> None:
    reset_config()
    config(
        cloud_name=sandbox.config.cloud_name,
        api_key=sandbox.config.api_key,
        api_secret=sandbox.config.secret,
        upload_prefix=sandbox.address,
    )
    sandbox.control("POST", "reset")


@pytest.fixture
def sandbox(dynamic: Running) -> Running:
    point_sdk_at(dynamic)
    return dynamic


@pytest.fixture
def fixed_sandbox(fixed: Running) -> Running:
    point_sdk_at(fixed)
    return fixed


def fetch(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, trust_env=False, **options)


def upload_large(path: str, **options: Any) -> dict[str, Any]:
    reply = uploader.upload_large(path, **options)
    assert reply
    return reply


@pytest.mark.usefixtures("sandbox")
class TestUploading:
    def test_the_reply_has_size_format_and_a_good_signature(self, sandbox: Running) -> None:
        reply = uploader.upload(LOGO, public_id="logo")
        assert (reply["width"], reply["height"], reply["format"]) == (*LOGO_SIZE, "png")
        assert reply["url"].startswith(f"{sandbox.address}/{sandbox.config.cloud_name}/image/upload/v")
        expected = utils.api_sign_request(
            {"public_id": reply["public_id"], "version": reply["version"]}, sandbox.config.secret, signature_version=1
        )
        assert reply["signature"] == expected
        assert fetch(reply["secure_url"]).content == LOGO

    def test_names_follow_the_naming_parameters(self, tmp_path: Path) -> None:
        path = tmp_path / "logo.png"
        path.write_bytes(LOGO)
        assert re.fullmatch("[a-z0-9]{20}", uploader.upload(str(path))["public_id"])
        assert re.fullmatch("logo_[a-z0-9]{6}", uploader.upload(str(path), use_filename=True)["public_id"])
        exact = uploader.upload(str(path), use_filename=True, unique_filename=False)
        assert (exact["public_id"], exact["original_filename"]) == ("logo", "logo")
        named = uploader.upload(LOGO, filename="given.png", filename_override="override.png")
        assert named["original_filename"] == "override"
        assert uploader.upload(io.BytesIO(LOGO))["original_filename"] == "stream"
        assert uploader.upload(LOGO)["original_filename"] == "file"
        assert uploader.upload(LOGO, filename="ünï.png")["original_filename"] == "ünï"

    def test_data_uris_and_urls_are_sources(self) -> None:
        text = base64.encodebytes(LOGO).decode()
        first = uploader.upload(f"data:image/png;base64,{text}", public_id="from data")
        assert first["width"] == LOGO_SIZE[0]
        second = uploader.upload(first["url"], public_id="from url")
        assert (second["etag"], second["original_filename"]) == (first["etag"], "from data")
        with pytest.raises(BadRequest, match=r"Error in loading .*missing.png - 404 Not Found"):
            uploader.upload(first["url"].replace("from%20data", "missing"))

    def test_a_large_file_comes_in_chunks(self, tmp_path: Path) -> None:
        path = tmp_path / "large.bmp"
        path.write_bytes(picture((1950, 1000), format="BMP"))
        options = {"chunk_size": 5_243_000, "tags": ["b", "a"], "folder": "big"}
        raw = upload_large(str(path), **options)
        assert (raw["resource_type"], raw["bytes"]) == ("raw", path.stat().st_size)
        image = upload_large(
            str(path), resource_type="image", use_filename=True, unique_filename=False, chunk_size=5_243_000
        )
        assert (image["width"], image["public_id"], image["original_filename"]) == (1950, "large", "large")
        whole = upload_large(str(path), resource_type="image", chunk_size=path.stat().st_size)
        assert whole["etag"] == image["etag"]
        assert re.fullmatch(r"big/[a-z0-9]{20}\.bmp", raw["public_id"])
        with pytest.raises(BadRequest, match="larger than 5mb"):
            upload_large(str(path), resource_type="image", chunk_size=5_000_000)

    def test_labels_come_back(self) -> None:
        api.add_metadata_field({"external_id": "sku", "label": "SKU", "type": "string"})
        context = {"caption": "alternative|alt=a", "alt": "x"}
        reply = uploader.upload(LOGO, tags=["z", "a"], context=context, metadata={"sku": "1|2"}, headers={"Link": "1"})
        assert (reply["tags"], reply["context"], reply["metadata"]) == (["a", "z"], {"custom": context}, {"sku": "1|2"})
        assert fetch(reply["url"]).headers["link"] == "1"
        details = api.resource(reply["public_id"])
        assert (details["tags"], details["context"]) == (["a", "z"], {"custom": context})

    def test_coordinates_are_clipped_in_the_reply_only(self) -> None:
        reply = uploader.upload(LOGO, public_id="faces", face_coordinates=[[120, 30, 109, 150]])
        assert reply["faces"] == [[120, 30, 109, 51]]
        uploader.explicit("faces", type="upload", face_coordinates=[[1, 2, 300, 400]], custom_coordinates=[1, 2, 3, 4])
        details = api.resource("faces", coordinates=True)
        assert details["coordinates"] == {"faces": [[1, 2, 300, 400]], "custom": [[1, 2, 3, 4]]}
        assert "coordinates" not in api.resource("faces")
        assert api.resource("faces", faces=True)["faces"] == [[1, 2, 241, 51]]

    def test_analyses_are_done_on_request(self) -> None:
        reply = uploader.upload(
            LOGO, public_id="seen", colors=True, phash=True, quality_analysis=True, image_metadata=True
        )
        assert reply["colors"][0][0].startswith("#")
        assert re.fullmatch("[0-9a-f]{16}", reply["phash"])
        assert isinstance(reply["quality_analysis"]["focus"], float)
        details = api.resource("seen", quality_analysis=True, colors=True, phash=True)
        assert isinstance(details["quality_analysis"]["focus"], float)
        assert details["phash"] == reply["phash"]
        assert "colors" not in api.resource("seen")

    def test_formats_are_allowed_or_converted(self) -> None:
        with pytest.raises(BadRequest):
            uploader.upload(LOGO, allowed_formats=["jpg"])
        assert uploader.upload(LOGO, allowed_formats=["jpg"], format="jpg")["format"] == "jpg"

    def test_overwriting_is_told_and_can_be_forbidden(self) -> None:
        first = uploader.upload(LOGO, public_id="same")
        second = uploader.upload(picture(colour="red"), public_id="same")
        assert second["overwritten"] is True
        assert second["asset_id"] == first["asset_id"]
        assert second["version"] > first["version"]
        third = uploader.upload(LOGO, public_id="same", overwrite=False)
        assert (third["existing"], third["version"], third["etag"]) == (True, second["version"], second["etag"])

    def test_moderation_waits_for_a_person(self) -> None:
        reply = uploader.upload(LOGO, public_id="judged", moderation="manual")
        assert (reply["moderation"][0]["kind"], reply["moderation"][0]["status"]) == ("manual", "pending")
        assert api.resources_by_moderation("manual", "pending")["resources"][0]["public_id"] == "judged"
        assert api.update("judged", moderation_status="approved")["moderation"][0]["status"] == "approved"
        assert api.resources_by_moderation("manual", "pending")["resources"] == []
        assert len(api.resources_by_moderation("manual", "approved")["resources"]) == 1

    def test_unsigned_upload_needs_a_preset_made_for_it(self) -> None:
        api.create_upload_preset(name="open", unsigned=True, tags="preset", folder="inbox")
        reply = uploader.unsigned_upload(LOGO, "open", tags=["mine"])
        assert reply["tags"] == ["mine", "preset"]
        assert reply["public_id"].startswith("inbox/")
        assert "api_key" not in reply
        api.create_upload_preset(name="closed", unsigned=False)
        with pytest.raises(BadRequest, match="must be whitelisted for unsigned"):
            uploader.unsigned_upload(LOGO, "closed")
        with pytest.raises(BadRequest, match="Upload preset not found"):
            uploader.unsigned_upload(LOGO, "missing")

    def test_bad_values_are_refused_in_the_services_words(self) -> None:
        for options, text in (
            ({"raw_convert": "illegal"}, "Raw convert is invalid"),
            ({"categorization": "illegal"}, "is not valid"),
            ({"detection": "illegal"}, "Detection invalid model 'illegal'"),
            ({"background_removal": "illegal"}, "is invalid"),
            ({"moderation": "foo"}, "Moderation foo moderation is not valid"),
            ({"display_name": "a/b"}, "Display name cannot contain slashes"),
            ({"public_id": "a?b"}, "invalid"),
        ):
            with pytest.raises(BadRequest, match=re.escape(text)):
                uploader.upload(LOGO, **options)
        with pytest.raises(BadRequest, match=r"[Ee]mpty"):
            uploader.upload(io.BytesIO(b""), filename="empty.png")
        with pytest.raises(BadRequest, match="Invalid image file"):
            uploader.upload(b"no picture")
        with pytest.raises(RateLimited, match="You don't have an active subscription for"):
            uploader.upload(LOGO, categorization="google_tagging")
        for name in ("raw_convert", "ocr", "categorization", "detection", "auto_tagging"):
            uploader.upload(LOGO, public_id="updated")
            with pytest.raises(BadRequest, match="Illegal value"):
                api.update("updated", **{name: "illegal"})

    def test_eager_derives_and_keeps_files(self) -> None:
        wanted = [{"width": 100, "crop": "scale"}, {"width": 20, "crop": "scale", "format": "jpg"}]
        reply = uploader.upload(LOGO, public_id="eager", eager=wanted)
        assert [(item["width"], item["format"]) for item in reply["eager"]] == [(100, "png"), (20, "jpg")]
        assert fetch(reply["eager"][1]["url"]).headers["content-type"] == "image/jpeg"
        derived = api.resource("eager")["derived"]
        assert [item["transformation"] for item in derived] == ["c_scale,w_100", "c_scale,w_20"]
        assert api.delete_derived_resources([derived[0]["id"]])["deleted"] == {derived[0]["id"]: "deleted"}
        assert len(api.resource("eager")["derived"]) == 1
        api.delete_derived_by_transformation(["eager"], {"width": 20, "crop": "scale"})
        assert api.resource("eager")["derived"] == []

    def test_an_upload_can_be_taken_back_with_its_token(self) -> None:
        token = uploader.upload(LOGO, public_id="taken", return_delete_token=True)["delete_token"]
        assert uploader.call_api("delete_by_token", {"token": token}, unsigned=True)["result"] == "ok"
        with pytest.raises(NotFound):
            api.resource("taken")

    def test_the_other_resource_types_and_delivery_types(self) -> None:
        raw = uploader.upload(b"hello", resource_type="auto", filename="note.txt", use_filename=True)
        assert (raw["resource_type"], "width" in raw) == ("raw", False)
        assert re.fullmatch(r"note_[a-z0-9]{6}\.txt", raw["public_id"])
        assert fetch(raw["url"]).text == "hello"
        private = uploader.upload(LOGO, type="private", public_id="hidden")
        assert fetch(private["url"]).status_code == 200
        unsigned = private["url"].replace(re.findall(r"s--[\w-]+--/", private["url"])[0], "")
        assert fetch(unsigned).status_code == 401


@pytest.mark.usefixtures("sandbox")
class TestChanging:
    def test_explicit_changes_what_is_stored_and_misses_what_is_not(self) -> None:
        uploader.upload(LOGO, public_id="there", tags="old")
        reply = uploader.explicit("there", type="upload", tags=["new"], eager=[{"width": 10, "crop": "scale"}])
        assert (reply["tags"], reply["eager"][0]["width"]) == (["new"], 10)
        with pytest.raises(NotFound, match="Resource not found - nowhere"):
            uploader.explicit("nowhere", type="upload")

    def test_rename_moves_and_overwrites_only_when_told(self) -> None:
        uploader.upload(LOGO, public_id="one", context={"a": "b"})
        uploader.upload(picture(format="ICO", size=(32, 32)), public_id="two")
        reply = uploader.rename("one", "three", context=True)
        assert (reply["public_id"], reply["context"]) == ("three", {"custom": {"a": "b"}})
        assert "context" not in uploader.rename("three", "one")
        with pytest.raises(Error):
            uploader.rename("two", "one")
        assert uploader.rename("two", "one", overwrite=True)["format"] == "ico"
        assert api.resource("one")["format"] == "ico"
        with pytest.raises(NotFound):
            uploader.rename("two", "four")
        assert uploader.rename("one", "one", to_type="private")["type"] == "private"

    def test_destroy_says_whether_there_was_something(self) -> None:
        uploader.upload(LOGO, public_id="doomed")
        assert uploader.destroy("doomed")["result"] == "ok"
        assert uploader.destroy("doomed")["result"] == "not found"

    def test_tags_are_added_removed_replaced_and_made_exclusive(self) -> None:
        for name in ("t1", "t2", "t3"):
            uploader.upload(LOGO, public_id=name)
        assert uploader.add_tag("b,a", ["t1", "t2", "missing"])["public_ids"] == ["t1", "t2"]
        assert api.resource("t1")["tags"] == ["a", "b"]
        uploader.remove_tag("a", ["t1"])
        assert api.resource("t1")["tags"] == ["b"]
        uploader.replace_tag("tag3", ["t1"])
        assert api.resource("t1")["tags"] == ["tag3"]
        uploader.remove_all_tags(["t1"])
        assert "tags" not in api.resource("t1")
        uploader.add_tag("b", ["t3"], exclusive=True)
        assert [item["public_id"] for item in api.resources_by_tag("b")["resources"]] == ["t3"]
        assert api.tags()["tags"] == ["a", "b"]
        assert api.tags(prefix="b")["tags"] == ["b"]

    def test_context_is_merged_and_cleared(self) -> None:
        for name in ("c1", "c2"):
            uploader.upload(LOGO, public_id=name)
        uploader.add_context({"k1": "v1", "k2": "é=|"}, ["c1", "c2"])
        uploader.add_context({"k1": "other"}, ["c2"])
        assert api.resource("c1")["context"] == {"custom": {"k1": "v1", "k2": "é=|"}}
        assert len(api.resources_by_context("k1")["resources"]) == 2
        assert len(api.resources_by_context("k1", "v1")["resources"]) == 1
        uploader.remove_all_context(["c1"])
        assert "context" not in api.resource("c1")

    def test_metadata_is_merged(self) -> None:
        colors = {"values": [{"external_id": name, "value": name.title()} for name in ("red", "blue")]}
        api.add_metadata_field({"external_id": "sku", "label": "SKU", "type": "string"})
        api.add_metadata_field({"external_id": "colors", "label": "Colors", "type": "set", "datasource": colors})
        for name in ("m1", "m2"):
            uploader.upload(LOGO, public_id=name)
        assert uploader.update_metadata({"sku": "1"}, "m1")["public_ids"] == ["m1"]
        reply = uploader.update_metadata({"colors": ["red", "blue"]}, ["m1", "m2"])
        assert len(reply["public_ids"]) == 2
        assert api.resource("m1")["metadata"] == {"sku": "1", "colors": ["red", "blue"]}
        assert "metadata" not in api.resources()["resources"][0]
        assert "metadata" in api.resources(metadata=True)["resources"][0]

    def test_update_replaces_tags_and_moves(self) -> None:
        uploader.upload(LOGO, public_id="u", tags="a,b", context={"x": "1"})
        reply = api.update("u", tags=["c"], display_name="Shown", asset_folder="new/place", context={"y": "2"})
        assert (reply["tags"], reply["display_name"], reply["asset_folder"]) == (["c"], "Shown", "new/place")
        assert reply["context"] == {"custom": {"y": "2"}}
        assert [folder["path"] for folder in api.subfolders("new")["folders"]] == ["new/place"]
        assert api.resources_by_asset_folder("new/place")["resources"][0]["public_id"] == "u"
        window = {"access_type": "anonymous", "start": "2017-12-15T12:00Z", "end": "2018-01-20T12:00Z"}
        assert api.update("u", access_control=[window])["access_control"] == [window]
        assert fetch(reply["url"]).status_code == 401

    def test_publish_makes_public(self) -> None:
        for name in ("p1", "p2", "p3"):
            uploader.upload(LOGO, public_id=name, type="authenticated", tags=name)
        assert api.publish_by_ids(["p1"], type="private")["published"] == []
        published = api.publish_by_ids(["p1"])["published"]
        assert [item["public_id"] for item in published] == ["p1"]
        assert "/upload/" in published[0]["url"]
        assert len(api.publish_by_prefix("p2")["published"]) == 1
        assert len(api.publish_by_tag("p3")["published"]) == 1
        uploader.upload(LOGO, public_id="p1", type="authenticated")
        assert api.publish_by_ids(["p1"])["failed"][0]["public_id"] == "p1"
        assert len(api.publish_by_ids(["p1"], overwrite=True)["published"]) == 1


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
        assert api.delete_resources_by_asset_ids([ids["f1"]])["deleted"] == {"f1": "deleted"}
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
        assert settings["eager"] == [{"crop": "scale", "width": 5}]
        reply = uploader.upload(LOGO, upload_preset="p")
        assert (reply["width"], len(reply["eager"]), reply["asset_folder"]) == (100, 1, "folder")
        api.update_upload_preset("p", folder="folder", colors=True, unsigned=True, disallow_public_id=True)
        changed = api.upload_preset("p")
        assert changed["unsigned"] is True
        assert changed["settings"] == {"folder": "folder", "colors": True, "disallow_public_id": True}
        with pytest.raises(AlreadyExists):
            api.create_upload_preset(name="p")
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


@pytest.mark.usefixtures("sandbox")
class TestReading:
    def test_private_downloads_expire(self) -> None:
        uploader.upload(LOGO, public_id="p", type="private")
        url = utils.private_download_url("p", "png", type="private", expires_at=int(time.time()) + 60, attachment=True)
        reply = fetch(url)
        assert reply.content == LOGO
        assert reply.headers["content-disposition"] == 'attachment; filename="p.png"'
        expired = fetch(utils.private_download_url("p", "png", type="private", expires_at=int(time.time()) - 1))
        assert (expired.status_code, "expired" in expired.headers["x-cld-error"]) == (401, True)
        assert fetch(url.replace("public_id=p", "public_id=q")).status_code == 401
        assert fetch(utils.private_download_url("p", "jpg", type="private")).headers["content-type"] == "image/jpeg"

    @pytest.mark.parametrize("options", [{}, {"signature_algorithm": "sha256"}, {"long_url_signature": True}])
    def test_signed_urls_open_authenticated_assets(self, sandbox: Running, options: dict[str, Any]) -> None:
        uploader.upload(LOGO, public_id="a b/ü", type="authenticated")

        def address(**more: Any) -> str:
            url = utils.cloudinary_url("a b/ü", format="png", type="authenticated", secure=True, **more)[0]
            return url.replace("https://res.cloudinary.com", sandbox.address)

        assert fetch(address()).status_code == 401
        assert fetch(address(sign_url=True, **options)).content == LOGO
        assert fetch(address(sign_url=True, width=10, crop="scale", **options)).status_code == 200
        assert fetch(address(width=10, crop="scale")).status_code == 401
        assert fetch(address(sign_url=True, **options).replace("s--", "s--x")).status_code == 401


def test_a_wrong_secret_is_told_apart_from_an_unknown_key(sandbox: Running) -> None:
    config(api_secret="wrong")
    with pytest.raises(AuthorizationRequired, match="api_secret mismatch"):
        api.ping()
    with pytest.raises(
        AuthorizationRequired, match=r"Invalid Signature \w+\. String to sign - 'public_id=a&timestamp="
    ):
        uploader.upload(LOGO, public_id="a")
    config(api_key="1")
    with pytest.raises(AuthorizationRequired, match="Invalid credentials"):
        api.ping()
    with pytest.raises(AuthorizationRequired, match="Invalid cloud_name nowhere"):
        api.ping(cloud_name="nowhere")


def test_the_hourly_quota_counts_admin_calls_only(sandbox: Running) -> None:
    sandbox.control("POST", "quota", {"limit": 2, "used": 0})
    assert api.ping().rate_limit_remaining == 1
    uploader.upload(LOGO)
    assert api.ping().rate_limit_remaining == 0
    with pytest.raises(RateLimited, match="Limit of 2 api operations reached. Try again on .* UTC"):
        api.ping()
    uploader.upload(LOGO)


def test_folders_in_fixed_mode_are_the_paths_of_public_ids(fixed_sandbox: Running) -> None:
    reply = uploader.upload(LOGO, public_id="c", folder="a/b")
    assert (reply["public_id"], reply["folder"]) == ("a/b/c", "a/b")
    assert "asset_folder" not in reply
    uploader.upload(LOGO, public_id="z/y")
    assert [item["name"] for item in api.root_folders()["folders"]] == ["a", "z"]
    assert [item["path"] for item in api.subfolders("a")["folders"]] == ["a/b"]
    assert api.config(settings=True)["settings"]["folder_mode"] == "fixed"
    with pytest.raises(BadRequest):
        api.delete_folder("a")
    api.delete_resources(["a/b/c"])
    assert set(api.delete_folder("a")["deleted"]) == {"a", "a/b"}
    with pytest.raises(BadRequest):
        api.rename_folder("z", "w")
