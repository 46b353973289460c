"""Sprites, animations, exploded pages and texts: real files, delivered; by the official SDK."""

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, uploader
from cloudinary.exceptions import BadRequest, NotFound
from PIL import Image

from cloudinary_sandbox import MediaLimits
from tests.sandbox.helpers import api as in_memory
from tests.sandbox.helpers import picture
from tests.sandbox.notifications.helpers import messages, trigger
from tests.support import LOOPBACK

RED, BLUE = picture((40, 30), "red"), picture((20, 10), "blue")


def fetch(url: str) -> httpx.Response:
    reply = httpx.get(url, **LOOPBACK)
    assert reply.status_code == 200, reply.text
    return reply


def opened(url: str) -> Image.Image:
    return Image.open(io.BytesIO(fetch(url).content))


def gif(frames: int) -> bytes:
    out = io.BytesIO()
    images = [Image.new("RGB", (30, 20), (80 * number, 0, 0)) for number in range(frames)]
    images[0].save(out, "GIF", save_all=True, append_images=images[1:])
    return out.getvalue()


@pytest.fixture
def urls(sandbox: object) -> list[str]:
    return [
        uploader.upload(content, public_id=name, tags=["logo"])["url"]
        for name, content in (("one", RED), ("dir/two", BLUE))
    ]


class TestSprites:
    def test_a_sprite_of_a_tag_has_a_picture_a_style_sheet_and_a_json_file(self, urls: list[str]) -> None:
        made = uploader.generate_sprite("logo")
        assert made["public_id"] == "logo"
        assert made["image_infos"] == {
            "dir/two": {"width": 20, "height": 10, "x": 0, "y": 0},
            "one": {"width": 40, "height": 30, "x": 0, "y": 10},
        }
        image = opened(made["image_url"]).convert("RGB")
        assert (image.size, image.getpixel((5, 5)), image.getpixel((5, 20))) == ((40, 40), (0, 0, 255), (255, 0, 0))
        css = fetch(made["secure_css_url"])
        assert css.headers["content-type"].startswith("text/css")
        assert f".dir-two {{ width: 20px; height: 10px; background: url('{made['image_url']}')" in css.text
        assert fetch(made["json_url"]).json() == made["image_infos"]
        again = uploader.generate_sprite("logo")
        assert again["version"] > made["version"]
        assert fetch(again["css_url"]).status_code == 200

    def test_urls_and_a_transformation_make_one_too(self, urls: list[str]) -> None:
        made = uploader.generate_sprite(urls=urls, width=10, height=10, crop="fill", public_id="mine")
        assert (made["public_id"], set(made["image_infos"])) == ("mine", {"one", "two"})
        assert opened(made["image_url"]).size == (10, 20)
        assert opened(uploader.download_generated_sprite("logo")).size == (40, 40)

    def test_the_address_names_the_transformation_and_the_format(self, urls: list[str]) -> None:
        made = uploader.generate_sprite("logo", format="jpg", width=10, crop="scale")
        assert made["css_url"].endswith("/logo,c_scale,f_jpg,w_10.css")
        assert made["image_url"].endswith(".jpg")
        assert (opened(made["image_url"]).format, fetch(made["css_url"]).status_code) == ("JPEG", 200)
        assert made["image_url"] in fetch(made["css_url"]).text

    def test_a_tag_that_nothing_has_is_an_error(self, urls: list[str]) -> None:
        with pytest.raises(BadRequest, match="No images have the tag nothing"):
            uploader.generate_sprite("nothing")


class TestAnimations:
    def test_pictures_become_an_animation(self, urls: list[str]) -> None:
        made = uploader.multi("logo")
        image: Any = opened(made["url"])
        assert (made["public_id"], image.format, image.n_frames, image.size) == ("logo", "GIF", 2, (40, 30))
        assert image.info["duration"] == 100
        slow: Any = opened(uploader.multi("logo", format="webp", delay=500, width=20, crop="scale")["url"])
        assert (slow.format, slow.n_frames, slow.size) == ("WEBP", 2, (20, 15))

    def test_the_address_has_the_transformation_of_the_pictures(self, urls: list[str]) -> None:
        made = uploader.multi("logo", transformation={"raw_transformation": "c_crop,w_0.5"})
        assert "/image/multi/c_crop,w_0.5/v" in made["url"]
        assert made["url"].endswith("/logo.gif")
        whole: Any = opened(uploader.multi("logo")["url"])
        image: Any = opened(made["url"])
        assert (image.n_frames, image.size, whole.size) == (2, (20, 30), (40, 30))
        smaller = opened(made["url"].replace("c_crop,w_0.5", "c_scale,w_8"))  # of the whole animation
        assert smaller.size == (8, 6)

    def test_pictures_become_a_pdf(self, urls: list[str]) -> None:
        made = uploader.multi(urls=urls, format="pdf")
        assert fetch(made["secure_url"]).content.startswith(b"%PDF")
        assert api.resource(made["public_id"], type="multi", pages=True)["pages"] == 2
        assert fetch(uploader.download_multi("logo", format="png")).headers["content-type"] == "image/png"

    @pytest.mark.skipif(find_spec("av") is None, reason="needs the extra video")
    @pytest.mark.parametrize("format", ["mp4", "webm"])
    def test_pictures_become_a_film(self, urls: list[str], format: str) -> None:
        made = uploader.multi("logo", format=format)
        assert fetch(made["url"]).headers["content-type"] == f"video/{format}"
        known = api.resource("logo", resource_type="video", type="multi")
        assert (known["format"], known["width"], known["height"]) == (format, 40, 30)

    def test_what_cannot_be_made_is_named(self, urls: list[str]) -> None:
        with pytest.raises(Exception, match="does not render animations in the format tiff"):
            uploader.multi("logo", format="tiff")
        with pytest.raises(BadRequest, match="format"):
            uploader.multi("logo", format="../x")


