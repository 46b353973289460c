"""Realistic failures become the right error: clean, with a hint, and without a secret."""

import base64
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from cloudinary_tools.client import (
    AddOnUnavailable,
    AlreadyExists,
    BadRequest,
    ClockError,
    CloudError,
    Forbidden,
    NotFound,
    NotJson,
    NotUnderstood,
    RateLimited,
    StillProcessing,
    TooLarge,
    Unauthorized,
    UpstreamError,
)
from tests.tools.client.support import API, KEY, NOW, SECRET, TOKEN, make_cloud

NOW_IS = datetime.fromtimestamp(NOW, UTC)


async def failure(answer: httpx.Response, *, method: str = "GET", options: str = "") -> CloudError:
    with respx.mock:
        respx.route(method=method, url=f"{API}/thing").mock(answer)
        async with make_cloud(options, retries=0) as cloud:
            with pytest.raises(CloudError) as caught:
                await cloud.admin(method, "thing")
    return caught.value


def said(text: str, status: int, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"error": {"message": text}}, headers={"X-Request-Id": "req-1", **names})


@pytest.mark.parametrize(
    ("status", "text", "kind", "retryable"),
    [
        (400, "Query Error (at position 1) ' ➥➥➥*'", BadRequest, False),
        (400, "external id sku already exists", AlreadyExists, False),
        (400, "File size too large. Got 22233197. Maximum is 10485760.", TooLarge, False),
        (401, "api_secret mismatch", Unauthorized, False),
        (403, "This action is not permitted for this role", Forbidden, False),
        (404, "Resource not found - samples/x", NotFound, False),
        (409, "Transformation already exists", AlreadyExists, False),
        (413, "Too large", TooLarge, False),
        (418, "A teapot", BadRequest, False),
        (420, "You don't have an active subscription for Rekognition AI Moderation", AddOnUnavailable, False),
        (420, "Rate Limit Exceeded. Limit of 500 api operations reached.", RateLimited, True),
        (423, "Processing", StillProcessing, True),
        (429, "Too many requests", RateLimited, True),
        (500, "General Error", UpstreamError, True),
        (501, "The sandbox does not support POST /x", UpstreamError, False),
        (503, "Service unavailable", UpstreamError, True),
    ],
)
async def test_each_status_has_its_class(status: int, text: str, kind: type[CloudError], retryable: bool) -> None:
    error = await failure(said(text, status))
    assert type(error) is kind
    assert (str(error), error.message, error.status, error.request_id) == (text, text, status, "req-1")
    assert error.retryable is retryable
    assert error.hint


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Resource not found - x", NotFound),
        ("Whatever", BadRequest),
        ("Stale request - reported time is 2024-04-11 13:23:38 +0000 which is more than 1 hour ago", ClockError),
        ("You don't have an active subscription for X", AddOnUnavailable),
    ],
)
async def test_an_error_in_the_body_is_a_failure_at_any_status(text: str, kind: type[CloudError]) -> None:
    assert type(await failure(said(text, 200))) is kind


async def test_an_asset_called_error_is_no_failure(respx_mock: respx.MockRouter) -> None:
    reply: dict[str, Any] = {"error": {"public_id": "error", "bytes": 1}, "b": {"error": "no_backup"}}
    respx_mock.post(f"{API}/resources/image/upload/restore").respond(json=reply)
    async with make_cloud() as cloud:
        assert await cloud.admin("POST", "resources/image/upload/restore", json={"public_ids": ["error", "b"]}) == reply


async def test_a_v2_error_keeps_its_code_and_its_request_id() -> None:
    body = {"error": {"category": "user_error", "code": "bad_uri", "message": "no such image", "request_id": "v2-7"}}
    error = await failure(httpx.Response(400, json=body))
    assert (type(error), error.code, error.message, error.request_id) == (
        BadRequest,
        "bad_uri",
        "no such image",
        "v2-7",
    )


