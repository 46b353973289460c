"""Filters mean an expression that finds exactly what they say; expressions are only refused where they must fail."""

import re
import time
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.search.parser import parse
from cloudinary_tools.client import BadRequest
from cloudinary_tools.search.expression import beginning, check, from_cloudinary, quoted
from cloudinary_tools.search.filters import compile_filters
from cloudinary_tools.toolkit.results import Problem
from tests.sandbox.search.library import START, Searched, asset, open_searched


@pytest.mark.parametrize(
    ("filters", "expression"),
    [
        ({}, ""),
        ({"tags": "cat"}, 'tags="cat"'),
        ({"tags": ["cat", "big cat"]}, 'tags="cat" AND tags="big cat"'),
        ({"any_tag": ["cat", "do*"]}, '(tags="cat" OR tags:do*)'),
        ({"tags": 'a "b" \\ c'}, r'tags="a \"b\" \\ c"'),
        ({"public_id": "a b/(c)*"}, r"public_id:a\ b/\(c\)*"),
        ({"resource_type": ["image", "raw"]}, '(resource_type="image" OR resource_type="raw")'),
        ({"bytes": ">1.5mb"}, "bytes>1500000"),
        ({"bytes": "10kb..1mb"}, "(bytes>=10000 AND bytes<=1000000)"),
        ({"bytes": "..500"}, "bytes<=500"),
        ({"width": "800.."}, "width>=800"),
        ({"width": 800}, "width=800"),
        ({"duration": 1.5}, "duration=1.5"),
        ({"created": "7d"}, "created_at>7d"),
        ({"created": "<2w"}, "created_at<2w"),
        ({"created": "4w..1w"}, "(created_at>=4w AND created_at<=1w)"),
        ({"created": "2024-01-15"}, '(created_at>="2024-01-15T00:00:00Z" AND created_at<="2024-01-15T23:59:59Z")'),
        ({"created": "2024-01-15.."}, 'created_at>="2024-01-15T00:00:00Z"'),
        ({"uploaded": ">2024-01-15"}, 'uploaded_at>"2024-01-15T23:59:59Z"'),
        ({"uploaded": "2024-01-15T10:00:00Z"}, 'uploaded_at="2024-01-15T10:00:00Z"'),
        ({"text": "red AND car"}, '"red" AND "AND" AND "car"'),
        ({"context": {"alt": "a car", "my key": "x*"}}, r'context.alt="a car" AND context.my\ key:x*'),
        ({"metadata": {"price": ">5", "colour": ["red", "blue"]}},
         'metadata.price>5 AND (metadata.colour="red" OR metadata.colour="blue")'),
        ({"moderation": ["pending", "aws_rek/rejected"]},
         '(moderation_status="pending" OR (moderation_kind="aws_rek" AND moderation_status="rejected"))'),
        ({"folder": ["/a/b/", "c"]}, '(asset_folder="a/b" OR asset_folder="c")'),
        ({"folder": "/a b/c/*"}, 'asset_folder:"a b/c/*"'),
        ({"format": "jpg", "exclude": {"tags": ["a", "b"]}}, 'format="jpg" AND NOT tags="a" AND NOT tags="b"'),
        ({"exclude": {"format": "jpg"}}, 'resource_type:(image OR video OR raw) AND NOT format="jpg"'),
        ({"exclude": {"text": "two words"}},
         'resource_type:(image OR video OR raw) AND NOT ("two" AND "words")'),
        ({"exclude": {}}, ""),
        ({"tags": None}, ""),
    ],
)  # fmt: skip
def test_filters_mean_an_expression(filters: dict[str, Any], expression: str) -> None:
    assert compile_filters(filters, "dynamic") == expression
    check(expression)
    parse(expression)


