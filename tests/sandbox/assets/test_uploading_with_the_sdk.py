"""The official SDK against a really started sandbox: uploading."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, uploader, utils
from cloudinary.exceptions import BadRequest, NotFound, RateLimited

from cloudinary_sandbox.threaded import ThreadedSandbox
from tests.sandbox.helpers import LOGO_SIZE, picture
from tests.support import LOOPBACK

LOGO = picture()


def fetch(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, **LOOPBACK, **options)


def upload_large(path: str, **options: Any) -> dict[str, Any]:
    reply = uploader.upload_large(path, **options)
    assert reply
    return reply


@pytest.mark.usefixtures("sandbox")
class TestUploading:
    def test_the_reply_has_size_format_and_a_good_signature(self, sandbox: ThreadedSandbox) -> None:
        reply = uploader.upload(LOGO, public_id="logo")
        assert (reply["width"], reply["height"], reply["format"]) == (*LOGO_SIZE, "png")
        assert reply["url"].startswith(f"{sandbox.address}/{sandbox.cloud_name}/image/upload/v")
        expected = utils.api_sign_request(
            {"public_id": reply["public_id"], "version": reply["version"]}, sandbox.api_secret, signature_version=1
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
        assert (reply["tags"], reply["context"], reply["metadata"]) == (["z", "a"], {"custom": context}, {"sku": "1|2"})
        assert fetch(reply["url"]).headers["link"] == "1"
        details = api.resource(reply["public_id"])
        assert (details["tags"], details["context"]) == (["z", "a"], {"custom": context})

    def test_coordinates_are_clipped_in_the_reply_only(self) -> None:
        reply = uploader.upload(LOGO, public_id="faces", face_coordinates=[[120, 30, 109, 150]])
        assert reply["faces"] == [[120, 30, 109, 51]]
        uploader.explicit("faces", type="upload", face_coordinates=[[1, 2, 300, 400]], custom_coordinates=[1, 2, 3, 4])
        details = api.resource("faces", coordinates=True)
        assert details["coordinates"] == {"faces": [[1, 2, 300, 400]], "custom": [[1, 2, 3, 4]]}
        assert "coordinates" not in api.resource("faces")
        assert api.resource("faces", faces=True)["faces"] == [[1, 2, 300, 400]]

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
        assert reply["tags"] == ["preset"]
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
