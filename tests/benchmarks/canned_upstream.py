"""A cloud that answers every call at once with the same bytes, so that only the servers in front of it are measured.

`python -m tests.benchmarks.canned_upstream` prints its port and runs until its standard input ends.
"""

import asyncio
import json
import re
import sys
from typing import Any

LISTED, FOUND = 100, 50
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def asset(number: int) -> dict[str, Any]:
    """One asset in the form of the Admin API's listing."""
    public_id = f"products/spring/photo-{number:04}"
    return {
        "asset_id": f"{number:032x}",
        "public_id": public_id,
        "format": "jpg",
        "version": 1_700_000_000 + number,
        "resource_type": "image",
        "type": "upload",
        "created_at": f"2026-11-{number % 28 + 1:02}T10:20:30Z",
        "bytes": 120_000 + number,
        "width": 1600,
        "height": 1200,
        "asset_folder": "products/spring",
        "display_name": f"photo-{number:04}",
        "tags": ["spring", "catalogue"],
        "access_mode": "public",
        "url": f"http://res.cloudinary.com/demo/image/upload/v{1_700_000_000 + number}/{public_id}.jpg",
        "secure_url": f"https://res.cloudinary.com/demo/image/upload/v{1_700_000_000 + number}/{public_id}.jpg",
    }


def _json(value: Any) -> bytes:
    body = json.dumps(value).encode()
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\nx-featureratelimit-limit: 500\r\n"
        "x-featureratelimit-remaining: 400\r\nx-featureratelimit-reset: Wed, 25 Nov 2026 23:00:00 GMT\r\n"
        f"x-request-id: 0123456789abcdef0123456789abcdef\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


LIST = _json({"resources": [asset(number) for number in range(LISTED)]})
EMPTY = _json({"resources": []})
SEARCH = _json({"total_count": FOUND, "time": 12, "resources": [asset(number) for number in range(FOUND)]})
DETAILS = _json(
    {**asset(1), "derived": [], "etag": "0" * 32, "metadata": {}, "context": {"custom": {"alt": "A photo"}}}
)
CONFIG = _json({"cloud_name": "demo", "created_at": "2026-01-01T00:00:00Z", "settings": {"folder_mode": "dynamic"}})


class Canned(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as little of it as the two clients need."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._out, self._in = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._in += data
        while (end := self._in.find(b"\r\n\r\n")) >= 0:
            head = self._in[:end]
            length = _LENGTH.search(head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._in) < size:
                return
            self._in = self._in[size:]
            self._out.write(answer(head.partition(b"\r\n")[0].decode("latin-1")))


def answer(request: str) -> bytes:
    """The bytes for a request line such as `GET /v1_1/demo/resources/image?max_results=100 HTTP/1.1`."""
    path = request.split(" ")[1].partition("?")[0].removeprefix("/v1_1/demo/")
    if path.endswith("search"):
        return SEARCH
    if path == "config":
        return CONFIG
    if path in ("resources/video", "resources/raw", "resources/video/upload", "resources/raw/upload"):
        return EMPTY
    if path in ("resources", "resources/image", "resources/image/upload"):
        return LIST
    return DETAILS


async def run() -> None:
    """Serve on a free port of this machine until nobody holds the other end of stdin."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Canned, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(run())
