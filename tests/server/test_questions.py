"""What a question and the answer after it say: our own words, quoted values, and what is not looked at."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.library import raw_asset
from tests.server.people import Person
from tests.support import both_eras, world

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
        await raw_asset(w, "d.txt")
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
