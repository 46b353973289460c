"""What every `StateStore` promises: plans belong to one principal and work once, the journal tells what was done."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.protocol import OPEN_PLANS, ChangeSet, PlanItem, Principal, Settled, StateStore, StoredPlan
from cloudinary_mcp.state.sqlite import FILE, SqliteState
from cloudinary_tools.toolkit.journal import Change

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ANNA, BERT = Principal("anna"), Principal("bert")


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[StateStore]:
    state = SqliteState(folder)
    try:
        yield state
    finally:
        await state.aclose()


def plan(id: str = "p1", *keys: str, at: datetime = NOW) -> StoredPlan:
    return StoredPlan(
        id, "c", "delete_assets", "Delete", "2 named assets", "{}", "{}", "{}", "destroys", "abcd", at,
        at + timedelta(minutes=15), [PlanItem(key, f"image/upload/{key}", "{}") for key in keys or ("a", "b")],
    )  # fmt: skip


def change(key: str) -> Change:
    return Change(key, f"image/upload/{key}", "destroys", "delete", before={"tags": ["x"]})


async def test_a_plan_comes_back_as_it_was_kept_after_the_process_ended(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.plans.add(ANNA, plan())
    async with opened(tmp_path) as state:
        assert await state.plans.find(ANNA, "p1") == plan()


async def test_a_plan_is_found_and_used_only_by_the_principal_that_made_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.plans.add(ANNA, plan())
        assert await state.plans.find(BERT, "p1") is None
        assert not await state.plans.settle(BERT, "p1", "used", NOW)
        assert await state.plans.settle(ANNA, "p1", "used", NOW)


async def test_of_many_that_use_a_plan_at_the_same_time_one_gets_it(tmp_path: Path) -> None:
    won: list[bool] = []
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        await one.plans.add(ANNA, plan())

        async def use(state: StateStore) -> None:
            won.append(await state.plans.settle(ANNA, "p1", "used", NOW))

        async with anyio.create_task_group() as tasks:
            for state in (one, other) * 5:
                tasks.start_soon(use, state)
    assert sorted(won) == [False] * 9 + [True]


async def test_the_plans_of_one_principal_never_evict_those_of_another(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.plans.add(ANNA, plan("first"))
        for number in range(OPEN_PLANS + 1):
            await state.plans.add(BERT, plan(f"b{number}", at=NOW + timedelta(seconds=number)))
        assert await state.plans.find(ANNA, "first")
        assert await state.plans.find(BERT, "b0") is None
        assert await state.plans.find(BERT, "b1")


async def test_what_was_declined_is_known_by_any_of_its_things_for_its_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.plans.add(ANNA, plan("p1", "a", "b"))
        await state.plans.settle(ANNA, "p1", "declined", NOW)
        found = await state.plans.declined(ANNA, "c", ["z", "b"], NOW - timedelta(minutes=15))
        assert found
        assert (found.times, found.last, found.labels) == (1, NOW, ("image/upload/b",))
        assert await state.plans.declined(ANNA, "c", ["z"], NOW - timedelta(minutes=15)) is None
        assert await state.plans.declined(ANNA, "other", ["b"], NOW - timedelta(minutes=15)) is None
        assert await state.plans.declined(BERT, "c", ["b"], NOW - timedelta(minutes=15)) is None
        assert await state.plans.declined(ANNA, "c", ["b"], NOW + timedelta(seconds=1)) is None
        await state.plans.add(ANNA, plan("p2", "b"))
        await state.plans.settle(ANNA, "p2", "declined", NOW)
        again = await state.plans.declined(ANNA, "c", ["b"], NOW)
        assert again
        assert again.times == 2


async def test_a_large_plan_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        large = plan("p1", *(f"{number:032x}" for number in range(30_000)))
        await state.plans.add(ANNA, large)
        found = await state.plans.find(ANNA, "p1")
        assert found
        assert len(found.items) == 30_000
        assert await state.plans.declined(ANNA, "c", [item.key for item in large.items], NOW) is None


async def test_expired_plans_are_forgotten_in_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.plans.add(ANNA, plan("old"))
        await state.plans.prune(NOW + timedelta(minutes=15))
        assert await state.plans.find(ANNA, "old")
        await state.plans.add(ANNA, plan("new", at=NOW + timedelta(hours=2)))
        assert await state.plans.find(ANNA, "old") is None


async def test_an_intent_is_there_before_its_outcome_and_both_are_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as state, opened(tmp_path) as other:
        made = ChangeSet(NOW, "anna", "an app", "delete_assets", "c", "rule")
        number = await state.changes.begin(made, [change("a"), change("b"), change("c")])
        assert [one.state for one in await other.changes.changes(number)] == ["intended"] * 3
        await state.changes.settle(
            number, [Settled(0, "done", after={"tags": []}), Settled(1, "failed", "no")], "2 deleted"
        )
        first, second, third = await other.changes.changes(number)
        assert (first.state, first.change.before, first.change.after) == ("done", {"tags": ["x"]}, {"tags": []})
        assert (second.state, second.outcome, third.state) == ("failed", "no", "intended")
        assert await state.changes.extend(number, [change("d")]) == 3
        assert await other.changes.sets(ANNA) == [replace(made, id=number, summary="2 deleted")]


async def test_change_sets_are_listed_newest_first_by_person_thing_and_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        ids = [
            await state.changes.begin(
                ChangeSet(NOW + timedelta(minutes=number), principal, "", "delete_assets", "c", "rule"), [change(key)]
            )
            for number, (principal, key) in enumerate([("anna", "a"), ("anna", "b"), ("bert", "a")])
        ]
        assert [one.id for one in await state.changes.sets(ANNA)] == [ids[1], ids[0]]
        assert [one.id for one in await state.changes.sets(None, key="image/upload/a")] == [ids[2], ids[0]]
        assert [one.id for one in await state.changes.sets(None, since=NOW + timedelta(minutes=1))] == [ids[2], ids[1]]
        assert [one.id for one in await state.changes.sets(None, before=ids[2], limit=1)] == [ids[1]]
        assert await state.changes.sets(ANNA, tool="edit_assets") == []
        await state.changes.undone(ids[0], ids[1])
        await state.changes.undone(ids[0], ids[2])


async def test_the_journal_keeps_to_its_age_and_size_and_names_the_files_it_let_go(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        old = await state.changes.begin(ChangeSet(NOW, "anna", "", "t", "c", "rule"), [change("a")])
        await state.changes.settle(old, [Settled(0, "done", kept_file="kept/a.png")])
        later = NOW + timedelta(days=1)
        for _ in range(30):
            values = {"context": "x" * 50_000}
            await state.changes.begin(
                ChangeSet(later, "anna", "", "t", "c", "rule"), [replace(change("b"), before=values)]
            )
        assert await state.changes.prune(later, 10**9) == ["kept/a.png"]
        assert len(await state.changes.sets(ANNA, limit=100)) == 30
        assert await state.changes.prune(NOW, 800_000) == []
        assert 5 <= len(await state.changes.sets(ANNA, limit=100)) <= 16


async def test_half_characters_and_line_breaks_are_kept_as_text(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        odd = Change("\ud83d", "a\nb", "changes", "context", before={"alt": "\ud83d"})
        number = await state.changes.begin(ChangeSet(NOW, "anna", "\ud83d", "t", "c", "rule"), [odd])
        (found,) = await state.changes.changes(number)
        assert (found.change.key, found.change.label) == ("\ufffd", "a\nb")


async def test_all_processes_share_a_secret(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        assert await one.secrets.get("request", b"first", NOW) == b"first"
        assert await other.secrets.get("request", b"second", NOW) == b"first"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
async def test_only_the_user_may_read_the_state(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as state:
        await state.plans.add(ANNA, plan())
        assert (tmp_path / "data" / FILE).stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


async def test_a_state_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 500)
    async with opened(tmp_path) as state:
        with pytest.raises(StateError, match="corrupt"):
            await state.plans.add(ANNA, plan())
