"""Sprites, animations, pages and pictures of texts."""

import io
from pathlib import Path

import httpx
from PIL import Image

from tests.support import World, both_eras, png, world


async def delivered(w: World, url: str) -> httpx.Response:
    return httpx.Response(200, content=(await w.cloud.fetch(url, max_bytes=10_000_000)).data)


async def picture(w: World, url: str) -> Image.Image:
    return Image.open(io.BytesIO((await delivered(w, url)).content))


async def test_a_sprite_holds_all_images_of_a_tag(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", png(10, 10), tags=["icons"])
        await w.upload("b", png(20, 10, "blue"), tags=["icons"])
        report = await w.call("create_sprite", tag="icons")
        assert report["images"] == 2
        assert (await picture(w, report["image_url"])).width >= 20
        assert ".a" in (await delivered(w, report["css_url"])).text


async def test_an_animation_shows_its_images_one_after_the_other(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a", png(10, 10, "red"), tags=["film"])
        await w.upload("b", png(10, 10, "blue"), tags=["film"])
        report = await w.call("create_animation", tag="film")
        assert getattr(await picture(w, report["url"]), "n_frames", 1) == 2


async def test_images_come_by_tag_or_by_url_not_both(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        assert "one of them" in await w.error("create_sprite")
        assert "one of them" in await w.error("create_animation", tag="a", urls=["https://x/y.png"])


@both_eras
async def test_a_text_becomes_a_picture(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        report = await w.call("create_text_image", text="Hello", public_id="hello", options={"font_size": 40})
        shown = await picture(w, report["url"])
        assert (shown.width, shown.height) == (report["width"], report["height"])
        assert report["height"] > 20
        assert "cannot hold colour" in await w.error("create_text_image", text="x", options={"colour": "red"})
        assert "no text" in await w.error("create_text_image", text=" ")


async def test_the_frames_of_an_animated_image_are_made_in_the_background(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    async with world(tmp_path) as w:
        await w.upload("film", out.getvalue())
        report = await w.call("explode_pages", public_id="film")
        assert report["status"] == "processing"
        assert report["batch_id"]
