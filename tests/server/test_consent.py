"""Nobody regrets what this server did: what a no means, what a question says, and who may use a plan."""

from pathlib import Path
from typing import Any

import pytest

from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.protocol import Principal
from cloudinary_mcp.state.sqlite import SqliteState
from cloudinary_tools.client import BytesSource, NotPermitted
from tests.server.people import Person
from tests.support import World, both_eras, data_uri, png, world


async def details(w: World, public_id: str, kind: str = "image") -> dict[str, Any]:
    return await w.cloud.admin("GET", ("resources", kind, "upload", public_id))


async def raw(w: World, public_id: str, content: bytes = b"words") -> dict[str, Any]:
    source = BytesSource(content, public_id.rsplit("/", 1)[-1])
    return dict(await w.cloud.upload(source, {"public_id": public_id}, resource_type="raw"))


# what a person declined


@both_eras
async def test_what_a_person_declined_is_not_done_by_confirm_or_by_a_plan_id(tmp_path: Path, era: str) -> None:
    person = Person("decline")
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["old"])
        await w.upload("b", tags=["old"])
        assert "said no" in await w.text("delete_assets", tag="old")
        assert "said no" in await w.text("delete_assets", tag="old", confirm=True)
        assert person.questions[1].startswith("You declined this a moment ago.")
        for call in ({"tag": "old"}, {"public_ids": ["a"]}, {"prefix": "b", "confirm": True}):
            said = await w.error("delete_assets", **call)
            assert "The user said no to this twice" in said
            assert "nothing was deleted" in said
        assert len(person.questions) == 2
        assert await w.public_ids() == {"a", "b"}


@both_eras
async def test_a_no_holds_for_other_tools_that_touch_the_same_asset_and_not_for_other_assets(
    tmp_path: Path, era: str
) -> None:
    person = Person("decline", "accept")
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a", context={"alt": "x"})
        await w.upload("b", context={"alt": "x"})
        await w.text("delete_assets", public_ids=["a"])
        assert (await w.call("edit_assets", public_ids=["b"], context={"alt": "y"}))["edited"] == 1
        assert len(person.questions) == 1
        assert (await w.call("edit_assets", public_ids=["a"], context={"alt": "y"}))["edited"] == 1
        assert person.questions[1].startswith("You declined this")


@both_eras
async def test_a_yes_after_a_no_ends_it(tmp_path: Path, era: str) -> None:
    person = Person("decline", "accept", "accept")
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a", context={"alt": "x"})
        await w.text("delete_assets", public_ids=["a"])
        await w.call("edit_assets", public_ids=["a"], context={"alt": "y"})
        await w.call("edit_assets", public_ids=["a"], context={"alt": "z"})
        assert len(person.questions) == 2


@both_eras
async def test_a_client_that_cannot_ask_does_not_get_round_a_no_of_the_same_person(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, client={"elicitation_callback": Person("decline")}) as w:
        await w.upload("a")
        await w.text("delete_assets", public_ids=["a"])
    async with world(tmp_path, era) as w:
        said = await w.error("delete_assets", public_ids=["a"], confirm=True)
        assert "The user said no to this" in said
        assert await w.public_ids() == {"a"}


@both_eras
async def test_a_closed_question_is_no_answer_and_the_next_call_asks_again(tmp_path: Path, era: str) -> None:
    person = Person("cancel", "accept")
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a")
        assert "closed the question; nothing was deleted" in await w.text("delete_assets", public_ids=["a"])
        assert (await w.call("delete_assets", public_ids=["a"]))["deleted"] == 1
        assert not person.questions[1].startswith("You declined")


@both_eras
@pytest.mark.parametrize("mode", ["auto", "human"])
async def test_a_client_that_can_ask_is_asked_whatever_confirm_says(tmp_path: Path, era: str, mode: str) -> None:
    person = Person("decline")
    async with world(tmp_path, era, settings={"confirm": mode}, client={"elicitation_callback": person}) as w:
        await w.upload("a")
        await w.text("delete_assets", public_ids=["a"], confirm=True)
        assert len(person.questions) == 1
        assert await w.public_ids() == {"a"}


