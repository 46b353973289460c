"""The sandbox's notifications arrive in our own receiver and log; bad ones do not."""

import asyncio
from pathlib import Path

from pydantic import SecretStr

from cloudinary_mcp.notifications.verify import HeaderRule, VerificationKeys
from cloudinary_mcp.notifications.webhook_receiver import WebhookReceiver
from cloudinary_tools.config import CloudName
from tests.notifications.helpers import open_log
from tests.sandbox.helpers import api
from tests.sandbox.notifications.helpers import control


async def test_what_happens_in_the_sandbox_is_in_the_log_and_what_is_wrong_is_not(tmp_path: Path) -> None:
    async with api(tmp_path / "sandbox") as call, open_log(tmp_path) as log:
        clouds = [call.identity.cloud_name]
        keys = VerificationKeys(CloudName(clouds[0]), (SecretStr(call.identity.api_secret),))
        async with WebhookReceiver(log, [keys], port=0) as receiver:
            url = receiver.state.address
            await control(call, "POST", "receivers", {"url": url})
            await call.upload(public_id="x", tags="a")
            await call("POST", "/image/context", json={"command": "add", "context": "k=v", "public_ids": ["x"]})
            await call("POST", "/image/destroy", data={"public_id": "x"})
            async with asyncio.timeout(4):
                while receiver.traffic.accepted < 3:
                    await asyncio.sleep(0.005)
            rows = (await log.list(clouds=clouds, public_id="x", limit=10)).items
            assert sorted(row.type for row in rows) == ["delete", "resource_context_changed", "upload"]
            await control(call, "DELETE", "receivers")
            for kind, statuses in (("invalid_signature", [401]), ("stale", [401]), ("replay", [200, 200])):
                reply = await control(call, "POST", "notifications", {"url": url, "kind": kind})
                assert reply.json()["statuses"] == statuses, kind
            assert len((await log.list(clouds=clouds, limit=10)).items) == 4


async def test_a_receiver_that_wants_a_header_gets_it_with_whatever_is_sent_there(tmp_path: Path) -> None:
    async with api(tmp_path / "sandbox") as call, open_log(tmp_path) as log:
        clouds = [call.identity.cloud_name]
        keys = VerificationKeys(
            CloudName(clouds[0]),
            (SecretStr(call.identity.api_secret),),
            header=HeaderRule("X-Inbound", SecretStr("shared"), "also"),
        )
        async with WebhookReceiver(log, [keys], port=0) as receiver:
            url = receiver.state.address
            body = {"url": url, "kind": "valid"}
            assert (await control(call, "POST", "notifications", body)).json()["statuses"] == [401]
            registered = {"url": url, "headers": {"X-Inbound": "shared"}}
            told = await control(call, "POST", "receivers", registered)
            assert told.json() == {"receivers": [url]}
            assert (await control(call, "POST", "notifications", body)).json()["statuses"] == [200]
            await control(call, "DELETE", "receivers")
            assert (await control(call, "POST", "notifications", body)).json()["statuses"] == [401]


async def test_headers_that_cannot_be_sent_are_refused_without_their_values(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for headers in ({"X Y": "secret"}, {"X": "secret\r\nY: 1"}, {"X": 1}, ["X"]):
            reply = await control(call, "POST", "receivers", {"url": "http://127.0.0.1:1/", "headers": headers})
            assert (reply.status_code, "secret" in reply.text) == (400, False)
