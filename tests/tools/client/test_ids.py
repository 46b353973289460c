"""Ids and folders: what Cloudinary would refuse is refused before, nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudinary_tools.client import (
    InvalidValue,
    PublicIdError,
    check_existing,
    check_folder,
    check_public_id,
    encode_path,
    literal,
    suggest_public_id,
)


def test_a_path_is_encoded_as_the_official_sdk_does() -> None:
    assert encode_path("a b+c%20d-e??f(g)h") == "a%20b%2Bc%20d-e%3F%3Ff%28g%29h"
    assert encode_path(("resources", "image", "upload", "ordner/küche~1")) == (
        "resources/image/upload/ordner/k%C3%BCche%7E1"
    )


def test_a_real_per_cent_sign_survives_as_a_literal() -> None:
    assert encode_path(("resources", "image", "tags", literal("50%20"))) == "resources/image/tags/50%2520"


def test_the_id_of_a_fetched_asset_is_a_url() -> None:
    assert encode_path(("image", "fetch", "https://h/a?b=1")) == "image/fetch/https://h/a%3Fb%3D1"


@pytest.mark.parametrize("path", ["..", "a/../b", "./a", "%2e%2e/a", "a/%2E", "", "/a", "a/", "a//b", "%2fa"])
def test_a_segment_that_would_address_something_else_is_refused(path: str) -> None:
    with pytest.raises(PublicIdError):
        encode_path(("resources", "image", "upload", path))


def test_text_that_is_no_unicode_is_refused_in_a_path() -> None:
    with pytest.raises(InvalidValue):
        encode_path("a\ud800")


@pytest.mark.parametrize(
    "value",
    ["a", "a.b", "a b", "ü/日本", "v1/x", "_x", "c_scale/x", "C:x", "a=b,c|d;e@f!*'()", "...", "a" * 255, "doc.zip"],
)
def test_whatever_cloudinary_takes_is_taken(value: str) -> None:
    assert check_public_id(value) == value


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("a?b", "a_b"),
        ("a&b", "a_b"),
        ("a#b", "a_b"),
        ("a\\b", "a_b"),
        ("a<b>", "a_b_"),
        ("a+b", "a_b"),
        ("a%20b", "a b"),
        ("100%", "100_"),
        (" a ", "a"),
        ("/a/", "a"),
        ("a//b", "a/b"),
        ("a/./b", "a/b"),
        ("../a", "a"),
        ("a" * 256, "a" * 255),
        ("", None),
        ("..", None),
    ],
)
def test_a_bad_public_id_is_refused_with_a_cleaned_one(value: str, suggestion: str | None) -> None:
    with pytest.raises(PublicIdError) as caught:
        check_public_id(value)
    assert caught.value.suggestion == suggestion
    assert caught.value.value == value
    assert not caught.value.retryable
    if suggestion:
        assert repr(suggestion) in caught.value.hint


@given(st.text(max_size=300))
def test_a_suggestion_is_always_valid(value: str) -> None:
    suggestion = suggest_public_id(value)
    if suggestion is not None:
        check_public_id(suggestion)


@pytest.mark.parametrize("value", ["/a", "a/", "a//b", "a/../b", ".", ""])
def test_a_bad_folder_is_refused(value: str) -> None:
    with pytest.raises(PublicIdError):
        check_folder(value)


def test_the_root_is_a_folder_where_it_is_allowed() -> None:
    assert check_folder("", root=True) == ""
    assert check_folder("a b/c") == "a b/c"


def test_an_existing_id_is_only_kept_from_climbing() -> None:
    assert check_existing("https://h/a?b=1&c=2") == "https://h/a?b=1&c=2"
    with pytest.raises(PublicIdError):
        check_existing("a/../b")
