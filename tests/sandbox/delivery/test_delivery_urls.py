"""Delivery of files: addresses, rights, ranges, downloads."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from cloudinary_sandbox.core.clock import now, stamp
from cloudinary_sandbox.delivery.delivery_urls import DeliveryPath, read_path
from cloudinary_tools.signing import url_signature
from tests.sandbox.helpers import Api, api, picture

PNG = picture()


@pytest.mark.parametrize(
    ("path", "signature", "transformation", "source"),
    [
        ("a.png", "", "", "a.png"),
        ("v1/a.png", "", "", "a.png"),
        ("v1/folder/a", "", "", "folder/a"),
        ("c_fill,w_10/a.png", "", "c_fill,w_10", "a.png"),
        ("c_fill,w_10/e_sepia/v12/f/a.png", "", "c_fill,w_10/e_sepia", "f/a.png"),
        ("s--abcdefgh--/a.png", "s--abcdefgh--", "", "a.png"),
        ("s----SjmNDA--/t_x/v1/a", "s----SjmNDA--", "t_x", "a"),
        ("my_folder/a.png", "", "", "my_folder/a.png"),
        ("$w_10/a", "", "$w_10", "a"),
        ("w_10", "", "", "w_10"),
        ("v1", "", "", "v1"),
        ("s--abcdefgh--", "", "", "s--abcdefgh--"),
    ],
)
def test_addresses_are_taken_apart(path: str, signature: str, transformation: str, source: str) -> None:
    expected = DeliveryPath("image", "upload", signature, transformation, source)
    assert read_path(f"/cloud/image/upload/{path}") == expected


async def status(call: Api, path: str) -> int:
    return (await call.client.get(f"/sandbox/{path}")).status_code


async def test_originals_come_whole_in_part_and_as_a_head(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        reply = await call.upload(PNG, public_id="f/a")
        got = await call.client.get(reply["url"])
        assert (got.content, got.headers["content-type"]) == (PNG, "image/png")
        assert got.headers["etag"] == f'"{reply["etag"]}"'
        part = await call.client.get(reply["url"], headers={"Range": "bytes=0-7"})
        assert (part.status_code, part.content) == (206, PNG[:8])
        head = await call.client.head(reply["url"])
        assert (head.content, head.headers["content-length"]) == (b"", str(len(PNG)))
        for path in ("image/upload/f/a", "image/upload/f/a.png", "image/upload/v99/f/a.png"):
            assert await status(call, path) == 200


async def test_what_is_missing_says_why(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        missing = await call.client.get("/sandbox/image/upload/n%C3%BC%0A.png")
        assert (missing.status_code, missing.headers["x-cld-error"]) == (404, "Resource not found - n??")
        await call.upload(PNG, public_id="a")
        for path, expected in (
            ("video/upload/a", 404), ("image/private/a", 404), ("image/facebook/a.png", 501), ("elsewhere", 501),
            ("image/upload/w_abc/a.png", 400), ("image/upload/t_missing/a.png", 400),
        ):  # fmt: skip
            assert await status(call, path) == expected, path
        assert (await call.client.get("/othercloud/image/upload/a.png")).status_code == 501
        assert (await call.client.post("/sandbox/image/upload/a.png")).status_code == 501


async def test_other_formats_and_attachments(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(PNG, public_id="a", display_name="Shown")
        converted = await call.client.get("/sandbox/image/upload/a.jpg")
        assert converted.headers["content-type"] == "image/jpeg"
        for path, name in (("fl_attachment/a.png", "Shown.png"), ("fl_attachment:other/a.png", "other.png")):
            saved = await call.client.get(f"/sandbox/image/upload/{path}")
            assert (saved.content, saved.headers["content-disposition"]) == (PNG, f'attachment; filename="{name}"')
        webp = await call.client.get("/sandbox/image/upload/f_auto/a", headers={"Accept": "image/webp"})
        png = await call.client.get("/sandbox/image/upload/f_auto/a", headers={"Accept": "image/png"})
        assert webp.headers["content-type"] == "image/webp"
        assert png.headers["content-type"] != "image/webp"
        assert webp.headers["vary"] == "Accept"


async def test_a_raw_file_keeps_its_extension_in_its_id(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        reply = await call.upload(b"{}", "raw", "data.json", use_filename="1", unique_filename="0")
        assert reply["public_id"] == "data.json"
        assert (await call.client.get(reply["url"])).headers["content-type"] == "application/json"
        assert await status(call, "raw/upload/data") == 404


async def test_each_delivery_type_has_its_rights(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        secret = call.identity.api_secret
        for kind in ("upload", "private", "authenticated"):
            await call.upload(PNG, public_id=kind, type=kind)
        expected = {"upload": (200, 200), "private": (401, 200), "authenticated": (401, 401)}
        for kind, (original, derived) in expected.items():
            assert await status(call, f"image/{kind}/{kind}.png") == original
            assert await status(call, f"image/{kind}/w_5/{kind}.png") == derived
            for rest in (f"{kind}.png", f"w_5/{kind}.png"):
                signature = url_signature(rest, secret)
                assert await status(call, f"image/{kind}/{signature}/{rest}") == 200
                assert await status(call, f"image/{kind}/{url_signature('x', secret)}/{rest}") == 401


async def test_access_control_opens_a_window(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        before, after = stamp(now() - 100), stamp(now() + 100)
        for rules, expected in (
            ([{"access_type": "anonymous", "start": before, "end": after}], 200),
            ([{"access_type": "anonymous", "end": now() + 100}], 200),
            ([{"access_type": "anonymous", "start": after}], 401),
            ([{"access_type": "anonymous", "end": before}], 401),
            ([{"access_type": "token"}], 401),
            ([{"access_type": "token"}, {"access_type": "anonymous"}], 200),
        ):
            reply = await call.upload(PNG, public_id="a", access_control=json.dumps(rules))
            assert reply["access_control"] == rules
            assert await status(call, "image/upload/a.png") == expected


async def test_the_access_mode_is_set_and_lifted(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        reply = await call.upload(PNG, public_id="a", access_mode="authenticated", tags="t")
        assert reply["access_mode"] == "authenticated"
        assert await status(call, "image/upload/a.png") == 401
        body = {"access_mode": "public", "tag": "t"}
        changed = (await call("POST", "/resources/image/upload/update_access_mode", json=body)).json()
        assert changed == {"updated": [{"public_id": "a", "access_mode": "public"}], "failed": []}
        assert await status(call, "image/upload/a.png") == 200


async def test_downloads_are_signed_or_basic_and_may_be_named(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        reply = await call.upload(PNG, public_id="a", type="authenticated")
        params = {"asset_id": reply["asset_id"], "target_filename": "mine.png"}
        got = await call("GET", "/asset/download", params=params)
        assert (got.content, got.headers["content-disposition"]) == (PNG, 'attachment; filename="mine.png"')
        url = f"{call.prefix}/image/download"
        wanted = {"public_id": "a", "type": "authenticated"}
        assert (await call.client.get(url, params=call.signed(**wanted))).content == PNG
        assert (await call.client.get(url, params=wanted)).status_code == 401
        old = call.signed(**wanted, timestamp=str(now() - 4000))
        assert (await call.client.get(url, params=old)).status_code == 400
        lasting = call.signed(**wanted, timestamp=str(now() - 4000), expires_at=str(now() + 60))
        assert (await call.client.get(url, params=lasting)).status_code == 200
        gone = await call.client.get(url, params=call.signed(**wanted, expires_at=str(now())))
        assert (gone.status_code, "x-cld-error" in gone.headers) == (401, True)


async def test_what_was_derived_goes_when_the_asset_is_replaced(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(picture(colour="red"), public_id="a")
        first = await call.client.get("/sandbox/image/upload/w_5/a.png")
        assert len((await call.get("/resources/image/upload/a"))["derived"]) == 1
        await call.upload(picture(colour="blue"), public_id="a")
        second = await call.client.get("/sandbox/image/upload/w_5/a.png")
        assert first.content != second.content
        assert len((await call.get("/resources/image/upload/a"))["derived"]) == 1
        await call("POST", "/image/destroy", json={"public_id": "a"})
        assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_many_at_once_leave_one_asset_and_one_file(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        pictures = [picture(colour=colour) for colour in ("red", "blue", "green", "white")]
        await asyncio.gather(*(call.upload(content, public_id="same") for content in pictures))
        assert len((await call.get("/resources/image"))["resources"]) == 1
        got = await call.client.get("/sandbox/image/upload/same.png")
        assert got.content in pictures
        replies = await asyncio.gather(*(call.client.get("/sandbox/image/upload/w_9/same.png") for _ in range(4)))
        assert {reply.status_code for reply in replies} == {200}
        assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 2
        added = [
            call("POST", "/image/tags", json={"command": "add", "tag": f"t{n}", "public_ids": ["same"]})
            for n in range(5)
        ]
        await asyncio.gather(*added)
        assert (await call.get("/resources/image/upload/same"))["tags"] == [f"t{n}" for n in range(5)]


async def test_layers_are_found_in_the_cloud(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(picture((40, 40), "black"), public_id="base")
        await call.upload(picture((10, 10), "white"), public_id="marks/star")
        plain = await call.client.get("/sandbox/image/upload/w_40/base.png")
        marked = await call.client.get("/sandbox/image/upload/l_marks:star/fl_layer_apply/base.png")
        assert (marked.status_code, marked.content != plain.content) == (200, True)
        assert await status(call, "image/upload/l_missing/fl_layer_apply/base.png") >= 400


async def test_metadata_given_as_headers_is_delivered(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(PNG, public_id="a", headers="X-Robots-Tag: noindex\nLink: <x>")
        got = await call.client.get("/sandbox/image/upload/a.png")
        assert (got.headers["x-robots-tag"], got.headers["link"]) == ("noindex", "<x>")


async def test_a_private_assets_own_url_is_signed_and_works(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        reply = await call.upload(PNG, public_id="ä b(1)/x", type="authenticated", eager="w_5")
        assert re.search(r"/s--[\w-]{8}--/v\d+/", reply["url"])
        assert (await call.client.get(reply["url"])).content == PNG
        assert (await call.client.get(reply["eager"][0]["url"])).status_code == 200


async def test_a_signature_over_the_url_with_nothing_escaped_is_good(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(PNG, public_id="a", type="authenticated")
        layer, plain = "l_text:Arial_20:a%252Cb%20c%252Fd", "l_text:Arial_20:a,b c/d"
        for signed in (plain, "l_text:Arial_20:a%2Cb c%2Fd", layer):
            signature = url_signature(f"{signed}/a.png", call.identity.api_secret)
            path = f"image/authenticated/{signature}/{layer}/a.png"
            assert await status(call, path) == 200, signed
        wrong = url_signature(f"{plain}/b.png", call.identity.api_secret)
        assert await status(call, f"image/authenticated/{wrong}/{layer}/a.png") == 401
