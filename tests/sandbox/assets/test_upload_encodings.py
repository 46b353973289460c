"""The encodings of calls, and the parts of chunked uploads."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudinary_sandbox.core.chunks import MIN_PART
from tests.sandbox.helpers import Api, api, error_of, picture

PNG = picture()
DATA_URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
BIG = MIN_PART + 1


async def test_json_and_urlencoded_uploads_are_taken_like_multipart(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        wanted = {"file": DATA_URI, "public_id": "x", "tags": ["b", "a"], "context": {"k": "v=|"}, "overwrite": True}
        first = (await call("POST", "/auto/upload", json=wanted)).json()
        form = {"file": DATA_URI, "public_id": "x", "tags": "b,a", "context": r"k=v\=\|", "overwrite": "1"}
        second = (await call("POST", "/upload", data=form)).json()
        for reply in (first, second):
            assert (reply["etag"], reply["tags"]) == (first["etag"], ["b", "a"])
            assert reply["context"] == {"custom": {"k": "v=|"}}
        assert (await call("DELETE", "/resources/image/upload", data={"public_ids[]": ["x"]})).json()["deleted"] == {
            "x": "deleted"
        }


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"[1]", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"--b\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
        ({"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"data": {"file": "data:image/png;base64,@@@"}}, 400),
        ({"data": {"file": "/etc/passwd"}}, 400),
        ({"data": {"file": "file:///etc/passwd"}}, 400),
        ({"data": {"file": "s3://bucket/key"}}, 400),
        ({"data": {"file": "http://127.0.0.1:1/x.png"}}, 400),
        ({"data": {"file": "http://[bad"}}, 400),
        ({"data": {"public_id": "no file"}}, 400),
        ({"data": {"file": DATA_URI, "overwrite": "perhaps"}}, 400),
        ({"data": {"file": DATA_URI, "access_control": "{"}}, 400),
        ({"data": {"file": DATA_URI, "context": "no pairs"}}, 400),
        ({"data": {"file": DATA_URI, "face_coordinates": "1,2"}}, 400),
        ({"data": {"file": DATA_URI, "headers": "Set-Cookie: a"}}, 400),
        ({"data": {"file": DATA_URI, "type": "fetch"}}, 400),
        ({"data": {"file": DATA_URI, "eager": "w_1|zz_1"}}, 400),
        ({"data": {"file": DATA_URI, "transformation": "zz_1"}}, 400),
        ({"data": {"file": DATA_URI, "responsive_breakpoints": "[1]"}}, 400),
    ],
)
async def test_what_cannot_be_read_is_refused_and_leaves_nothing(
    tmp_path: Path, options: dict[str, Any], status: int
) -> None:
    async with api(tmp_path) as call:
        reply = await call("POST", "/image/upload", **options)
        assert reply.status_code == status, reply.text
        assert reply.headers["x-cld-error"] == reply.json()["error"]["message"]
        assert list((tmp_path / "incoming").iterdir()) == []
        assert (await call.get("/resources/image"))["resources"] == []


async def test_a_multipart_body_never_lies_in_memory_whole(tmp_path: Path) -> None:
    import tracemalloc

    block = b"x" * 65536

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n'
        for _ in range(640):
            yield block
        yield b"\r\n--b--\r\n"

    limits = {"media_limits": _limits(raw_max_size_bytes=10**9)}
    async with api(tmp_path, **limits) as call:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        tracemalloc.start()
        try:
            reply = await call("POST", "/raw/upload", content=body(), headers=headers)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert reply.json()["bytes"] == 640 * 65536
        assert peak < 8_000_000


def _limits(**values: int) -> Any:
    from cloudinary_sandbox import MediaLimits

    return MediaLimits(**values)


async def test_limits_are_those_of_the_plan(tmp_path: Path) -> None:
    limits = _limits(image_max_size_bytes=100, raw_max_size_bytes=10, image_max_px=50)
    async with api(tmp_path, media_limits=limits, max_request_bytes=1000) as call:
        size = len(PNG)
        assert error_of(await call.try_upload(PNG)) == (400, f"File size too large. Got {size}. Maximum is 100.")
        assert error_of(await call.try_upload(b"x" * 11, "raw"))[1] == "File size too large. Got 11. Maximum is 10."
        assert (await call.try_upload(b"x" * 2000, "raw")).status_code == 400
        assert (await call.try_upload(picture((5, 11)))).status_code == 400
        assert (await call.try_upload(picture((5, 10)))).status_code == 200


async def send(call: Api, content: bytes, headers: dict[str, str], rt: str = "raw", **params: str) -> httpx.Response:
    file = {"file": ("data.bin", content)}
    return await call("POST", f"/{rt}/upload", data=params, files=file, headers={"X-Unique-Upload-Id": "u", **headers})


@pytest.mark.parametrize("unknown", ["-1", "*"])
async def test_parts_may_leave_the_total_open_until_the_last(tmp_path: Path, unknown: str) -> None:
    async with api(tmp_path) as call:
        first = await send(call, b"a" * BIG, {"Content-Range": f"bytes 0-{BIG - 1}/{unknown}"})
        assert first.json()["done"] is False
        assert (first.json()["bytes"], first.json()["kind"], first.json()["resource_type"]) == (BIG, "upload", "raw")
        last = await send(call, b"b", {"Content-Range": f"bytes {BIG}-{BIG}/{BIG + 1}"})
        assert (last.json()["done"], last.json()["bytes"]) == (True, BIG + 1)
        assert last.json()["public_id"] == first.json()["public_id"]
        assert (await call.client.get(last.json()["url"])).content == b"a" * BIG + b"b"
        assert list((tmp_path / "incoming").iterdir()) == []


async def test_a_part_sent_twice_counts_once_and_parts_may_come_in_any_order(tmp_path: Path) -> None:
    async with api(tmp_path, media_limits=_limits(raw_max_size_bytes=3 * BIG)) as call:
        ranges = [(0, BIG), (BIG, BIG), (2 * BIG, 3)]
        total = 2 * BIG + 3
        for index in (1, 0, 1):
            start, size = ranges[index]
            reply = await send(call, b"x" * size, {"Content-Range": f"bytes {start}-{start + size - 1}/{total}"})
            assert reply.json()["done"] is False
        done = await send(call, b"xyz", {"Content-Range": f"bytes {2 * BIG}-{total - 1}/{total}"})
        assert (done.json()["done"], done.json()["bytes"]) == (True, total)


async def test_numbered_parts_may_be_small_and_uneven(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        second = await send(call, b"world", {"X-Upload-Part-Number": "2"})
        assert second.json()["done"] is False
        third = await send(call, b"!", {"X-Upload-Part-Number": "3", "X-Upload-Total-Parts": "3"})
        assert third.json()["done"] is False
        conflict = await send(call, b"?", {"X-Upload-Part-Number": "3", "X-Upload-Total-Parts": "4"})
        assert conflict.status_code == 400
        for number, text in ((2, b"world"), (3, b"!")):
            total = {"X-Upload-Total-Parts": "3"}
            await send(call, text, {"X-Upload-Part-Number": str(number), **total, "X-Unique-Upload-Id": "again"})
        done = await send(call, b"hello ", {"X-Upload-Part-Number": "1", "X-Unique-Upload-Id": "again"})
        assert (await call.client.get(done.json()["url"])).content == b"hello world!"


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"Content-Range": "bytes 0-4/100"}, "All parts except EOF-chunk must be larger than 5mb"),
        ({"Content-Range": "bytes 0-9/100"}, "does not match"),
        ({"Content-Range": "bytes 0-4/4"}, "does not match"),
        ({"Content-Range": "five bytes"}, "Invalid value for parameter Content-Range"),
        ({"X-Upload-Part-Number": "0"}, "Invalid value for parameter X-Upload-Part-Number"),
        (
            {"X-Upload-Part-Number": "3", "X-Upload-Total-Parts": "2"},
            "Invalid value for parameter X-Upload-Part-Number",
        ),
        ({"Content-Range": "bytes 0-4/5", "X-Unique-Upload-Id": ""}, "Missing required parameter - X-Unique-Upload-Id"),
    ],
)
async def test_bad_parts_are_refused_and_leave_nothing(tmp_path: Path, headers: dict[str, str], text: str) -> None:
    async with api(tmp_path) as call:
        reply = await send(call, b"12345", headers)
        assert reply.status_code == 400
        assert text in reply.json()["error"]["message"]
        assert list((tmp_path / "incoming").iterdir()) == []


async def test_the_size_limit_counts_all_parts(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        total = 3 * BIG
        for start in (0, BIG):
            headers = {"Content-Range": f"bytes {start}-{start + BIG - 1}/{total}"}
            reply = await send(call, b"x" * BIG, headers)
        assert error_of(reply)[1] == f"File size too large. Got {2 * BIG}. Maximum is 10485760."
        assert list((tmp_path / "incoming").iterdir()) == []


async def test_an_asynchronous_upload_answers_first_and_stores_then(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        options: dict[str, Any] = {"async": "1", "public_id": "later"}
        reply = await call.upload(**options)
        assert (reply["status"], reply["public_id"], len(reply["batch_id"])) == ("pending", "later", 64)
        await call.cloud.settled()
        assert (await call.get("/resources/image/upload/later"))["etag"]


async def test_a_chunk_may_go_to_the_route_of_its_own(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        headers = {"X-Unique-Upload-Id": "u", "X-Upload-Part-Number": "1", "X-Upload-Total-Parts": "1"}
        reply = await call("POST", "/auto/upload_chunked", files={"file": ("a.png", PNG)}, headers=headers)
        assert (reply.json()["resource_type"], reply.json()["done"]) == ("image", True)