@pytest.mark.parametrize(
    ("category", "kind"),
    [("auth_error", Unauthorized), ("rate_limit_error", RateLimited), ("server_error", UpstreamError)],
)
async def test_a_v2_category_counts_where_the_status_says_nothing(category: str, kind: type[CloudError]) -> None:
    assert type(await failure(httpx.Response(200, json={"error": {"category": category}}))) is kind


async def test_a_v2_limit_says_when_it_resets() -> None:
    items = [
        {"type": "ai_vision", "remaining": 0, "reset_time": "2026-07-01T00:00:00Z"},
        {"type": "other", "remaining": 5, "reset_time": "2027-01-01T00:00:00Z"},
    ]
    error = await failure(httpx.Response(429, json={"error": {"message": "used up"}, "limits": {"items": items}}))
    assert error.retry_at == datetime(2026, 7, 1, tzinfo=UTC)


async def test_a_stale_request_is_called_a_clock_problem() -> None:
    text = "Stale request - reported time is 2024-04-11 13:23:38 +0000 which is more than 1 hour ago"
    error = await failure(said(text, 400))
    assert type(error) is ClockError
    assert "clock" in error.hint


async def test_a_size_error_carries_both_sizes() -> None:
    error = await failure(said("File size too large. Got 22233197. Maximum is 10485760.", 400))
    assert isinstance(error, TooLarge)
    assert (error.size, error.maximum) == (22233197, 10485760)


async def test_a_used_up_add_on_is_no_rate_limit() -> None:
    text = (
        "Rate Limit Exceeded. Limit of 50 Rekognition AI Moderation operations reached. "
        "Try again on the next monthly billing usage date."
    )
    reset = "Thu, 28 May 2026 21:00:00 GMT"
    error = await failure(said(text, 420, X_FeatureRateLimit_Reset=reset))
    assert type(error) is AddOnUnavailable
    assert error.retry_at is None
    assert "quota" in error.hint


@pytest.mark.parametrize(
    ("text", "headers", "expected"),
    [
        ("x", {"Retry_After": "90"}, NOW + 90),
        (
            "x",
            {"Retry_After": "Thu, 28 May 2026 20:27:40 GMT"},
            datetime(2026, 5, 28, 20, 27, 40, tzinfo=UTC).timestamp(),
        ),
        ("x", {"Retry_After": "soon"}, None),
        ("x", {"X_FeatureRateLimit_Reset": "Thu, 28 May 2026 21:00:00 GMT"}, 1_780_002_000.0),
        ("x", {"X_FeatureRateLimit_Reset": "later"}, None),
        ("Limit of 500 api operations reached. Try again on 2026-05-28 22:00:00 UTC", {}, 1_780_005_600.0),
        ("Try again on 2026-99-28 22:00:00 UTC", {}, None),
    ],
)
async def test_a_rate_limit_says_when(text: str, headers: dict[str, str], expected: float | None) -> None:
    error = await failure(said(text, 420, **headers))
    assert isinstance(error, RateLimited)
    assert (error.retry_at.timestamp() if error.retry_at else None) == expected
    assert error.retry_after == (expected - NOW if expected else None)
    if error.retry_at:
        assert f"{error.retry_at:%H:%M:%S}" in error.hint


@pytest.mark.parametrize(("remaining", "known"), [("0", True), ("450", False)])
async def test_the_hourly_reset_counts_only_for_a_quota_that_is_used_up(remaining: str, known: bool) -> None:
    headers = {
        "X_FeatureRateLimit_Limit": "500",
        "X_FeatureRateLimit_Remaining": remaining,
        "X_FeatureRateLimit_Reset": "Thu, 28 May 2026 21:00:00 GMT",
    }
    assert ((await failure(said("slow down", 429, **headers))).retry_at is not None) is known


