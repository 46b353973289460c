"""Delivery URLs and cookies that carry a token."""

from pathlib import Path

import pytest

from cloudinary_sandbox.core.clock import now
from cloudinary_tools.signing import auth_token
from tests.sandbox.helpers import Api, api, picture

KEY = "00112233FF99"
PATH = "/sandbox/image/authenticated/c_scale,w_10/f/a.png"


async def stored(call: Api) -> None:
    await call.upload(picture(), public_id="f/a", type="authenticated")


async def status(call: Api, token: str, path: str = PATH, *, cookie: bool = False) -> int:
    if cookie:
        return (await call.client.get(path, headers={"Cookie": token})).status_code
    return (await call.client.get(f"{path}?{token}")).status_code


async def test_a_token_opens_the_address_that_it_was_made_for(tmp_path: Path) -> None:
    async with api(tmp_path, auth_token_key=KEY) as call:
        await stored(call)
        token = auth_token(KEY, now=now(), url=PATH, duration=60)
        assert await status(call, token) == 200
        assert await status(call, token, cookie=True) == 200
        assert await status(call, token, PATH.replace("w_10", "w_11")) == 401
        assert (await call.client.get(PATH)).status_code == 401


@pytest.mark.parametrize(
    ("acl", "expected"),
    [("/*/image/*", 200), ("/*/authenticated/*!/other/*", 200), ("/*/video/*", 401), (["/x/*", "/sandbox/*"], 200)],
)
async def test_a_list_of_patterns_opens_what_it_covers(tmp_path: Path, acl: str | list[str], expected: int) -> None:
    async with api(tmp_path, auth_token_key=KEY) as call:
        await stored(call)
        assert await status(call, auth_token(KEY, now=now(), acl=acl, duration=60)) == expected


async def test_a_token_out_of_its_time_or_of_another_key_opens_nothing(tmp_path: Path) -> None:
    async with api(tmp_path, auth_token_key=KEY) as call:
        await stored(call)
        past, future = now() - 100, now() + 100
        for token in (
            auth_token(KEY, now=past, url=PATH, duration=10),
            auth_token(KEY, now=0, url=PATH, start_time=future, duration=10),
            auth_token("AA" + KEY, now=now(), url=PATH, duration=60),
            auth_token(KEY, now=now(), url=PATH, duration=60).replace("~hmac=", "0~hmac="),
            "__cld_token__=nonsense",
            "__cld_token__=exp=soon~hmac=00",
        ):
            assert await status(call, token) == 401, token


async def test_a_token_shows_a_file_outside_its_public_days(tmp_path: Path) -> None:
    async with api(tmp_path, auth_token_key=KEY) as call:
        control = '[{"access_type":"anonymous","end":"2001-01-01T00:00:00Z"},{"access_type":"token"}]'
        await call.upload(picture(), public_id="b", access_control=control)
        path = "/sandbox/image/upload/b.png"
        assert (await call.client.get(path)).status_code == 401
        assert await status(call, auth_token(KEY, now=now(), url=path, duration=60), path) == 200


async def test_without_a_key_a_token_is_refused_and_the_option_named(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await stored(call)
        reply = await call.client.get(f"{PATH}?{auth_token(KEY, now=now(), url=PATH, duration=60)}")
        assert (reply.status_code, "--auth-token-key" in reply.headers["x-cld-error"]) == (401, True)
