"""Layers that are more than a stored picture, and files that follow the names in their transformation."""

import base64
import io
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import respx
from PIL import Image

from tests.sandbox.helpers import Api, api, picture
from tests.sandbox.rendering.studio import BLUE, RED, WHITE, histogram, near

pytestmark = pytest.mark.usefixtures("no_lookups")
HOST = "http://pictures.example"


async def asked(call: Api, transformation: str, **headers: str) -> httpx.Response:
    return await call.client.get(f"/sandbox/image/upload/{transformation}/base.png", headers=headers)


async def shown(call: Api, transformation: str) -> Image.Image:
    reply = await asked(call, transformation)
    assert reply.status_code == 200, reply.text
    with Image.open(io.BytesIO(reply.content)) as image:
        return image.convert("RGB")


def fetched(url: str) -> str:
    return f"l_fetch:{base64.urlsafe_b64encode(url.encode()).decode()}/fl_layer_apply,g_north_west"


@respx.mock(assert_all_called=False)
async def test_a_layer_is_fetched_once_for_its_file(respx_mock: respx.MockRouter, tmp_path: Path) -> None:
    route = respx_mock.get(f"{HOST}/logo.png").respond(200, content=picture((20, 20), "blue"))
    async with api(tmp_path) as call:
        await call.upload(picture((100, 50), "red"), public_id="base")
        for _ in range(2):
            image = await shown(call, fetched(f"{HOST}/logo.png"))
            assert near(image, (10, 10), BLUE)
            assert near(image, (80, 10), RED)
        assert route.call_count == 1
        assert not list(call.cloud.files.workdir.iterdir())


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest/meta-data", "http://metadata.example/x", "http://127.0.0.1:{port}/sandbox/reset",
     "ftp://pictures.example/a.png", "file:///etc/passwd"],
)  # fmt: skip
@respx.mock(assert_all_called=False)
async def test_a_layer_is_fetched_from_nowhere_that_is_guarded(
    respx_mock: respx.MockRouter, tmp_path: Path, url: str
) -> None:
    async with api(tmp_path) as call:
        await call.upload(picture((100, 50), "red"), public_id="base")
        reply = await asked(call, fetched(url.format(port=call.cloud.identity.port)))
        assert reply.status_code in {400, 404, 501}
        assert reply.headers["x-cld-error"]
        assert not respx_mock.calls
        assert not list(call.cloud.files.workdir.iterdir())


@respx.mock(assert_all_called=False)
async def test_what_is_fetched_must_be_a_picture(respx_mock: respx.MockRouter, tmp_path: Path) -> None:
    respx_mock.get(f"{HOST}/page").respond(200, content=b"<html>")
    async with api(tmp_path) as call:
        await call.upload(picture((100, 50), "red"), public_id="base")
        reply = await asked(call, fetched(f"{HOST}/page"))
        assert (reply.status_code, reply.headers["x-cld-error"]) == (400, "Invalid image file")


async def test_a_text_layer_takes_the_style_of_a_stored_text(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(picture((300, 100), "white"), public_id="base")
        style = {"font_family": "Arial", "font_size": "60", "font_color": "blue", "background": "red"}
        made = await call("POST", "/image/text", data={"text": "x", "public_id": "styles/big", **style})
        assert made.status_code == 200, made.text
        image = await shown(call, "l_text:styles:big:Ham")
        colours = {colour for count, colour in histogram(image) if count > 150}
        assert {RED, BLUE, WHITE} <= colours
        longer = await shown(call, "l_text:styles:big:Ham%3AHam")
        assert sum(near(longer, (x, 50), RED, 90) or near(longer, (x, 50), BLUE, 90) for x in range(300)) > 200
        recoloured = await shown(call, "co_black,l_text:styles:big:Ham")
        assert BLUE not in {colour for _, colour in histogram(recoloured)}
        missing = await asked(call, "l_text:styles:none:Ham")
        assert (missing.status_code, missing.headers["x-cld-error"]) == (404, "Resource not found - styles")


async def test_a_text_with_commas_and_slashes_is_delivered_by_its_signature(tmp_path: Path) -> None:
    """The SDKs sign the address with everything unescaped; the text itself is escaped twice."""
    from cloudinary_tools.signing import url_signature

    async with api(tmp_path) as call:
        await call.upload(picture((300, 100), "white"), public_id="base", type="authenticated")
        said = "l_text:Arial_40:a, b / 50%"
        signature = url_signature(f"{said}/base.png", call.identity.api_secret)
        escaped = "l_text:Arial_40:a%252C%20b%20%252F%2050%25"
        reply = await call.client.get(f"/sandbox/image/authenticated/{signature}/{escaped}/base.png")
        assert reply.status_code == 200, reply.text


async def test_a_named_format_is_the_one_that_each_client_can_show(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(picture(), public_id="base")
        for name, definition in (("inner", "f_auto,q_auto"), ("web", "c_scale,w_20/t_inner")):
            await call("POST", f"/transformations/{name}", data={"transformation": definition})
        kinds = [(await asked(call, "t_web", Accept=kind)).headers["content-type"] for kind in ("image/avif", "*/*")]
        assert kinds == ["image/avif", "image/jpeg"]
        assert (await asked(call, "t_web", Accept="image/avif")).headers["vary"] == "Accept"


async def test_a_derived_file_follows_the_definition_of_its_name(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(picture(), public_id="base")
        await call("POST", "/transformations/thumb", data={"transformation": "c_scale,w_20"})
        assert (await shown(call, "t_thumb")).width == 20
        changed = {"unsafe_update": "c_scale,w_30"}
        assert (await call("PUT", "/transformations/thumb", data=changed)).status_code == 200
        assert (await shown(call, "t_thumb")).width == 30


async def test_a_text_in_any_script_is_found_by_its_escaped_address(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(picture((300, 100), "white"), public_id="base")
        one, other = [await shown(call, f"l_text:Arial_40:{quote(text)}") for text in ("−5 °C", "Ünïcode")]
        assert one.tobytes() != other.tobytes()
