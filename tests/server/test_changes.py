"""`list_changes` and `undo_changes`: what was changed is told, and goes back."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.people import Person
from tests.support import World, both_eras, data_uri, png, world

NEW = data_uri(png(30, 30, "blue"))


async def details(w: World, public_id: str, kind: str = "image", type: str = "upload") -> dict[str, Any]:
    return await w.cloud.admin("GET", ("resources", kind, type, public_id))


async def undo(w: World, **arguments: Any) -> dict[str, Any]:
    """Undo, with the yes of somebody who read the plan."""
    answer = await w.call("undo_changes", **arguments)
    return await w.call("undo_changes", confirm=True, plan_id=answer["plan_id"]) if "plan_id" in answer else answer


async def confirmed(w: World, tool: str, **arguments: Any) -> dict[str, Any]:
    plan = await w.call(tool, **arguments)
    return await w.call(tool, confirm=True, plan_id=plan["plan_id"])


# listing


@both_eras
async def test_changes_are_listed_newest_first_with_their_outcome(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", tags=["old"])
        await w.call("update_asset", public_id="a", tags=["new"])
        await w.call("create_folder", path="f")
        listed = await w.call("list_changes")
        assert listed["columns"] == ["change_id", "time", "tool", "summary", "outcome"]
        assert [(row[0], row[2], row[4]) for row in listed["changes"]] == [
            ("c2", "create_folder", "1 done"),
            ("c1", "update_asset", "1 done"),
        ]
        text = await w.text("list_changes")
        assert "c2" in text
        assert "create_folder" in text


async def test_changes_are_found_by_asset_tool_time_and_person_page_by_page(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        asset_id = (await w.upload("a"))["asset_id"]
        await w.upload("b")
        for name in ("a", "b", "a"):
            await w.call("update_asset", public_id=name, add_tags=["x", name])
            await w.call("create_folder", path=f"of/{name}")

        async def ids(**arguments: Any) -> list[str]:
            answer = (await w.client.call_tool("list_changes", arguments)).structured_content
            assert answer is not None
            return [row[0] for row in answer["changes"]]

        assert await ids(asset="image/upload/b") == ["c3"]
        assert await ids(asset=asset_id) == ["c5", "c1"]
        assert await ids(tool="create_folder") == ["c4", "c2"]
        assert await ids(person="local") == ["c5", "c4", "c3", "c2", "c1"]
        assert await ids(person="somebody else") == []
        assert await ids(since="2100-01-01T00:00:00Z") == []
        page = await w.call("list_changes", limit=3)
        assert [row[0] for row in page["changes"]] == ["c5", "c4", "c3"]
        assert await ids(limit=3, next_cursor=page["next_cursor"]) == ["c2", "c1"]
        assert "no change" in await w.error("list_changes", next_cursor="next")


# values


@both_eras
async def test_edited_values_go_back_by_the_receipt(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.cloud.admin("POST", "metadata_fields", json={"external_id": "sku", "label": "S", "type": "string"})
        await w.upload("a", tags=["old"], context={"alt": "x"}, metadata={"sku": "1"}, display_name="One")
        before = await details(w, "a")
        receipt = await w.call(
            "update_asset", public_id="a", tags=["new"], context={"alt": "y", "caption": "c"}, metadata={"sku": "2"},
            display_name="Two", asset_folder="other", access_control=[{"access_type": "token"}],
        )  # fmt: skip
        report = await undo(w, change_id=receipt["change_id"])
        assert report["undone"] == 1
        after = await details(w, "a")
        for name in ("tags", "context", "metadata", "display_name", "asset_folder", "access_control"):
            assert after.get(name) == before.get(name), name
        rows = (await w.call("list_changes"))["changes"]
        assert [row[4] for row in rows] == ["1 done, undoes c1", "1 done, undone by c2"]


async def test_without_arguments_the_last_change_is_undone_then_the_one_before(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", tags=["one"])
        await w.call("update_asset", public_id="a", tags=["two"])
        await w.call("update_asset", public_id="a", tags=["three"])
        await undo(w)
        assert (await details(w, "a"))["tags"] == ["two"]
        await undo(w)
        assert (await details(w, "a"))["tags"] == ["one"]
        assert "no change to undo" in await w.error("undo_changes")


async def test_an_undo_can_be_undone_and_then_its_change_is_the_last_one_again(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", tags=["one"])
        await w.call("update_asset", public_id="a", tags=["two"])
        report = await undo(w)
        await undo(w, change_id=report["change_id"])
        assert (await details(w, "a"))["tags"] == ["two"]
        await undo(w)
        assert (await details(w, "a"))["tags"] == ["one"]


@both_eras
async def test_an_edit_of_many_goes_back_after_one_question_and_few_calls(tmp_path: Path, era: str) -> None:
    person = Person()
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        for number in range(30):
            await w.upload(f"m/{number}", tags=["many", f"t{number}"], context={"alt": "old"})
        await w.call("edit_assets", tag="many", add_tags=["x"], remove_tags=["many"], context={"alt": "new"})
        report = await w.call("undo_changes")
        assert report["undone"] == 30
        assert len(person.questions) == 2
        assert "image/upload/m/" in person.questions[1]
        for number in range(30):
            asset = await details(w, f"m/{number}")
            assert set(asset["tags"]) == {"many", f"t{number}"}
            assert asset["context"]["custom"] == {"alt": "old"}


async def test_what_somebody_else_changed_since_is_named_and_left_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for name in ("a", "b"):
            await w.upload(name, context={"alt": "old"})
        await w.call("edit_assets", public_ids=["a", "b"], context={"alt": "new"})
        await w.cloud.admin("POST", ("resources", "image", "upload", "b"), json={"context": {"alt": "theirs"}})
        report = await undo(w)
        assert report["undone"] == 1
        assert report["left_alone"] == {"image/upload/b": "its context changed since"}
        assert (await details(w, "a"))["context"]["custom"] == {"alt": "old"}
        assert (await details(w, "b"))["context"]["custom"] == {"alt": "theirs"}


async def test_a_tag_that_somebody_added_since_stays(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", tags=["old"])
        await w.call("update_asset", public_id="a", tags=["new"])
        await w.cloud.upload_call("image", "tags", {"command": "add", "tag": "theirs", "public_ids": ["a"]})
        await undo(w)
        assert set((await details(w, "a"))["tags"]) == {"old", "theirs"}


# names


async def test_a_renamed_asset_gets_its_name_back_unless_something_has_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        receipt = await w.call("rename_asset", public_id="a", to_public_id="b", to_type="private")
        await undo(w)
        assert (await details(w, "a"))["type"] == "upload"
        receipt = await w.call("rename_asset", public_id="a", to_public_id="b")
        await w.upload("a")
        report = await w.call("undo_changes", change_id=receipt["change_id"])
        assert report["left_alone"] == {"image/upload/b": "something else has its name"}
        assert await w.public_ids() == {"a", "b"}


async def test_a_moved_folder_goes_back_with_what_is_in_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", asset_folder="one/two")
        await w.call("move_folder", path="one", to_path="other")
        await undo(w)
        assert (await details(w, "a"))["asset_folder"] == "one/two"


async def test_what_was_published_is_private_again(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", type="private")
        await confirmed(w, "edit_assets", expression="type=private", publish=True, resource_type="image")
        assert (await details(w, "a"))["type"] == "upload"
        await undo(w)
        assert (await details(w, "a", type="private"))["type"] == "private"


# deletions


@both_eras
async def test_a_deleted_asset_with_a_backup_comes_back_at_once_with_its_values(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        before = await w.upload("a", png(9, 9), backup=True, tags=["t"], context={"alt": "x"})
        await w.call("delete_assets", public_ids=["a"], confirm=True)
        report = await w.call("undo_changes")
        assert report["undone"] == 1
        after = await details(w, "a")
        assert (after["etag"], after["tags"]) == (before["etag"], ["t"])


async def test_a_deleted_asset_without_a_backup_is_said_to_be_lost(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        await w.call("delete_assets", public_ids=["a"], confirm=True)
        report = await w.call("undo_changes")
        assert report["lost"] == {"image/upload/a": "it had no backup, and no copy was kept"}
        assert report["undone"] == 0


@both_eras
async def test_a_kept_copy_brings_a_deleted_asset_back_with_all_its_values(tmp_path: Path, era: str) -> None:
    person = Person()
    settings = {"keep_deleted": 1}
    async with world(tmp_path, era, settings=settings, client={"elicitation_callback": person}) as w:
        values: dict[str, Any] = {"tags": ["t"], "context": {"alt": "x"}, "asset_folder": "f", "display_name": "N"}
        before = await w.upload("a", png(9, 9), **values)
        await w.call("delete_assets", public_ids=["a"])
        assert "Copies of 1 are kept first" in person.questions[0]
        assert "cannot be undone" not in person.questions[0]
        (kept,) = (tmp_path / "data" / "kept").iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600
        report = await w.call("undo_changes")
        assert report["undone"] == 1
        assert "new asset_id" in report["note"]
        after = await details(w, "a")
        assert after["etag"] == before["etag"]
        assert {name: after[name] for name in ("tags", "asset_folder", "display_name")} == {
            name: values[name] for name in ("tags", "asset_folder", "display_name")
        }
        assert after["context"]["custom"] == {"alt": "x"}


async def test_what_is_too_large_to_be_kept_is_said_beforehand_and_not_kept(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"keep_deleted": 0.00001}) as w:
        await w.upload("a")
        plan = await w.call("delete_assets", prefix="a")
        assert any("larger than 10 B" in note for note in plan["notes"])
        await w.call("delete_assets", confirm=True, plan_id=plan["plan_id"])
        assert not (tmp_path / "data" / "kept").exists()


# files


@both_eras
async def test_an_upload_is_undone_only_with_a_yes_as_it_deletes(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.call("upload_asset", source=NEW, public_id="new")
        plan = await w.call("undo_changes")
        assert plan["count"] == 1
        assert await w.public_ids() == {"new"}
        await w.call("undo_changes", confirm=True, plan_id=plan["plan_id"])
        assert await w.public_ids() == set()


async def test_a_replaced_file_comes_back_from_its_backup_with_what_it_had(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        before = await w.upload("a", png(9, 9), backup=True, tags=["t"])
        await confirmed(w, "upload_asset", source=NEW, public_id="a", overwrite=True)
        assert (await details(w, "a"))["width"] == 30
        await undo(w)
        after = await details(w, "a")
        assert (after["etag"], after["tags"]) == (before["etag"], ["t"])


async def test_a_replaced_file_without_a_backup_comes_back_from_the_kept_copy(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"keep_deleted": 5}) as w:
        before = await w.upload("a", png(9, 9), tags=["t"])
        await confirmed(w, "upload_asset", source=NEW, public_id="a", overwrite=True)
        await undo(w)
        after = await details(w, "a")
        assert (after["etag"], after["tags"]) == (before["etag"], ["t"])


async def test_a_restored_version_gives_way_to_the_one_before(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", png(9, 9), backup=True)
        await w.upload("a", png(20, 20), backup=True, overwrite=True)
        versions = (await w.call("list_versions", public_id="a"))["versions"]
        first = min(versions, key=lambda entry: entry["bytes"])["version_id"]
        await confirmed(w, "restore_assets", public_ids=["a"], version_ids=[first])
        assert (await details(w, "a"))["width"] == 9
        await undo(w)
        assert (await details(w, "a"))["width"] == 20


async def test_what_was_made_of_others_is_deleted(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", tags=["t"])
        await w.call("create_text_image", text="hello", public_id="words")
        await undo(w)
        await w.call("create_archive", tag="t", name="packed")
        await undo(w)
        await w.call("create_sprite", tag="t")
        await undo(w)
        await w.call("create_animation", tag="t")
        await undo(w)
        rows = await w.sandbox.db.rows("SELECT public_id FROM assets")
        assert [row["public_id"] for row in rows] == ["a"]


# folders, relations, triggers


async def test_created_folders_go_and_deleted_ones_come_back(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.call("create_folder", path="new")
        await undo(w)
        assert (await w.cloud.admin("GET", "folders"))["folders"] == []
        await w.cloud.admin("POST", ("folders", "old/below"))
        await w.call("delete_folder", path="old", confirm=True)
        await undo(w)
        assert [entry["path"] for entry in (await w.cloud.admin("GET", ("folders", "old")))["folders"]] == ["old/below"]


async def test_relations_end_and_are_made_again(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for name in ("a", "b", "c"):
            await w.upload(name)
        await w.call("relate_assets", public_id="a", to=["b", "c"])
        await undo(w)
        assert (await w.call("relate_assets", public_id="a"))["related"] == []
        await w.call("relate_assets", public_id="a", to=["b"])
        await w.call("relate_assets", public_id="a", to=["b"], unrelate=True)
        await undo(w)
        assert (await w.call("relate_assets", public_id="a"))["related"] == ["image/upload/b"]


async def test_triggers_go_back_to_what_they_were(tmp_path: Path) -> None:
    async with world(tmp_path) as w:

        async def triggers() -> list[tuple[str, str]]:
            found = (await w.cloud.admin("GET", "triggers"))["triggers"]
            return sorted((one["uri"], one["event_type"]) for one in found)

        await w.call("save_trigger", uri="https://example.com/a", event_type="upload")
        await undo(w)
        assert await triggers() == []
        await w.call("save_trigger", uri="https://example.com/a", event_type="upload")
        (one,) = (await w.cloud.admin("GET", "triggers"))["triggers"]
        await w.call("save_trigger", uri="https://example.com/b", trigger_id=one["id"])
        await undo(w)
        assert await triggers() == [("https://example.com/a", "upload")]
        await w.call("delete_trigger", trigger_id=one["id"], confirm=True)
        await undo(w)
        assert await triggers() == [("https://example.com/a", "upload")]


# the journal


async def test_secrets_are_not_in_the_journal(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        uri = "https://user:hunter2@example.com/hook?token=swordfish"
        await w.call("save_trigger", uri=uri, event_type="upload")
        await w.upload("a", access_control=[{"access_type": "token", "key": "0ddba11"}])
        await w.call("update_asset", public_id="a", access_control=[])
        (one,) = (await w.cloud.admin("GET", "triggers"))["triggers"]
        await w.call("delete_trigger", trigger_id=one["id"], confirm=True)
        report = await w.call("undo_changes")
        assert "held a secret" in str(report["lost"])
        written = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("state.db*"))
    for secret in (b"hunter2", b"swordfish"):
        assert secret not in written


async def test_without_values_nothing_can_be_undone_and_no_receipt_says_so(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"journal_values": "off"}) as w:
        await w.upload("a", tags=["hidden-value"])
        text = await w.text("update_asset", public_id="a", tags=["other-value"])
        assert "undo_changes" not in text
        report = await w.call("undo_changes")
        assert report["lost"] == {"image/upload/a": "its values were not kept"}
        assert (await w.call("list_changes"))["changes"][0][4] == "1 done"
    written = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("state.db*"))
    assert b"hidden-value" not in written


@pytest.mark.parametrize(
    ("settings", "listed"),
    [
        ({"tools": ["update_asset"]}, True),
        ({"toolsets": ["library"]}, True),
        ({"tools": ["list_assets"]}, False),
        ({"read_only": True}, False),
    ],
)
async def test_undo_is_listed_whenever_a_changing_tool_is(
    tmp_path: Path, settings: dict[str, Any], listed: bool
) -> None:
    async with world(tmp_path, settings=settings) as w:
        assert ("undo_changes" in {tool.name for tool in (await w.client.list_tools()).tools}) is listed


@both_eras
async def test_the_resource_of_changes_shows_them(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a")
        await w.call("update_asset", public_id="a", tags=["x"])
        (content,) = (await w.client.read_resource("cloudinary://changes")).contents
        assert "c1" in getattr(content, "text", "")
        assert "cloudinary://changes" in {str(one.uri) for one in (await w.client.list_resources()).resources}
