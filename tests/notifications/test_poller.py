"""Polling: nothing is acknowledged before it is durable, nothing is stored twice, and no outage ends it."""

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from cloudinary_mcp.notifications.log.sqlite import SqliteNotificationLog
from cloudinary_mcp.notifications.poller import PollChannel, PolledMessage, Poller
from cloudinary_mcp.notifications.verify import HeaderRule, Refusal, VerificationKeys
from cloudinary_tools.config import CloudName
from tests.notifications.helpers import CLOUD, KEYS, SECRET, event, message, open_log

NEWS = PollChannel(CLOUD, "news")


@dataclass
class Buffer:
    """Cloudinary's side: replies in turn (a list, or an error to raise), then the end of the test's world."""

    replies: list[Sequence[PolledMessage] | Exception]
    on_ack: Callable[[], Awaitable[None]] | None = None
    acked: list[tuple[str, list[str]]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    empty: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, cloud: str, channel: str, wait_seconds: int, max_messages: int) -> Sequence[PolledMessage]:
        assert (0 < wait_seconds <= 60, 0 < max_messages <= 100) == (True, True)
        self.asked.append((cloud, channel))
        if not self.replies:
            self.empty.set()
            await asyncio.Event().wait()
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def ack(self, cloud: str, receipt_handles: Sequence[str]) -> None:
        if self.on_ack:
            await self.on_ack()
        self.acked.append((cloud, [*receipt_handles]))

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def poller(self, log: SqliteNotificationLog, keys: VerificationKeys = KEYS, *channels: PollChannel) -> Poller:
        return Poller(log, [keys], channels or [NEWS], fetch=self.fetch, ack=self.ack, sleep=self.sleep)


async def drain(poller: Poller, *buffers: Buffer) -> None:
    """Run until everything was fetched."""
    task = asyncio.create_task(poller.run())
    async with asyncio.timeout(5):
        for buffer in buffers:
            await buffer.empty.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def names(log: SqliteNotificationLog) -> list[str]:
    return [found.public_ids[0] for found in (await log.list(clouds={CLOUD})).items][::-1]


async def test_messages_are_verified_stored_and_acknowledged(tmp_path: Path) -> None:
    buffer = Buffer([[message(event("a"), "rh1"), message(event("b"), "rh2")], [], [message(event("c"), "rh3")]])
    async with open_log(tmp_path) as log:
        poller = buffer.poller(log)
        await drain(poller, buffer)
        assert await names(log) == ["a", "b", "c"]
        assert {found.via for found in (await log.list(clouds={CLOUD})).items} == {"poll:news"}
    assert buffer.acked == [(CLOUD, ["rh1", "rh2"]), (CLOUD, ["rh3"])]
    state = poller.states[NEWS]
    assert (state.accepted, state.refused, state.failures, state.last_error) == (3, 0, 0, None)
    assert state.last_success
    assert len(buffer.pauses) == 1, "a server that does not wait is not asked again at once"


async def test_the_exact_decoded_bytes_are_what_is_stored(tmp_path: Path) -> None:
    body = '{ "notification_type":"upload","public_id":"\\u00e9té" }  '.encode()
    buffer = Buffer([[message(body, "rh1")]])
    async with open_log(tmp_path) as log:
        await drain(buffer.poller(log), buffer)
        assert [found.body for found in (await log.list(clouds={CLOUD})).items] == [body]


async def test_nothing_is_acknowledged_before_it_is_in_the_log(tmp_path: Path) -> None:
    seen: list[list[str]] = []
    async with open_log(tmp_path) as log:

        async def look() -> None:
            seen.append(await names(log))

        buffer = Buffer([[message(event("a"), "rh1")]], on_ack=look)
        await drain(buffer.poller(log), buffer)
    assert seen == [["a"]]


