"""Replies against their declared types: what fits, what is mended, and how the rest is told."""

import json
from typing import Any, Required, TypedDict

import httpx
import pytest
import respx

from cloudinary_tools.client import BytesSource, NotFound, NotJson, NotUnderstood
from cloudinary_tools.client.decoding import MAX_SHOWN, Misfit, decode
from cloudinary_tools.client.reply_types.assets import AssetListReply, flat_context
from cloudinary_tools.client.reply_types.changes import DoneReply, RestoreReply
from tests.tools.client.support import API, SECRET, make_cloud


class Row(TypedDict, total=False):
    """One row."""

    id: Required[str]
    count: int | None
    share: float
    groups: dict[str, list[int]]
    context: dict[str, str | dict[str, str]] | None


class Page(TypedDict, total=False):
    """Some rows."""

    rows: Required[list[Row]]
    next_cursor: str | None


def page(row: str) -> bytes:
    return b'{"rows": [{"id": "first"}, {"id": "a", %s}]}' % row.encode()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{}", "rows is missing"),
        (b"[]", "the reply is [], where an object belongs"),
        (b"null", "the reply is null, where an object belongs"),
        (b'{"rows": {}}', "rows is {}, where a list belongs"),
        (b'{"rows": null}', "rows is null, where a list belongs"),
        (b'{"rows": [{"id": "a"}, {}]}', "rows[1].id is missing"),
        (b'{"rows": [{"id": null}]}', "rows[0].id is null, where text belongs"),
        (b'{"rows": [], "next_cursor": 5}', "next_cursor is 5, where text belongs"),
        (page('"count": 1.5'), "rows[1].count is 1.5, where a whole number belongs"),
        (page('"count": "many"'), 'rows[1].count is "many", where a whole number belongs'),
        (page('"count": true'), "rows[1].count is true, where a whole number belongs"),
        (page('"groups": {"x": [1], "y": [1, []]}'), "rows[1].groups.y[1] is [], where a whole number belongs"),
        (page('"context": {"custom": 7}'), "rows[1].context.custom is 7, where text or an object belongs"),
        (page('"share": NaN'), "the reply holds NaN, which is no number"),
        (page('"share": -Infinity'), "the reply holds -Infinity, which is no number"),
        (page('"share": 1e999'), "rows[1].share is Infinity, which does not fit: Number out of range"),
        (page('"unknown": NaN'), "the reply holds NaN, which is no number"),
        (page('"unknown": ' + "[" * 100_000), "the reply is nested too deeply"),
        (page('"count": "\\u202e\\n"'), 'rows[1].count is "\\u202e\\n", where a whole number belongs'),
    ],
)
def test_what_does_not_fit_is_told_by_its_path_and_what_is_there(body: bytes, told: str) -> None:
    with pytest.raises(Misfit) as caught:
        decode(body, Page)
    assert str(caught.value) == told


def test_what_is_found_is_cut() -> None:
    body = json.dumps({"rows": [{"id": "a", "groups": {"k" * 500: "v" * 500}}]}).encode()
    with pytest.raises(Misfit) as caught:
        decode(body, Page)
    assert len(caught.value.path) == MAX_SHOWN
    assert 'is "vvv' in caught.value.found
    assert len(caught.value.found) < MAX_SHOWN + 40


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ('"count": "5", "share": "1.5"', {"count": 5, "share": 1.5}),
        ('"count": 5.0, "share": 1', {"count": 5, "share": 1.0}),
        ('"count": null, "context": null', {"count": None, "context": None}),
        ('"context": {"custom": {"alt": "null"}}', {"context": {"custom": {"alt": "null"}}}),
        ('"unknown": {"a": [1, null]}', {}),
    ],
)
def test_numbers_as_text_nulls_and_unknown_fields_fit(row: str, read: dict[str, Any]) -> None:
    assert decode(page(row), Page)["rows"][1] == {"id": "a", **read}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"\ud83d", "\ufffd"),
        (r"\uDE00", "\ufffd"),
        (r"\ud83d\ud83d\ude00\ude00", "\ufffd\U0001f600\ufffd"),
        (r"\\ud83d \ud83d", "\\ud83d \ufffd"),
        (r"\ud83d\n", "\ufffd\n"),
    ],
)
def test_half_a_character_is_replaced_and_a_whole_one_kept(text: str, read: str) -> None:
    assert decode(b'{"rows": [{"id": "%s"}]}' % text.encode(), Page) == {"rows": [{"id": read}]}


@pytest.mark.parametrize("body", [b"", b'{"rows": [', b'{"rows": []} x', b'{"rows": ["\xff"]}', b"{'rows': []}"])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body, Page)


