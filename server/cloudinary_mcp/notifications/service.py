"""Takes notifications in, by webhook and from poll channels, and answers the tools and resources that ask for them.

It is built from the settings and runs beside the MCP server. What fails here does not end the server: the tool
`notification_status` says what is wrong.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

import anyio
from anyio.abc import TaskGroup
from pydantic import SecretStr

from cloudinary_mcp.notifications.log.protocol import LogError, Notification, NotificationLog
from cloudinary_mcp.notifications.log.sqlite import SqliteNotificationLog
from cloudinary_mcp.notifications.poller import PollChannel, PolledMessage, Poller
from cloudinary_mcp.notifications.verify import HeaderRule, VerificationKeys
from cloudinary_mcp.notifications.webhook_receiver import WebhookReceiver
from cloudinary_mcp.settings import Clouds, Settings
from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.client.reply_types.notifications import MessagesReply
from cloudinary_tools.config import CloudConfig, CloudName, ConfigError, ConfigName
from cloudinary_tools.toolkit.context import NotificationPage, NotificationStatus
from cloudinary_tools.toolkit.results import Problem

logger = logging.getLogger(__name__)

LISTEN_AGAIN = 2.0
"""Seconds before the log is followed again after it failed."""
INTRODUCE_AGAIN = 5.0
"""Seconds between two introductions of the receiver, so that a sandbox that started anew learns of it."""
IntroduceReceiver = Callable[[str], Awaitable[bool]]
"""Tells somebody the receiver's address; whether it was taken."""
OnNotification = Callable[[Notification], Awaitable[None]]
GetCloud = Callable[[ConfigName], CloudinaryClient]


def open_log(settings: Settings) -> SqliteNotificationLog:
    """The notification log in the data folder, to be entered with `async with`; nothing is read or made before."""
    return SqliteNotificationLog(
        settings.data_dir / "notifications",
        max_rows=settings.keep_notifications,
        max_age=settings.keep_days * 86_400,
    )


def verification_keys(settings: Settings, clouds: Clouds) -> list[VerificationKeys]:
    """How each cloud's notifications are verified; a cloud without a secret cannot be, and is left out.

    `ConfigError` for a header that is none, and for a secret of a cloud that is not here.
    """
    header = _header_rule(settings)
    known_as = {name for config in clouds.configs.values() for name in (config.name, config.cloud_name)}
    for entry in settings.webhook_secret:
        cloud, equals, _ = entry.get_secret_value().partition("=")
        if equals and cloud not in known_as:
            raise ConfigError(f"webhook_secret: one is CLOUD=SECRET of no cloud here ({', '.join(sorted(known_as))})")
    secrets: dict[CloudName, list[SecretStr]] = {}
    for config in clouds.configs.values():  # two names may stand for one cloud
        known = secrets.setdefault(config.cloud_name, [])
        known += [config.api_secret] if config.api_secret else []
        known += [secret for entry in settings.webhook_secret if (secret := _secret_of(entry, config))]
    keys: list[VerificationKeys] = []
    for cloud_name, known in secrets.items():
        with suppress(ValueError):
            keys.append(VerificationKeys(cloud_name, tuple(known), header=header))
    return keys


def _secret_of(entry: SecretStr, config: CloudConfig) -> SecretStr | None:
    """The secret of `cloud=secret` when it is for this cloud; a plain one is for all."""
    cloud, equals, secret = entry.get_secret_value().partition("=")
    if not equals:
        return entry
    return SecretStr(secret) if cloud in (config.name, config.cloud_name) else None


def _header_rule(settings: Settings) -> HeaderRule | None:
    if not settings.webhook_header:
        return None
    name, colon, value = settings.webhook_header.get_secret_value().partition(":")
    try:
        if not colon:
            raise ValueError("write it as `Name: value`")
        return HeaderRule(name.strip(), SecretStr(value.strip()), settings.webhook_header_mode)
    except ValueError as error:
        raise ConfigError(f"webhook_header: {error}") from None