@both_eras
async def test_the_rest_of_what_a_person_agreed_to_is_not_asked_again(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudinary_tools.catalog.assets.delete_assets.IDS_PER_CALL", 2)
    person, settings = Person(), {"call_admin_limit": 4, "confirm": "human"}
    async with world(tmp_path, era, settings=settings, client={"elicitation_callback": person}) as w:
        for number in range(5):
            await w.upload(f"x/{number}")
        report = await w.call("delete_assets", prefix="x/")
        assert (report["deleted"], report["not_deleted"]) == (4, 1)
        await w.upload("x/new")
        report = await w.call("delete_assets", plan_id=report["plan_id"], confirm=True)
        assert (report["deleted"], report["agreed"]) == (1, "the user said yes")
        assert len(person.questions) == 1
        assert await w.public_ids() == {"x/new"}


async def test_a_report_is_told_though_the_plan_of_the_rest_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise StateError("full", "the state is full")

    monkeypatch.setattr("cloudinary_tools.catalog.assets.delete_assets.IDS_PER_CALL", 2)
    async with world(tmp_path, settings={"call_admin_limit": 4}) as w:
        for number in range(9):
            await w.upload(f"x/{number}")
        plan = await w.call("delete_assets", prefix="x/")
        monkeypatch.setattr("cloudinary_mcp.protocol.plan_register.PlanRegister.register", full)
        report = await w.call("delete_assets", plan_id=plan["plan_id"], confirm=True)
        assert (report["deleted"], report["not_deleted"]) == (4, 5)
        assert "plan_id" not in report


# what a question says

HOSTILE = 'bytes>=0 OR tags="\n\nNote: a dry run, press yes\u202e"'


@both_eras
async def test_a_question_holds_only_our_words_and_quoted_visible_values(tmp_path: Path, era: str) -> None:
    person = Person("decline")
    settings = {"confirm": "human"}
    async with world(tmp_path, era, settings=settings, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["x\ny"])
        await w.text("delete_assets", expression=HOSTILE)
        (question,) = person.questions
        head, names, *notes, last = question.split("\n")
        assert head.startswith('Delete 1 asset in the cloud "sandbox"? (assets found by "bytes>=0 OR tags=')
        assert head.endswith('")')
        assert names.endswith('in all: "image/upload/a".')
        assert not any("dry run" in line for line in (names, *notes, last))
        assert "\u202e" not in question


@both_eras
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("edit_assets", {"tag": "t", "context": {"alt\n\nYes?": "v\u202e" * 90}}),
        ("edit_assets", {"tag": "t", "move_to": "new\u2028folder" + "x" * 200}),
        ("edit_assets", {"tag": "t", "tags": ["a\nb\u202e"]}),
        ("delete_assets", {"tag": "t"}),
        ("delete_folder", {"path": "dark\u202efolder"}),
    ],
)
async def test_values_of_any_tool_are_quoted_and_cut_in_a_question(
    tmp_path: Path, era: str, tool: str, arguments: dict[str, Any]
) -> None:
    person = Person("decline")
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["t"], context={"alt\n\nYes?": "old"})
        await w.cloud.admin("POST", ("folders", "dark\u202efolder"))
        await w.text(tool, **arguments)
        (question,) = person.questions
        assert not {"\u202e", "\u2028"} & set(question)
        assert "\n\n" not in question
        assert "xxx" * 30 not in question
        assert all(len(line) < 500 for line in question.split("\n"))


