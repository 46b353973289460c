"""Endpoints of what the sandbox has no subscription for, and the small ones beside them."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.helpers import api, error_of


@pytest.mark.parametrize(
    ("path", "body", "feature"),
    [
        ("/v2/analysis/sandbox/analyze/coco", {"source": {"uri": "https://x/a.jpg"}}, "object_detection"),
        ("/v2/analysis/sandbox/analyze/ai_vision_tagging", {"source": {"uri": "https://x/a.jpg"}}, "ai_vision"),
        ("/v2/sandbox/analysis/analyze/uri", {"analysis_type": "google_tagging", "uri": "x"}, "google_tagging"),
        ("/v2/generate/sandbox/text_to_image", {"prompt": "a cat"}, "image_generation"),
    ],
)  # fmt: skip
async def test_an_addon_is_refused_by_its_name(tmp_path: Path, path: str, body: dict[str, Any], feature: str) -> None:
    async with api(tmp_path) as call:
        reply = await call.client.post(path, json=body, headers=call.basic)
        error = reply.json()["error"]
        assert (reply.status_code, error["code"], error["details"]) == (403, "MA_00007", {"feature_name": feature})
        assert error["request_id"] == reply.headers["x-request-id"]
        assert (await call.client.post(path, json=body)).status_code == 401


async def test_a_task_that_was_never_begun_is_not_found(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for path in ("/v2/analysis/sandbox/tasks/1", "/v2/generate/sandbox/tasks/1"):
            assert (await call.client.get(path, headers=call.basic)).status_code == 404
        odd = await call.client.post("/v2/analysis/sandbox/analyze/odd", json={}, headers=call.basic)
        assert error_of(odd) == (400, "Invalid analysis_type odd")


async def test_a_visual_search_finds_nothing_as_where_the_plan_has_none(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload()
        nothing = {"resources": [], "total_count": 0}
        assert await call.get("/resources/visual_search", text="a cat") == nothing
        file = {"image_file": ("a.png", b"picture")}
        assert (await call("POST", "/resources/visual_search", files=file)).json() == nothing
        assert error_of(await call("POST", "/resources/visual_search", json={}))[0] == 400


async def test_a_script_can_be_tried_without_an_upload(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(public_id="x")
        body = {"eval": "upload_options.tags = resource_info.width > 200 ? 'wide' : 'narrow'", "public_id": "x"}
        assert (await call("POST", "/eval", json=body)).json() == {"public_id": "x", "tags": "wide"}
        assert error_of(await call("POST", "/eval", json={}))[0] == 400


async def test_urls_of_this_cloud_can_be_invalidated(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        own, foreign = "http://127.0.0.1/sandbox/image/upload/a.png", "https://res.cloudinary.com/demo/image/upload/a"
        reply = (await call("DELETE", "/derived_resources/invalidate_by_urls", json={"urls": [own, foreign]})).json()
        assert (reply["urls"], reply["unauthorized_urls"], reply["cdn_invalidated"]) == ([own], [foreign], True)
