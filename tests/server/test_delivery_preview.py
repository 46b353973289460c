"""`preview_asset`: a picture a chat can show, of one asset, of several, or a reason why there is none."""

import io
from base64 import b64decode
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp_types import CallToolResult, ImageContent
from PIL import Image

from cloudinary_tools.client import BadRequest, InvalidValue, StillProcessing, Unauthorized
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.toolkit.context import Budget
from cloudinary_tools.toolkit.results import Problem
from tests.server.delivery_context import Context
from tests.support import World, both_eras, png, text_of, world


def noise(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(out, "PNG")
    return out.getvalue()


def pictures_of(result: CallToolResult) -> list[tuple[str, Image.Image, int]]:
    blocks = [block for block in result.content if isinstance(block, ImageContent)]
    data = [b64decode(block.data) for block in blocks]
    return [(block.mime_type, Image.open(io.BytesIO(raw)), len(raw)) for block, raw in zip(blocks, data, strict=True)]


async def preview(w: World, **arguments: Any) -> tuple[Image.Image, str]:
    """The one picture of a preview that succeeds, checked against what every preview promises."""
    result = await w.client.call_tool("preview_asset", arguments)
    assert not result.is_error, text_of(result)
    assert result.structured_content is None
    ((mime_type, image, count),) = pictures_of(result)
    assert Image.MIME[image.format or ""] == mime_type
    assert max(image.size) <= 768
    assert count <= 150_000
    return image, text_of(result)


@both_eras
async def test_the_picture_comes_as_it_is_or_transformed_with_its_url(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("pets/dog", png(1000, 500))
        image, text = await preview(w, public_id="pets/dog")
        assert image.size == (768, 384)
        assert "/image/upload/v1/pets/dog" in text
        image, text = await preview(w, public_id="pets/dog", transformation={"crop": "fill", "width": 90, "height": 60})
        assert image.size == (90, 60)
        assert "c_fill,h_60,w_90" in text and "c_limit" not in text


@both_eras
async def test_what_the_sandbox_only_approximates_is_said(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("pets/dog", png(100, 50))
        await w.upload("pets/cat", png(100, 50))
        _, text = await preview(w, public_id="pets/dog", transformation={"effect": "cartoonify"})
        assert "Approximated by the sandbox, Cloudinary's own may differ: e_cartoonify by" in text
        _, text = await preview(w, public_ids=["pets/dog", "pets/cat"], transformation={"effect": "improve"})
        assert text.count("Approximated") == 1
        _, text = await preview(w, public_id="pets/dog", transformation={"effect": "sepia"})
        assert "Approximated" not in text


@both_eras
async def test_several_assets_come_on_one_sheet_with_what_is_missing_named(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for name, color in (("red", "red"), ("blue", "blue"), ("lime", "lime")):
            await w.upload(f"colors/{name}", png(300, 200, color))
        image, text = await preview(w, public_ids=["colors/red", "colors/blue", "gone", "colors/lime"])
        quarter = image.width // 4
        left, right = (image.convert("RGB").getpixel((x, quarter)) for x in (quarter, 3 * quarter))
        assert isinstance(left, tuple) and left[0] > 200 > 50 > left[2]
        assert isinstance(right, tuple) and right[2] > 200 > 50 > right[0]
        lines = text.splitlines()
        assert [line[:3] for line in lines[1:]] == ["1. ", "2. ", "3. ", "4. "]
        assert "Resource not found" in lines[3]
        assert "/colors/lime" in lines[4]


@both_eras
async def test_a_restricted_asset_is_shown_but_no_lasting_link_is_given_away(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("id-card", png(30, 20), type="authenticated")
        image, text = await preview(w, public_id="id-card", type="authenticated")
        assert image.size == (30, 20)
        assert "s--" not in text and "build_signed_url" in text


@both_eras
async def test_a_wrong_name_or_transformation_says_what_to_do(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("card", png(30, 20), type="private")
        assert "image/private/card" in await w.error("preview_asset", public_id="card")
        assert "Resource not found - none" in await w.error("preview_asset", public_id="none")
        refused = await w.error("preview_asset", public_id="card", type="private", transformation="t_nothing")
        assert "Unknown transformation" in refused and "400" in refused


def picture(data: bytes | None = None, **more: Any) -> Any:
    """A delivery host that has one picture; `requests` are the addresses it was asked for."""
    requests: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request.url)
        return httpx.Response(200, content=data or png(30, 20), **more)

    answer.requests = requests  # type: ignore[attr-defined]
    return answer


async def test_a_video_shows_a_frame_as_a_picture() -> None:
    host = picture()
    answer = await Context(handler=host).call(
        "preview_asset", public_id="film", resource_type="video", transformation={"start_offset": 3}
    )
    (asked,) = host.requests
    assert asked.path.startswith("/demo/video/upload/s--")
    assert asked.path.endswith("/so_3/c_limit,h_768,w_768/q_auto/film.jpg")
    assert "frame" in answer.as_text()
    assert answer.pictures[0].mime_type == "image/png"


@pytest.mark.parametrize("side", [900, 760], ids=["wide", "heavy"])
async def test_a_picture_that_is_still_too_large_is_made_smaller(side: int) -> None:
    answer = await Context(handler=picture(noise(side, side))).call("preview_asset", public_id="dog")
    (shown,) = answer.pictures
    assert len(shown.data) <= 150_000
    assert max(Image.open(io.BytesIO(shown.data)).size) <= 768


async def test_without_an_api_secret_public_assets_are_shown_all_the_same() -> None:
    host = picture()
    await Context(handler=host, credentials="").call("preview_asset", public_id="dog")
    assert "s--" not in host.requests[0].path


async def test_several_ids_are_fetched_as_small_as_they_are_shown() -> None:
    host = picture()
    context = Context(handler=host)
    await context.call("preview_asset", public_id="a", public_ids=["b", "c", "d", "a"])
    assert len(host.requests) == 4
    assert all("c_limit,h_375,w_375" in url.path for url in host.requests)
    assert max(context.told) == 4


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "Invalid width in transformation: abc", BadRequest),
        (401, "deny or ACL failure", Unauthorized),
        (423, "still rendering", StillProcessing),
    ],
)
async def test_a_host_that_cannot_render_is_quoted(status: int, reason: str, kind: type[Exception]) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"X-Cld-Error": reason})

    with pytest.raises(kind, match=reason):
        await Context(handler=refuse).call("preview_asset", public_id="dog")
    with pytest.raises(Problem, match=reason):
        await Context(handler=refuse).call("preview_asset", public_ids=["dog", "cat"])


