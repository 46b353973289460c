"""Requests as they leave: addresses, credentials, signatures, encodings; and what is refused before."""

import base64
import json
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import respx

from cloudinary_tools.client import InvalidValue, MediaLimits, NotConfigured, PublicIdError, TooLarge, check_size
from cloudinary_tools.signing import sign_parameters
from tests.tools.client.support import API, KEY, NOW, SECRET, TOKEN, form_of, make_cloud

OK = httpx.Response(200, json={"ok": True}, headers={"X-Request-Id": "r1"})


async def test_an_admin_get_carries_basic_auth_and_its_parameters_in_the_query(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(f"{API}/resources/image/upload").mock(OK)
    async with make_cloud(user_agent="test/1") as cloud:
        reply = await cloud.admin_reply(
            "get", ("resources", "image", "upload"), params={"public_ids": ["a&b"], "tags": True}
        )
    request = route.calls.last.request
    assert (reply.body, reply.request_id, reply.status) == ({"ok": True}, "r1", 200)
    assert request.url.query == b"public_ids%5B%5D=a%26b&tags=true"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert request.headers["user-agent"] == "test/1"
    assert request.content == b""


async def test_a_public_id_in_the_path_reaches_the_wire_encoded_once(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(url__startswith=API).mock(OK)
    async with make_cloud() as cloud:
        await cloud.admin("GET", ("resources", "image", "upload", "a b+c%20d-e??f(g)h"))
    path = route.calls.last.request.url.raw_path
    assert path == b"/v1_1/demo/resources/image/upload/a%20b%2Bc%20d-e%3F%3Ff%28g%29h"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_any_other_admin_call_carries_json(respx_mock: respx.MockRouter, method: str) -> None:
    route = respx_mock.route(method=method, url=f"{API}/resources/image/upload").mock(OK)
    async with make_cloud() as cloud:
        await cloud.admin(
            method,
            "resources/image/upload",
            params={"public_ids": ["a"]},
            json={"invalidate": True, "next_cursor": None},
        )
    request = route.calls.last.request
    assert json.loads(request.content) == {"public_ids": ["a"], "invalidate": True}
    assert request.url.query == b""


async def test_a_v2_call_names_the_module_before_the_cloud(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post("https://api.cloudinary.com/v2/analysis/demo/analyze/captioning").mock(OK)
    async with make_cloud() as cloud:
        await cloud.v2("POST", "analysis", ("analyze", "captioning"), json={"source": {"uri": "https://h/x"}})
    assert json.loads(route.calls.last.request.content) == {"source": {"uri": "https://h/x"}}


async def test_a_bearer_token_wins_and_leaves_no_key_in_the_form(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.route().mock(OK)
    async with make_cloud(f"?oauth_token={TOKEN}") as cloud:
        await cloud.admin("GET", "ping")
        await cloud.upload_call("image", "destroy", {"public_id": "a"})
    assert [call.request.headers["authorization"] for call in route.calls] == [f"Bearer {TOKEN}"] * 2
    assert form_of(route.calls.last.request) == {"public_id": "a"}


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("version", [1, 2])
async def test_an_upload_call_is_signed_over_what_it_sends(
    respx_mock: respx.MockRouter, algorithm: str, version: int
) -> None:
    route = respx_mock.post(f"{API}/image/explicit").mock(OK)
    options = f"?signature_algorithm={algorithm}&signature_version={version}"
    async with make_cloud(options) as cloud:
        await cloud.upload_call(
            "image", "explicit", {"public_id": "a", "type": "upload", "context": {"x": "1&2"}, "invalidate": False}
        )
    request = route.calls.last.request
    fields = form_of(request)
    assert "authorization" not in request.headers
    assert fields["timestamp"] == str(int(NOW))
    assert (fields["api_key"], fields["context"], fields["invalidate"]) == (KEY, "x=1&2", "0")
    assert fields["signature"] == sign_parameters(fields, SECRET, algorithm, version)


async def test_a_list_travels_as_repeated_brackets_and_is_signed_joined(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(f"{API}/image/tags").mock(OK)
    async with make_cloud() as cloud:
        await cloud.upload_call("image", "tags", {"command": "add", "tag": ["t", "u"], "public_ids": ["a", "b/c"]})
    fields = form_of(route.calls.last.request)
    assert (fields["public_ids[]"], fields["tag"]) == (["a", "b/c"], "t,u")
    signed = {"command": "add", "tag": "t,u", "public_ids": "a,b/c", "timestamp": fields["timestamp"]}
    assert fields["signature"] == sign_parameters(signed, SECRET)


async def test_an_action_may_lie_outside_the_resource_types(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(f"{API}/delete_by_token").mock(OK)
    async with make_cloud() as cloud:
        await cloud.upload_call(None, "delete_by_token", {"token": "t"})
    assert route.called


async def test_a_reply_that_is_a_list_comes_as_one(respx_mock: respx.MockRouter) -> None:
    respx_mock.put(f"{API}/metadata_fields/order").respond(json=[{"external_id": "a"}])
    async with make_cloud() as cloud:
        path, order = "metadata_fields/order", {"order_by": "label"}
        assert await cloud.admin("PUT", path, reply=list[dict[str, str]], json=order) == [{"external_id": "a"}]


@pytest.mark.parametrize("credentials", ["", "key@", ":secret@"])
async def test_without_credentials_nothing_is_sent(respx_mock: respx.MockRouter, credentials: str) -> None:
    async with make_cloud(credentials=credentials) as cloud:
        with pytest.raises(NotConfigured, match="'demo'") as caught:
            await cloud.admin("GET", "ping")
        with pytest.raises(NotConfigured):
            await cloud.upload_call("image", "destroy", {"public_id": "a"})
        with pytest.raises(NotConfigured):
            cloud.signed_url("image/download", {"public_id": "a"})
    assert "CLOUDINARY_URL" in caught.value.hint
    assert not respx_mock.calls


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("destroy", {"public_id": "a/../b"}),
        ("explicit", {"public_id": "a", "asset_folder": "../x"}),
        ("tags", {"public_ids": ["ok", "./x"]}),
        ("rename", {"from_public_id": "a", "to_public_id": "b?c"}),
        ("rename", {"from_public_id": "..", "to_public_id": "b"}),
    ],
)
async def test_a_bad_id_is_refused_before_anything_is_sent(
    respx_mock: respx.MockRouter, action: str, params: dict[str, object]
) -> None:
    async with make_cloud() as cloud:
        with pytest.raises(PublicIdError):
            await cloud.upload_call("image", action, params)
    assert not respx_mock.calls


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("GET", {"max_results": 501}),
        ("DELETE", {"public_ids": ["x"] * 101}),
        ("POST", {"asset_folder": "a//b"}),
        ("POST", {"expression": "\ud800"}),
    ],
)
async def test_a_call_above_a_known_limit_is_refused_before_anything_is_sent(
    respx_mock: respx.MockRouter, method: str, params: dict[str, object]
) -> None:
    async with make_cloud() as cloud:
        with pytest.raises((InvalidValue, PublicIdError)):
            await cloud.admin(method, "resources/image/upload", params=params)
    assert not respx_mock.calls


@pytest.mark.parametrize("params", [{"public_ids": ["x"] * 1001}, {"public_ids": ["x"] * 999, "tag": ["t"] * 11}])
async def test_ids_that_cloudinary_would_silently_drop_are_refused(
    respx_mock: respx.MockRouter, params: dict[str, object]
) -> None:
    async with make_cloud() as cloud:
        with pytest.raises(InvalidValue, match="at most"):
            await cloud.upload_call("image", "tags", {"command": "add", **params})
    assert not respx_mock.calls


def test_a_signed_url_carries_its_own_signature() -> None:
    url = make_cloud().signed_url(
        ("image", "download"), {"public_id": "a b", "expires_at": 1_780_000_600, "attachment": True}
    )
    query = dict(parse_qsl(urlsplit(url).query))
    assert url.startswith(f"{API}/image/download?")
    assert query["attachment"] == "1"
    assert query["signature"] == sign_parameters(query, SECRET)


async def test_the_rate_limit_of_the_last_reply_is_kept(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/ping").mock(
        side_effect=[
            httpx.Response(
                200,
                json={},
                headers={
                    "X-FeatureRateLimit-Limit": "500",
                    "X-FeatureRateLimit-Remaining": "498",
                    "X-FeatureRateLimit-Reset": "Thu, 28 May 2026 21:00:00 GMT",
                },
            ),
            httpx.Response(200, json={}, headers={"X-FeatureRateLimit-Limit": "many"}),
        ]
    )
    async with make_cloud() as cloud:
        assert cloud.rate_limit is None
        reply = await cloud.admin_reply("GET", "ping")
        await cloud.admin("GET", "ping")
        assert cloud.rate_limit is not None
        assert reply.rate_limit == cloud.rate_limit
    limit = cloud.rate_limit
    assert (limit.limit, limit.remaining) == (500, 498)
    assert limit.resets_at.isoformat() == "2026-05-28T21:00:00+00:00"
    assert limit.as_of.timestamp() == NOW


async def test_the_plans_limits_are_asked_for_once_an_hour(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(f"{API}/usage").respond(
        json={
            "plan": "Free",
            "media_limits": {"image_max_size_bytes": 10, "video_max_size_bytes": 30, "raw_max_size_bytes": 20},
        }
    )
    time = [NOW]
    async with make_cloud(now=lambda: time[0]) as cloud:
        with pytest.raises(TooLarge) as caught:
            await cloud.check_size(11, "image")
        await cloud.check_size(30, "auto")
        assert route.call_count == 1
        time[0] += 3601
        assert await cloud.media_limits() == MediaLimits(10, 30, 20)
    assert route.call_count == 2
    assert (caught.value.size, caught.value.maximum, caught.value.status) == (11, 10, None)


def test_an_unknown_limit_refuses_nothing() -> None:
    check_size(10**12, "image", MediaLimits.of({"plan": "Free"}))
    check_size(10**12, "auto", MediaLimits(image=1))


def test_a_cloud_shows_no_secret() -> None:
    assert repr(make_cloud()) == "CloudinaryClient('demo')"


async def test_a_closed_cloud_opens_again(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/ping").mock(OK)
    cloud = make_cloud()
    await cloud.admin("GET", "ping")
    await cloud.aclose()
    await cloud.aclose()
    assert await cloud.admin("GET", "ping") == {"ok": True}
    await cloud.aclose()
