"""The receiver on a real port: who holds it, who takes over, and clients that hold on."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from cloudinary_mcp.notifications import uvicorn_socket, webhook_receiver
from cloudinary_mcp.notifications.verify import Refusal, VerificationKeys
from cloudinary_mcp.notifications.webhook_receiver import WebhookReceiver
from cloudinary_tools.config import CloudName
from tests.notifications.helpers import CLOUD, KEYS, WEBHOOK, event, keep, open_log, signed
from tests.support import LOOPBACK

HEAD = b"POST /webhooks/cloudinary HTTP/1.1\r\nHost: x\r\n"
OTHER = VerificationKeys(CloudName("other"), (SecretStr("secret-of-other"),))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_receiver, "_RETRY_SECONDS", (0.02, 0.04))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


def signature(body: bytes) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in signed(body).items()).encode()


async def send(one: WebhookReceiver, body: bytes, secret: str | None = None) -> int:
    assert one.state.address
    headers = signed(body, secret) if secret else signed(body)
    async with httpx.AsyncClient(**LOOPBACK) as client:
        return (await client.post(one.state.address, content=body, headers=headers)).status_code


async def test_a_webhook_comes_in_through_a_port_of_the_systems_choice(tmp_path: Path) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with open_log(tmp_path) as log:
        async with WebhookReceiver(log, [KEYS], port=0) as one:
            assert one.state.status == "listening"
            assert one.state.address
            assert one.state.address.startswith("http://127.0.0.1:")
            assert one.state.address.endswith(WEBHOOK)
            assert await send(one, event()) == 200
            assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
        assert (one.state.status, one.traffic.accepted) == ("stopped", 1)
        assert (await log.stats(clouds={CLOUD})).rows == {CLOUD: 1}


async def test_it_can_be_switched_off(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        for one in (WebhookReceiver(log, [KEYS], port=None), WebhookReceiver(log, [])):
            async with one:
                assert one.state.status == "disabled"


async def test_a_second_process_waits_for_the_port_and_takes_over(tmp_path: Path) -> None:
    port = free_port()
    async with open_log(tmp_path) as log, open_log(tmp_path) as other_log:
        async with WebhookReceiver(other_log, [KEYS], port=port) as second:
            async with WebhookReceiver(log, [KEYS, OTHER], port=free_port()):
                pass  # another port is nobody's business
            assert second.state.status == "listening"
        first = WebhookReceiver(log, [KEYS, OTHER], port=port)
        await first.__aenter__()
        async with WebhookReceiver(other_log, [KEYS], port=port) as second:
            assert (second.state.status, second.state.address) == ("standby", None)
            assert second.state.owner
            assert second.state.owner.clouds == {"demo", "other"}
            assert second.state.owner.pid == os.getpid()
            assert await send(first, event("a")) == 200
            await first.__aexit__(None, None, None)
            await until(lambda: second.state.status == "listening")
            assert await send(second, event("b")) == 200
            assert len((await other_log.list(clouds={CLOUD})).items) == 2
            owner = await log.port_claim(port)
            assert owner
            assert owner.clouds == {"demo"}
        assert await log.port_claim(port) is None


async def test_a_process_whose_cloud_the_owner_cannot_verify_opens_its_own_port(tmp_path: Path) -> None:
    port = free_port()
    async with open_log(tmp_path) as log, open_log(tmp_path) as other_log:
        first = WebhookReceiver(log, [KEYS], port=port)
        await first.__aenter__()
        async with WebhookReceiver(other_log, [OTHER], port=port) as second:
            assert second.state.status == "own port"
            assert second.state.owner
            assert "does not know all of our clouds" in second.state.message
            own = second.state.address
            assert own
            assert await send(second, event("a"), "secret-of-other") == 200
            assert (await log.list(clouds={CLOUD})).items == ()
            await first.__aexit__(None, None, None)
            await until(lambda: second.state.status == "listening")
            assert second.state.address == f"http://127.0.0.1:{port}{WEBHOOK}"
            async with httpx.AsyncClient(**LOOPBACK) as client:  # whoever was told the other address still gets through
                answer = await client.post(own, content=event(), headers=signed(event(), "secret-of-other"))
                assert answer.status_code == 200


async def test_a_port_taken_by_another_program_is_a_state_and_not_an_error(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        with uvicorn_socket.bind("127.0.0.1", 0) as taken:
            port = taken.getsockname()[1]
            async with WebhookReceiver(log, [KEYS], port=port) as one:
                assert (one.state.status, one.state.address) == ("standby", None)
                await until(lambda: one.state.status == "own port")
                assert "another program" in one.state.message
                assert await send(one, event()) == 200
                taken.close()
                await until(lambda: one.state.status == "listening")


async def test_a_claim_of_a_dead_process_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    async with open_log(tmp_path) as log:
        with uvicorn_socket.bind("127.0.0.1", 0) as taken:
            port = taken.getsockname()[1]
            monkeypatch.setattr(os, "getpid", lambda: gone.pid)
            await log.claim_port(port, "dead", [CLOUD])
            async with WebhookReceiver(log, [KEYS], port=port) as one:
                await until(lambda: one.state.status == "own port")
                assert one.state.owner is None


async def test_a_port_that_cannot_be_bound_is_a_state(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log, WebhookReceiver(log, [KEYS], host="192.0.2.1", port=8788) as one:
        assert (one.state.status, one.state.address) == ("failed", None)
        assert "8788" in one.state.message


async def test_a_receiver_with_a_broken_log_listens_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    async with open_log(tmp_path) as log, WebhookReceiver(log, [KEYS], port=free_port()) as one:
        assert one.state.status == "listening"
        assert "unusable" in one.state.message
        assert await send(one, event()) == 503


async def test_clients_that_never_finish_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_socket, "REQUEST_TIMEOUT", 0.05)

    async def stall(port: int | None, *sent: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, piece in enumerate(sent):
            if number:
                await reader.readuntil(b"\r\n\r\n")
            writer.write(piece)
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()

    async with open_log(tmp_path) as log, WebhookReceiver(log, [KEYS], port=0) as one:
        assert one.state.address
        port = httpx.URL(one.state.address).port
        async with asyncio.timeout(3):
            await asyncio.gather(
                stall(port),
                stall(port, b"POST "),
                stall(port, HEAD + signature(event()) + b"Content-Length: 100\r\n\r\n{"),
                stall(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET"),
            )
        assert await send(one, event()) == 200
        assert one.traffic.refused == {Refusal.SLOW: 2, Refusal.DISCONNECTED: 1, Refusal.PATH: 1}


async def test_connections_opened_and_left_keep_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_socket, "MAX_CONNECTIONS", 3)
    async with open_log(tmp_path) as log, WebhookReceiver(log, [KEYS], port=0) as one:
        assert one.state.address
        port = httpx.URL(one.state.address).port
        left = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        for reader, _ in left[:2]:
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b"", "who has waited longest goes first"
        assert await send(one, event()) == 200
        assert one.traffic.refused == {Refusal.BUSY: 3}
        for _, writer in left:
            writer.close()


async def test_it_writes_nothing_to_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_log(tmp_path) as log, WebhookReceiver(log, [KEYS], port=0) as one:
        await send(one, event())
        await keep(log, event("b"))
    assert capfd.readouterr().out == ""
    assert "dog" not in caplog.text


async def test_what_is_no_http_is_counted_and_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_log(tmp_path) as log, WebhookReceiver(log, [KEYS], port=0) as one:
        assert one.state.address
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(one.state.address).port)
        writer.write(b"hello?\r\n\r\n")
        assert b" 400 " in await reader.read()
        writer.close()
    assert one.traffic.refused == {Refusal.MALFORMED: 1}
    assert caplog.text == ""