def test_a_folder_is_asked_for_by_its_mode() -> None:
    assert compile_filters({"folder": "a/b"}, "fixed") == 'folder="a/b"'
    assert compile_filters({"folder": "a/*"}, "fixed") == 'folder:"a/*"'


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"tag": "x"}, "no filter 'tag': did you mean 'tags'?"),
        ({"created_at": "7d"}, "did you mean 'created'?"),
        ({"resource_type": "images"}, "did you mean 'image'?"),
        ({"tags": []}, "text or a list of texts"),
        ({"tags": {"a": 1}}, "text or a list of texts"),
        ({"tags": ""}, "not empty"),
        ({"tags": "*"}, "no such condition"),
        ({"tags": "a*b"}, "may only end a value"),
        ({"bytes": "big"}, "a number"),
        ({"bytes": True}, "a number"),
        ({"created": "7 days"}, "an age such as"),
        ({"created": 7}, "an age such as"),
        ({"context": "alt"}, "an object"),
        ({"exclude": "x"}, "an object of filters"),
        ({"exclude": {"exclude": {}}}, "an object of filters"),
        ({"folder": "/"}, "root folder"),
        ({"folder": "a*"}, "a folder and all below it"),
        ({"folder": "/*"}, "a folder and all below it"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(filters: dict[str, Any], said: str) -> None:
    with pytest.raises(Problem) as refused:
        compile_filters(filters, "dynamic")
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("expression", "shown", "said"),
    [
        ("a AND (NOT b)", "a AND (NOT b)\n       ^", "or write -b"),
        ("a AND", "a AND\n  ^", "a condition is missing here"),
        ("a OR AND b", "a OR AND b\n     ^", "missing before AND"),
        ("()", "()\n^", "missing here"),
        ("a)", "a)\n ^", "closes nothing"),
        ("(a", "(a\n^", "not closed"),
        ('tags:"a', 'tags:"a\n     ^', "quote is not closed"),
        ("tags:a*b", "tags:a*b\n      ^", "may only end a value"),
        ("tags:*", "tags:*\n     ^", "'any value'"),
        ("tags:a?", "tags:a?\n      ^", "one character"),
        ("a && b", "a && b\n  ^", "AND, OR and NOT"),
        ("tags:a:b", "tags:a:b\n      ^", 'tags:"a:b"'),
        ("tags:", "tags:\n    ^", "a value is missing"),
        ("tags: AND b", "tags: AND b\n    ^", "a value is missing"),
        (":a", ":a\n^", "name of a field is missing"),
        ("bytes:[1 to 5]", "bytes:[1 to 5]\n         ^", "in capitals"),
        ("bytes:[1 TO 5}", "bytes:[1 TO 5}\n             ^", "ends with ]"),
        ("bytes:[1 TO", "bytes:[1 TO\n      ^", "not finished"),
        ("[1 TO 5]", "[1 TO 5]\n^", "needs its field"),
        ("bytes>[1 TO 5]", "bytes>[1 TO 5]\n      ^", "cannot follow >"),
        ("tags:(a AND b)", "tags:(a AND b)\n        ^", "joined by OR"),
        ("resource_type:im*", "resource_type:im*\n                ^", "no wildcard"),
        ("(" * 2000 + "a" + ")" * 2000, "(" * 109 + "…\n" + " " * 49 + "^", "too deeply"),
        ('"tags":a', '"tags":a\n^', "without quotes"),
    ],
)
def test_a_malformed_expression_is_pointed_at(expression: str, shown: str, said: str) -> None:
    with pytest.raises(Problem) as refused:
        check(expression)
    assert f"\n{shown}\n" in refused.value.message
    assert said in f"{refused.value.message} {refused.value.hint}"


def test_a_long_expression_is_shown_around_the_spot() -> None:
    with pytest.raises(Problem) as refused:
        check(" OR ".join(f"tags:number{number}" for number in range(300)) + " OR tags:?")
    message = refused.value.message
    spot, caret = message.splitlines()[1:3]
    assert len(message) < 300
    assert spot[caret.index("^")] == "?"


def test_the_named_fields_are_told() -> None:
    assert check('a AND -tags:b OR (context.my\\ key="x" width>5) AND tags=c') == ("tags", "context.my key", "width")


@pytest.mark.parametrize(
    ("message", "caret"),
    [
        ("Query Error (at position 3) 'tags ➥➥➥:*'", 4),
        ("Query Error (at position 2) 'something else'", 1),
        ("Query Error (at position 999)", 6),
    ],
)
def test_cloudinarys_error_is_shown_at_its_mark_or_position(message: str, caret: int) -> None:
    problem = from_cloudinary("tags:*", BadRequest(message, status=400))
    assert problem is not None
    assert problem.message.splitlines()[2] == " " * caret + "^"
    assert from_cloudinary("tags:*", BadRequest("Another error", status=400)) is None


pieces = st.sampled_from(
    ["a", "tags", "b*", '"a b"', '"c*"', r"d\:e", ":", "=", ">", "<=", "(", ")", "[", "]", "{", "}", " ", " ", " AND ",
     " OR ", " NOT ", " TO ", "-", "+", "*", "?", '"', "\\", "&", "1", "2024-01-01", "tags:a", "bytes:[1 TO 2]",
     "tags:(a OR b)", "NOT", "x:{a TO b}"]
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(pieces, max_size=9).map("".join))
@example("tags:a -tags:b")
@example("a +b")
@example("tags : a")
@example('a"b"')
@example("-(a)")
def test_what_the_grammar_allows_is_not_refused_and_the_other_way_round(expression: str) -> None:
    def refused(read: Any) -> bool:
        try:
            read(expression)
        except (Problem, ApiError):
            return True
        return False

    assert refused(check) == refused(parse)


