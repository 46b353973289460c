"""Structured metadata: fields, their lists of values, and what assets may hold; by the official SDK."""

from pathlib import Path
from typing import Any

import pytest
from cloudinary import api, uploader
from cloudinary.exceptions import BadRequest, NotFound

from tests.sandbox.helpers import api as in_memory
from tests.sandbox.helpers import error_of, picture

LOGO = picture()
COLOURS = {"values": [{"external_id": "r", "value": "Red"}, {"external_id": "b", "value": "Blue"}, {"value": "Lime"}]}


def field(external_id: str, type: str = "string", **more: Any) -> dict[str, Any]:
    return api.add_metadata_field({"external_id": external_id, "type": type, "label": external_id.upper(), **more})


def names(reply: dict[str, Any]) -> list[str]:
    return [entry["value"] for entry in reply["values"]]


@pytest.mark.usefixtures("sandbox")
class TestFields:
    def test_a_field_is_made_read_changed_and_deleted(self) -> None:
        made = field("born", "date", mandatory=True, default_value="2020-02-29", restrictions={"readonly_ui": True})
        assert made == {
            "external_id": "born", "type": "date", "label": "BORN", "mandatory": True, "default_value": "2020-02-29",
            "default_disabled": False, "validation": None, "restrictions": {"readonly_ui": True},
            "allow_dynamic_list_values": False,
        }  # fmt: skip
        changed = api.update_metadata_field("born", {"external_id": "other", "label": "Born", "type": "string"})
        assert (changed["external_id"], changed["label"], changed["type"]) == ("born", "Born", "date")
        assert api.list_metadata_fields()["metadata_fields"] == [changed]
        assert api.metadata_field_by_field_id("born") == changed
        assert api.delete_metadata_field("born")["message"] == "ok"
        with pytest.raises(NotFound):
            api.metadata_field_by_field_id("born")

    def test_what_is_not_sound_is_refused(self) -> None:
        field("sku")
        for bad, message in (
            ({"external_id": "sku"}, "external id sku already exists"),
            ({"mandatory": True}, "default_value is required"),
            ({"type": "nothing"}, "type"),
            ({"type": "set"}, "datasource"),
            ({"type": "integer", "default_value": "many"}, "default_value is invalid: 'many' is not valid"),
            ({"type": "integer", "validation": {"type": "strlen", "min": 1}}, "validation"),
            ({"validation": {"type": "strregex", "value": "("}}, "validation"),
            ({"validation": {"type": "strlen", "min": 3}, "default_value": "ab"}, "'ab' is not valid"),
            ({"type": "enum", "datasource": COLOURS, "default_value": "Pink"}, "'Pink' is not valid"),
        ):
            with pytest.raises(BadRequest, match=message):
                api.add_metadata_field({"external_id": "new", "type": "string", "label": "x", **bad})
        with pytest.raises(BadRequest, match="default_value is required"):
            api.update_metadata_field("sku", {"mandatory": True})

    def test_fields_are_put_in_order(self) -> None:
        for name in "bca":
            field(name)
        order = api.reorder_metadata_fields("label", "desc")["metadata_fields"]
        assert [item["external_id"] for item in order] == ["c", "b", "a"]
        order = api.reorder_metadata_fields("created_at")["metadata_fields"]
        assert [item["external_id"] for item in order] == ["b", "c", "a"]

    def test_entries_are_added_renamed_deleted_restored_and_ordered(self) -> None:
        made = field("colour", "set", datasource=COLOURS)
        assert names(made["datasource"]) == ["Red", "Blue", "Lime"]
        assert all(entry["external_id"] and entry["state"] == "active" for entry in made["datasource"]["values"])
        update = [{"external_id": "r", "value": "Ruby"}, {"external_id": "x", "value": "Azure"}]
        assert names(api.update_metadata_field_datasource("colour", update)) == ["Ruby", "Blue", "Lime", "Azure"]
        assert names(api.delete_datasource_entries("colour", ["r", "b"])) == ["Lime", "Azure"]
        assert names(api.restore_metadata_field_datasource("colour", ["r"])) == ["Ruby", "Lime", "Azure"]
        assert names(api.reorder_metadata_field_datasource("colour", "value")) == ["Azure", "Lime", "Ruby"]
        assert names(api.reorder_metadata_field_datasource("colour", "value", "desc")) == ["Ruby", "Lime", "Azure"]
        with pytest.raises(BadRequest, match="do not exist"):
            api.delete_datasource_entries("colour", ["zz"])


