"""What the webhook endpoint answers, what it counts, and that 200 means durable."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from cloudinary_mcp.notifications.log.database import FILE
from cloudinary_mcp.notifications.verify import HeaderRule, Refusal, VerificationKeys
from cloudinary_mcp.notifications.webhook_endpoint import WebhookEndpoint
from cloudinary_tools.config import CloudName
from tests.notifications.helpers import CLOUD, KEYS, SECRET, WEBHOOK, event, open_log, post, signed

OTHER = VerificationKeys(CloudName("other"), (SecretStr("secret-of-other"),))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("path", [WEBHOOK, f"{WEBHOOK}/", f"{WEBHOOK}/demo"])
async def test_a_genuine_notification_is_stored_and_answered_200(tmp_path: Path, algorithm: str, path: str) -> None:
    body = '{"notification_type": "upload",  "public_id": "été"}'.encode()
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS])
        answer = await post(app, body, signed(body, algorithm=algorithm), path)
        assert answer.status_code == 200
        found = await log.get(answer.json()["id"], clouds={CLOUD})
        assert found
        assert (found.body, found.via, found.verified_by) == (body, "webhook", "signature")
        assert (app.traffic.accepted, app.traffic.refused.total()) == (1, 0)
        assert app.traffic.last_accepted


async def test_a_repeat_is_answered_200_and_stored_once(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS])
        answers = [await post(app, event(), signed(event(), age=age)) for age in (0, 180, 540)]
        assert {answer.json()["id"] for answer in answers} == {1}
        assert (app.traffic.accepted, app.traffic.repeated) == (1, 2)
        assert len((await log.list(clouds={CLOUD})).items) == 1


def changed(**headers: str | None) -> Callable[[bytes], dict[str, str]]:
    """Good headers but for these (None takes one away); names with _ for -."""

    def make(body: bytes) -> dict[str, str]:
        wanted = signed(body) | {name.replace("_", "-"): value for name, value in headers.items()}
        return {name: value for name, value in wanted.items() if value is not None}

    return make


GOOD = changed()
REJECTIONS: list[tuple[int, Refusal, bytes, Callable[[bytes], dict[str, str]]]] = [
    (401, Refusal.UNSIGNED, event(), changed(X_Cld_Signature=None)),
    (401, Refusal.UNSIGNED, event(), changed(X_Cld_Timestamp=None)),
    (401, Refusal.BAD_TIMESTAMP, event(), changed(X_Cld_Timestamp="today")),
    (401, Refusal.STALE, event(), lambda body: signed(body, age=7300)),
    (401, Refusal.FUTURE, event(), lambda body: signed(body, age=-900)),
    (401, Refusal.BAD_SIGNATURE, event(), lambda body: signed(body, "wrong")),
    (401, Refusal.BAD_SIGNATURE, event(), lambda body: signed(body + b" ")),
    (401, Refusal.BAD_SIGNATURE, b"not even JSON", lambda body: signed(body, "wrong")),
    (400, Refusal.NOT_JSON, b"genuine but no JSON", GOOD),
    (400, Refusal.NOT_JSON, b"[]", GOOD),
    (400, Refusal.NOT_JSON, b"", GOOD),
    (413, Refusal.TOO_LARGE, event(filler="x" * 2000), GOOD),
    (415, Refusal.CONTENT_TYPE, event(), changed(Content_Type="text/plain")),
    (415, Refusal.CONTENT_TYPE, event(), changed(Content_Type=None)),
]


@pytest.mark.parametrize(("status", "reason", "body", "headers"), REJECTIONS)
async def test_a_bad_notification_is_answered_counted_and_not_stored(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    status: int,
    reason: Refusal,
    body: bytes,
    headers: Callable[[bytes], dict[str, str]],
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS], body_limit=1000)
        answer = await post(app, body, headers(body))
        assert answer.status_code == status
        assert app.traffic.refused == {reason: 1}
        assert app.traffic.last_refusal is reason
        assert (await log.list(clouds={CLOUD})).items == ()
        for text in (answer.text, *(record.getMessage() for record in caplog.records if "httpx" not in record.name)):
            assert SECRET not in text
            assert not body or body.decode() not in text


async def test_any_other_path_is_answered_404(tmp_path: Path) -> None:
    others = ["/", "/webhooks", "x", "/nobody", "/demo/", "//demo", "/DEMO", "/x%2F..%2Fdemo", "/%00", "/demo%2F"]
    paths = [*others[:2], *(WEBHOOK + other for other in others[2:]), f"/x{WEBHOOK}"]
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS])
        for path in paths:
            assert (await post(app, event(), path=path)).status_code == 404, path
        assert app.traffic.refused == {Refusal.PATH: len(paths)}


async def test_any_other_method_is_answered_405(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            answer = await post(WebhookEndpoint(log, [KEYS]), event(), method=method)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_without_a_cloud_in_the_path_the_secret_tells_which_it_is(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS, OTHER])
        assert (await post(app, event(), signed(event(), "secret-of-other"))).status_code == 200
        assert [found.cloud for found in (await log.list(clouds={CLOUD, "other"})).items] == ["other"]


async def test_a_cloud_in_the_path_takes_only_its_own_secret(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS, OTHER])
        answer = await post(app, event(), signed(event(), "secret-of-other"), f"{WEBHOOK}/demo")
        assert answer.status_code == 401


async def test_keys_that_fit_several_clouds_ask_for_the_cloud_in_the_path(tmp_path: Path) -> None:
    twin = VerificationKeys(CloudName("twin"), KEYS.secrets)
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS, twin])
        assert (await post(app, event())).status_code == 400
        assert app.traffic.refused == {Refusal.AMBIGUOUS: 1}
        assert (await post(app, event(), path=f"{WEBHOOK}/twin")).status_code == 200


async def test_a_secret_header_can_be_asked_for_too_or_instead(tmp_path: Path) -> None:
    secret = {"X-Inbound-Secret": "open sesame"}
    also = HeaderRule("x-inbound-secret", SecretStr("open sesame"))
    instead = HeaderRule("x-inbound-secret", SecretStr("open sesame"), "instead")
    plain = {"Content-Type": "application/json"}
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [VerificationKeys(CLOUD, KEYS.secrets, header=also)])
        statuses = [
            (await post(app, event(), headers)).status_code
            for headers in (signed(event()), plain | secret, signed(event()) | secret)
        ]
        assert statuses == [401, 401, 200]
        app = WebhookEndpoint(log, [VerificationKeys(CLOUD, header=instead)])
        assert (await post(app, event("cat"), plain)).status_code == 401
        assert (await post(app, event("cat"), plain | secret)).status_code == 200
        ways = [found.verified_by for found in (await log.list(clouds={CLOUD})).items]
        assert ways == ["header", "both"]


async def test_a_header_given_twice_proves_nothing(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS])
        good = signed(event())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver") as client:
            for name in ("X-Cld-Signature", "X-Cld-Timestamp"):
                answer = await client.post(WEBHOOK, content=event(), headers=[*good.items(), (name, good[name])])
                assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/event+json"])
async def test_json_has_several_names(tmp_path: Path, kind: str) -> None:
    async with open_log(tmp_path) as log:
        answer = await post(WebhookEndpoint(log, [KEYS]), event(), signed(event()) | {"Content-Type": kind})
        assert answer.status_code == 200


async def test_a_locked_log_is_answered_503_and_the_next_try_is_taken(tmp_path: Path) -> None:
    async with open_log(tmp_path, busy_timeout=0.05) as log:
        app = WebhookEndpoint(log, [KEYS])
        assert (await post(app, event("a"))).status_code == 200
        with closing(sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            answer = await post(app, event("b"))
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
            assert "locked" in (app.traffic.last_error or "")
            db.execute("ROLLBACK")
        assert app.traffic.refused == {Refusal.LOG: 1}
        assert (await post(app, event("b"))).status_code == 200
        assert app.traffic.last_error is None


async def test_a_broken_log_is_answered_503(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    async with open_log(tmp_path) as log:
        assert (await post(WebhookEndpoint(log, [KEYS]), event())).status_code == 503


async def test_200_is_sent_only_after_another_connection_can_read_the_row(tmp_path: Path) -> None:
    seen: list[Any] = []

    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS])

        async def spying(scope: Any, receive: Any, send: Any) -> None:
            async def sending(message: Any) -> None:
                if message["type"] == "http.response.start":
                    with closing(sqlite3.connect(tmp_path / "data" / FILE)) as db:
                        seen.extend(db.execute("SELECT body FROM notifications"))
                await send(message)

            await app(scope, receive, sending)

        await post(spying, event())
    assert seen == [(event(),)]


def parts(*chunks: bytes, end: dict[str, Any] | None = None) -> Callable[[], Any]:
    """An ASGI receive: the chunks, and then `end`, or nothing any more."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if end:
        messages.append(end)

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0)

    return receive