awkward = st.text("b \"\\:()-'é", max_size=2)
plain_values = st.builds("{}{}{}".format, awkward, st.sampled_from("ab1é"), awkward).map(str.strip)
values = st.one_of(plain_values, st.sampled_from(["a*", "b*", "1*", "é*"]))


def matches(text: str, wanted: str, *, in_words: bool = True) -> bool:
    """A beginning is looked for in every word of a tag or a context value, in the whole of a public_id."""
    if not wanted.endswith("*"):
        return text == wanted
    words = re.findall(r"\w+", text) if in_words else [text]
    return any(word.startswith(wanted[:-1]) for word in words)


def holds(found: SandboxAsset, name: str, value: Any) -> bool:
    match name:
        case "tags":
            return all(any(matches(tag, wanted) for tag in found.tags) for wanted in value)
        case "any_tag":
            return any(matches(tag, wanted) for wanted in value for tag in found.tags)
        case "public_id":
            return matches(found.public_id, value, in_words=False)
        case "context":
            return all(key in found.context and matches(found.context[key], wanted) for key, wanted in value.items())
        case "folder":
            return found.asset_folder == value
        case "width":
            low, high = (int(end) for end in value.split(".."))
            return low <= (found.width or -1) <= high
        case "created":
            return found.created_at > time.time() - 86400 * int(value[:-1])
        case _:
            return getattr(found, name) in value


filter_sets = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(values, min_size=1, max_size=2),
        "any_tag": st.lists(values, min_size=1, max_size=2),
        "public_id": values,
        "context": st.dictionaries(st.sampled_from(["k", "my key"]), values, min_size=1),
        "folder": st.sampled_from(["x", "x/y"]),
        "width": st.sampled_from(["1..5", "5..9"]),
        "created": st.sampled_from(["1d", "30d"]),
        "resource_type": st.lists(st.sampled_from(["image", "video", "raw"]), min_size=1, max_size=2),
    },
)


@st.composite
def libraries(draw: st.DrawFn) -> list[SandboxAsset]:
    return [
        asset(
            number,
            public_id=draw(plain_values),
            resource_type=draw(st.sampled_from(["image", "video", "raw"])),
            type=f"type{number}",
            tags=draw(st.lists(plain_values, max_size=3, unique=True)),
            context=draw(st.dictionaries(st.sampled_from(["k", "my key"]), plain_values)),
            asset_folder=draw(st.sampled_from(["", "x", "x/y"])),
            width=draw(st.sampled_from([None, 1, 5, 9])),
            created_at=draw(st.sampled_from([START, int(time.time()) - 86400 * 20, int(time.time())])),
        )
        for number in range(draw(st.integers(1, 5)))
    ]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Generator[Searched]:
    with open_searched(tmp_path_factory.mktemp("searched")) as opened:
        yield opened


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(libraries(), filter_sets, filter_sets)
def test_what_filters_find_is_what_they_say(
    searched: Searched, library: list[SandboxAsset], wanted: dict[str, Any], unwanted: dict[str, Any]
) -> None:
    expression = compile_filters({**wanted, "exclude": unwanted}, "dynamic")
    check(expression)

    def excluded(found: SandboxAsset, name: str, value: Any) -> bool:
        items = value if isinstance(value, list) else [value]
        return any(holds(found, name, [item] if isinstance(value, list) else item) for item in items)

    expected = {
        found.public_id
        for found in library
        if all(holds(found, name, value) for name, value in wanted.items())
        and not any(excluded(found, name, value) for name, value in unwanted.items())
    }
    searched.fill(*library)
    assert {*searched.find(expression)} == expected


@given(st.text(min_size=1).filter(lambda text: "\x00" not in text))
@settings(max_examples=100)
def test_any_text_can_be_a_value(text: str) -> None:
    parsed: Any = parse(f"tags={quoted(text)}")
    assert (parsed.value.text, parsed.value.prefix) == (text, False)
    check(f"tags={quoted(text)}")
    if not text[0].isspace():
        begun: Any = parse(f"tags:{beginning(text)}")
        assert (begun.value.text, begun.value.prefix) == (text, True)
