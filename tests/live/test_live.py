"""The plays on a real cloud (marker `live`), and what was recorded of them against the sandbox.

`CLOUDINARY_LIVE_URL=cloudinary://… uv run pytest -m live` records anew from that cloud, which is then the measure;
`uv run python -m tests.live.record` records from a sandbox.
"""

import os
import secrets
from pathlib import Path

import httpx
import pytest

from cloudinary_tools.config import CloudConfig
from tests.live.plays import PLAYS
from tests.live.record import played_on_a_sandbox
from tests.live.recording import RECORDINGS, Plain, Recorder, differences, read, write

LIVE_URL = os.environ.get("CLOUDINARY_LIVE_URL", "")


@pytest.mark.live
@pytest.mark.skipif(not LIVE_URL, reason="needs CLOUDINARY_LIVE_URL, the URL of a cloud that may be written to")
@pytest.mark.parametrize("name", PLAYS)
async def test_a_play_is_recorded_from_the_live_service(name: str) -> None:
    config = CloudConfig.from_url(LIVE_URL)
    async with httpx.AsyncClient(timeout=60) as client:
        where = f"{config.upload_prefix}/v1_1/{config.cloud_name}"
        recorder = Recorder(client, where, Plain(config, f"play-{secrets.token_hex(6)}"))
        await PLAYS[name](recorder)
    write(name, "cloudinary", recorder.exchanges)


@pytest.mark.parametrize("name", PLAYS)
async def test_the_sandbox_answers_as_was_recorded(name: str, tmp_path: Path) -> None:
    seen = await played_on_a_sandbox(name, tmp_path)
    assert differences(read(name), seen) == []


def test_every_recording_belongs_to_a_play() -> None:
    assert {path.stem for path in RECORDINGS.glob("*.json")} == set(PLAYS)


def test_secrets_ids_and_times_are_replaced_and_ids_are_followed() -> None:
    config = CloudConfig.from_url("cloudinary://key123:secret456@shop")
    plain = Plain(config, "play-1")
    reply = {
        "asset_id": "abc", "signature": "s", "created_at": "2026", "version": 1795637147, "width": 3,
        "secure_url": "https://res.cloudinary.com/shop/image/upload/s--abc--/v1795637147/play-1/a.png",
        "error": {"message": "Unknown API key key123 and secret456"},
        "related": [{"asset_id": "abc"}, {"asset_id": "d"}],
    }  # fmt: skip
    assert plain.value(reply) == {
        "asset_id": "<asset_id 1>", "signature": "<signature>", "created_at": "<created_at>", "version": "<version>",
        "width": 3, "secure_url": "<delivery>/image/upload/<signature>/<version>/<folder>/a.png",
        "error": {"message": "Unknown API key <api_key> and <api_secret>"},
        "related": [{"asset_id": "<asset_id 1>"}, {"asset_id": "<asset_id 2>"}],
    }  # fmt: skip


def test_every_difference_has_its_place() -> None:
    recorded = [{"status": 200, "reply": {"a": 1, "b": [1, 2], "c": 0}}]
    seen = [{"status": 404, "reply": {"a": 1, "b": [1, 3, 4], "d": 0}}]
    assert differences(recorded, seen) == [
        "/0/status: recorded 200, seen 404",
        "/0/reply/c: recorded, not seen",
        "/0/reply/d: seen, not recorded",
        "/0/reply/b/1: recorded 2, seen 3",
        "/0/reply/b: 2 recorded, 3 seen",
    ]
