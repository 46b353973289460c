"""Many cases in one test: none is passed over."""

import pytest

from tests.cases import each


def test_every_case_that_fails_is_told_with_what_it_was() -> None:
    seen: list[int] = []

    @each(range(5))
    def check(case: int) -> None:
        seen.append(case)
        assert case not in (1, 3)

    with pytest.raises(ExceptionGroup, match="2 of 5 cases") as caught:
        check()
    assert seen == [0, 1, 2, 3, 4]
    notes = [note for failure in caught.value.exceptions for note in failure.__notes__]
    assert [note for note in notes if note.startswith("in the case")] == ["in the case 1", "in the case 3"]


def test_no_cases_are_no_success() -> None:
    @each([])
    def check(case: int) -> None:
        raise AssertionError(case)

    with pytest.raises(AssertionError, match="no cases"):
        check()
