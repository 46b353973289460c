"""The notations of parameters, the rules of names, the order of routes."""

from typing import Any

import pytest
from cloudinary import utils
from hypothesis import given
from hypothesis import strategies as st

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.clock import read_moment, stamp
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.naming import ancestors, base_name, checked_folder, checked_public_id, name_from_file
from cloudinary_sandbox.core.notation import (
    read_eager,
    read_headers,
    read_metadata,
    read_pairs,
    read_rectangles,
    read_regions,
    read_tags,
    read_transformation,
)
from cloudinary_sandbox.core.params import Params, fold
from cloudinary_sandbox.core.router import Endpoint, Router
from cloudinary_sandbox.service.composition import ENDPOINTS

KEYS = st.text(st.characters(blacklist_characters="\\|=", blacklist_categories=("Cs", "Z", "Cc")), min_size=1)
VALUES = st.text(st.characters(blacklist_characters="\\", blacklist_categories=("Cs",)))


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_context_comes_back_as_the_sdk_wrote_it(context: dict[str, str]) -> None:
    assert read_pairs("context", utils.encode_context(context) or "") == context


def test_pairs_are_read_with_their_escapes() -> None:
    assert read_pairs("context", r"a=1\=2|b=x\|y|c=\\") == {"a": "1=2", "b": "x|y", "c": "\\"}
    assert read_pairs("context", {"a": "1", "n": 2}) == {"a": "1", "n": "2"}
    assert read_metadata('colors=["red","blue"]|sku=[x') == {"colors": ["red", "blue"], "sku": "[x"}
    for wrong in ("no pair", "=value", ["list"]):
        with pytest.raises(ApiError):
            read_pairs("context", wrong)


def test_lists_rectangles_headers_and_eager_are_read() -> None:
    assert read_tags(["b, a", "a"]) == read_tags("b,a,a") == ["b", "a"]
    assert read_rectangles("x", "1,2,3,4|5,6,7,8") == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert read_rectangles("x", [1, 2, 3, 4]) == read_rectangles("x", [[1, 2, 3, 4]]) == [[1, 2, 3, 4]]
    assert read_regions({"name-1": [[1, 2], [3, 4]]}) == {"name-1": [[1, 2], [3, 4]]}
    for wrong in ({}, [], {"a b": [[1, 2], [3, 4]]}, {"a": [[1, 2]]}, {"a": [[1, 2], [3]]}, {"a": 1}):
        with pytest.raises(ApiError, match="regions"):
            read_regions(wrong)
    assert read_headers(["Link: a: b"]) == {"Link": "a: b"}
    assert read_eager("w_1|w_2/jpg|w_3/") == [("w_1", None), ("w_2", "jpg"), ("w_3", "")]
    assert read_transformation("w_1/e_sepia") == ("w_1/e_sepia", None)


def test_forms_and_queries_are_folded() -> None:
    pairs = [("a[]", "1"), ("a[]", "2"), ("b[0]", "x"), ("c[k]", "v"), ("c[l]", "w"), ("d", "1"), ("d", "2")]
    assert fold(pairs) == {"a": ["1", "2"], "b": ["x"], "c": {"k": "v", "l": "w"}, "d": "2"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("true", True), (True, True), ("0", False), (False, False), ("", True), (None, True)],
)
def test_booleans_have_many_spellings(value: Any, expected: bool) -> None:
    assert Params({"x": value}).flag("x", default=True) is expected


@pytest.mark.parametrize(
    "bad", ["", "/", "a//b", "a?b", "a&b", "a#b", "a\\b", "a%b", "a<b", "a>b", "a+b", "v12/a", "x" * 256]
)
def test_bad_public_ids_are_refused(bad: str) -> None:
    with pytest.raises(ApiError, match="invalid"):
        checked_public_id(bad)


def test_names_and_folders() -> None:
    assert checked_public_id(" /a/ü b.c-d/ ") == "a/ü b.c-d"
    assert checked_folder("/a/b/") == "a/b"
    assert ancestors("a/b/c") == ["a", "a/b", "a/b/c"]
    assert (base_name(r"C:\dir\x.png"), base_name("/tmp/x.png"), base_name("..")) == ("x.png", "x.png", "..")
    assert name_from_file("my photo (1)") == "my_photo_1_"
    for bad in ("a//b", "a/../b", "a?"):
        with pytest.raises(ApiError):
            checked_folder(bad)


def test_moments_are_read_in_every_form() -> None:
    for text in ("2024-06-25T10:21:27Z", "2024-06-25T12:21:27+02:00", "Tue, 25 Jun 2024 10:21:27 GMT", "1719310887"):
        assert stamp(read_moment("x", text)) == "2024-06-25T10:21:27Z"
    with pytest.raises(ApiError):
        read_moment("x", "yesterday")


async def nothing(call: ApiCall) -> dict[str, Any]:
    return {}


def test_the_more_specific_route_wins_whatever_the_order() -> None:
    paths = ["/r/{rt}/{type}/{public_id:path}", "/r/{rt}/tags/{tag:path}", "/r/{asset_id}", "/r/{rt}"]
    for ordered in (paths, paths[::-1]):
        router = Router(Endpoint("GET", path, nothing) for path in ordered)
        for path, expected in (
            ("/r/image/tags/a/b", {"rt": "image", "tag": "a/b"}),
            ("/r/image/upload/a/b", {"rt": "image", "type": "upload", "public_id": "a/b"}),
            ("/r/" + "0a" * 16, {"asset_id": "0a" * 16}),
            ("/r/raw", {"rt": "raw"}),
        ):
            found = router.find("GET", path)
            assert found
            assert found[1] == expected
        assert router.find("GET", "/r/other") is None
        assert router.find("POST", "/r/raw") is None


def test_no_two_routes_are_the_same() -> None:
    patterns = [(endpoint.method, endpoint.pattern.pattern) for endpoint in ENDPOINTS]
    assert len(set(patterns)) == len(patterns)
