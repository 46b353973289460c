"""What a screen decides (`w_auto`, `dpr_auto`), and the widths between which a picture's file grows evenly."""

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from cloudinary_sandbox.delivery.client_hints import ClientHints
from tests.sandbox.helpers import Api, api, picture


def busy(size: tuple[int, int]) -> bytes:
    """A picture whose file grows with its size."""
    out = io.BytesIO()
    Image.effect_mandelbrot(size, (-2.0, -1.2, 1.0, 1.2), 60).convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()


async def got(call: Api, transformation: str, **hints: str) -> httpx.Response:
    headers = {name.replace("_", "-"): value for name, value in hints.items()}
    reply = await call.client.get(f"/sandbox/image/upload/{transformation}/a.png", headers=headers)
    assert reply.status_code == 200, reply.text
    return reply


def width(reply: httpx.Response) -> int:
    with Image.open(io.BytesIO(reply.content)) as image:
        return image.width


@pytest.mark.parametrize(
    ("transformation", "hints", "expected"),
    [
        ("c_scale,w_auto", {"Width": "120"}, 120),
        ("c_scale,w_auto", {"Sec_CH_Width": "120"}, 120),
        ("c_scale,w_auto", {"Viewport_Width": "90"}, 90),
        ("c_scale,w_auto", {"Width": "120", "Viewport_Width": "90"}, 120),
        ("c_scale,w_auto:50", {"Width": "120"}, 150),
        ("c_scale,w_auto:50:80", {"Width": "101"}, 150),
        ("c_scale,w_auto:50:80", {}, 80),
        ("c_scale,w_auto", {}, 400),
        ("c_scale,w_auto", {"Width": "wide"}, 400),
        ("c_scale,w_auto", {"Width": "-5"}, 400),
        ("c_scale,dpr_auto,w_100", {"DPR": "2.0"}, 200),
        ("c_scale,dpr_auto,w_100", {"Sec_CH_DPR": "1.5"}, 150),
        ("c_scale,dpr_auto,w_100", {}, 100),
        ("c_scale,dpr_auto,w_auto", {"Width": "200", "DPR": "2"}, 200),
        ("c_scale,dpr_auto,w_auto", {"Viewport_Width": "150", "DPR": "2"}, 300),
    ],
)
async def test_a_screen_decides_the_size(tmp_path: Path, transformation: str, hints: dict[str, str], expected: int):
    async with api(tmp_path) as call:
        await call.upload(picture((400, 200)), public_id="a")
        assert width(await got(call, transformation, **hints)) == expected


async def test_each_screen_gets_its_own_file_and_caches_are_told(tmp_path: Path):
    async with api(tmp_path) as call:
        await call.upload(picture((400, 200)), public_id="a")
        small, large = [await got(call, "c_scale,dpr_auto,w_auto", Width=size) for size in ("100", "200")]
        assert (width(small), width(large)) == (100, 200)
        assert small.headers["vary"] == "DPR, Width, Viewport-Width"
        assert small.headers["accept-ch"] == "DPR, Width, Viewport-Width"
        assert "vary" not in (await got(call, "c_scale,w_50", Width="100")).headers
        automatic = await got(call, "c_scale,f_auto,w_auto", Width="100", Accept="image/webp")
        assert automatic.headers["vary"] == "Accept, Width, Viewport-Width"


def test_only_whole_parameters_are_written_out():
    hints = ClientHints(dpr=2, width=100)
    for text in ("l_dpr_auto,w_10", "l_text:Arial_20:w_auto", "t_w_auto", "w_auto:breakpoints:json"):
        assert hints.applied(text) == text


async def test_breakpoints_come_as_json_the_smallest_first(tmp_path: Path):
    async with api(tmp_path) as call:
        await call.upload(busy((800, 600)), public_id="a")
        found = (await got(call, "c_scale,w_auto:breakpoints:json")).json()["breakpoints"]
        assert found == sorted(found)
        assert (found[0], found[-1]) == (50, 800)
        assert len(found) > 2
        named = (await got(call, "c_scale,w_auto:breakpoints_100_400_5_3:json")).json()["breakpoints"]
        assert (named[0], named[-1], len(named)) == (100, 400, 3)


async def test_breakpoints_are_of_the_picture_that_comes_before(tmp_path: Path):
    async with api(tmp_path) as call:
        await call.upload(busy((800, 600)), public_id="a")
        found = (await got(call, "c_crop,w_300/c_scale,w_auto:breakpoints:json")).json()["breakpoints"]
        assert found[-1] == 300


async def test_the_breakpoint_that_fits_is_delivered(tmp_path: Path):
    async with api(tmp_path) as call:
        await call.upload(busy((800, 600)), public_id="a")
        found = (await got(call, "c_scale,w_auto:breakpoints_100_700_20_5:json")).json()["breakpoints"]
        assert width(await got(call, "c_scale,w_auto:breakpoints_100_700_20_5")) == found[-1]
        needed = await got(call, "c_scale,w_auto:breakpoints_100_700_20_5", Width=str(found[0] + 1))
        assert width(needed) == found[1]
        near = await got(call, f"c_scale,w_auto:breakpoints_100_700_20_5:{found[1] + 2}")
        assert width(near) == found[1]


@pytest.mark.parametrize("numbers", ["700_100_20_5", "100_700_0_5", "100_700_20_0", "100_700_20_900"])
async def test_breakpoints_that_cannot_be_are_refused(tmp_path: Path, numbers: str):
    async with api(tmp_path) as call:
        await call.upload(picture((40, 20)), public_id="a")
        reply = await call.client.get(f"/sandbox/image/upload/w_auto:breakpoints_{numbers}:json/a.png")
        assert (reply.status_code, numbers in reply.headers["x-cld-error"]) == (400, True)
