"""Many small cases in one test: pytest's own work for a test takes longer than what each of them checks."""

import functools
from collections.abc import Callable, Iterable
from typing import Any


def each(cases: Iterable[Any]) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    """Make a check of one case a test of all of them. Every case that fails is told, not only the first."""

    listed = tuple(cases)

    def decorate(check: Callable[[Any], None]) -> Callable[[], None]:
        @functools.wraps(check)
        def test() -> None:
            failures: list[Exception] = []
            for case in listed:
                try:
                    check(case)
                except Exception as failure:  # noqa: BLE001 - raised below, with the others
                    failure.add_note(f"in the case {case!r}")
                    failures.append(failure)
            assert listed, "there are no cases"
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(listed)} cases fail", failures)

        del test.__wrapped__  # pytest would take the case for a fixture
        return test

    return decorate
