"""Assets that come when somebody asks for them: the delivery type fetch, upload mappings, and what is never asked."""

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import respx

from tests.sandbox.helpers import Api, api, error_of, picture

HOST = "http://pictures.example"
PNG = picture()


pytestmark = pytest.mark.usefixtures("no_lookups")


async def delivered(call: Api, path: str) -> httpx.Response:
    return await call.client.get(f"/sandbox/{path}")


@respx.mock(assert_all_called=False)
async def test_a_fetched_picture_is_kept_and_transformed(respx_mock: respx.MockRouter, tmp_path: Path) -> None:
    route = respx_mock.get(f"{HOST}/a.png", params={"size": "1"}).respond(200, content=PNG)
    url = f"{HOST}/a.png?size=1"
    async with api(tmp_path) as call:
        assert (await delivered(call, f"image/fetch/{quote(url, safe=':/')}")).content == PNG
        small = await delivered(call, f"image/fetch/c_scale,w_10/f_jpg/{quote(url, safe=':/')}")
        assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
        assert route.call_count == 1
        (listed,) = (await call.get("/resources/image/fetch"))["resources"]
        assert (listed["public_id"], listed["format"]) == (url, "png")
        body = {"public_id": f"{HOST}/a.png?size=1", "type": "fetch", "tags": "kept"}
        assert (await call("POST", "/image/explicit", json=body)).json()["tags"] == ["kept"]


@respx.mock(assert_all_called=False)
async def test_what_cannot_be_fetched_is_a_404_with_the_reason(respx_mock: respx.MockRouter, tmp_path: Path) -> None:
    respx_mock.get(f"{HOST}/gone.png").respond(404)
    async with api(tmp_path) as call:
        reply = await delivered(call, f"image/fetch/{HOST}/gone.png")
        said = f"Error in loading {HOST}/gone.png - 404 Not Found"
        assert (reply.status_code, reply.headers["x-cld-error"]) == (404, said)


@respx.mock(assert_all_called=False)
async def test_a_mapping_brings_a_file_once_into_its_folder(respx_mock: respx.MockRouter, tmp_path: Path) -> None:
    route = respx_mock.get(f"{HOST}/deep/wiki/dir/a.png").respond(200, content=PNG)
    async with api(tmp_path) as call:
        for folder, template in (("wiki", f"{HOST}/"), ("wiki/more", f"{HOST}/deep/wiki/")):
            await call("POST", "/upload_mappings", json={"folder": folder, "template": template})
        assert (await delivered(call, "image/upload/v1/wiki/more/dir/a.png")).content == PNG
        assert (await delivered(call, "image/upload/c_scale,w_10/wiki/more/dir/a.jpg")).status_code == 200
        assert route.call_count == 1
        assert (await call.get("/resources/image/upload/wiki/more/dir/a"))["asset_folder"] == "wiki/more/dir"
        assert (await delivered(call, "image/upload/other/a.png")).status_code == 404
        assert (await delivered(call, "image/private/wiki/more/dir/a.png")).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://metadata.example/x",
        "http://six.example/x",
        "http://0.0.0.0/x",
    ],
)
async def test_addresses_that_only_this_machine_can_reach_are_not_asked(tmp_path: Path, url: str) -> None:
    async with api(tmp_path) as call:
        for reply in (
            await call("POST", "/image/upload", json={"file": url}),
            await call("POST", "/image/multi", json={"urls": [url]}),
        ):
            assert error_of(reply) == (400, f"Error in loading {url} - 403 Forbidden")


@respx.mock(assert_all_called=False)
async def test_a_redirect_does_not_lead_there_either(respx_mock: respx.MockRouter, tmp_path: Path) -> None:
    respx_mock.get(f"{HOST}/a.png").respond(302, headers={"Location": "http://metadata.example/secret"})
    secret = respx_mock.get("http://metadata.example/secret").respond(200, content=PNG)
    async with api(tmp_path) as call:
        status, message = error_of(await call("POST", "/image/upload", json={"file": f"{HOST}/a.png"}))
        assert (status, message) == (400, f"Error in loading {HOST}/a.png - 403 Forbidden")
        assert not secret.called


async def test_the_control_routes_are_no_source(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        url = f"{call.identity.address}/sandbox/health"
        assert error_of(await call("POST", "/raw/upload", json={"file": url}))[1].endswith("403 Forbidden")


@pytest.mark.parametrize("url", ["ftp://pictures.example/a.png", "s3://bucket/a.png", "gs://bucket/a.png"])
async def test_other_schemes_are_refused_by_name(tmp_path: Path, url: str) -> None:
    async with api(tmp_path) as call:
        scheme = url.partition(":")[0]
        said = f"The sandbox does not support {scheme}:// as the source of a file"
        assert error_of(await call("POST", "/image/upload", json={"file": url})) == (400, said)
