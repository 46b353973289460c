"""Poll channels: fetching, waiting, redelivery, acknowledgement; with the official SDK and over restarts."""

import asyncio
import base64
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api as sdk
from cloudinary import uploader, utils

from cloudinary_mcp.notifications.verify import parse_payload
from cloudinary_sandbox import SandboxOptions, SandboxServer
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.threaded import ThreadedSandbox
from tests.sandbox.helpers import api, error_of, picture, point_sdk_at
from tests.sandbox.notifications.helpers import acknowledge, messages, trigger
from tests.support import LOOPBACK


def test_the_sdk_polls_verifies_and_acknowledges(cloudinary_sandbox: ThreadedSandbox) -> None:
    point_sdk_at(cloudinary_sandbox)
    made = sdk.create_trigger("poll://live_x/y", "upload", "poll")
    assert (made["uri"], made["uri_type"], made["event_type"]) == ("poll://live_x/y", "poll", "upload")
    uploader.upload(picture(), public_id="polled")
    (message,) = sdk.notifications(channel="live_x/y", wait_seconds=20)["messages"]
    assert message["payload"]["notification_type"] == "upload"
    assert message["payload"]["public_id"] == "polled"
    assert utils.verify_notification(message)
    assert not utils.verify_notification({**message, "signed_payload": message["signed_payload"][:-4]})
    results = sdk.ack_notifications([message["receipt_handle"]])["results"]
    assert results == [{"receipt_handle": message["receipt_handle"], "status": "acked"}]
    assert "messages" not in sdk.notifications(channel="live_x/y", wait_seconds=0)
    sdk.update_trigger(made["id"], "poll://other")
    assert [item["uri"] for item in sdk.triggers(event_type="upload")["triggers"]] == ["poll://other"]
    assert not sdk.test_trigger(made["id"], {"a": 1})["filter_present"]
    sdk.delete_trigger(made["id"])
    assert sdk.triggers()["total"] == 0


