"""Filters: JsonLogic's operators over a notification."""

from typing import Any

import pytest

from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.notifications.jsonlogic import check, holds
from tests.cases import each

DATA = {
    "notification_type": "upload",
    "bytes": 2_000,
    "tags": ["a", "b"],
    "moderation": [{"kind": "manual", "status": "pending"}],
    "asset": {"width": 300, "height": 200.0},
    "empty": [],
    "nothing": None,
}


def var(path: str) -> dict[str, Any]:
    return {"var": path}


TRUE: list[Any] = [
    {"==": [var("notification_type"), "upload"]},
    {"==": [var("bytes"), "2000"]},
    {"!=": [var("nothing"), 0]},
    {"==": [var("nothing"), None]},
    {"===": [var("asset.height"), 200]},
    {"!==": [1, True]},
    {"!==": [1, "1"]},
    {"!": [var("empty")]},
    {"!": var("nothing")},
    {"!!": var("asset")},
    {"!!": ["0"]},
    {"<": [1, var("asset.width"), 301]},
    {"<=": [1, 1, 2]},
    {"!": {"<": [1, 1, 2]}},
    {">": ["b", "a"]},
    {">=": ["10", 9]},
    {"!": {">": ["x", 1]}},
    {"in": ["b", var("tags")]},
    {"in": ["load", var("notification_type")]},
    {"!": {"in": ["a", var("nothing")]}},
    {"or": [False, var("empty"), 1]},
    {"!": {"or": [False, 0]}},
    {"and": [True, {"==": [var("tags.1"), "b"]}]},
    {"!": {"and": [1, ""]}},
    {"if": [False, 0, var("nothing"), 0, "else"]},
    {"?:": [True, 1, 0]},
    {"==": [{"+": [1, "2", 3]}, 6]},
    {"==": [{"-": [var("asset.width"), var("asset.height")]}, 100]},
    {"==": [{"-": [3]}, -3]},
    {"==": [{"*": [2, 3, 4]}, 24]},
    {"==": [{"/": [3, 2]}, 1.5]},
    {"==": [{"%": [7, 4]}, 3]},
    {"==": [{"max": [1, 3, 2]}, 3]},
    {"==": [{"min": [1, 3, 2]}, 1]},
    {"!": {"/": [1, 0]}},
    {"!": {"+": ["x"]}},
    {"==": [{"cat": ["a", 1, 1.0, True, None]}, "a11true"]},
    {"==": [{"substr": ["jsonlogic", 4]}, "logic"]},
    {"==": [{"substr": ["jsonlogic", -5, 3]}, "log"]},
    {"==": [{"substr": ["jsonlogic", 1, -5]}, "son"]},
    {"==": [{"merge": [1, [2, 3]]}, [1, 2, 3]]},
    {"==": [{"var": ["absent", 7]}, 7]},
    {"==": [{"missing": ["bytes", "x", "asset.depth"]}, ["x", "asset.depth"]]},
    {"==": [{"missing": {"merge": ["x"]}}, ["x"]]},
    {"==": [{"missing_some": [1, ["bytes", "x"]]}, []]},
    {"==": [{"missing_some": [2, ["bytes", "x"]]}, ["x"]]},
    {"==": [{"map": [var("tags"), {"cat": [var(""), "!"]}]}, ["a!", "b!"]]},
    {"==": [{"filter": [[1, 2, 3], {">": [var(""), 1]}]}, [2, 3]]},
    {"==": [{"reduce": [[1, 2, 3], {"+": [var("current"), var("accumulator")]}, 10]}, 16]},
    {"all": [[1, 2], {">": [var(""), 0]}]},
    {"!": {"all": [[], True]}},
    {"none": [var("absent"), True]},
    {"some": [var("moderation"), {"==": [var("status"), "pending"]}]},
    True,
    "text",
]


@each(TRUE)
def test_a_rule_holds(rule: Any) -> None:
    check(rule)
    assert holds(rule, DATA)


@pytest.mark.parametrize(
    "rule", [{"-": []}, {"==": [1]}, {"substr": ["a", "x"]}, {"missing_some": [1, 2]}, {"if": []}, [], None, 0]
)
def test_what_makes_no_sense_does_not_hold(rule: Any) -> None:
    check(rule)
    assert not holds(rule, DATA)


def nested(depth: int) -> Any:
    rule: Any = True
    for _ in range(depth):
        rule = {"!": [rule]}
    return rule


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"log": 1}, "unknown jsonlogic operator: log"),
        ({"and": [{"odd": 1}]}, "unknown jsonlogic operator: odd"),
        ({"==": [1, 1], "!=": [1, 2]}, "exactly one key"),
        ({"!": [{}]}, "exactly one key"),
        ({"map": [[1]]}, "needs a list and a rule"),
        (nested(60), "levels deep"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_refused(rule: Any, text: str) -> None:
    with pytest.raises(ApiError, match=text):
        check(rule)