async def call(app: Any, receive: Callable[[], Any], body: bytes) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message.get("status"))

    headers = [(name.lower().encode(), value.encode()) for name, value in signed(body).items()]
    await app({"type": "http", "method": "POST", "path": WEBHOOK, "headers": headers}, receive, send)
    return sent


async def test_a_slow_client_is_answered_408(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS], body_timeout=0.02)
        assert (await call(app, parts(event()[:5]), event()))[0] == 408
        assert app.traffic.refused == {Refusal.SLOW: 1}


async def test_a_client_that_goes_away_is_counted_and_not_stored(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS])
        assert await call(app, parts(event()[:5], end={"type": "http.disconnect"}), event()) == []
        assert app.traffic.refused == {Refusal.DISCONNECTED: 1}


async def test_a_body_in_pieces_is_put_together_and_a_long_one_is_cut_off(tmp_path: Path) -> None:
    body = event()
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS], body_limit=len(body))
        assert (await call(app, parts(body[:9], end={"type": "http.request", "body": body[9:]}), body))[0] == 200
        assert (await call(app, parts(body, b"!"), body))[0] == 413


async def test_too_much_at_once_is_answered_503(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        app = WebhookEndpoint(log, [KEYS], buffer_limit=100, body_timeout=0.1)
        holding = asyncio.create_task(call(app, parts(b"x" * 90), b""))
        await asyncio.sleep(0)
        assert (await call(app, parts(b"x" * 20), b""))[0] == 503
        assert app.traffic.refused == {Refusal.BUSY: 1}
        assert (await holding)[0] == 408
        assert (await post(app, event())).status_code == 200, "what was held is free again"


@pytest.mark.parametrize(
    "router",
    [
        lambda app: Starlette(routes=[Mount("/webhooks/cloudinary", app)]),
        lambda app: Starlette(routes=[Route("/webhooks/cloudinary/{cloud}", app), Route("/webhooks/cloudinary", app)]),
        lambda app: Starlette(routes=[Mount("/base", app)]),
    ],
    ids=["mounted", "routed", "below a base"],
)
async def test_it_can_be_part_of_another_app(tmp_path: Path, router: Callable[[Any], Any]) -> None:
    async with open_log(tmp_path) as log:
        outer = router(WebhookEndpoint(log, [KEYS]))
        base = "/base" if (await post(outer, event(), path=f"/base{WEBHOOK}")).status_code == 200 else ""
        assert (await post(outer, event(), path=f"{base}{WEBHOOK}/demo")).status_code == 200
        assert (await post(outer, event(), path=f"{base}{WEBHOOK}/nobody")).status_code == 404