@pytest.mark.usefixtures("sandbox")
class TestTexts:
    def test_a_text_becomes_a_picture(self) -> None:
        made = uploader.text("Hello\nworld", public_id="hello", font_size=40, font_color="red", font_weight="bold")
        assert (made["type"], made["format"], made["public_id"]) == ("text", "png", "hello")
        assert made["width"] > 50
        image = opened(made["url"]).convert("RGBA")
        assert image.size == (made["width"], made["height"])
        assert (255, 0, 0, 255) in {colour for _, colour in image.getcolors(100_000) or []}
        assert uploader.text("Hello")["width"] > 1

    def test_a_style_that_is_none_is_refused(self) -> None:
        for style in ({"font_color": "nocolour"}, {"text_align": "up"}, {"font_size": 9999}):
            with pytest.raises(BadRequest, match="Invalid"):
                uploader.text("x", **style)


@pytest.mark.usefixtures("sandbox")
class TestExploding:
    def test_explode_needs_pages_of_something_that_is_there(self) -> None:
        uploader.upload(gif(2), public_id="a")
        with pytest.raises(BadRequest, match="pg_all"):
            uploader.explode("a", width=10)
        with pytest.raises(NotFound):
            uploader.explode("zz", page="all")
        reply = uploader.explode("a", page="all")
        assert (reply["status"], len(reply["batch_id"])) == ("processing", 64)


async def test_every_frame_becomes_a_derived_picture_and_is_told(tmp_path: Path) -> None:
    async with in_memory(tmp_path) as cloud:
        for event in ("explode", "multi", "error"):
            await trigger(cloud, f"poll://{event}", event, uri_type="poll")
        await cloud.upload(gif(3), public_id="a", tags="t")
        body = {"public_id": "a", "transformation": "pg_all,w_15", "format": "jpg"}
        reply = (await cloud("POST", "/image/explode", json=body)).json()
        await cloud.cloud.settled()
        told = (await messages(cloud, channel="explode"))[0]["payload"]
        assert (told["pages"], told["batch_id"], told["public_id"]) == (3, reply["batch_id"], "a")
        images = [await cloud.client.get(info["url"]) for info in told["image_infos"]]
        shown = [Image.open(io.BytesIO(image.content)) for image in images]
        assert [image.size for image in shown] == [(15, 10)] * 3
        assert len({image.convert("RGB").getpixel((1, 1)) for image in shown}) == 3
        assert len((await cloud.get("/resources/image/upload/a"))["derived"]) == 3
        pending = (await cloud("POST", "/image/multi", json={"tag": "t", "async": True})).json()
        broken = (await cloud("POST", "/image/multi", json={"tag": "none", "async": True})).json()
        await cloud.cloud.settled()
        assert [item["payload"]["batch_id"] for item in await messages(cloud, channel="multi")] == [pending["batch_id"]]
        assert [item["payload"]["batch_id"] for item in await messages(cloud, channel="error")] == [broken["batch_id"]]
        assert list((tmp_path / "incoming").iterdir()) == []


async def test_too_many_pixels_and_unsigned_callers_are_refused(tmp_path: Path) -> None:
    async with in_memory(tmp_path, media_limits=MediaLimits(asset_max_total_px=1000)) as cloud:
        await cloud.upload(RED, public_id="a", tags="t")
        reply = await cloud("POST", "/image/multi", data={"tag": "t"})
        assert (reply.status_code, "too many pixels" in reply.text) == (400, True)
        body = {"text": "x", "upload_preset": "any"}
        assert (await cloud.client.post(f"{cloud.prefix}/image/text", data=body)).status_code == 401
