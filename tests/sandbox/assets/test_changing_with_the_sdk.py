"""The official SDK against a really started sandbox: changing what is stored."""

from typing import Any

import httpx
import pytest
from cloudinary import api, uploader
from cloudinary.exceptions import Error, NotFound

from tests.sandbox.helpers import picture
from tests.support import LOOPBACK

LOGO = picture()


def fetch(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, **LOOPBACK, **options)


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
