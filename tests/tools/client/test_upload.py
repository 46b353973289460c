"""Uploads: what goes out, in which chunks, and what happens when one of them fails."""

from pathlib import Path

import httpx
import pytest
import respx

from cloudinary_tools.client import (
    BytesSource,
    CloudError,
    FileSource,
    InvalidValue,
    NotJson,
    PublicIdError,
    RemoteSource,
    TooLarge,
    UpstreamError,
)
from cloudinary_tools.signing import sign_parameters
from tests.tools.client.support import API, KEY, SECRET, TOKEN, Sleeps, form_of, make_cloud

CHUNK = 5 * 1024 * 1024 + 1
DONE = httpx.Response(
    200, json={"public_id": "x", "asset_id": "1f", "resource_type": "raw", "type": "upload", "bytes": 3}
)
MORE = httpx.Response(
    200, json={"done": False, "bytes": 3, "public_id": "x", "kind": "upload", "resource_type": "video"}
)
BUSY = httpx.Response(502, html="<html>Bad Gateway</html>")


@pytest.fixture
def big(tmp_path: Path) -> FileSource:
    """Two whole chunks and three bytes."""
    path = tmp_path / "film ü.mp4"
    with path.open("wb") as file:
        file.write(b"first")
        file.seek(CHUNK)
        file.write(b"second")
        file.seek(2 * CHUNK)
        file.write(b"end")
    return FileSource(path)


async def test_a_file_goes_out_signed_and_under_its_own_name(respx_mock: respx.MockRouter, tmp_path: Path) -> None:
    route = respx_mock.post(f"{API}/image/upload").mock(DONE)
    path = tmp_path / "Größe \u65e5\u672c.jpg"
    path.write_bytes(b"\x00\xff\r\n--")
    async with make_cloud() as cloud:
        reply = await cloud.upload(
            FileSource(path), {"tags": ["b", "a"], "context": {"alt": "x=y"}, "overwrite": False}, resource_type="image"
        )
    request = route.calls.last.request
    fields = form_of(request)
    assert reply["public_id"] == "x"
    assert b'name="file"; filename="Gr\xc3\xb6\xc3\x9fe \xe6\x97\xa5\xe6\x9c\xac.jpg"' in request.content
    assert fields.pop("file")[1] == b"\x00\xff\r\n--"
    assert (fields["tags"], fields["context"], fields["overwrite"]) == ("b,a", "alt=x\\=y", "0")
    assert (fields["api_key"], fields["signature"]) == (KEY, sign_parameters(fields, SECRET))
    assert int(request.headers["content-length"]) == len(request.content)
    assert "authorization" not in request.headers


