"""Bodies are decompressed piece by piece and end at the limit."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
import respx

from cloudinary_tools.client import NotJson, ReplyTooLarge
from tests.tools.client.support import API, make_cloud

LIMIT = 100_000


async def in_pieces(data: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def compressed(data: bytes, encoding: str = "gzip") -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": encoding}, content=in_pieces(data))


async def ask(respx_mock: respx.MockRouter, answer: httpx.Response) -> object:
    respx_mock.get(f"{API}/thing").mock(answer)
    async with make_cloud(max_reply_bytes=LIMIT, retries=0) as cloud:
        return await cloud.admin("GET", "thing")


async def test_only_gzip_is_asked_for_and_understood(respx_mock: respx.MockRouter) -> None:
    assert await ask(respx_mock, compressed(gzip.compress(b'{"a": 1}'))) == {"a": 1}
    assert respx_mock.calls.last.request.headers["accept-encoding"] == "gzip"


async def test_what_a_transport_has_in_memory_is_read_as_it_is(respx_mock: respx.MockRouter) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert await ask(respx_mock, httpx.Response(200, headers=headers, content=gzip.compress(b'{"a": 1}'))) == {"a": 1}


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
@pytest.mark.parametrize("squeeze", [False, True])
async def test_a_reply_may_have_so_many_bytes_and_no_more(
    respx_mock: respx.MockRouter, size: int, squeeze: bool
) -> None:
    body = b'{"a": "%s"}' % (b"x" * (size - len(b'{"a": ""}')))
    answer = compressed(gzip.compress(body)) if squeeze else httpx.Response(200, content=in_pieces(body))
    if size == LIMIT:
        assert await ask(respx_mock, answer)
        return
    with pytest.raises(ReplyTooLarge, match="100,000 bytes") as caught:
        await ask(respx_mock, answer)
    assert (caught.value.maximum, caught.value.retryable) == (LIMIT, False)
    assert "Ask for less" in caught.value.hint


async def test_a_gzip_bomb_ends_early(respx_mock: respx.MockRouter) -> None:
    squeezer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([squeezer.compress(bytes(1_000_000)) for _ in range(40)]) + squeezer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(ReplyTooLarge):
            await ask(respx_mock, compressed(bomb))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (compressed(b"no gzip at all"), "cannot be decompressed"),
        (compressed(gzip.compress(b'{"a": 1}')[:-6]), "cut off"),
        (compressed(b"", "br"), "not asked for"),
    ],
)
async def test_what_cannot_be_decompressed_is_said_to_be(
    respx_mock: respx.MockRouter, answer: httpx.Response, told: str
) -> None:
    with pytest.raises(NotJson, match=told):
        await ask(respx_mock, answer)
