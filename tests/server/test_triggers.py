"""Triggers, and events without a public address: one call sets up both ends."""

from pathlib import Path

import anyio
from mcp import Client
from pydantic import SecretStr

from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.config import CloudConfig
from tests.server.test_notifications import receiving
from tests.server.test_upload_asset import data_uri
from tests.support import both_eras, no_sleep, png, sandbox_cloud, settings_for, text_of, world


@both_eras
async def test_a_poll_channel_brings_events_to_a_machine_without_a_public_address(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        saved = await w.call("save_trigger", event_type="upload", channel="desk")
        assert saved["created"]
        assert saved["trigger"]["uri"] == "poll://desk"
        await w.upload("shop/shoe")
        seen = await w.call("wait_for_notification", type="upload", public_id="shop/shoe", timeout=20)
        assert seen["arrived"]
        status = await w.call("notification_status")
        assert status["poll_channels"][0]["channel"] == "poll://desk"


@both_eras
async def test_channels_of_the_settings_are_polled_from_the_start(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, settings={"poll_channel": ["desk"]}) as w:
        await w.cloud.admin(
            "POST", "triggers", json={"uri": "poll://desk", "event_type": "all", "uri_type": "poll", "additive": True}
        )
        await w.upload("a")
        assert (await w.call("wait_for_notification", type="upload", timeout=20))["arrived"]


@both_eras
async def test_saving_the_same_trigger_again_changes_it(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        first = await w.call("save_trigger", event_type="upload", uri="https://example.com/hook")
        again = await w.call("save_trigger", event_type="upload", uri="https://example.com/hook", additive=False)
        assert (first["created"], again["created"]) == (True, False)
        moved = await w.call(
            "save_trigger", event_type="upload", uri="https://example.com/new", trigger_id=first["trigger"]["id"]
        )
        assert moved["trigger"]["uri"] == "https://example.com/new"
        assert (await w.call("list_triggers"))["count"] == 1
        assert (await w.call("list_triggers", event_type="delete"))["count"] == 0


@both_eras
async def test_wrong_triggers_are_explained_and_nothing_changes(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        assert "did you mean 'upload'" in await w.error("save_trigger", event_type="uplod", channel="x")
        assert "no public address" in await w.error("save_trigger", event_type="upload")
        assert "not both" in await w.error("save_trigger", channel="a", uri="https://example.com")
        assert "There is no trigger" in await w.error("save_trigger", channel="a", trigger_id="nope")
        assert (await w.call("list_triggers"))["count"] == 0


@both_eras
async def test_a_public_url_makes_this_server_the_webhook(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, settings={"public_url": "https://hooks.example.com/"}) as w:
        saved = await w.call("save_trigger", event_type="moderation")
        assert saved["trigger"]["uri"] == "https://hooks.example.com/webhooks/cloudinary"


@both_eras
async def test_a_filter_is_tested_without_sending_anything(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        rule = {"==": [{"var": "resource_type"}, "image"]}
        trigger = (await w.call("save_trigger", event_type="upload", channel="x", filter=rule))["trigger"]
        passed = await w.call("test_trigger", trigger_id=trigger["id"], sample={"resource_type": "image"})
        held = await w.call("test_trigger", trigger_id=trigger["id"], sample={"resource_type": "raw"})
        assert (passed["filter_result"], held["filter_result"]) == (True, False)


@both_eras
async def test_a_trigger_is_deleted_only_after_a_plan(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        trigger = (await w.call("save_trigger", event_type="upload", channel="x"))["trigger"]
        plan = await w.call("delete_trigger", trigger_id=trigger["id"])
        assert "nothing was deleted" in plan["plan"]
        assert (await w.call("list_triggers"))["count"] == 1
        done = await w.call("delete_trigger", trigger_id=trigger["id"], confirm=True, plan_id=plan["plan_id"])
        assert done["deleted"] == trigger["id"]
        assert (await w.call("list_triggers"))["count"] == 0
        assert "There is no trigger" in await w.error("delete_trigger", trigger_id=trigger["id"])


@both_eras
async def test_an_upload_waits_for_its_own_outcome(tmp_path: Path, era: str) -> None:
    async with receiving(tmp_path, era) as (w, sender):
        outcome: dict[str, object] = {}

        async def upload() -> None:
            outcome.update(
                await w.call(
                    "upload_asset", source=data_uri(png()), public_id="m", moderation="manual", wait_for="moderation"
                )
            )

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upload)
            while "m" not in await w.public_ids():
                await anyio.sleep(0.01)
            await sender.send({"notification_type": "moderation", "public_id": "m", "moderation_status": "rejected"})
        assert outcome["outcome"] == {"moderation_status": "rejected"}


@both_eras
async def test_an_upload_that_is_not_told_of_in_time_says_how_to_go_on(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, settings={"call_seconds": 5}) as w:
        made = await w.call(
            "upload_asset", source=data_uri(png()), public_id="m", eager=["c_fill,w_4,h_4"], wait_for="eager"
        )
        assert "wait_for_notification(type='eager', public_id='m')" in made["note"]
        assert await w.public_ids() == {"m"}


@both_eras
async def test_a_channel_that_could_not_be_verified_is_refused_before_anything_is_set_up(
    tmp_path: Path, era: str
) -> None:
    async with sandbox_cloud(tmp_path) as (sandbox, transport):
        known = CloudConfig.from_url(sandbox.identity.cloudinary_url, "sandbox")
        token = SecretStr(sandbox.identity.oauth_token)
        config = known.model_copy(update={"api_key": None, "api_secret": None, "oauth_token": token})

        def make(config: CloudConfig) -> CloudinaryClient:
            return CloudinaryClient(config, transport=transport, sleep=no_sleep)

        server = CloudinaryServer(settings_for(tmp_path), Clouds({"sandbox": config}), make=make)
        async with make(config) as cloud, Client(server, mode=era) as client:  # pyright: ignore[reportArgumentType]
            refused = await client.call_tool("save_trigger", {"channel": "desk"})
            assert refused.is_error
            assert "no API secret here; nothing was changed" in text_of(refused)
            assert (await cloud.admin("GET", "triggers"))["triggers"] == []