async def test_a_file_name_cannot_break_out_of_its_quotes(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(f"{API}/auto/upload").mock(DONE)
    async with make_cloud() as cloud:
        await cloud.upload(BytesSource(b"abc", 'a"; name="api_key"\r\n\udcffx.jpg'))
    assert b'filename="a%22; name=%22api_key%22%0D%0A?x.jpg"' in route.calls.last.request.content


async def test_a_remote_source_travels_as_text(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(f"{API}/auto/upload").mock(DONE)
    source = RemoteSource("https://h/ü.jpg?token=private")
    async with make_cloud() as cloud:
        await cloud.upload(source, {"public_id": "a"})
    fields = form_of(route.calls.last.request)
    assert fields["file"] == source.url
    assert fields["signature"] == sign_parameters(fields, SECRET)
    assert "private" not in repr(source)


async def test_with_a_bearer_token_no_key_is_in_the_form(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(f"{API}/auto/upload").mock(DONE)
    async with make_cloud(f"?oauth_token={TOKEN}", credentials="") as cloud:
        await cloud.upload(BytesSource(b"abc", "a.bin"))
    request = route.calls.last.request
    assert form_of(request) == {"file": ("a.bin", b"abc")}
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


async def test_an_unsigned_upload_needs_no_credentials_and_sends_none(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(f"{API}/auto/upload").mock(DONE)
    async with make_cloud(credentials="") as cloud:
        await cloud.upload(BytesSource(b"abc", "a"), {"upload_preset": "p", "tags": ["t"]}, unsigned=True)
    request = route.calls.last.request
    assert form_of(request) == {"upload_preset": "p", "tags": "t", "file": ("a", b"abc")}
    assert "authorization" not in request.headers


@pytest.mark.parametrize("params", [{}, {"upload_preset": "p", "overwrite": True, "eager": "w_1"}])
async def test_an_unsigned_upload_that_cloudinary_would_refuse_is_refused(
    respx_mock: respx.MockRouter, params: dict[str, object]
) -> None:
    async with make_cloud() as cloud:
        with pytest.raises(InvalidValue, match=r"upload_preset|eager, overwrite"):
            await cloud.upload(BytesSource(b"abc"), params, unsigned=True)
    assert not respx_mock.calls


async def test_a_large_file_goes_in_chunks_that_carry_the_same_parameters(
    respx_mock: respx.MockRouter, big: FileSource
) -> None:
    route = respx_mock.post(f"{API}/video/upload").mock(side_effect=[MORE, MORE, DONE])
    told: list[tuple[int, int]] = []

    async def progress(sent: int, total: int) -> None:
        told.append((sent, total))

    async with make_cloud() as cloud:
        reply = await cloud.upload(
            big, {"public_id": "a", "folder": "f"}, resource_type="video", progress=progress, chunk_size=CHUNK
        )
    total = 2 * CHUNK + 3
    requests = [call.request for call in route.calls]
    fields = [form_of(request) for request in requests]
    assert reply["public_id"] == "x"
    assert [request.headers["content-range"] for request in requests] == [
        f"bytes 0-{CHUNK - 1}/{total}",
        f"bytes {CHUNK}-{2 * CHUNK - 1}/{total}",
        f"bytes {2 * CHUNK}-{2 * CHUNK + 2}/{total}",
    ]
    assert len({request.headers["x-unique-upload-id"] for request in requests}) == 1
    assert [(field["file"][0], len(field["file"][1])) for field in fields] == [
        ("film ü.mp4", CHUNK),
        ("film ü.mp4", CHUNK),
        ("film ü.mp4", 3),
    ]
    assert [field["file"][1][:6] for field in fields] == [b"first\x00", b"second", b"end"]
    assert {(field["public_id"], field["folder"]) for field in fields} == {("a", "f")}
    assert told[-1] == (total, total)
    assert told == sorted(set(told))


async def test_a_failed_chunk_is_sent_again_and_not_the_whole_file(
    respx_mock: respx.MockRouter, big: FileSource
) -> None:
    route = respx_mock.post(f"{API}/auto/upload").mock(
        side_effect=[MORE, BUSY, httpx.ReadError("reset"), MORE, httpx.ReadTimeout("slow"), DONE]
    )
    told: list[int] = []

    async def progress(sent: int, total: int) -> None:
        told.append(sent)

    sleeps = Sleeps()
    async with make_cloud(sleep=sleeps) as cloud:
        await cloud.upload(big, progress=progress, chunk_size=CHUNK)
    starts = [int(call.request.headers["content-range"][6:].split("-")[0]) for call in route.calls]
    assert starts == [0, CHUNK, CHUNK, CHUNK, 2 * CHUNK, 2 * CHUNK]
    assert len({call.request.headers["x-unique-upload-id"] for call in route.calls}) == 1
    assert len(sleeps) == 3
    assert told == sorted(set(told))


@pytest.mark.parametrize(("outcomes", "unknown"), [([BUSY], False), ([MORE, MORE, BUSY], True)])
async def test_only_the_last_chunk_can_leave_an_asset_behind(
    respx_mock: respx.MockRouter, big: FileSource, outcomes: list[httpx.Response], unknown: bool
) -> None:
    respx_mock.post(f"{API}/auto/upload").mock(side_effect=outcomes)
    async with make_cloud(retries=0) as cloud:
        with pytest.raises(UpstreamError, match="HTTP 502, not JSON") as caught:
            await cloud.upload(big, chunk_size=CHUNK)
    assert (caught.value.outcome_unknown, caught.value.retryable) == (unknown, not unknown)


async def test_an_upload_that_never_finishes_is_an_error(respx_mock: respx.MockRouter, big: FileSource) -> None:
    respx_mock.post(f"{API}/auto/upload").mock(MORE)
    async with make_cloud() as cloud:
        with pytest.raises(NotJson, match="did not finish"):
            await cloud.upload(big, chunk_size=CHUNK)


async def test_a_file_that_shrinks_while_it_is_sent_stops_the_upload(
    respx_mock: respx.MockRouter, big: FileSource
) -> None:
    async def shrink(sent: int, total: int) -> None:
        big.path.write_bytes(b"short")

    respx_mock.post(f"{API}/auto/upload").mock(DONE)
    async with make_cloud() as cloud:
        with pytest.raises(InvalidValue, match="became shorter"):
            await cloud.upload(big, progress=shrink, chunk_size=CHUNK)


@pytest.mark.parametrize("chunk_size", [0, 5 * 1024 * 1024, 100 * 1024 * 1024])
async def test_a_chunk_size_that_cloudinary_refuses_is_refused(chunk_size: int) -> None:
    with pytest.raises(InvalidValue, match="chunk_size"):
        await make_cloud().upload(BytesSource(b"abc"), chunk_size=chunk_size)


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        (FileSource(Path("/nowhere/at/all.jpg")), InvalidValue, "'all.jpg': No such file"),
        (FileSource(Path("/dev")), InvalidValue, "'dev': not a file"),
        (BytesSource(b"", "a.jpg"), InvalidValue, "'a.jpg' is empty"),
        (RemoteSource("file:///etc/passwd"), InvalidValue, "no address that Cloudinary fetches"),
        (RemoteSource("data:text/plain,hello"), InvalidValue, "no address that Cloudinary fetches"),
        (RemoteSource("data:image/png;base64," + "A" * 63_000_000), TooLarge, "62910000 are allowed"),
    ],
    ids=["missing", "folder", "empty", "scheme", "not base64", "too long"],
)
async def test_a_source_that_cannot_be_sent_is_refused(
    respx_mock: respx.MockRouter, source: FileSource, error: type[CloudError], text: str
) -> None:
    async with make_cloud() as cloud:
        with pytest.raises(error, match=text):
            await cloud.upload(source)
    assert not respx_mock.calls


async def test_a_bad_new_public_id_is_refused(respx_mock: respx.MockRouter) -> None:
    async with make_cloud() as cloud:
        with pytest.raises(PublicIdError):
            await cloud.upload(BytesSource(b"abc"), {"public_id": "a?b"})
    assert not respx_mock.calls


async def test_a_file_above_a_known_limit_of_the_plan_is_refused(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{API}/usage").respond(json={"plan": "Free", "media_limits": {"image_max_size_bytes": 2}})
    async with make_cloud() as cloud:
        await cloud.usage()
        with pytest.raises(TooLarge):
            await cloud.upload(BytesSource(b"abc"), resource_type="image")
    assert respx_mock.calls.call_count == 1