@pytest.mark.usefixtures("sandbox")
class TestAssets:
    def test_values_are_checked_and_kept_by_their_types(self) -> None:
        field("name", validation={"type": "and", "rules": [{"type": "strlen", "max": 3}]})
        field("stock", "integer", validation={"type": "greater_than", "value": 0, "equals": True})
        field("day", "date")
        field("one", "enum", datasource=COLOURS)
        field("many", "set", datasource=COLOURS)
        good = {"name": "a|b", "stock": 7, "day": "2024-02-29", "one": "r", "many": ["r", "b"]}
        assert uploader.upload(LOGO, public_id="a", metadata=good)["metadata"] == good
        for key, value in (
            ("name", "long"), ("stock", -1), ("stock", "x"), ("day", "2023-02-29"), ("one", "Red"), ("many", ["r", "x"])
        ):  # fmt: skip
            with pytest.raises(BadRequest, match=f"is not valid for field '{key}'"):
                api.update("a", metadata={key: value})
        assert api.resource("a")["metadata"] == good
        del good["name"]
        assert api.update("a", metadata={"name": "", "stock": 8})["metadata"] == {**good, "stock": 8}

    def test_an_unknown_field_is_an_error_and_nothing_is_stored(self) -> None:
        with pytest.raises(BadRequest, match=r'Metadata External IDs do not exist: \["no_such_field"\]'):
            uploader.upload(LOGO, public_id="a", metadata={"no_such_field": "x"})
        with pytest.raises(NotFound):
            api.resource("a")

    def test_values_merge_and_an_empty_one_clears(self) -> None:
        field("x")
        field("y")
        for name in "ab":
            uploader.upload(LOGO, public_id=name, metadata={"x": "1"})
        assert uploader.update_metadata({"x": "", "y": "2"}, ["a", "b"])["public_ids"] == ["a", "b"]
        assert [api.resource(name)["metadata"] for name in "ab"] == [{"y": "2"}, {"y": "2"}]
        assert uploader.explicit("a", type="upload", metadata={"x": "3"})["metadata"] == {"x": "3", "y": "2"}
        api.delete_metadata_field("y")
        assert api.resource("a")["metadata"] == {"x": "3"}
        assert "metadata" not in api.resource("b")

    def test_clear_invalid_leaves_out_what_is_not_valid(self) -> None:
        field("colour", "enum", datasource=COLOURS)
        field("x")
        uploader.upload(LOGO, public_id="a")
        api.delete_datasource_entries("colour", ["r"])
        reply = uploader.update_metadata({"colour": "r", "x": "1"}, ["a"], clear_invalid=True)
        assert reply["public_ids"] == ["a"]
        assert api.resource("a")["metadata"] == {"x": "1"}

    def test_new_assets_get_the_defaults_and_mandatory_fields_stay_filled(self) -> None:
        field("who", mandatory=True, default_value="nobody")
        field("off", default_value="x", default_disabled=True)
        assert uploader.upload(LOGO, public_id="a")["metadata"] == {"who": "nobody"}
        assert uploader.upload(LOGO, public_id="b", metadata={"who": "me"})["metadata"] == {"who": "me"}
        with pytest.raises(BadRequest, match="mandatory"):
            api.update("a", metadata={"who": ""})

    def test_a_list_that_may_grow_takes_new_values(self) -> None:
        field("colour", "set", datasource=COLOURS, allow_dynamic_list_values=True)
        uploader.upload(LOGO, public_id="a", metadata={"colour": ["r", "teal"]})
        assert names(api.metadata_field_by_field_id("colour")["datasource"]) == ["Red", "Blue", "Lime", "teal"]