@pytest.mark.parametrize(
    ("arguments", "kind", "reason"),
    [
        ({"public_id": "a.zip", "resource_type": "raw"}, Problem, "no picture"),
        ({"public_id": "dog", "transformation": {"effect": "blurr"}}, TransformationError, "transformation.effect"),
        ({"public_ids": [f"a{n}" for n in range(17)]}, Problem, "16"),
        ({"public_id": "p", "public_ids": [f"a{n}" for n in range(16)]}, Problem, "16"),
        ({"public_id": "p", "asset_id": "a" * 32}, Problem, "not by both"),
        ({}, Problem, "Name the asset"),
    ],
)
async def test_what_cannot_be_shown_is_refused_before_anything_is_fetched(
    arguments: dict[str, Any], kind: type[Exception], reason: str
) -> None:
    with pytest.raises(kind, match=reason):
        await Context().call("preview_asset", **arguments)


async def test_what_is_no_picture_is_not_shown_as_one() -> None:
    with pytest.raises(Problem, match="no picture"):
        await Context(handler=picture(b"<html>")).call("preview_asset", public_id="dog")


async def silent(_: httpx.Request) -> httpx.Response:
    await anyio.sleep_forever()
    raise AssertionError


async def test_a_preview_ends_in_time() -> None:
    context = Context(handler=silent)
    context.budget = Budget(seconds=0)
    with pytest.raises(Problem, match="in time"):
        await context.call("preview_asset", public_ids=["a", "b"])
    with pytest.raises(Problem, match="in time"):
        await context.call("preview_asset", public_id="a")


async def test_only_the_clouds_own_hosts_are_asked() -> None:
    with pytest.raises((Problem, InvalidValue)):
        await Context().call("preview_asset", public_id="https://example.com/demo/image/upload/dog.jpg")
