"""The confirmation contract: nothing goes that was not planned, and nobody regrets a deletion."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from cloudinary_mcp.state.protocol import Principal
from cloudinary_mcp.state.sqlite import SqliteState
from cloudinary_tools.client import BytesSource
from tests.support import World, both_eras, png, world

Answerer = Callable[[Any, ElicitRequestParams], Awaitable[ElicitResult]]


class Person:
    """Somebody who is asked: remembers the questions, may do something meanwhile, then answers."""

    def __init__(self, answer: str = "accept", content: dict[str, Any] | None = None) -> None:
        self.questions: list[str] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self._answer, self._content = answer, {"confirm": True} if content is None else content

    async def __call__(self, _: Any, params: ElicitRequestParams) -> ElicitResult:
        self.questions.append(params.message)
        if self.meanwhile:
            await self.meanwhile()
        return ElicitResult(action=self._answer, content=self._content if self._answer == "accept" else None)  # pyright: ignore[reportArgumentType]


async def fill(w: World, *public_ids: str, **params: Any) -> None:
    for public_id in public_ids:
        await w.upload(public_id, **params)


@both_eras
async def test_without_confirm_a_client_that_cannot_ask_gets_a_plan_and_nothing_is_deleted(
    tmp_path: Path, era: str
) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "draft/a", "draft/b", "keep")
        plan = await w.call("delete_assets", prefix="draft/")
        assert plan["count"] == 2
        assert plan["plan_id"]
        assert plan["expires_at"].endswith("Z")
        assert sorted(plan["sample"]) == ["image/upload/draft/a", "image/upload/draft/b"]
        assert plan["plan"].endswith("nothing was deleted")
        assert await w.public_ids() == {"draft/a", "draft/b", "keep"}


@both_eras
async def test_a_plan_with_confirm_deletes_exactly_what_was_planned(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "draft/a", "draft/b", "keep")
        plan = await w.call("delete_assets", prefix="draft/")
        await fill(w, "draft/later")
        report = await w.call("delete_assets", confirm=True, plan_id=plan["plan_id"])
        assert report["deleted"] == 2
        assert sorted(report["deleted_public_ids"]) == ["draft/a", "draft/b"]
        assert await w.public_ids() == {"keep", "draft/later"}


@both_eras
async def test_a_plan_works_once(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "draft/a")
        plan = await w.call("delete_assets", prefix="draft/")
        await w.call("delete_assets", confirm=True, plan_id=plan["plan_id"])
        await fill(w, "draft/a")
        said = await w.error("delete_assets", confirm=True, plan_id=plan["plan_id"])
        assert "nothing was deleted" in said
        assert await w.public_ids() == {"draft/a"}


@both_eras
async def test_a_selector_with_confirm_but_no_plan_gets_a_plan(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "a", tags=["old"])
        plan = await w.call("delete_assets", tag="old", confirm=True)
        assert plan["plan_id"]
        assert "needs its plan_id" in plan["next"]
        assert await w.public_ids() == {"a"}


@both_eras
async def test_named_assets_go_with_confirm_alone(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "a", "b", "c")
        url = (await w.call("get_asset", public_id="b"))["url"]
        asset_id = (await w.call("get_asset", public_id="c"))["asset_id"]
        report = await w.call("delete_assets", public_ids=["a", url, "gone"], asset_ids=[asset_id], confirm=True)
        assert report["deleted"] == 3
        assert report["not_found"] == ["gone"]
        assert await w.public_ids() == set()


@both_eras
async def test_a_person_who_says_yes_is_asked_once_in_words(tmp_path: Path, era: str) -> None:
    person = Person()
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await fill(w, "draft/a", "draft/b")
        report = await w.call("delete_assets", prefix="draft/")
        assert report["deleted"] == 2
        (question,) = person.questions
        assert question.startswith('Delete 2 assets in the cloud "sandbox"?')
        assert "image/upload/draft/a" in question
        assert await w.public_ids() == set()


@both_eras
@pytest.mark.parametrize(
    "person", [Person("decline"), Person("cancel"), Person(content={"confirm": False}), Person(content={})]
)
async def test_anything_but_a_clear_yes_deletes_nothing(tmp_path: Path, era: str, person: Person) -> None:
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await fill(w, "a")
        said = await w.text("delete_assets", public_ids=["a"])
        assert said.endswith("nothing was deleted.")
        assert await w.public_ids() == {"a"}


@both_eras
async def test_while_the_person_is_asked_the_library_changes_and_only_planned_unchanged_assets_go(
    tmp_path: Path, era: str
) -> None:
    person = Person()
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await fill(w, "draft/stays-planned", "draft/replaced", "draft/removed", "draft/uploaded-again")

        async def meanwhile() -> None:
            await w.upload("draft/added")
            await w.cloud.upload_call("image", "destroy", {"public_id": "draft/removed"})
            await w.cloud.upload_call("image", "destroy", {"public_id": "draft/uploaded-again"})
            await w.upload("draft/uploaded-again", png(color="blue"))
            await w.upload("draft/replaced", png(color="green"), overwrite=True)

        person.meanwhile = meanwhile
        report = await w.call("delete_assets", prefix="draft/")
        assert report["deleted_public_ids"] == ["draft/stays-planned"]
        assert report["changed_since"] == ["image/upload/draft/replaced"]
        assert sorted(report["not_found"]) == ["image/upload/draft/removed", "image/upload/draft/uploaded-again"]
        assert await w.public_ids() == {"draft/added", "draft/replaced", "draft/uploaded-again"}


@both_eras
async def test_in_flag_mode_nobody_is_asked(tmp_path: Path, era: str) -> None:
    person = Person()
    async with world(tmp_path, era, settings={"confirm": "flag"}, client={"elicitation_callback": person}) as w:
        await fill(w, "a", "b")
        assert (await w.call("delete_assets", public_ids=["a"]))["plan_id"]
        assert (await w.call("delete_assets", public_ids=["a"], confirm=True))["deleted"] == 1
        assert not person.questions
        assert await w.public_ids() == {"b"}


@both_eras
async def test_in_human_mode_confirm_does_not_replace_the_person(tmp_path: Path, era: str) -> None:
    person = Person("decline")
    async with world(tmp_path, era, settings={"confirm": "human"}, client={"elicitation_callback": person}) as w:
        await fill(w, "a")
        await w.text("delete_assets", public_ids=["a"], confirm=True)
        assert len(person.questions) == 1
        assert await w.public_ids() == {"a"}


@both_eras
async def test_in_human_mode_a_client_that_cannot_ask_is_refused(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, settings={"confirm": "human"}) as w:
        await fill(w, "a")
        said = await w.error("delete_assets", public_ids=["a"], confirm=True)
        assert "nothing was deleted" in said
        assert "elicitation" in said
        assert await w.public_ids() == {"a"}


@both_eras
async def test_read_only_servers_do_not_have_the_tool(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, settings={"read_only": True}) as w:
        names = {tool.name for tool in (await w.client.list_tools()).tools}
        assert "delete_assets" not in names
        assert "list_assets" in names
        assert "There is no tool 'delete_assets'" in await w.error("delete_assets", public_ids=["a"])


@both_eras
@pytest.mark.parametrize("confirm", ["true", "yes", 1])
async def test_only_a_real_boolean_confirms(tmp_path: Path, era: str, confirm: Any) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "a")
        said = await w.error("delete_assets", public_ids=["a"], confirm=confirm)
        assert "confirm must be true or false" in said
        assert "all must be true or false" in await w.error("delete_assets", all=confirm)
        assert await w.public_ids() == {"a"}


@both_eras
async def test_a_plan_cannot_be_used_for_something_else(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "a", "b")
        plan = await w.call("delete_assets", prefix="a")
        said = await w.error("delete_assets", prefix="b", confirm=True, plan_id=plan["plan_id"])
        assert "was made for prefix='a'" in said
        assert "nothing was deleted" in said
        assert await w.public_ids() == {"a", "b"}


@both_eras
async def test_no_selector_two_selectors_or_an_empty_prefix_delete_nothing(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "a")
        assert "Say which assets" in await w.error("delete_assets", confirm=True)
        assert "one way" in await w.error("delete_assets", prefix="a", tag="t")
        assert "would select everything" in await w.error("delete_assets", prefix=" ")
        assert "nothing was deleted" in await w.error("delete_assets", prefix="zzz")
        assert await w.public_ids() == {"a"}


@both_eras
async def test_a_name_of_another_resource_type_is_pointed_out(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.cloud.upload(BytesSource(b"hello", "notes.txt"), {"public_id": "notes.txt"}, resource_type="raw")
        said = await w.error("delete_assets", public_ids=["notes.txt"], confirm=True)
        assert "nothing was deleted" in said
        assert "raw/upload/notes.txt" in said


@both_eras
async def test_a_name_as_plans_show_it_names_the_asset(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "p/1", "p/2")
        assert (await w.call("delete_assets", public_ids=["image/upload/p/1"], confirm=True))["deleted"] == 1
        assert await w.public_ids() == {"p/2"}


@both_eras
async def test_everything_of_a_type_goes_only_by_plan(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "a", "b")
        plan = await w.call("delete_assets", all=True, confirm=True)
        assert await w.public_ids() == {"a", "b"}
        assert (await w.call("delete_assets", confirm=True, plan_id=plan["plan_id"]))["deleted"] == 2
        assert await w.public_ids() == set()


@both_eras
async def test_an_answer_for_another_plan_is_not_accepted(tmp_path: Path, era: str) -> None:
    """A forged plan_id deletes nothing."""
    async with world(tmp_path, era) as w:
        await fill(w, "a")
        said = await w.error("delete_assets", confirm=True, plan_id="p00000000")
        assert "There is no plan" in said
        assert await w.public_ids() == {"a"}


@both_eras
async def test_a_plan_that_expires_while_the_person_thinks_deletes_nothing(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudinary_mcp.protocol.plan_register.LIFETIME", timedelta(0))
    async with world(tmp_path, era, client={"elicitation_callback": Person()}) as w:
        await fill(w, "a")
        said = await w.error("delete_assets", public_ids=["a"])
        assert "expired" in said
        assert "nothing was deleted" in said
        assert await w.public_ids() == {"a"}


@both_eras
async def test_a_plan_used_by_another_call_while_the_person_is_asked_is_not_used_again(
    tmp_path: Path, era: str
) -> None:
    person = Person()
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await fill(w, "draft/a", "draft/b")

        async def use_elsewhere() -> None:
            state = SqliteState(tmp_path / "data")
            with closing(sqlite3.connect(state.path)) as db:
                (plan_id,) = db.execute("SELECT id FROM plan WHERE state = 'asked'").fetchone()
            assert await state.plans.settle(Principal("local"), plan_id, "used", datetime.now(UTC))
            await state.aclose()

        person.meanwhile = use_elsewhere
        assert "is used up; nothing was deleted" in await w.error("delete_assets", prefix="draft/")
        assert await w.public_ids() == {"draft/a", "draft/b"}


async def test_a_plan_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudinary_mcp.protocol.plan_register.LIFETIME", timedelta(0))
    async with world(tmp_path) as w:
        await fill(w, "a")
        plan = await w.call("delete_assets", public_ids=["a"])
        said = await w.error("delete_assets", confirm=True, plan_id=plan["plan_id"])
        assert "expired" in said
        assert "nothing was deleted" in said
        assert await w.public_ids() == {"a"}


@both_eras
async def test_a_call_that_runs_out_of_admin_calls_says_what_is_left_and_goes_on(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudinary_tools.catalog.assets.delete_assets.IDS_PER_CALL", 2)
    async with world(tmp_path, era, settings={"call_admin_limit": 4}) as w:
        await fill(w, *(f"x/{n}" for n in range(5)))
        plan = await w.call("delete_assets", prefix="x/")
        report = await w.call("delete_assets", confirm=True, plan_id=plan["plan_id"])
        assert (report["deleted"], report["not_deleted"]) == (4, 1)
        assert len(await w.public_ids()) == 1
        report = await w.call("delete_assets", confirm=True, plan_id=report["plan_id"])
        assert report["deleted"] == 1
        assert await w.public_ids() == set()


@both_eras
@pytest.mark.parametrize("times", [1, 20], ids=["one answer is lost", "every answer is lost"])
async def test_when_an_answer_is_lost_the_report_still_agrees_with_the_cloud(
    tmp_path: Path, era: str, times: int
) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "x/1", "x/2", "x/3")
        plan = await w.call("delete_assets", prefix="x/")
        w.sandbox.faults.add({"method": "DELETE", "path": "*/resources", "status": 500, "after": True, "times": times})
        report = await w.call("delete_assets", confirm=True, plan_id=plan["plan_id"])
        assert report["deleted"] == 3
        assert "not_deleted" not in report
        assert await w.public_ids() == set()


@both_eras
async def test_when_the_cloud_refuses_midway_nothing_is_claimed_that_did_not_happen(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, "x/1", "x/2")
        plan = await w.call("delete_assets", prefix="x/")
        w.sandbox.faults.add({"method": "DELETE", "path": "*/resources", "status": 420, "reset": 900})
        report = await w.call("delete_assets", confirm=True, plan_id=plan["plan_id"])
        assert (report["deleted"], report["not_deleted"]) == (0, 2)
        assert "Rate Limit Exceeded" in report["stopped"]
        assert await w.public_ids() == {"x/1", "x/2"}
        assert (await w.call("delete_assets", confirm=True, plan_id=report["plan_id"]))["deleted"] == 2