class NotificationService:
    """The notifications of one server: webhook receiver, pollers and log; what tools see is the last part of it."""

    def __init__(self, settings: Settings, clouds: Clouds, get_cloud: GetCloud) -> None:
        self.log: NotificationLog = open_log(settings)
        self.keys = verification_keys(settings, clouds)
        self._signing = {key.cloud for key in self.keys if key.secrets}
        port = None if settings.no_receiver else settings.receiver_port
        self.receiver = WebhookReceiver(self.log, self.keys, port=port)
        self._introduced = False
        self._names = {config.name: config.cloud_name for config in clouds.configs.values()}
        self._by_cloud_name = {config.cloud_name: config.name for config in clouds.configs.values()}
        self._get_cloud = get_cloud
        self._tasks: TaskGroup | None = None
        self._pollers: dict[PollChannel, Poller] = {}
        self._public_url = settings.public_url
        self._channels = [self._named(entry, clouds.names) for entry in settings.poll_channel]

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        clouds: Clouds,
        get_cloud: GetCloud,
        on_notification: OnNotification,
        introduce: IntroduceReceiver | None,
    ) -> AsyncGenerator["NotificationService"]:
        """Run until the block ends: receive, poll, and call `on_notification` with what is new to this server's clouds.

        `introduce` is told the receiver's address before the block begins, and now and then after.
        """
        service = cls(settings, clouds, get_cloud)
        async with service.log, service.receiver, anyio.create_task_group() as tasks:
            service._tasks = tasks
            for cloud, channel in service._channels:
                service.poll(cloud, channel)
            tasks.start_soon(service._follow_log, on_notification)
            if introduce:
                await service._introduce(introduce)
                tasks.start_soon(service._keep_introduced, introduce)
            try:
                yield service
            finally:
                tasks.cancel_scope.cancel()

    def _named(self, entry: str, names: Sequence[str]) -> tuple[ConfigName, str]:
        """Cloud and channel of a setting; `ConfigError` when it cannot be polled."""
        given, equals, channel = entry.rpartition("=")
        if not equals and len(names) > 1:
            raise ConfigError(f"poll_channel {channel!r}: say of which cloud, CLOUD={channel} ({', '.join(names)})")
        cloud = ConfigName(given if equals else names[0])
        if cloud not in self._names:
            raise ConfigError(f"poll_channel {channel!r}: there is no cloud {cloud!r} ({', '.join(names)})")
        if not self.can_poll(cloud):
            raise ConfigError(f"poll_channel {channel!r}: the cloud {cloud!r} has no API secret to verify it with")
        return cloud, channel

    def can_poll(self, cloud: ConfigName) -> bool:
        """Whether a cloud has a secret to verify its messages with."""
        return self._names[cloud] in self._signing

    def poll(self, cloud: ConfigName, channel: str) -> None:
        """Start polling a channel of a cloud; one that is polled already is left alone."""
        place = PollChannel(self._names[cloud], channel)
        if place in self._pollers:
            return
        poller = self._pollers[place] = Poller(self.log, self.keys, [place], fetch=self._fetch, ack=self._ack)
        assert self._tasks is not None
        self._tasks.start_soon(poller.run)

    async def _fetch(
        self, cloud: CloudName, channel: str, wait_seconds: int, max_messages: int
    ) -> Sequence[PolledMessage]:
        reply = await self._get_cloud(self._by_cloud_name[cloud]).v2(
            "GET",
            "notifications",
            "messages",
            reply=MessagesReply,
            params={"channel": channel, "wait_seconds": wait_seconds, "max_messages": max_messages},
            timeout=wait_seconds + 15,
        )
        return [PolledMessage.from_reply(message) for message in reply.get("messages") or ()]

    async def _ack(self, cloud: CloudName, receipt_handles: Sequence[str]) -> None:
        await self._get_cloud(self._by_cloud_name[cloud]).v2(
            "POST", "notifications", "messages/ack", reply=DoneReply, json={"receipt_handles": list(receipt_handles)}
        )

    async def _introduce(self, introduce: IntroduceReceiver) -> None:
        if address := self.receiver.state.address:
            self._introduced = await introduce(address)

    async def _keep_introduced(self, introduce: IntroduceReceiver) -> None:
        while True:
            await anyio.sleep(INTRODUCE_AGAIN)
            await self._introduce(introduce)

    async def _follow_log(self, on_notification: OnNotification) -> None:
        """Hand on every new row, whichever process stored it; after a failure, from where it was left."""
        position: int | None = None
        told = ""
        while True:
            try:
                following = await self.log.tail(self._cloud_names(None), after=position)
                async for notification in following:
                    told = ""
                    await on_notification(notification)
                    position = following.position
            except LogError as error:
                if str(error) != told:  # once, not every two seconds
                    told = str(error)
                    logger.warning("the notification log cannot be followed: %s", error)
            await anyio.sleep(LISTEN_AGAIN)

    def _cloud_names(self, cloud: ConfigName | None) -> list[str]:
        return [self._names[cloud]] if cloud else list(self._names.values())

    # What the tools see (`cloudinary_tools.toolkit.context.Notifications`)

    async def list(
        self, cloud: ConfigName | None, *, type: str | None, public_id: str | None, since: datetime | int | None,
        before: int | None, limit: int,
    ) -> NotificationPage:  # fmt: skip
        """One page, newest first."""
        page = await _told(
            self.log.list,
            clouds=self._cloud_names(cloud), type=type, public_id=public_id, since=since, before_id=before, limit=limit,
        )  # fmt: skip
        return NotificationPage(page.items, page.next_cursor)

    async def get(self, notification_id: int) -> Notification | None:
        """One notification of this server's clouds."""
        return await _told(self.log.get, notification_id, clouds=self._cloud_names(None))

    async def wait(
        self, cloud: ConfigName | None, *, type: str | None, public_id: str | None, since: datetime | int | None,
        timeout: float,
    ) -> Notification | None:  # fmt: skip
        """The next match since then, or None after `timeout` seconds."""
        return await _told(
            self.log.wait,
            clouds=self._cloud_names(cloud), type=type, public_id=public_id, since=since, timeout=timeout,
        )  # fmt: skip

    async def status(self, cloud: ConfigName | None) -> NotificationStatus:
        """How notifications reach this server, and what came."""
        state, traffic = self.receiver.state, self.receiver.traffic
        try:
            stats = await self.log.stats(clouds=self._cloud_names(cloud))
            log: dict[str, Any] = {"stored": sum(stats.rows.values()), "newest": stats.newest}
        except LogError as error:
            log = {"error": str(error)}
        return NotificationStatus(
            receiver=state.message,
            address=state.address,
            public_url=self._public_url,
            introduced=self._introduced,
            channels=[
                {
                    "channel": f"poll://{channel.name}",
                    "cloud": channel.cloud,
                    "last_success": poller.states[channel].last_success,
                    "last_error": poller.states[channel].last_error,
                    "accepted": poller.states[channel].accepted,
                }
                for channel, poller in self._pollers.items()
            ],
            accepted=traffic.accepted,
            repeated=traffic.repeated,
            rejected={str(reason): count for reason, count in traffic.refused.items()},
            log=log,
            verifiable=[key.cloud for key in self.keys],
        )

    @property
    def webhook_url(self) -> str | None:
        """Where Cloudinary can reach the receiver, if the user has said so."""
        return f"{self._public_url.rstrip('/')}/webhooks/cloudinary" if self._public_url else None


async def _told(ask: Callable[..., Awaitable[Any]], *values: Any, **arguments: Any) -> Any:
    """What `ask` returns; a `LogError` becomes the `Problem` that a tool answers with."""
    try:
        return await partial(ask, *values, **arguments)()
    except LogError as error:
        raise Problem(f"The notification log cannot be used: {error}", retryable=error.retryable) from error
