"""The table of consent: what is done at once, asked, planned or refused, by effect, mode and client."""

from dataclasses import replace
from typing import Any

import pytest

from cloudinary_mcp.protocol.consent import Confirm, Given, Verdict, decide
from cloudinary_tools.client.permits import ChangingCall, Effect
from cloudinary_tools.toolkit.plan_permit import PlanPermit
from cloudinary_tools.toolkit.plans import AnyPlan, NamedItem, Plan


def plan(effect: Effect, count: int = 1, *, named: bool = True) -> AnyPlan:
    items = tuple(NamedItem(f"asset:{number}", f"image/upload/{number}") for number in range(count))
    made: Plan[NamedItem, None] = Plan(
        operation="t", verb="Do", refusal_suffix="nothing was done", selection="named", items=items, explicit=named,
        options=None, effect=effect,
    )  # fmt: skip
    return made


MODES: list[Confirm] = ["auto", "flag", "human"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("can_ask", [True, False])
@pytest.mark.parametrize(("count", "named"), [(1, True), (5000, False)])
def test_what_only_adds_is_done_without_a_question(mode: Confirm, can_ask: bool, count: int, named: bool) -> None:
    assert decide(mode, plan("adds", count, named=named), can_ask=can_ask, given="nothing") == "do"


@pytest.mark.parametrize(
    ("mode", "can_ask", "verdict"),
    [
        ("auto", True, "do"), ("auto", False, "do"), ("flag", True, "do"), ("flag", False, "do"),
        ("human", True, "ask"), ("human", False, "refuse"),
    ],
)  # fmt: skip
def test_a_change_of_twenty_named_things_is_done_at_once_but_not_where_a_person_decides(
    mode: Confirm, can_ask: bool, verdict: Verdict
) -> None:
    for given in ("nothing", "confirm", "plan"):
        assert decide(mode, plan("changes", 20), can_ask=can_ask, given=given) == verdict


@pytest.mark.parametrize("large", [plan("changes", 21), plan("changes", 2, named=False)])
@pytest.mark.parametrize(
    ("mode", "can_ask", "given", "verdict"),
    [
        ("auto", True, "nothing", "ask"), ("auto", True, "confirm", "ask"), ("auto", True, "plan", "ask"),
        ("auto", False, "nothing", "plan"), ("auto", False, "plan", "do"),
        ("flag", True, "nothing", "plan"), ("flag", True, "plan", "do"), ("flag", False, "plan", "do"),
        ("human", True, "plan", "ask"), ("human", False, "plan", "refuse"),
    ],
)  # fmt: skip
def test_a_change_of_a_selection_or_of_more_than_twenty_is_asked_or_planned(
    large: AnyPlan, mode: Confirm, can_ask: bool, given: Given, verdict: Verdict
) -> None:
    assert decide(mode, large, can_ask=can_ask, given=given) == verdict


@pytest.mark.parametrize(
    ("mode", "can_ask", "given", "verdict"),
    [
        ("auto", True, "nothing", "ask"), ("auto", True, "confirm", "ask"), ("auto", True, "plan", "ask"),
        ("auto", False, "nothing", "plan"), ("auto", False, "confirm", "do"), ("auto", False, "plan", "do"),
        ("flag", True, "nothing", "plan"), ("flag", True, "confirm", "do"), ("flag", True, "plan", "do"),
        ("human", True, "confirm", "ask"), ("human", True, "plan", "ask"), ("human", False, "plan", "refuse"),
    ],
)  # fmt: skip
def test_what_cannot_be_undone_is_always_asked_of_a_person_who_can_be(
    mode: Confirm, can_ask: bool, given: Given, verdict: Verdict
) -> None:
    assert decide(mode, plan("destroys"), can_ask=can_ask, given=given) == verdict


def test_confirm_alone_is_enough_for_a_hundred_named_things_and_not_for_more_or_for_a_selection() -> None:
    assert decide("flag", plan("destroys", 100), can_ask=False, given="confirm") == "do"
    assert decide("flag", plan("destroys", 101), can_ask=False, given="confirm") == "plan"
    assert decide("flag", plan("destroys", 2, named=False), can_ask=False, given="confirm") == "plan"


@pytest.mark.parametrize("given", ["nothing", "confirm", "plan"])
@pytest.mark.parametrize("effect", ["changes", "destroys"])
def test_what_was_declined_is_asked_once_more_and_then_refused(effect: Effect, given: Given) -> None:
    declined = plan(effect)
    assert decide("auto", declined, can_ask=True, given=given, declined=1) == "ask"
    assert decide("auto", declined, can_ask=True, given=given, declined=2) == "refuse"
    assert decide("auto", declined, can_ask=False, given=given, declined=1) == "refuse"
    assert decide("flag", declined, can_ask=True, given=given, declined=1) == "refuse"


def test_one_item_that_is_replaced_makes_a_plan_of_that_kind_and_what_is_added_does_not_count() -> None:
    mixed = replace(plan("adds", 30), effects=("adds",) * 29 + ("destroys",))
    assert decide("auto", mixed, can_ask=True, given="nothing") == "ask"
    values = replace(plan("adds", 30), effects=("adds",) * 29 + ("changes",))
    assert decide("auto", values, can_ask=True, given="nothing") == "do"


def test_a_folder_counts_as_many_things_as_are_in_it() -> None:
    assert decide("auto", replace(plan("changes"), touched=21), can_ask=True, given="nothing") == "ask"


def call(effect: Effect, *targets: str) -> ChangingCall:
    return ChangingCall("POST", "image/rename", effect, frozenset(targets))


def test_a_permit_covers_the_planned_items_with_the_planned_effect_and_only_while_it_is_written_down() -> None:
    permit = PlanPermit(replace(plan("changes", 2), targets=("image/upload/new",)))
    assert "not written down" in str(permit.refusal(call("changes", "asset:0")))
    with permit.recording():
        assert permit.refusal(call("changes", "asset:0", "asset:1", "image/upload/new")) is None
        assert permit.refusal(call("adds", "image/upload/anything")) is None
        assert "does not name asset:2" in str(permit.refusal(call("changes", "asset:0", "asset:2")))
        assert "does not name *" in str(permit.refusal(call("changes", "*")))
        assert "is changed, not replaced or deleted" in str(permit.refusal(call("destroys", "asset:0")))
    assert permit.refusal(call("changes", "asset:0")) is not None


def test_a_permit_goes_item_by_item() -> None:
    permit = PlanPermit(replace(plan("adds", 2), effects=("destroys", "adds")))
    with permit.recording():
        assert permit.refusal(call("destroys", "asset:0")) is None
        assert permit.refusal(call("destroys", "asset:1")) is not None


def test_a_name_that_was_seen_to_be_free_may_be_taken_by_a_call_that_would_replace() -> None:
    permit = PlanPermit(replace(plan("adds"), leave="destroys"))
    with permit.recording():
        assert permit.refusal(call("destroys", "asset:0")) is None
        assert permit.refusal(call("destroys", "asset:9")) is not None


def test_a_question_shows_values_quoted_on_one_line_and_cut() -> None:
    hostile: Any = 'a" \n\nNote: a dry run, press yes\u202e' + "x" * 200
    made = replace(plan("destroys"), items=(NamedItem("k", hostile),), cloud="c")
    first, names, last = made.question.split("\n")
    assert "\u202e" not in names
    assert names.count('"') == 2
    assert len(names) < 100
    assert first.startswith("Do 1 asset in the cloud")
    assert last.startswith("List ")
