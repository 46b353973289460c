"""The body of an answer, read and decompressed piece by piece up to a limit, so that a gzip bomb ends early."""

import zlib
from collections.abc import AsyncIterator

import httpx

from cloudinary_tools.client.errors import NotJson, ReplyTooLarge

ACCEPT_ENCODING = "gzip"
"""What is asked for; nothing else is understood."""

_GZIP = zlib.MAX_WBITS | 16


async def read_body(response: httpx.Response, most: int) -> bytes:
    """All of a body, decompressed. `ReplyTooLarge` above `most` bytes, `NotJson` for what cannot be decompressed."""
    body = bytearray()
    async for part in _parts(response, most):
        body += part
        if len(body) > most:
            raise ReplyTooLarge(most)
    return bytes(body)


def _parts(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity" or response.is_stream_consumed:  # a transport that has it in memory decompressed it
        return response.aiter_bytes()
    if encoding == ACCEPT_ENCODING:
        return _inflated(response, most)
    raise NotJson("the answer is compressed in a way that was not asked for", outcome_unknown=True)


async def _inflated(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """The decompressed body in pieces of at most a byte more than `most`."""
    inflating = zlib.decompressobj(_GZIP)
    try:
        async for part in response.aiter_raw():
            rest = part
            while rest and not inflating.eof:
                yield inflating.decompress(rest, most + 1)
                rest = inflating.unconsumed_tail
    except zlib.error:
        raise NotJson("the answer cannot be decompressed", outcome_unknown=True) from None
    if not inflating.eof:
        raise NotJson("the compressed answer was cut off", retryable=True, outcome_unknown=True)
