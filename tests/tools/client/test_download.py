"""Fetching files: only from this cloud's hosts, never past a redirect or a size, and with the host's own reason."""

import httpx
import pytest
import respx

from cloudinary_tools.client import (
    BadRequest,
    InvalidValue,
    NotFound,
    Rejected,
    StillProcessing,
    TimedOut,
    TooLarge,
    Unauthorized,
)
from tests.tools.client.support import KEY, SECRET, make_cloud

URL = "https://res.cloudinary.com/demo/image/upload/c_limit,w_768/sample.jpg"


@respx.mock
async def test_a_file_comes_with_its_media_type_and_without_credentials_on_the_way() -> None:
    route = respx.get(URL).respond(200, content=b"picture", headers={"Content-Type": "image/jpeg; charset=x"})
    async with make_cloud() as cloud:
        got = await cloud.fetch(URL, max_bytes=100, accept="image/jpeg")
    assert (got.data, got.media_type) == (b"picture", "image/jpeg")
    sent = route.calls.last.request
    assert "authorization" not in sent.headers
    assert sent.headers["accept"] == "image/jpeg"
    assert KEY not in str(sent.url)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ("", "https://res-3.cloudinary.com/demo/image/upload/a.jpg"),
        ("", "https://demo-res.cloudinary.com/image/upload/a.jpg"),
        ("/media.example.com", "https://media.example.com/image/upload/a.jpg"),
        ("", "https://api.cloudinary.com/v1_1/demo/image/download?public_id=a"),
        ("?delivery_prefix=http://127.0.0.1:8123/d", "http://127.0.0.1:8123/d/demo/image/upload/a.jpg"),
    ],
)
@respx.mock
async def test_every_host_of_the_cloud_is_fetched_from(options: str, url: str) -> None:
    respx.get(url).respond(200, content=b"x")
    async with make_cloud(options) as cloud:
        assert (await cloud.fetch(url, max_bytes=1)).data == b"x"


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ("", "https://example.com/demo/image/upload/a.jpg"),
        ("", "http://res.cloudinary.com/demo/image/upload/a.jpg"),
        ("", "https://res.cloudinary.com/other/image/upload/a.jpg"),
        ("", "https://res.cloudinary.com:8443/demo/a.jpg"),
        ("", "https://res.cloudinary.com.example.com/demo/a.jpg"),
        ("", "https://res.cloudinary.com@example.com/demo/a.jpg"),
        ("", "https://user:pass@res.cloudinary.com/demo/a.jpg"),
        ("", "https://other-res.cloudinary.com/image/upload/a.jpg"),
        ("", "file:///etc/passwd"),
        ("", "http://169.254.169.254/latest/meta-data"),
        ("", "https://[broken"),
        ("?delivery_prefix=http://127.0.0.1:8123", "http://127.0.0.1:9999/demo/a.jpg"),
        ("?delivery_prefix=http://127.0.0.1:8123", "https://res.cloudinary.com/demo/a.jpg"),
    ],
)
@respx.mock
async def test_any_other_address_is_refused_before_anything_is_sent(options: str, url: str) -> None:
    async with make_cloud(options) as cloud:
        with pytest.raises(InvalidValue):
            await cloud.fetch(url, max_bytes=100)
    assert not respx.calls


@respx.mock
async def test_a_redirect_is_not_followed() -> None:
    respx.get(URL).respond(302, headers={"Location": "https://example.com/elsewhere"})
    async with make_cloud() as cloud:
        with pytest.raises(Rejected, match="not followed"):
            await cloud.fetch(URL, max_bytes=100)
    assert len(respx.calls) == 1


async def test_reading_ends_where_a_file_gets_too_large() -> None:
    sent = 0

    async def endless() -> object:
        nonlocal sent
        while True:
            sent += 1000
            yield b"x" * 1000

    answering = httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))  # pyright: ignore[reportArgumentType]
    async with make_cloud(transport=answering) as cloud:
        with pytest.raises(TooLarge, match="5,000"):
            await cloud.fetch(URL, max_bytes=5000)
    assert sent <= 6000


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "Invalid width in transformation: abc", BadRequest),
        (401, "deny or ACL failure", Unauthorized),
        (404, "Resource not found - sample", NotFound),
        (423, "", StillProcessing),
    ],
)
@respx.mock
async def test_a_refusal_has_the_hosts_own_reason(status: int, reason: str, kind: type[Rejected]) -> None:
    respx.get(URL).respond(status, headers={"X-Cld-Error": reason} if reason else {}, html="<html>no</html>")
    async with make_cloud(retries=0) as cloud:
        with pytest.raises(kind, match=reason or f"HTTP {status}") as caught:
            await cloud.fetch(URL, max_bytes=100)
    assert caught.value.status == status
    assert not caught.value.outcome_unknown


@respx.mock
async def test_a_derivative_in_the_making_is_asked_for_again() -> None:
    respx.get(URL).mock(side_effect=[httpx.Response(423), httpx.Response(200, content=b"done")])
    async with make_cloud() as cloud:
        assert (await cloud.fetch(URL, max_bytes=100)).data == b"done"


@respx.mock
async def test_a_reason_never_repeats_a_secret() -> None:
    respx.get(URL).respond(400, headers={"X-Cld-Error": f"bad {SECRET}"})
    async with make_cloud() as cloud:
        with pytest.raises(BadRequest) as caught:
            await cloud.fetch(URL, max_bytes=100)
    assert SECRET not in str(caught.value)


@respx.mock
async def test_a_silent_delivery_host_is_named() -> None:
    respx.get(URL).mock(side_effect=httpx.ReadTimeout(""))
    async with make_cloud(retries=0) as cloud:
        with pytest.raises(TimedOut, match=r"res\.cloudinary\.com"):
            await cloud.fetch(URL, max_bytes=100)
