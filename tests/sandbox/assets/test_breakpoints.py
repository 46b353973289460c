"""Responsive breakpoints of an upload and of explicit."""

import io
import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloudinary_sandbox.assets.breakpoints import Breakpoints
from tests.sandbox.helpers import Api, api, error_of


def noise(width: int, height: int) -> bytes:
    out = io.BytesIO()
    pixels = random.Random(7).randbytes(width * height * 3)
    Image.frombytes("RGB", (width, height), pixels).save(out, "JPEG", quality=90)
    return out.getvalue()


async def breakpoints(call: Api, *settings: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    text = json.dumps(settings)
    made = await call.upload(noise(600, 400), name="n.jpg", public_id="n", responsive_breakpoints=text, **params)
    return made["responsive_breakpoints"]


async def test_the_widest_comes_first_and_each_is_delivered(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        (entry,) = await breakpoints(call, {"min_width": 100, "max_width": 500, "max_images": 4, "bytes_step": 1000})
        assert "transformation" not in entry
        widths = [each["width"] for each in entry["breakpoints"]]
        assert (widths[0], widths[-1], len(widths)) == (500, 100, 4)
        assert widths == sorted(widths, reverse=True)
        sizes = [each["bytes"] for each in entry["breakpoints"]]
        assert sizes == sorted(sizes, reverse=True)
        for each in entry["breakpoints"]:
            served = await call.client.get(each["url"])
            assert (len(served.content), f"c_scale,w_{each['width']}" in each["secure_url"]) == (each["bytes"], True)
        assert len((await call.get("/resources/image/upload/n"))["derived"]) == 4


async def test_several_settings_answer_in_their_order_with_transformation_and_format(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        turned, plain = await breakpoints(
            call, {"create_derived": False, "transformation": "a_90/gif", "max_images": 2}, {"create_derived": False}
        )
        assert turned["transformation"] == "a_90"
        assert [each["width"] for each in turned["breakpoints"]] == [400, 50]
        assert all(each["url"].endswith("/n.gif") for each in turned["breakpoints"])
        assert plain["breakpoints"][0]["width"] == 600  # a picture is never made larger than it is
        assert (await call.get("/resources/image/upload/n"))["derived"] == []


async def test_json_bodies_and_explicit_take_them_as_objects(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(noise(300, 200), name="n.jpg", public_id="n")
        body = {"public_id": "n", "type": "upload", "responsive_breakpoints": {"max_images": 1, "max_width": 200}}
        reply = (await call("POST", "/image/explicit", json=body)).json()
        assert [each["width"] for each in reply["responsive_breakpoints"][0]["breakpoints"]] == [200]


@pytest.mark.parametrize(
    "setting",
    [{"max_images": 0}, {"min_width": 500, "max_width": 400}, {"bytes_step": "many"}, {"transformation": "zz_1"}, 1],
)
async def test_settings_that_cannot_be_are_refused(tmp_path: Path, setting: Any) -> None:
    async with api(tmp_path) as call:
        assert error_of(await call.try_upload(responsive_breakpoints=json.dumps([setting])))[0] == 400


def test_widths_are_spread_so_that_files_grow_evenly() -> None:
    widths = Breakpoints(bytes_step=20_000, max_images=20).widths(2000, 2_000, 120_000)
    assert (widths[0], widths[-1], len(widths)) == (1000, 50, 7)
    steps = [high**2 - low**2 for high, low in pairwise(widths)]
    assert max(steps) - min(steps) < 3000
    assert Breakpoints().widths(30, 10, 10) == [30]
