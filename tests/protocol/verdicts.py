"""What each check said, set against the checked-in list of what does not apply: the two have to agree exactly."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

SEVERITY = ("INFO", "SUCCESS", "SKIPPED", "WARNING", "FAILURE")
"""Mildest first; INFO is no verdict."""
PASSED = "SUCCESS"


class Check(NamedTuple):
    """One check of a scenario, in one revision of the protocol."""

    revision: str
    name: str
    """`scenario:check`"""


class Verdict(NamedTuple):
    """How a check ended, and what was said of it."""

    status: str
    message: str = ""


@dataclass(frozen=True)
class Listed:
    """The checks that must not pass, and those whose passing proves nothing; each in every revision that makes it."""

    exceptions: frozenset[str]
    hollow: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> "Listed":
        """Read the list; `ValueError` when a check stands in it twice or without a reason."""
        groups: dict[str, list[dict[str, Any]]] = tomllib.loads(path.read_text())
        both = [*groups["exception"], *groups["hollow"]]
        names = [name for group in both for name in group["checks"]]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not all(group["why"] for group in both):
            raise ValueError(f"{path.name}: listed twice: {twice}" if twice else f"{path.name}: a reason is missing")
        return cls(_names(groups["exception"]), _names(groups["hollow"]))


def _names(groups: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(name for group in groups for name in group["checks"])


def worst(verdicts: Iterable[tuple[Check, Verdict]]) -> dict[Check, Verdict]:
    """One verdict for each check: of one that was made several times the worst."""
    found: dict[Check, Verdict] = {}
    for check, verdict in verdicts:
        before = found.get(check)
        if before is None or SEVERITY.index(verdict.status) > SEVERITY.index(before.status):
            found[check] = verdict
    return {check: verdict for check, verdict in found.items() if verdict.status != SEVERITY[0]}


def deviations(found: Mapping[Check, Verdict], listed: Listed) -> list[str]:
    """One line for each check that is not as the list has it, in whichever direction."""
    lines: list[str] = []
    for check, verdict in found.items():
        if check.name in listed.exceptions and verdict.status == PASSED:
            lines.append(f"{check.revision} {check.name} passes: take it off the list of exceptions")
        elif check.name not in listed.exceptions and verdict.status != PASSED:
            lines.append(f"{check.revision} {check.name}: {verdict.status} {verdict.message}".rstrip())
    unknown = sorted((listed.exceptions | listed.hollow) - {check.name for check in found})
    return lines + [f"{name} is listed, but no such check was made" for name in unknown]


def summary(found: Mapping[Check, Verdict], listed: Listed) -> str:
    """How many checks passed and how many are listed."""
    passed = [check for check, verdict in found.items() if verdict.status == PASSED]
    hollow = sum(check.name in listed.hollow for check in passed)
    exceptions = sum(check.name in listed.exceptions for check in found)
    return f"{len(passed) - hollow} checks passed, {exceptions} listed as exceptions, {hollow} as proving nothing"