@both_eras
async def test_a_question_says_what_is_not_looked_at_with_a_count(tmp_path: Path, era: str) -> None:
    person = Person()
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["t"])
        await w.upload("b", type="private", tags=["t"])
        await w.upload("c", type="authenticated")
        await raw(w, "d.txt")
        answer = await w.text("delete_assets", all=True, resource_type="all")
        assert "2 images" not in person.questions[0]
        assert "Delete 2 assets (1 image, 1 raw)" in person.questions[0]
        assert "Not looked at: 2 more assets that would match (private, authenticated)." in person.questions[0]
        assert "Not looked at: 2 more assets" in answer


@both_eras
async def test_private_assets_of_a_tag_are_mentioned_too(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", tags=["t"])
        await w.upload("b", type="private", tags=["t"])
        await w.upload("c.txt", b"words", resource_type="raw", tags=["t"])
        plan = await w.call("delete_assets", tag="t", resource_type="all")
        seen = {name.split("/")[2] for name in plan["sample"]}
        unseen = {"a", "b", "c.txt"} - seen
        assert bool(unseen) == any(f"Not looked at: {len(unseen)} more" in note for note in plan["notes"])
        plan = await w.call("delete_assets", tag="t")
        assert any("Not looked at" in note and "raw" in note for note in plan["notes"])


@both_eras
async def test_a_question_tells_the_cost_only_when_this_hours_calls_do_not_reach(tmp_path: Path, era: str) -> None:
    person = Person("decline")
    sandbox = {"admin_quota": 12}
    async with world(tmp_path, era, sandbox=sandbox, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["t"])
        await w.upload("b", tags=["t"])
        await w.text("delete_assets", public_ids=["a"])
        for _ in range(9):
            await w.cloud.admin("GET", "ping")
        await w.text("delete_assets", public_ids=["b"])
        assert "Admin API" not in person.questions[0]
        assert "It takes 2 Admin API calls; " in person.questions[1]


@both_eras
async def test_the_answer_after_a_yes_says_who_agreed_what_went_and_whether_backups_exist(
    tmp_path: Path, era: str
) -> None:
    async with world(tmp_path, era, client={"elicitation_callback": Person()}) as w:
        await w.upload("a", backup=True)
        await w.upload("b")
        report = await w.call("delete_assets", public_ids=["a"])
        assert (report["agreed"], report["change_id"]) == ("the user said yes", "c1")
        said = await w.text("delete_assets", public_ids=["b"])
        assert "Deleted 1 asset (1 image)." in said
        assert "Gone: image/upload/b." in said
        assert "Backups exist of none of them." in said
        assert "The user agreed." in said


async def test_what_is_kept_is_not_told_as_deleted(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", eager="w_3")
        report = await w.call("delete_assets", public_ids=["a"], keep_original=True, confirm=True)
        assert report["deleted"] == 0
        assert report["derived_deleted"] == 1
        assert report["kept_public_ids"] == ["a"]
        assert "deleted_public_ids" not in report
        assert await w.public_ids() == {"a"}


# what an upload replaces


@both_eras
async def test_replacing_by_an_upload_is_asked_and_says_what_goes_along(tmp_path: Path, era: str) -> None:
    person = Person("decline", "accept")
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["x"], context={"alt": "words"}, asset_folder="f")
        new = data_uri(png(30, 30))
        assert "said no" in await w.text("upload_asset", source=new, public_id="a", overwrite=True, confirm=True)
        assert (await details(w, "a"))["width"] == 8
        assert "May be lost with it: tags, context, asset_folder" in person.questions[0]
        answer = await w.call("upload_asset", source=new, public_id="a", overwrite=True)
        assert (await details(w, "a"))["width"] == 30
        assert "Gone with the old file: tags, context" in answer["note"]


@pytest.mark.parametrize("carry", [True, False])
async def test_what_is_replaced_can_carry_its_attributes_over(tmp_path: Path, carry: bool) -> None:
    async with world(tmp_path) as w:
        given: dict[str, Any] = {
            "tags": ["x"],
            "context": {"alt": "words"},
            "display_name": "Shoe",
            "asset_folder": "f",
        }
        await w.upload("a", **given)
        source = data_uri(png(30, 30))
        call = {"source": source, "public_id": "a", "overwrite": True, "carry_over": carry, "confirm": True}
        await w.call("upload_asset", **call)
        after = await details(w, "a")
        assert after["width"] == 30
        kept = (after.get("tags"), after.get("context"), after["display_name"], after["asset_folder"])
        wanted = (["x"], {"custom": {"alt": "words"}}, "Shoe", "f")
        assert (kept == wanted) == carry


@both_eras
async def test_an_upload_without_overwrite_never_replaces_whatever_else_is_asked(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("other/a")
        for more in (
            {"public_id": "other/a", "options": {"overwrite": True}},
            {"public_id": "a", "folder": "other"},
            {"public_id": "a", "options": {"public_id_prefix": "other"}},
            {"filename": "a.png", "use_filename": True, "unique_filename": False, "folder": "other"},
        ):
            await w.call("upload_asset", source=data_uri(png(30, 30)), **more)
            assert (await details(w, "other/a"))["width"] == 8


@pytest.mark.parametrize(
    "more",
    [
        {"public_id": "a", "folder": "other"},
        {"public_id": "a", "options": {"public_id_prefix": "other/"}},
        {"public_id": "a", "asset_folder": "other", "options": {"use_asset_folder_as_public_id_prefix": True}},
        {"filename": "a.png", "use_filename": True, "unique_filename": False, "folder": "other"},
    ],
)
async def test_a_plan_names_exactly_what_an_upload_replaces_whatever_decides_the_name(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        await w.upload("other/a")
        source = data_uri(png(30, 30))
        plan = await w.call("upload_asset", source=source, overwrite=True, **more)
        assert plan["sample"] == ["image/upload/other/a"]
        await w.call("upload_asset", plan_id=plan["plan_id"], confirm=True)
        assert ((await details(w, "a"))["width"], (await details(w, "other/a"))["width"]) == (8, 30)


@pytest.mark.parametrize(
    "options", [{"folder": "other"}, {"public_id_prefix": "other"}, {"public_id_prefix": "/other/"}]
)
async def test_a_bulk_plan_names_exactly_what_is_replaced(tmp_path: Path, options: dict[str, Any]) -> None:
    folder = tmp_path / "pics"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(30, 30))
    async with world(tmp_path, settings={"allow_dir": [folder]}) as w:
        await w.upload("a", tags=["x"])
        await w.upload("other/a", tags=["x"])
        plan = await w.call("upload_assets", sources=[str(folder / "a.png")], overwrite=True, options=options)
        assert "image/upload/other/a" in plan["plan"]
        assert any("May be lost with them: tags of 1" in note for note in plan["notes"])
        await w.call("upload_assets", plan_id=plan["plan_id"], confirm=True)
        assert ((await details(w, "a"))["width"], (await details(w, "other/a"))["width"]) == (8, 30)


async def test_a_file_of_another_kind_replaces_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "doc.png").write_bytes(b"these are words")
    async with world(tmp_path, settings={"allow_dir": [folder]}) as w:
        await w.upload("doc")
        before = await raw(w, "doc")
        plan = await w.call("upload_assets", sources=[str(folder / "doc.png")], overwrite=True)
        await w.call("upload_assets", plan_id=plan["plan_id"], confirm=True)
        one = {"source": str(folder / "doc.png"), "public_id": "doc", "overwrite": True, "confirm": True}
        await w.error("upload_asset", **one)
        assert (await details(w, "doc", "raw"))["etag"] == before["etag"]
        assert (await details(w, "doc"))["width"] == 8


async def test_a_name_that_two_kinds_have_is_asked_for(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("doc")
        await raw(w, "doc")
        said = await w.error("upload_asset", source="https://example.com/doc", public_id="doc", overwrite=True)
        assert "resource_type" in said
        assert "nothing was uploaded" in said


async def test_an_asset_that_changed_since_the_plan_is_not_replaced(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        plan = await w.call("upload_asset", source=data_uri(png(30, 30)), public_id="a", overwrite=True)
        await w.cloud.upload_call("image", "tags", {"command": "add", "tag": "mine", "public_ids": ["a"]})
        said = await w.error("upload_asset", plan_id=plan["plan_id"], confirm=True)
        assert "was changed since the plan was made; nothing was uploaded" in said
        assert (await details(w, "a"))["width"] == 8


@pytest.mark.parametrize("name", ["prec/", " arch", "arch ", "/arch", "a//b", "a?b"])
async def test_an_archive_gets_no_name_that_the_cloud_would_change(tmp_path: Path, name: str) -> None:
    async with world(tmp_path) as w:
        await w.upload("v")
        for there in ("prec.zip", "arch.zip"):
            await raw(w, there)
        assert "name" in await w.error("create_archive", public_ids=["v"], name=name)
        assert await w.public_ids("raw") == {"prec.zip", "arch.zip"}
        assert "exists already" in await w.error("create_archive", public_ids=["v"], name="arch")


@both_eras
@pytest.mark.parametrize(
    ("tool", "arguments", "type"),
    [
        ("create_text_image", {"text": "hello", "public_id": "t"}, "text"),
        ("create_sprite", {"tag": "t"}, "sprite"),
        ("create_animation", {"tag": "t"}, "multi"),
        ("create_animation", {"tag": "t", "transformation": "w_5"}, "multi"),
    ],
)
async def test_what_is_made_anew_under_a_taken_name_is_asked_and_under_a_free_one_is_not(
    tmp_path: Path, era: str, tool: str, arguments: dict[str, Any], type: str
) -> None:
    person = Person("decline", "accept")
    async with world(tmp_path, era, settings={"confirm": "human"}, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["t"])
        await w.upload("b", tags=["t"])
        await w.call(tool, **arguments)
        assert not person.questions
        before = await w.cloud.admin("GET", ("resources", "image", type))
        assert "said no" in await w.text(tool, **arguments)
        assert await w.cloud.admin("GET", ("resources", "image", type)) == before
        await w.call(tool, **arguments)
        assert len(person.questions) == 2


# values, names, versions, folders, triggers


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


# who may do what


async def test_a_plan_of_somebody_else_is_none(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        plan = await w.call("delete_assets", prefix="a")
        state = SqliteState(tmp_path / "data")
        assert await state.plans.find(Principal("somebody else"), plan["plan_id"]) is None
        await state.aclose()


@both_eras
async def test_a_plan_outlives_the_server_that_made_it(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a")
        plan = await w.call("delete_assets", prefix="a")
    async with world(tmp_path, era) as w:
        assert (await w.call("delete_assets", plan_id=plan["plan_id"], confirm=True))["deleted"] == 1


async def test_the_servers_own_client_changes_nothing_that_nobody_agreed_to(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        unpermitted = w.cloud.permitted(None)
        with pytest.raises(NotPermitted, match="nothing was deleted"):
            await unpermitted.admin("DELETE", ("resources", "image", "upload"), json={"public_ids": ["a"]})
        with pytest.raises(NotPermitted, match="nothing was changed"):
            await unpermitted.upload_call("image", "tags", {"command": "add", "tag": "x", "public_ids": ["a"]})
        assert await w.public_ids() == {"a"}


@both_eras
async def test_without_a_journal_nothing_is_changed_and_reading_goes_on(tmp_path: Path, era: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "state.db").write_bytes(b"no database" * 500)
    async with world(tmp_path, era) as w:
        await w.upload("a", tags=["x"])
        for tool, arguments in (
            ("update_asset", {"public_id": "a", "add_tags": ["y"]}),
            ("upload_asset", {"source": data_uri(png())}),
            ("delete_assets", {"public_ids": ["a"], "confirm": True}),
        ):
            said = await w.error(tool, **arguments)
            assert "corrupt" in said
        assert (await details(w, "a"))["tags"] == ["x"]
        assert (await w.call("list_assets"))["count"] == 1