async def test_a_log_that_fails_means_no_acknowledgement(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    buffer = Buffer([[message(event("a"), "rh1")]])
    async with open_log(tmp_path) as log:
        poller = buffer.poller(log)
        await drain(poller, buffer)
    assert buffer.acked == []
    assert "unusable" in (poller.states[NEWS].last_error or "")


async def test_a_lost_acknowledgement_is_made_up_for_and_stores_nothing_twice(tmp_path: Path) -> None:
    buffer = Buffer([[message(event("a"), "rh1")], [message(event("a"), "rh2")]])
    lost = [OSError("connection lost")]

    async def lose() -> None:
        if lost:
            raise lost.pop()

    buffer.on_ack = lose
    async with open_log(tmp_path) as log:
        poller = buffer.poller(log)
        await drain(poller, buffer)
        assert await names(log) == ["a"]
    assert buffer.acked == [(CLOUD, ["rh2"])]
    assert poller.states[NEWS].repeated == 1


async def test_outages_are_survived_with_growing_pauses(tmp_path: Path) -> None:
    buffer = Buffer([*[OSError("no network")] * 9, [message(event("a"), "rh1")]])
    async with open_log(tmp_path) as log:
        poller = buffer.poller(log)
        await drain(poller, buffer)
        assert await names(log) == ["a"]
    for number, pause in enumerate(buffer.pauses):
        assert min(2**number, 60) / 2 <= pause <= min(2**number, 60)
    assert (poller.states[NEWS].failures, poller.states[NEWS].pause, poller.states[NEWS].last_error) == (0, None, None)


async def test_while_it_is_down_the_state_says_why_and_until_when(tmp_path: Path) -> None:
    buffer = Buffer([TimeoutError()])
    async with open_log(tmp_path) as log:
        poller = buffer.poller(log)
        await drain(poller, buffer)
    state = poller.states[NEWS]
    assert (state.failures, state.last_success) == (1, None)
    assert "TimeoutError" in (state.last_error or "")
    assert state.pause


GOOD = message(event("good"), "rh-good")
BAD = [
    (replace(GOOD, signature="0" * 40), Refusal.BAD_SIGNATURE),
    (message(event(), "rh", "another secret"), Refusal.BAD_SIGNATURE),
    (replace(GOOD, timestamp="soon"), Refusal.BAD_TIMESTAMP),
    (message(event(), "rh", age=8 * 86400), Refusal.STALE),
    (message(event(), "rh", age=-3600), Refusal.FUTURE),
    (replace(GOOD, signed_payload="###"), Refusal.NOT_JSON),
    (replace(GOOD, signed_payload="é"), Refusal.NOT_JSON),
    (message(b"no JSON", "rh"), Refusal.NOT_JSON),
    (PolledMessage.from_reply({"payload": {"public_id": "x"}, "signature": 5}), Refusal.NOT_JSON),
    (PolledMessage.from_reply({"receipt_handle": "rh", "signed_payload": "e30"}), Refusal.UNSIGNED),
]


@pytest.mark.parametrize(("bad", "why"), BAD)
async def test_a_bad_message_is_counted_and_neither_stored_nor_acknowledged(
    tmp_path: Path, bad: PolledMessage, why: Refusal
) -> None:
    buffer = Buffer([[bad, GOOD]])
    async with open_log(tmp_path) as log:
        poller = buffer.poller(log)
        await drain(poller, buffer)
        assert await names(log) == ["good"]
    assert buffer.acked == [(CLOUD, ["rh-good"])]
    assert (poller.states[NEWS].refused, poller.states[NEWS].last_refusal) == (1, why)


async def test_only_bad_messages_are_an_outage_with_a_pause(tmp_path: Path) -> None:
    buffer = Buffer([[BAD[0][0]]])
    async with open_log(tmp_path) as log:
        poller = buffer.poller(log)
        await drain(poller, buffer)
    assert buffer.pauses
    assert "bad_signature" in (poller.states[NEWS].last_error or "")


async def test_a_message_that_waited_overnight_is_still_taken(tmp_path: Path) -> None:
    buffer = Buffer([[message(event("old"), "rh1", age=14 * 3600)]])
    async with open_log(tmp_path) as log:
        await drain(buffer.poller(log), buffer)
        assert await names(log) == ["old"]


async def test_a_webhooks_secret_header_is_not_asked_of_a_message(tmp_path: Path) -> None:
    rule = HeaderRule("X-Inbound-Secret", SecretStr("open sesame"))
    keys = VerificationKeys(CLOUD, (SecretStr(SECRET),), header=rule)
    buffer = Buffer([[GOOD]])
    async with open_log(tmp_path) as log:
        await drain(buffer.poller(log, keys), buffer)
        assert [found.verified_by for found in (await log.list(clouds={CLOUD})).items] == ["signature"]


async def test_one_broken_channel_does_not_stop_another(tmp_path: Path) -> None:
    working, broken = Buffer([[GOOD]]), Buffer([OSError("down")] * 3)

    async def fetch(cloud: str, channel: str, wait_seconds: int, max_messages: int) -> Sequence[PolledMessage]:
        buffer = working if channel == "a/b" else broken
        return await buffer.fetch(cloud, channel, wait_seconds, max_messages)

    async with open_log(tmp_path) as log:
        channels = [(CLOUD, "a/b"), (CLOUD, "down")]
        poller = Poller(log, [KEYS], channels, fetch=fetch, ack=working.ack, sleep=broken.sleep)
        await drain(poller, broken, working)
        assert await names(log) == ["good"]
    assert {*working.asked, *broken.asked} == {*channels}
    assert poller.states[PollChannel(CLOUD, "down")].failures == 3
    assert poller.states[PollChannel(CLOUD, "a/b")].failures == 0


async def test_a_channel_without_a_secret_is_refused_when_it_is_configured(tmp_path: Path) -> None:
    header_only = VerificationKeys(CloudName("x"), header=HeaderRule("X-Inbound-Secret", SecretStr("s"), "instead"))
    async with open_log(tmp_path) as log:
        for cloud in ("x", "nobody"):
            with pytest.raises(ValueError, match=cloud):
                Buffer([]).poller(log, header_only, PollChannel(CloudName(cloud), "news"))


async def test_cancelling_ends_it(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        buffer = Buffer([])
        await drain(buffer.poller(log), buffer)
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("poll:")]


def test_padded_payloads_decode_too() -> None:
    padded = replace(GOOD, signed_payload=base64.urlsafe_b64encode(b"{}??").decode())
    assert padded.body() == b"{}??"