@pytest.mark.parametrize(
    ("context", "flat"),
    [
        (None, {}),
        ({"custom": {"alt": "x"}}, {"alt": "x"}),
        ({"alt": "x"}, {"alt": "x"}),
        ({"custom": "x", "alt": "y"}, {"custom": "x", "alt": "y"}),
    ],
)
def test_context_is_flat_in_whichever_form_it_came(context: Any, flat: dict[str, str]) -> None:
    assert flat_context(context) == flat


async def test_a_list_without_its_list_is_an_error_of_cloudinarys(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/resources/image").respond(json={}, headers={"X-Request-Id": "r1"})
    async with make_cloud() as cloud:
        with pytest.raises(NotUnderstood) as caught:
            await cloud.admin("GET", "resources/image", reply=AssetListReply)
    error = caught.value
    assert str(error) == "Cloudinary answered what this server does not understand: resources is missing"
    assert (error.field, error.found, error.status, error.request_id) == ("resources", "is missing", 200, "r1")
    assert (error.retryable, error.outcome_unknown) == (False, False)
    assert "not in the arguments" in error.hint


async def test_a_change_whose_reply_does_not_fit_may_have_been_made(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(f"{API}/image/upload").respond(json={"public_id": "x", "resource_type": "image"})
    async with make_cloud() as cloud:
        with pytest.raises(NotUnderstood, match="asset_id is missing") as caught:
            await cloud.upload(BytesSource(b"abc"), resource_type="image")
    assert route.call_count == 1
    assert caught.value.outcome_unknown
    assert "look first" in caught.value.hint


async def test_an_upload_that_goes_on_in_the_background_has_no_asset_id_yet(respx_mock: respx.MockRouter) -> None:
    pending = {"status": "pending", "resource_type": "image", "type": "upload", "public_id": "x", "batch_id": "9b"}
    respx_mock.post(f"{API}/image/upload").respond(json=pending)
    async with make_cloud() as cloud:
        assert await cloud.upload(BytesSource(b"abc"), {"async": True}, resource_type="image") == pending


async def test_no_secret_shows_in_what_was_found(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/resources/image").respond(json={"resources": f"secret {SECRET} of it"})
    async with make_cloud() as cloud:
        with pytest.raises(NotUnderstood, match=r"secret \*\*\* of it"):
            await cloud.admin("GET", "resources/image", reply=AssetListReply)


async def test_an_answer_without_a_body_fits_where_nothing_is_needed(respx_mock: respx.MockRouter) -> None:
    respx_mock.delete(f"{API}/triggers/1").respond(204)
    respx_mock.get(f"{API}/resources/image").respond(204)
    async with make_cloud() as cloud:
        assert await cloud.admin("DELETE", "triggers/1", reply=DoneReply) == {}
        with pytest.raises(NotUnderstood, match="resources is missing"):
            await cloud.admin("GET", "resources/image", reply=AssetListReply)


async def test_an_error_counts_before_the_declared_type(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/resources/image").respond(json={"error": {"message": "Resource not found - x"}})
    respx_mock.post(f"{API}/resources/restore").respond(json={"a": {"error": "no_backup"}, "error": {"public_id": "e"}})
    async with make_cloud() as cloud:
        with pytest.raises(NotFound):
            await cloud.admin("GET", "resources/image", reply=AssetListReply)
        restored = await cloud.admin("POST", "resources/restore", reply=RestoreReply, json={"asset_ids": ["a", "e"]})
    assert restored == {"a": {"error": "no_backup"}, "error": {}}


async def test_half_a_reply_is_still_cut_json(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/resources/image").mock(httpx.Response(200, text='{"resources": [{"public_id": "a'))
    async with make_cloud(retries=0) as cloud:
        with pytest.raises(NotJson, match="cut JSON"):
            await cloud.admin("GET", "resources/image", reply=AssetListReply)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"rows": [' + b"{}," * 1_000_000 + b"{}]}", "rows[0] does not fit"),
        (b'{"rows": [' + b'{"id": "a"},' * 300_000 + b'{"id": 5}]}', "rows[300000].id does not fit"),
    ],
)
def test_a_large_reply_that_does_not_fit_is_not_read_again(body: bytes, told: str) -> None:
    with pytest.raises(Misfit) as caught:
        decode(body, Page)
    assert told in str(caught.value).replace("[...]", "[0]")


def test_a_large_reply_that_is_no_json_is_not_read_again() -> None:
    with pytest.raises(ValueError, match="no JSON"):
        decode(b'{"rows": [' + b'{"id": "a"},' * 300_000, Page)