ODD = "Cloudinary answered what this server does not understand"


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (httpx.Response(502, html="<html><body>Bad Gateway</body></html>"), UpstreamError, "HTTP 502, not JSON"),
        (httpx.Response(429, text="slow down"), RateLimited, "HTTP 429, not JSON"),
        (httpx.Response(413, html="<html></html>"), TooLarge, "HTTP 413, not JSON"),
        (httpx.Response(200, html="<html>log in</html>"), NotJson, "HTTP 200, not JSON"),
        (httpx.Response(404, html="<h1>nginx</h1>"), NotJson, "HTTP 404, not JSON"),
        (httpx.Response(302, headers={"Location": "https://evil/"}), NotJson, "HTTP 302, not JSON"),
        (httpx.Response(200, text='{"resources": [{"publ'), NotJson, "HTTP 200, cut JSON"),
        (httpx.Response(200, text=""), NotJson, "HTTP 200, cut JSON"),
        (httpx.Response(200, content=b"\xff\xfe"), NotJson, "HTTP 200, not JSON"),
        (httpx.Response(200, content=b"[" * 100_000), NotUnderstood, f"{ODD}: the reply is nested too deeply"),
        (httpx.Response(200, text='"text"'), NotUnderstood, f'{ODD}: the reply is "text", where an object belongs'),
        (httpx.Response(400, json={"error": {"message": "<html><body>x</body>"}}), BadRequest, "HTTP 400"),
        (httpx.Response(403, json={}), Forbidden, "HTTP 403"),
        (httpx.Response(403, json={}, headers={"X-Cld-Error": "ACL deny"}), Forbidden, "ACL deny"),
        (httpx.Response(400, json={"error": "plain words"}), BadRequest, "plain words"),
    ],
)
async def test_an_answer_that_is_not_cloudinarys_is_named_but_never_repeated(
    answer: httpx.Response, kind: type[CloudError], text: str
) -> None:
    error = await failure(answer)
    assert (type(error), str(error)) == (kind, text)
    assert "<" not in error.hint


async def test_a_reply_without_a_body_is_empty(respx_mock: respx.MockRouter) -> None:
    respx_mock.delete(f"{API}/triggers/1").respond(204)
    async with make_cloud() as cloud:
        assert await cloud.admin("DELETE", "triggers/1") == {}


async def test_the_string_to_sign_stays_out_of_the_error() -> None:
    text = "Invalid Signature 0a1b2c3d. String to sign - 'folder=it's secret&timestamp=1439054775'."
    error = await failure(said(text, 401))
    assert str(error) == "Invalid Signature ***. String to sign is hidden."
    assert "secret" in error.hint
    assert error.args == (str(error),)


@pytest.mark.parametrize(
    "leak",
    [
        f"key {KEY} unknown",
        f"secret{SECRET}joined",
        f"Authorization: Bearer {TOKEN}",
        "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
        "api_key=123456&signature=deadbeef&x=1",
        "via http://user:hidden@proxy/",
    ],
)
async def test_no_secret_shows_in_an_error(leak: str) -> None:
    error = await failure(said(f"It failed: {leak}", 400), options=f"?oauth_token={TOKEN}")
    shown = f"{error} {error!r} {error.args} {error.hint}"
    for secret in (
        KEY,
        SECRET,
        TOKEN,
        "deadbeef",
        "123456",
        "hidden",
        base64.b64encode(f"{KEY}:".encode())[:12].decode(),
    ):
        assert secret not in shown
    assert str(error).startswith("It failed: ")


async def test_a_short_secret_does_not_eat_into_words(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/thing").mock(said("resources: key k and secret s", 400))
    async with make_cloud(credentials="k:s@") as cloud:
        with pytest.raises(BadRequest, match=r"^resources: key \*\*\* and secret \*\*\*$"):
            await cloud.admin("GET", "thing")


async def test_a_message_is_short_and_its_control_characters_visible() -> None:
    error = await failure(said("a\r\nb\x1b[31m\u202egnp.exe " + "x" * 10_000, 400))
    assert str(error).startswith("a\\r\\nb\\x1b[31m\\u202egnp.exe xxx")
    assert len(str(error)) == 500


async def test_what_cannot_be_told_apart_is_said_in_the_hint() -> None:
    hints = {
        (await failure(said(text, 401))).hint
        for text in ("cloud_name mismatch", "Invalid cloud_name x", "Invalid credentials", "api_secret mismatch")
    }
    assert len(hints) == 4
