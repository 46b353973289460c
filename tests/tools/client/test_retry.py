"""What is tried again, how long it waits before, and what is never sent twice."""

from typing import Any

import httpx
import pytest
import respx

from cloudinary_tools.client import (
    BytesSource,
    CloudError,
    NotFound,
    RateLimited,
    Reply,
    TimedOut,
    Unreachable,
    UpstreamError,
)
from cloudinary_tools.client.retry import GIVE_UP_AFTER, Safety, safety, with_retries
from tests.tools.client.support import API, Sleeps, make_cloud

OK = httpx.Response(200, json={"ok": True})
STORED = httpx.Response(200, json={"public_id": "x", "asset_id": "1f", "resource_type": "raw", "type": "upload"})
BUSY = httpx.Response(503, json={"error": {"message": "busy"}})
REFUSED = httpx.ConnectError("All connection attempts failed")
BROKEN = httpx.ReadError("reset")


async def attempts(
    outcomes: list[Any], method: str = "GET", path: str = "thing", *, options: dict[str, Any] | None = None, **json: Any
) -> tuple[int, list[float], CloudError | None]:
    """Run an Admin call against these outcomes: how often it was sent, the waits, and the error."""
    sleeps = Sleeps()
    with respx.mock:
        route = respx.route(method=method, url=f"{API}/{path}").mock(side_effect=outcomes)
        async with make_cloud(sleep=sleeps, **(options or {})) as cloud:
            try:
                await cloud.admin(method, path, json=json)
            except CloudError as error:
                return route.call_count, sleeps, error
    return route.call_count, sleeps, None


@pytest.mark.parametrize(
    "outcome",
    [BUSY, REFUSED, BROKEN, httpx.Response(423, json={}), httpx.Response(429, json={}), httpx.Response(200, text="{")],
)
async def test_a_read_is_tried_again_after_a_passing_failure(outcome: Any) -> None:
    sent, sleeps, error = await attempts([outcome, outcome, OK])
    assert (sent, error) == (3, None)
    assert 0.25 <= sleeps[0] <= 0.5 <= sleeps[1] <= 1.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
async def test_a_refusal_for_good_is_not_tried_again(status: int) -> None:
    sent, sleeps, error = await attempts([httpx.Response(status, json={})])
    assert (sent, sleeps) == (1, [])
    assert error is not None
    assert not error.retryable


async def test_the_number_of_attempts_is_bounded() -> None:
    sent, sleeps, error = await attempts([BUSY] * 9, options={"retries": 2})
    assert (sent, len(sleeps)) == (3, 2)
    assert isinstance(error, UpstreamError)
    assert error.retryable


async def test_the_time_spent_on_attempts_is_bounded() -> None:
    clock = iter([0.0, GIVE_UP_AFTER - 0.1])
    sent = 0

    async def send() -> Reply[object]:
        nonlocal sent
        sent += 1
        raise UpstreamError("busy")

    with pytest.raises(UpstreamError):
        await with_retries(send, safety="read", retries=5, sleep=Sleeps(), clock=lambda: next(clock))
    assert sent == 1


@pytest.mark.parametrize("outcome", [BUSY, BROKEN, httpx.ReadTimeout("slow")])
async def test_a_call_that_might_be_done_twice_is_sent_once_and_says_so(outcome: Any) -> None:
    sent, _, error = await attempts([outcome, OK], "POST", "resources/image/upload", public_id="a")
    assert sent == 1
    assert error is not None
    assert error.outcome_unknown
    assert not error.retryable
    assert "repeat it only if it was not" in error.hint


@pytest.mark.parametrize(
    "outcome", [REFUSED, httpx.ConnectTimeout("slow"), httpx.Response(423, json={}), httpx.Response(429, json={})]
)
async def test_even_such_a_call_is_repeated_when_nothing_can_have_been_done(outcome: Any) -> None:
    assert await attempts([outcome, OK], "POST", "folders/x") == (2, pytest.approx([0.4], abs=0.2), None)


async def test_an_upload_is_repeated_after_a_refused_connection_but_not_after_a_broken_one(
    respx_mock: respx.MockRouter,
) -> None:
    route = respx_mock.post(f"{API}/auto/upload").mock(side_effect=[REFUSED, STORED, BROKEN])
    async with make_cloud() as cloud:
        assert (await cloud.upload(BytesSource(b"abc")))["public_id"] == "x"
        assert route.call_count == 2
        with pytest.raises(Unreachable) as caught:
            await cloud.upload(BytesSource(b"abc"))
    assert route.call_count == 3
    assert caught.value.outcome_unknown
    assert not caught.value.retryable


