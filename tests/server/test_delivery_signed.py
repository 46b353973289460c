"""`build_signed_url`: a link ends when it says it does, or says that it never will."""

import hmac
import time
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cloudinary_sandbox.core import clock
from cloudinary_tools.client import CloudError
from cloudinary_tools.toolkit.results import Problem
from tests.server.delivery_context import SECRET, TOKEN_KEY, Context
from tests.support import both_eras, png, world

TOKEN = f"?auth_token[key]={TOKEN_KEY}"


async def made(context: Context, **arguments: Any) -> dict[str, Any]:
    answer = await context.call("build_signed_url", **{"public_id": "dog", "type": "authenticated", **arguments})
    assert answer.data["url"] in answer.as_text()
    assert SECRET not in answer.as_text() and TOKEN_KEY not in answer.as_text()
    return answer.data


def query(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


def unix(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


async def test_a_link_lasts_an_hour_unless_asked_otherwise() -> None:
    data = await made(Context())
    assert data["mechanism"] == "download"
    sent = query(data["url"])
    assert data["url"].startswith("https://api.cloudinary.com/v1_1/demo/image/download?")
    assert sent["type"] == "authenticated"
    assert abs(int(sent["expires_at"]) - time.time() - 3600) < 5
    assert unix(data["expires_at"]) == int(sent["expires_at"])


async def test_a_download_carries_its_format_and_file_name() -> None:
    data = await made(Context(), format="png", attachment=True, target_filename="my dog.png", expires_in=60)
    sent = query(data["url"])
    assert (sent["format"], sent["attachment"], sent["target_filename"]) == ("png", "1", "my dog.png")
    assert abs(int(sent["expires_at"]) - time.time() - 60) < 5


async def test_an_asset_id_needs_no_look_up_for_a_download() -> None:
    data = await made(Context(), public_id="", asset_id="a" * 32)
    assert urlsplit(data["url"]).path == "/v1_1/demo/asset/download"


@pytest.mark.parametrize("spelled", ["2096-01-02T03:04:05Z", "2096-01-02T04:04:05+01:00", "2096-01-02T03:04:05"])
async def test_a_far_end_is_refused(spelled: str) -> None:
    with pytest.raises(Problem, match="within a year"):
        await made(Context(), expires_at=spelled)


async def test_an_end_may_be_a_time_or_unix_seconds() -> None:
    end = int(time.time()) + 500
    spelled = datetime.fromtimestamp(end).astimezone().isoformat()
    for given in (end, str(end), spelled):
        assert query((await made(Context(), expires_at=given))["url"])["expires_at"] == str(end)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"expires_at": "1719310887"}, "future"),
        ({"expires_at": "tomorrow"}, "no time"),
        ({"expires_at": "1719310887", "expires_in": 5}, "not both"),
        ({"expires_in": 0}, "at least 1"),
        ({"transformation": "e_nosuch", "accept_permanent": True}, "nosuch"),
    ],
)
async def test_no_url_is_made_of_arguments_that_cannot_be_meant(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises((Problem, ValueError), match=reason):
        await made(Context(), **arguments)


@pytest.mark.parametrize("arguments", [{"transformation": "w_100"}, {"type": "fetch", "public_id": "https://x.org/a"}])
async def test_what_cannot_expire_is_never_passed_off_as_temporary(arguments: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="never expires") as caught:
        await made(Context(), **arguments)
    assert "accept_permanent=true" in str(caught.value.hint)
    assert "No URL was made" in caught.value.message
    data = await made(Context(), **arguments, accept_permanent=True)
    assert data["mechanism"] == "permanent"
    assert data["expires_at"] == "never"
    assert "/s--" in data["url"]


async def test_accepting_a_permanent_url_does_not_mean_wanting_one() -> None:
    assert (await made(Context(), accept_permanent=True))["mechanism"] == "download"
    assert (await made(Context(TOKEN), transformation="w_9", accept_permanent=True))["mechanism"] == "token"


async def test_a_token_key_limits_a_url_with_a_transformation() -> None:
    options = f"{TOKEN}&auth_token[duration]=9999999&auth_token[acl]=/*&auth_token[start_time]=99"
    data = await made(Context(options), transformation={"width": 100, "crop": "scale"}, format="jpg", expires_in=600)
    assert data["mechanism"] == "token"
    parts = urlsplit(data["url"])
    assert parts.path == "/demo/image/authenticated/c_scale,w_100/dog.jpg"
    end, mac = parts.query.removeprefix("__cld_token__=").split("~")
    assert abs(int(end.removeprefix("exp=")) - time.time() - 600) < 5
    escaped = parts.path.replace("/", "%2f")
    expected = hmac.new(bytes.fromhex(TOKEN_KEY), f"{end}~url={escaped}".encode(), sha256).hexdigest()
    assert mac == f"hmac={expected}"


async def test_a_token_url_can_ask_for_a_download_too() -> None:
    data = await made(Context(TOKEN), target_filename="my-dog.jpg")
    assert "/fl_attachment:my-dog/dog" in data["url"]


async def test_a_public_asset_stays_public_and_the_answer_says_so() -> None:
    answer = await Context().call("build_signed_url", public_id="dog")
    assert "stays open to anyone" in answer.as_text()
    assert answer.data["notes"]


async def test_without_an_api_secret_there_is_no_link() -> None:
    with pytest.raises(Problem, match="No URL was made"):
        await made(Context(credentials=""))


@both_eras
async def test_a_link_opens_until_its_end_and_not_after(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("pets/dog", png(40, 30), type="authenticated")
        link = await w.call("build_signed_url", public_id="pets/dog", type="authenticated", expires_in=600)
        assert (await w.cloud.fetch(link["url"], max_bytes=10_000)).media_type == "image/png"
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + 601)
        with pytest.raises(CloudError):
            await w.cloud.fetch(link["url"], max_bytes=10_000)
        monkeypatch.undo()
        longer = link["url"].replace(f"expires_at={query(link['url'])['expires_at']}", f"expires_at={now + 9999}")
        assert longer != link["url"]
        with pytest.raises(CloudError):
            await w.cloud.fetch(longer, max_bytes=10_000)
