"""Delivery: signed, to this machine only, tried again until 200, never in the way of the call."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cloudinary_mcp.notifications.verify import parse_payload
from tests.sandbox.helpers import Api, api, error_of
from tests.sandbox.notifications.helpers import Listener, control, genuine, listening, told, trigger

UPLOAD: dict[str, Any] = {"public_id": "dog"}


async def attempts(call: Api, count: int) -> list[dict[str, object]]:
    """What the sandbox noted, once it is so many attempts."""
    async with asyncio.timeout(4):
        while len(noted := (await control(call, "GET", "notifications")).json()["attempts"]) < count:
            await asyncio.sleep(0.005)
    return noted


async def receivers(call: Api) -> list[str]:
    return (await control(call, "GET", "receivers")).json()["receivers"]


async def test_a_calls_own_url_gets_the_event(tmp_path: Path) -> None:
    async with listening() as listener, api(tmp_path) as call:
        await call.upload(**UPLOAD, notification_url=listener.url("/mine?x=1"))
        (item,) = await listener.first()
        assert item.path == "/mine?x=1"
        assert genuine(call, item)
        (attempt,) = await attempts(call, 1)
        assert (attempt["event_type"], attempt["attempt"], attempt["status"]) == ("upload", 1, 200)


async def test_a_presets_url_gets_the_event(tmp_path: Path) -> None:
    async with listening() as listener, api(tmp_path) as call:
        settings: dict[str, Any] = {"name": "p", "unsigned": "true", "notification_url": listener.url()}
        assert (await call("POST", "/upload_presets", json=settings)).status_code == 200
        await call.upload(upload_preset="p")
        await listener.first()


async def test_eager_events_go_to_their_own_url_too(tmp_path: Path) -> None:
    async with listening() as listener, api(tmp_path) as call:
        urls: dict[str, Any] = {
            "notification_url": listener.url("/all"),
            "eager_notification_url": listener.url("/eager"),
        }
        await call.upload(**UPLOAD, **urls, eager="w_20", eager_async="true")
        received = await listener.first(3)
        got = sorted((item.path, item.payload["notification_type"]) for item in received)
        assert got == [("/all", "eager"), ("/all", "upload"), ("/eager", "eager")]


async def test_the_signature_follows_the_environments_algorithm(tmp_path: Path) -> None:
    async with told(tmp_path, signature_algorithm="sha256") as (call, listener):
        await call.upload(**UPLOAD)
        (item,) = await listener.first()
        assert len(item.headers["x-cld-signature"]) == 64
        assert genuine(call, item, "sha256")


async def test_anything_but_200_is_tried_again_with_the_same_body(tmp_path: Path) -> None:
    async with listening() as listener, api(tmp_path, notification_retries=(0.01, 0.02, 0.03)) as call:
        listener.statuses = [500, 201, 302, 200]
        await call.upload(**UPLOAD, notification_url=listener.url())
        received = await listener.first(4)
        assert len({item.body for item in received}) == 1
        assert all(genuine(call, item) for item in received)
        noted = await attempts(call, 4)
        assert [(item["attempt"], item["status"]) for item in noted] == [(1, 500), (2, 201), (3, 302), (4, 200)]


async def test_after_three_retries_it_is_given_up(tmp_path: Path) -> None:
    async with listening() as listener, api(tmp_path, notification_retries=(0.01, 0.01, 0.01)) as call:
        listener.statuses = [500] * 4
        await call.upload(**UPLOAD, notification_url=listener.url())
        await attempts(call, 4)
        await call.upload(**UPLOAD, notification_url=listener.url("/next"))
        assert [item.path for item in await listener.first(5)] == ["/hook"] * 4 + ["/next"]


async def test_a_receiver_that_comes_back_gets_what_it_missed(tmp_path: Path) -> None:
    async with listening() as gone:
        pass
    async with api(tmp_path, notification_retries=(0.05,) * 20) as call:
        await call.upload(**UPLOAD, notification_url=gone.url())
        assert "status" in (await attempts(call, 1))[0]
        async with listening(gone.port) as back:
            assert (await back.first())[0].payload["public_id"] == "dog"


async def test_a_receiver_that_does_not_answer_is_tried_again(tmp_path: Path) -> None:
    options = {"notification_timeout": 0.05, "notification_retries": (0.01,)}
    async with listening() as listener, api(tmp_path, **options) as call:
        listener.statuses = [None]
        await call.upload(**UPLOAD, notification_url=listener.url())
        noted = await attempts(call, 2)
        assert noted[0]["status"] is None
        assert "within" in str(noted[0]["error"])
        assert noted[1]["status"] == 200


async def test_the_call_does_not_wait_and_the_sandbox_ends_with_deliveries_pending(tmp_path: Path) -> None:
    async with listening() as listener:
        async with api(tmp_path) as call:
            listener.statuses = [500] * 5 + [None]
            for number in range(5):
                await call.upload(public_id=f"p{number}", notification_url=listener.url())
            await attempts(call, 5)
            await call.upload(public_id="hanging", notification_url=listener.url())
            await listener.first(6)
        names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
        assert not [name for name in names if name.startswith("Deliveries.")]


ELSEWHERE = [
    ("https://example.com/hook", "this machine only"),
    ("http://10.0.0.1/hook", "this machine only"),
    ("http://127.0.0.1.example.com/", "this machine only"),
    ("http://127.0.0.1@example.com/", "this machine only"),
    ("ftp://127.0.0.1/x", "not an http:// or https:// URL"),
    ("poll://channel", "not an http:// or https:// URL"),
    ("http://[::1", "not a URL"),
    ("http://127.0.0.1:99999/", "not a URL"),
    ("http://127.0.0.1/a\nhttp://127.0.0.1/b", "not a URL"),
]


async def test_other_destinations_are_refused_once_and_noted(tmp_path: Path) -> None:
    async with api(tmp_path, notification_retries=(0.0,)) as call:
        for number, (url, reason) in enumerate(ELSEWHERE):
            await call("POST", f"/folders/f{number}", json={"notification_url": url})
            attempt = (await attempts(call, number + 1))[-1]
            assert (attempt["url"], attempt["status"]) == (url, None)
            assert reason in str(attempt["error"])
            assert (await control(call, "POST", "receivers", {"url": url})).status_code == 400
        assert len(await attempts(call, 0)) == len(ELSEWHERE)
        half = rb'{"notification_url": "http://127.0.0.1/\ud800"}'  # half a surrogate pair
        reply = await call("POST", "/folders/f", content=half, headers={"Content-Type": "application/json"})
        assert reply.status_code == 200
        assert (await attempts(call, len(ELSEWHERE) + 1))[-1]["error"] == "not a URL"


async def test_registered_receivers_get_everything_besides_everybody_else(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener), listening() as own:
        await trigger(call, listener.url("/trigger"), "upload")
        await call.upload(**UPLOAD, notification_url=own.url())
        await own.first()
        await call.upload(public_id="other")
        received = await listener.first(3)
        assert sorted(item.path for item in received) == ["/hook", "/hook", "/trigger"]
        assert (await call.get("/triggers"))["total"] == 1
        assert (await control(call, "POST", "reset")).status_code == 200
        assert await receivers(call) == [listener.url()]
        await control(call, "DELETE", "receivers", {"url": listener.url()})
        assert await receivers(call) == []


async def test_a_receiver_that_refuses_three_times_in_a_row_is_forgotten(tmp_path: Path) -> None:
    async with listening() as gone:
        pass
    async with told(tmp_path, notification_retries=(0.01, 0.01, 0.01)) as (call, listener):
        await control(call, "POST", "receivers", {"url": gone.url()})
        listener.statuses = [500, 500, 500]  # an answer, though a bad one: that is no refusal
        await call.upload(**UPLOAD)
        await listener.first(4)
        noted = await attempts(call, 7)
        assert [item["url"] for item in noted].count(gone.url()) == 3
        assert await receivers(call) == [listener.url()]


async def test_receivers_need_the_control_secret_and_are_not_kept(tmp_path: Path) -> None:
    async with told(tmp_path, notify_anywhere=True) as (call, _):
        assert (await call.client.get("/sandbox/receivers")).status_code == 401
        for values in ({}, {"url": "http://example.com/hook"}):
            assert error_of(await control(call, "POST", "receivers", values))[0] == 400
        assert (await control(call, "PUT", "receivers", {})).status_code == 405
    async with api(tmp_path) as call:
        assert await receivers(call) == []


class TestOnPurpose:
    """Notifications that a test wants to have sent."""

    async def send(self, call: Api, listener: Listener, kind: str) -> dict[str, object]:
        values = {"url": listener.url(), "kind": kind, "payload": {"notification_type": "upload", "public_id": "x"}}
        reply = await control(call, "POST", "notifications", values)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def test_the_received_status_is_answered(self, tmp_path: Path) -> None:
        async with listening() as listener, api(tmp_path) as call:
            listener.statuses = [202]
            assert await self.send(call, listener, "valid") == {"kind": "valid", "status": 202, "statuses": [202]}
            assert genuine(call, listener.received[0])

    @pytest.mark.parametrize("kind", ["invalid_signature", "stale"])
    async def test_a_bad_one_is_not_believed(self, tmp_path: Path, kind: str) -> None:
        async with listening() as listener, api(tmp_path) as call:
            assert (await self.send(call, listener, kind))["status"] == 200
            (item,) = listener.received
            assert not genuine(call, item)
            assert parse_payload(item.body) == {"notification_type": "upload", "public_id": "x"}

    async def test_a_replay_is_the_same_request_twice(self, tmp_path: Path) -> None:
        async with listening() as listener, api(tmp_path) as call:
            assert (await self.send(call, listener, "replay"))["statuses"] == [200, 200]
            one, other = listener.received
            assert (one.body, one.headers) == (other.body, other.headers)
            assert genuine(call, one)

    async def test_what_cannot_be_sent_is_said(self, tmp_path: Path) -> None:
        async with listening() as gone:
            pass
        async with api(tmp_path) as call:
            reply = await control(call, "POST", "notifications", {"url": gone.url()})
            assert reply.json() == {"kind": "valid", "status": None, "statuses": [None], "error": "no connection"}
            for values in ({}, {"url": "https://example.com"}, {"url": gone.url(), "kind": "odd"}):
                assert (await control(call, "POST", "notifications", values)).status_code == 400
            assert (await control(call, "POST", "notifications", {"url": gone.url(), "payload": 1})).status_code == 400