async def test_a_short_retry_after_is_waited_out() -> None:
    sent, sleeps, error = await attempts([httpx.Response(429, json={}, headers={"Retry-After": "3"}), OK])
    assert (sent, sleeps, error) == (2, [3.0], None)


@pytest.mark.parametrize("status", [420, 429])
async def test_a_late_reset_becomes_an_error_at_once(status: int) -> None:
    sent, sleeps, error = await attempts([httpx.Response(status, json={}, headers={"Retry-After": "6"}), OK])
    assert (sent, sleeps) == (1, [])
    assert isinstance(error, RateLimited)
    assert error.retry_after == 6
    assert error.retryable


async def test_a_rate_limit_that_resets_within_seconds_is_waited_out() -> None:
    headers = {"X-FeatureRateLimit-Reset": "Thu, 28 May 2026 20:26:42 GMT"}  # two seconds from the clock's now
    sent, sleeps, error = await attempts([httpx.Response(420, json={}, headers=headers), OK])
    assert (sent, sleeps, error) == (2, [2.0], None)


async def test_a_deletion_that_is_gone_at_the_second_attempt_may_have_been_done_by_the_first() -> None:
    gone = httpx.Response(404, json={"error": {"message": "Can't find folder with path x"}})
    sent, _, error = await attempts([BROKEN, gone], "DELETE", "folders/x")
    assert sent == 2
    assert isinstance(error, NotFound)
    assert "may have done it already" in error.hint


@pytest.mark.parametrize(
    ("method", "path", "params", "expected"),
    [
        ("GET", "anything/at/all", {}, "read"),
        ("POST", "resources/search", {}, "read"),
        ("POST", "image/tags", {"public_ids": ["a"]}, "repeatable"),
        ("PUT", "upload_presets/x", {}, "repeatable"),
        ("DELETE", "resources/image/upload", {"public_ids": ["a"]}, "repeatable"),
        ("DELETE", "resources", {"asset_ids": ["a"]}, "repeatable"),
        ("DELETE", "triggers/7", {}, "repeatable"),
        ("DELETE", "resources/image/upload", {"prefix": "a"}, "once"),
        ("DELETE", "resources/image/upload", {"all": True}, "once"),
        ("DELETE", "resources/image/tags/t", {}, "once"),
        ("PUT", "folders/a/b", {"to_folder": "c"}, "once"),
        ("POST", "image/upload", {}, "once"),
        ("POST", "image/rename", {}, "once"),
        ("POST", "image/explicit", {}, "once"),
        ("POST", "image/generate_archive", {}, "once"),
    ],
)
def test_only_calls_that_change_nothing_more_are_safe_to_repeat(
    method: str, path: str, params: dict[str, object], expected: Safety
) -> None:
    assert safety(method, path, params) == expected


async def test_a_slow_read_ends_by_itself() -> None:
    sent, _, error = await attempts([httpx.ReadTimeout("slow")] * 2, options={"retries": 1})
    assert sent == 2
    assert isinstance(error, TimedOut)
    assert error.retryable
    assert not error.outcome_unknown, "a read leaves nothing to be unsure of"


async def test_a_change_that_may_be_repeated_says_that_it_may_have_happened() -> None:
    sent, _, error = await attempts([BUSY] * 2, "PUT", "upload_presets/x", options={"retries": 1})
    assert sent == 2
    assert error is not None
    assert error.outcome_unknown
    assert error.retryable


async def test_a_deletion_that_was_sent_twice_says_so_in_its_reply(respx_mock: respx.MockRouter) -> None:
    gone = httpx.Response(200, json={"deleted": {"a": "not_found"}})
    respx_mock.delete(f"{API}/resources/image/upload").mock(side_effect=[BROKEN, gone, REFUSED, gone])
    async with make_cloud() as cloud:
        assert (await cloud.admin_reply("DELETE", "resources/image/upload", json={"public_ids": ["a"]})).repeated
        assert not (await cloud.admin_reply("DELETE", "resources/image/upload", json={"public_ids": ["a"]})).repeated
