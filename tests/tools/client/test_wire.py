"""Python values in the form Cloudinary reads them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cloudinary_tools.client import InvalidValue, wire


def test_context_and_metadata_escape_what_separates_them() -> None:
    assert wire.pairs({"alt": "a|b=c", "n": 3, "gone": None, "back": "x\\", "on": True, "day": date(2026, 1, 2)}) == (
        "alt=a\\|b\\=c|n=3|gone=|back=x\\\\|on=true|day=2026-01-02"
    )


def test_a_set_field_is_a_json_array() -> None:
    assert wire.pairs({"colors": ["red", "blau ü"]}) == 'colors=["red","blau ü"]'


def test_tags_are_a_comma_list_and_a_comma_inside_one_is_refused() -> None:
    assert wire.tags(["a", "b c"]) == "a,b c"
    assert wire.tags("a,b") == "a,b"
    with pytest.raises(InvalidValue, match="'a,b'"):
        wire.tags(["a,b"])


def test_coordinates_are_rectangles() -> None:
    assert wire.coordinates([[1, 2, 3, 4], (5, 6, 7, 8)]) == "1,2,3,4|5,6,7,8"
    assert wire.coordinates([1, 2, 3, 4]) == "1,2,3,4"
    with pytest.raises(InvalidValue, match="four numbers"):
        wire.coordinates([[1, 2]])


def test_access_control_is_compact_json_with_utc_times() -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert wire.form({"access_control": [{"access_type": "anonymous", "start": start}]}) == {
        "access_control": '[{"access_type":"anonymous","start":"2026-01-01T10:00:00Z"}]'
    }


def test_a_form_has_ones_and_zeros_and_nothing_empty() -> None:
    assert wire.form(
        {
            "overwrite": False,
            "backup": True,
            "none": None,
            "empty": "",
            "nothing": [],
            "auto_tagging": 0.6,
            "zero": 0,
            "eager": ["c_scale,w_1", "c_fit/jpg"],
            "transformation": ["a", "b"],
            "moderation": ["aws_rek", "manual"],
            "allowed_formats": ("jpg", "png"),
            "headers": {"X-Robots-Tag": "noindex", "Link": "x"},
            "regions": {"face": [[1, 2], [3, 4]]},
            "public_ids": ["a", "b"],
        }
    ) == {
        "overwrite": "0",
        "backup": "1",
        "auto_tagging": "0.6",
        "zero": "0",
        "eager": "c_scale,w_1|c_fit/jpg",
        "transformation": "a/b",
        "moderation": "aws_rek|manual",
        "allowed_formats": "jpg,png",
        "headers": "X-Robots-Tag: noindex\nLink: x",
        "regions": '{"face":[[1,2],[3,4]]}',
        "public_ids": ["a", "b"],
    }


@pytest.mark.parametrize("value", [object(), {"a": 1}, [object()]])
def test_a_value_without_a_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidValue):
        wire.form({"thing": value})


def test_a_query_has_brackets_for_lists_and_words_for_booleans() -> None:
    assert wire.query(
        {
            "public_ids": ["a", "b"],
            "tags": True,
            "context": False,
            "next_cursor": None,
            "fields": ["tags", "bytes"],
            "start_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        }
    ) == [
        ("public_ids[]", "a"),
        ("public_ids[]", "b"),
        ("tags", "true"),
        ("context", "false"),
        ("fields", "tags,bytes"),
        ("start_at", "2026-01-02T03:04:05Z"),
    ]


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}, b"bytes", {"regions": object()}])
def test_a_value_that_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidValue):
        wire.body({"x": value})
    with pytest.raises(InvalidValue):
        wire.compact_json(value)


def test_a_json_body_keeps_booleans_and_lists_but_serialises_what_the_upload_api_shares() -> None:
    assert wire.body(
        {
            "invalidate": True,
            "asset_ids": ("x",),
            "tags": ["a", "b"],
            "context": {"alt": "x"},
            "metadata": True,
            "next_cursor": None,
            "sort_by": [{"created_at": "desc"}],
            "asset_folder": "",
            "default_value": {"at": date(2026, 1, 2)},
        }
    ) == {
        "invalidate": True,
        "asset_ids": ["x"],
        "tags": "a,b",
        "context": "alt=x",
        "metadata": True,
        "sort_by": [{"created_at": "desc"}],
        "asset_folder": "",
        "default_value": {"at": "2026-01-02"},
    }


def test_the_text_of_a_transformation_is_escaped_once_less_in_a_form_than_in_a_url() -> None:
    text = "l_text:Arial_20:a%252Cb%20c"
    assert wire.form({"transformation": text, "eager": [text, "w_1"], "public_id": "a%2Cb"}) == {
        "transformation": "l_text:Arial_20:a%2Cb c",
        "eager": "l_text:Arial_20:a%2Cb c|w_1",
        "public_id": "a%2Cb",
    }
