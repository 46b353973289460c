"""Connections: which host failed and why, what a cancelled call leaves, and a real socket on this machine."""

import asyncio
import errno
import socket
import ssl
from pathlib import Path

import anyio
import httpx
import pytest
import respx

from cloudinary_tools.client import CloudError, FileSource, NotJson, TimedOut, Unreachable
from tests.tools.client.support import API, make_cloud


def caused_by(*causes: BaseException) -> httpx.ConnectError:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    error.__cause__.__cause__ = causes[0] if len(causes) == 1 else ExceptionGroup("several", list(causes))  # type: ignore[type-var]
    return error


@pytest.mark.parametrize(
    ("failure", "reason", "unknown"),
    [
        (caused_by(ConnectionRefusedError(errno.ECONNREFUSED, "refused")), "refused", False),
        (caused_by(ConnectionRefusedError(), ConnectionRefusedError()), "refused", False),
        (caused_by(socket.gaierror(socket.EAI_NONAME, "Name or service not known")), "unknown host", False),
        (caused_by(ssl.SSLCertVerificationError("self-signed certificate")), "tls", False),
        (caused_by(OSError(errno.ENETUNREACH, "Network is unreachable")), "failed", False),
        (httpx.ProxyError("407 Proxy Authentication Required"), "proxy", False),
        (httpx.ReadError(""), "broken", True),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), "broken", True),
    ],
)
async def test_an_unreachable_cloud_says_which_host_and_why(
    failure: httpx.RequestError, reason: str, unknown: bool
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure  # respx would raise a copy without its causes

    async with make_cloud(retries=0, transport=httpx.MockTransport(fail)) as cloud:
        with pytest.raises(Unreachable, match=r"api\.cloudinary\.com") as caught:
            await cloud.admin("POST", "folders/x")
    error = caught.value
    assert (error.reason, error.host, error.outcome_unknown) == (reason, "api.cloudinary.com", unknown)
    assert error.hint
    assert error.retryable is (reason not in {"tls", "broken"})
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("failure", "kind", "unknown"),
    [
        (httpx.ReadTimeout(""), TimedOut, True),
        (httpx.ConnectTimeout(""), TimedOut, False),
        (httpx.PoolTimeout(""), TimedOut, False),
        (httpx.DecodingError("bad gzip"), NotJson, True),
    ],
)
async def test_a_missing_answer_tells_whether_anything_may_have_happened(
    respx_mock: respx.MockRouter, failure: httpx.RequestError, kind: type[CloudError], unknown: bool
) -> None:
    respx_mock.post(f"{API}/folders/x").mock(side_effect=failure)
    async with make_cloud(retries=0) as cloud:
        with pytest.raises(kind) as caught:
            await cloud.admin("POST", "folders/x")
    assert caught.value.outcome_unknown is unknown


class Hanging(httpx.AsyncBaseTransport):
    """Never answers, and tells when a request arrives and when it is given up."""

    def __init__(self) -> None:
        self.arrived = anyio.Event()
        self.given_up = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.arrived.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.given_up = True
        raise AssertionError


async def test_cancelling_a_call_aborts_its_request() -> None:
    hanging = Hanging()
    async with make_cloud(transport=hanging) as cloud:
        call = asyncio.create_task(cloud.admin("GET", "ping"))
        await hanging.arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert hanging.given_up


async def test_a_call_that_gets_no_answer_ends_at_its_timeout() -> None:
    hanging = Hanging()
    async with make_cloud("?timeout=0.01", transport=hanging, retries=0, timeout=99) as cloud:
        with pytest.raises(TimedOut, match=r"api\.cloudinary\.com within 0\.01 s"):
            await cloud.admin("GET", "ping")
    assert hanging.given_up


async def test_one_call_may_have_its_own_timeout() -> None:
    async with make_cloud(transport=Hanging(), retries=0) as cloud:
        with pytest.raises(TimedOut, match=r"within 0\.01 s"):
            await cloud.v2("GET", "notifications", "messages", params={"wait_seconds": 20}, timeout=0.01)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request whole and answer with the bytes of its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    body = await reader.readexactly(length)
    asset = b'"public_id":"x","asset_id":"1f","resource_type":"raw","type":"upload"'
    answer = b'{%s,"bytes":%d}' % (asset, len(body))
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
    await writer.drain()
    writer.close()


async def test_a_file_is_streamed_over_a_real_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 1_000_000)
    told: list[int] = []

    async def progress(sent: int, total: int) -> None:
        told.append(sent)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with make_cloud(f"?upload_prefix=http://127.0.0.1:{port}") as cloud:
            reply = await cloud.upload(FileSource(path), progress=progress)
    assert 1_000_000 < (reply.get("bytes") or 0) < 1_002_000
    assert told == [262144, 524288, 786432, 1_000_000]


async def test_a_port_where_nobody_listens_refuses(unused_tcp_port: int) -> None:
    async with make_cloud(f"?upload_prefix=http://127.0.0.1:{unused_tcp_port}") as cloud:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1 refused the connection") as caught:
            await cloud.admin("GET", "ping")
    assert caught.value.reason == "refused"


async def test_a_cancelled_upload_closes_its_connection_and_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 8_000_000)
    gone = asyncio.Event()
    began = asyncio.Event()

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        began.set()
        while True:
            try:
                if not await reader.read(100_000):
                    break
            except ConnectionResetError:
                break
            await asyncio.sleep(0)
        gone.set()
        writer.close()

    async def hold(sent: int, total: int) -> None:
        await began.wait()
        await asyncio.Event().wait()

    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with make_cloud(f"?upload_prefix=http://127.0.0.1:{port}") as cloud:
            call = asyncio.create_task(cloud.upload(FileSource(path), progress=hold))
            await began.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(gone.wait(), 2)
