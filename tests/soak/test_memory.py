"""A real server stays below 200 MB whatever an upstream, a file or a client sends it."""

import asyncio
import contextlib
import gzip
import io
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.end_to_end.processes import Pipe, environment, piped

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(sys.platform != "linux", reason="the highest memory of another process is read from /proc"),
]

MOST = 200_000_000
"""Bytes that the server may have resident at its highest."""


def peak(pipe: Pipe) -> int:
    """The most bytes that the process ever had resident."""
    status = Path(f"/proc/{pipe.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def picture(side: int) -> bytes:
    """A small file of many pixels."""
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG")
    return file.getvalue()


class Upstream:
    """A Cloudinary whose every answer is `head` and then `part` again and again, up to `parts` times."""

    def __init__(self) -> None:
        self.head, self.part, self.parts = b"", b"", 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, as far as it is taken."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + self.head)
            for _ in range(self.parts):
                writer.write(self.part)
                await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def server(self, *options: str) -> AsyncGenerator[Pipe]:
        """A server over pipes whose cloud this is."""
        listening = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with listening:
            address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            url = f"cloudinary://key:a-long-secret@demo?upload_prefix={address}&delivery_prefix={address}/demo"
            async with piped(*options, env=environment(CLOUDINARY_URL=url)) as pipe:
                yield pipe


JSON = b"Content-Type: application/json\r\n"
ANSWERS: dict[str, tuple[bytes, bytes, int]] = {
    "a gigabyte of JSON": (JSON + b'\r\n{"resources": [', b'{"public_id": "a"},' * 5_000, 10_000),
    "a gzip bomb": (
        JSON + b"Content-Encoding: gzip\r\n\r\n",
        gzip.compress(b'{"resources": [' + b" " * 1_000_000_000, 1),
        1,
    ),
    "small things by the million": (
        JSON + b"Content-Encoding: gzip\r\n\r\n",
        gzip.compress(b'{"resources": [' + b",".join([b"{}"] * 6_000_000) + b"]}"),
        1,
    ),
    "a failure of small things": (
        JSON + b"Content-Encoding: gzip\r\n\r\n",
        gzip.compress(b'{"error": [' + b",".join([b"{}"] * 6_000_000) + b"]}"),
        1,
    ),
    "brackets without end": (JSON + b"\r\n", b"[" * 100_000, 10_000),
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_answer_of_cloudinary(tmp_path: Path, answer: str) -> None:
    upstream = Upstream()
    upstream.head, upstream.part, upstream.parts = ANSWERS[answer]
    async with upstream.server("--data-dir", str(tmp_path), "--no-receiver") as pipe:
        for _ in range(3):
            assert (await pipe.call("list_assets", resource_type="image"))["isError"]
        assert peak(pipe) < MOST


async def test_a_picture_of_many_pixels(tmp_path: Path) -> None:
    upstream = Upstream()
    upstream.head, upstream.part, upstream.parts = b"Content-Type: image/png\r\n\r\n", picture(13_300), 1
    async with upstream.server("--data-dir", str(tmp_path), "--no-receiver") as pipe:
        assert (await pipe.call("preview_asset", public_id="a"))["isError"]
        upstream.part = picture(2_400)
        answer = await pipe.call("preview_asset", public_ids=[f"a{number}" for number in range(16)])
        assert not answer.get("isError"), answer
        assert peak(pipe) < MOST


async def test_a_sparse_manifest_and_a_manifest_of_small_things(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with (folder / "sparse.json").open("wb") as file:
        file.truncate(3_000_000_000)
    (folder / "small.json").write_bytes(b"[" + b",".join([b"{}"] * 600_000) + b"]")
    (folder / "wide.csv").write_bytes(b"source" + b"," * 1_900_000 + b"\n")
    options = ("--data-dir", str(tmp_path), "--no-receiver", "--toolsets", "all", "--allow-dir", str(folder))
    async with Upstream().server(*options) as pipe:
        for name in ("sparse.json", "small.json", "wide.csv"):
            assert (await pipe.call("upload_assets", manifest=str(folder / name)))["isError"]
        assert peak(pipe) < MOST


async def test_long_lines_of_a_client(tmp_path: Path) -> None:
    async with Upstream().server("--data-dir", str(tmp_path), "--no-receiver") as pipe:
        long: dict[str, Any] = {"public_id": "a" * 10_000_000}
        assert (await pipe.call("get_asset", **long))["isError"]
        assert peak(pipe) < MOST
