"""Who agrees: what a no means, whose a plan is, and what happens without a permit or a journal."""

from pathlib import Path
from typing import Any

import pytest

from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.protocol import Principal
from cloudinary_mcp.state.sqlite import SqliteState
from cloudinary_tools.client import NotPermitted
from tests.server.library import details
from tests.server.people import Person
from tests.support import both_eras, data_uri, png, world


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