async def test_a_message_holds_the_exact_bytes_that_are_signed(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await trigger(call, "poll://c", "upload", uri_type="poll")
        await call.upload(public_id="köter", batch_id="b1")
        (message,) = await messages(call, channel="c")
        assert message.keys() == {
            "receipt_handle", "batch_id", "payload", "signed_payload", "signature", "timestamp"
        }  # fmt: skip
        text = message["signed_payload"]
        assert not set(text) & set("+/=")
        body = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert "köter".encode() in body
        assert parse_payload(body) == message["payload"]
        assert message["batch_id"] == "b1"
        assert isinstance(message["timestamp"], str)


async def test_a_fetched_message_is_hidden_and_comes_again_until_it_is_acknowledged(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await trigger(call, "poll://c", "upload", uri_type="poll")
        await call.upload(public_id="x")
        (first,) = await messages(call, channel="c", visibility_timeout=1)
        assert await messages(call, channel="c") == []
        before = time.monotonic()
        (again,) = await messages(call, channel="c", wait_seconds=20)
        assert 0.5 < time.monotonic() - before < 15
        assert again["signed_payload"] == first["signed_payload"]
        assert again["receipt_handle"] != first["receipt_handle"]
        results = await acknowledge(call, first["receipt_handle"], again["receipt_handle"], again["receipt_handle"])
        assert [result["status"] for result in results] == ["not_found", "acked", "not_found"]


async def test_a_long_poll_is_answered_when_something_comes(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await trigger(call, "poll://c", "upload", uri_type="poll")
        waiting = asyncio.create_task(messages(call, channel="c", wait_seconds=60))
        await call.upload(public_id="x")
        async with asyncio.timeout(30):
            (message,) = await waiting
        assert message["payload"]["public_id"] == "x"
        assert await messages(call, channel="other") == []


async def test_messages_come_in_order_and_in_the_wanted_number(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await trigger(call, "poll://c", "create_folder", uri_type="poll")
        for number in range(12):
            await call("POST", f"/folders/f{number:02}")
        first = await messages(call, channel="c")
        rest = await messages(call, channel="c", max_messages=100)
        assert [item["payload"]["folder_path"] for item in first + rest] == [f"f{number:02}" for number in range(12)]
        assert len(first) == 10


async def test_anonymous_messages_are_found_by_their_batch(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await trigger(call, "poll://*", "all", uri_type="poll")
        await trigger(call, "poll://named", "all", uri_type="poll")
        await call.upload(public_id="unbatched")
        await call.upload(public_id="x", batch_id="b1")
        await call("POST", "/image/destroy", data={"public_id": "x", "batch_id": "b1"})
        found = await messages(call, batch_id="b1")
        assert [(item["batch_id"], item["payload"]["notification_type"]) for item in found] == [
            ("b1", "upload"),
            ("b1", "delete"),
        ]
        later: dict[str, Any] = {"public_id": "y", "async": "true"}
        pending = await call.upload(**later)
        (message,) = await messages(call, batch_id=pending["batch_id"], wait_seconds=5)
        assert message["payload"]["public_id"] == "y"
        assert await messages(call, channel="*") == []
        assert len(await messages(call, channel="named")) == 4


async def test_messages_that_nobody_fetches_are_dropped_when_they_are_too_many_or_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assumptions, "MOST_WAITING_MESSAGES", 2)
    async with api(tmp_path) as call:
        await trigger(call, "poll://c", "create_folder", uri_type="poll")
        for name in "abc":
            await call("POST", f"/folders/{name}")
        found = await messages(call, channel="c", visibility_timeout=600)
        assert [item["payload"]["folder_path"] for item in found] == ["b", "c"]
        monkeypatch.setattr(assumptions, "WAITING_MESSAGE_LIFE", -1)
        await call("POST", "/folders/d")
        results = await acknowledge(call, *(item["receipt_handle"] for item in found))
        assert [result["status"] for result in results] == ["not_found", "not_found"]


async def test_messages_survive_a_restart(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await trigger(call, "poll://c", "upload", uri_type="poll")
        await call.upload(public_id="x")
    async with api(tmp_path) as call:
        (message,) = await messages(call, channel="c")
        await acknowledge(call, message["receipt_handle"])
    async with api(tmp_path) as call:
        assert await messages(call, channel="c") == []


async def test_who_hung_up_takes_no_message_away(tmp_path: Path) -> None:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
        identity = sandbox.cloud.identity
        options: dict[str, Any] = {**LOOPBACK, "auth": (identity.api_key, identity.api_secret)}
        async with httpx.AsyncClient(base_url=sandbox.address, **options) as client:
            path = f"/v1_1/{identity.cloud_name}"
            values = {"uri": "poll://c", "event_type": "all", "uri_type": "poll"}
            assert (await client.post(f"{path}/triggers", json=values)).status_code == 200
            polls = f"/v2/notifications/{identity.cloud_name}/messages"
            with pytest.raises(httpx.ReadTimeout):
                await client.get(polls, params={"channel": "c", "wait_seconds": 60}, timeout=0.1)
            assert (await client.post(f"{path}/folders/a")).status_code == 200
            reply = await client.get(polls, params={"channel": "c", "wait_seconds": 0})
            assert len(reply.json()["messages"]) == 1


async def test_a_long_poll_ends_with_the_sandbox(tmp_path: Path) -> None:
    async with httpx.AsyncClient(**LOOPBACK) as client:
        async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
            identity = sandbox.cloud.identity
            url = f"{sandbox.address}/v2/notifications/{identity.cloud_name}/messages"
            auth = (identity.api_key, identity.api_secret)
            params = {"channel": "c", "wait_seconds": "60"}
            waiting = asyncio.create_task(client.get(url, params=params, auth=auth, timeout=70))
            async with asyncio.timeout(30):
                while not sandbox.cloud.requests:
                    await asyncio.sleep(0.005)
            before = time.monotonic()
        assert time.monotonic() - before < 15
        assert (await waiting).json() == {}


async def test_bad_requests_are_refused(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        path = f"/v2/notifications/{call.identity.cloud_name}/messages"
        for params in (
            {},
            {"channel": "c", "batch_id": "b"},
            {"channel": "c", "max_messages": "101"},
            {"channel": "c", "wait_seconds": "61"},
            {"channel": "c", "visibility_timeout": "0"},
            {"channel": "c", "wait_seconds": "soon"},
        ):
            assert error_of(await call.client.get(path, params=params, headers=call.basic))[0] == 400
        for body in ({}, {"receipt_handles": ["x"] * 101}):
            assert (await call.client.post(f"{path}/ack", json=body, headers=call.basic)).status_code == 400
        assert (await call.client.get(path, params={"channel": "c"})).status_code == 401
        assert (await call.client.get("/v2/notifications/other/messages", headers=call.basic)).status_code == 401
        assert (await call("GET", "/v2/notifications/messages")).status_code == 400


async def test_polling_does_not_use_up_the_admin_quota(tmp_path: Path) -> None:
    async with api(tmp_path, admin_quota=1) as call:
        for _ in range(3):
            assert await messages(call, channel="c") == []
        assert call.cloud.quota.used == 0