async def test_the_newer_routes_search_entries_and_move_fields(tmp_path: Path) -> None:
    async with in_memory(tmp_path) as cloud:
        for name in ("a", "b"):
            body = {"external_id": name, "type": "enum", "label": name, "datasource": COLOURS}
            assert (await cloud("POST", "/metadata_fields", json=body)).status_code == 200
        found = (await cloud("POST", "/metadata_fields/datasource/search", json={"term": "BL"})).json()
        assert [(item["field_id"], item["value"]) for item in found] == [("a", "Blue"), ("b", "Blue")]
        exact = {"term": "blu", "exact_match": True}
        assert (await cloud("POST", "/metadata_fields/a/datasource/search", params=exact)).json() == {"values": []}
        moved = (await cloud("PUT", "/metadata_fields/b/reorder", json={"position": 0})).json()
        assert [item["external_id"] for item in moved["metadata_fields"]] == ["b", "a"]
        assert len((await cloud.get("/metadata_fields", **{"external_ids[]": "a"}))["metadata_fields"]) == 1
        assert error_of(await cloud("PUT", "/metadata_fields/b/reorder", json={"position": 9}))[0] == 400


@pytest.mark.usefixtures("sandbox")
class TestRules:
    def rule(self, field_id: str, condition: dict[str, Any], **result: Any) -> dict[str, Any]:
        body = {"metadata_field_id": field_id, "name": "a rule", "condition": condition, "result": result}
        return api.add_metadata_rule(body)

    def test_a_rule_is_made_listed_changed_and_deleted(self) -> None:
        field("x")
        made = self.rule("x", {"metadata_field_id": "x", "populated": True}, set_mandatory=False)
        assert (made["state"], made["position"], made["name"]) == ("active", 1, "a rule")
        assert api.list_metadata_rules()["metadata_rules"] == [made]
        changed = api.update_metadata_rule(made["external_id"], {"name": "other", "state": "inactive"})
        assert (changed["name"], changed["state"], changed["condition"]) == ("other", "inactive", made["condition"])
        assert api.delete_metadata_rule(made["external_id"])["success"] is True
        with pytest.raises(NotFound):
            api.delete_metadata_rule(made["external_id"])
        for condition in ({"metadata_field_id": "zz", "populated": True}, {"and": []}, {"metadata_field_id": "x"}):
            with pytest.raises(BadRequest, match="condition"):
                self.rule("x", condition, enable=True)

    def test_values_depend_on_those_of_other_fields(self) -> None:
        field("kind", "enum", datasource={"values": [{"external_id": name, "value": name} for name in ("shoe", "hat")]})
        field("size", "set", datasource={"values": [{"external_id": name, "value": name} for name in "sml"]})
        field("origin")
        is_hat = {"metadata_field_id": "kind", "equals": "hat"}
        self.rule("size", is_hat, enable=True, activate_values={"external_ids": ["s", "m"], "mode": "override"})
        self.rule("origin", {"and": [is_hat, {"metadata_field_id": "size", "includes": ["s"]}]}, set_mandatory=True)
        self.rule("origin", {"metadata_field_id": "kind", "equals": "shoe"}, apply_value={"value": "eu"})
        shoe = uploader.upload(LOGO, public_id="a", metadata={"kind": "shoe"})
        assert shoe["metadata"] == {"kind": "shoe", "origin": "eu"}
        for metadata in ({"kind": "shoe", "size": ["s"]}, {"kind": "hat", "size": ["l"]}):
            with pytest.raises(BadRequest, match="is not valid for field 'size'"):
                uploader.upload(LOGO, public_id="b", metadata=metadata)
        with pytest.raises(BadRequest, match="origin is mandatory"):
            uploader.upload(LOGO, public_id="b", metadata={"kind": "hat", "size": ["s"]})
        hat = uploader.upload(LOGO, public_id="b", metadata={"kind": "hat", "size": ["m"]})
        assert hat["metadata"] == {"kind": "hat", "size": ["m"]}
        with pytest.raises(BadRequest, match="size"):
            uploader.update_metadata({"kind": "shoe"}, ["b"])
        uploader.update_metadata({"kind": "shoe"}, ["b"], clear_invalid=True)
        assert api.resource("b")["metadata"] == {"kind": "shoe", "origin": "eu"}
