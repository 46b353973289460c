"""The list of exceptions is exact in both directions."""

from pathlib import Path

import pytest

from tests.protocol.node import HERE
from tests.protocol.verdicts import Check, Listed, Verdict, deviations, summary, worst

A = Check("2025-11-25", "tools-list:a")
B = Check("2026-07-28", "tools-list:b")
PASS = Verdict("SUCCESS")
FAIL = Verdict("FAILURE", "no such tool")


def listed(*exceptions: str, hollow: tuple[str, ...] = ()) -> Listed:
    return Listed(frozenset(exceptions), frozenset(hollow))


def test_what_passes_and_what_fails_as_listed_is_no_deviation() -> None:
    assert deviations({A: PASS, B: FAIL}, listed(B.name)) == []


def test_a_failing_check_that_is_not_listed_is_named_with_what_was_said() -> None:
    assert deviations({A: PASS, B: FAIL}, listed()) == ["2026-07-28 tools-list:b: FAILURE no such tool"]


@pytest.mark.parametrize("status", ["WARNING", "SKIPPED"])
def test_a_warning_or_a_skipped_check_has_to_be_listed_too(status: str) -> None:
    assert deviations({A: Verdict(status)}, listed()) == [f"2025-11-25 tools-list:a: {status}"]
    assert deviations({A: Verdict(status)}, listed(A.name)) == []


def test_a_listed_check_that_passes_is_a_deviation_even_if_it_fails_in_the_other_revision() -> None:
    other = Check(B.revision, A.name)
    lines = deviations({A: PASS, other: FAIL}, listed(A.name))
    assert lines == ["2025-11-25 tools-list:a passes: take it off the list of exceptions"]


def test_a_listed_check_that_is_no_longer_made_is_a_deviation() -> None:
    lines = deviations({A: PASS}, listed("gone:x", hollow=("gone:y",)))
    assert lines == [f"gone:{name} is listed, but no such check was made" for name in "xy"]


def test_a_hollow_check_has_to_pass_and_is_not_counted_as_passed() -> None:
    rules = listed(hollow=(A.name,))
    assert deviations({A: FAIL, B: PASS}, rules) == ["2025-11-25 tools-list:a: FAILURE no such tool"]
    assert summary({A: PASS, B: PASS}, rules) == "1 checks passed, 0 listed as exceptions, 1 as proving nothing"


def test_of_a_check_made_several_times_the_worst_counts_and_information_is_no_verdict() -> None:
    made = [(A, Verdict("INFO")), (A, PASS), (A, FAIL), (A, PASS), (B, Verdict("INFO"))]
    assert worst(made) == {A: FAIL}


def test_the_checked_in_list_is_sound() -> None:
    rules = Listed.read(HERE / "conformance.toml")
    assert rules.exceptions
    assert not rules.exceptions & rules.hollow


def test_a_list_that_names_a_check_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(
        '[[exception]]\nwhy = "x"\nchecks = ["a:b"]\n[[hollow]]\nwhy = "y"\nchecks = ["a:b"]\n'
    )
    with pytest.raises(ValueError, match=r"listed twice: \['a:b'\]"):
        Listed.read(tmp_path / "list.toml")
