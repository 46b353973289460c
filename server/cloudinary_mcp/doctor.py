"""`cloudinary-mcp doctor`: is everything there that the server needs? One line for each thing, and what to do."""

import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import escape

from cloudinary_mcp.notifications.log.protocol import LogError
from cloudinary_mcp.notifications.service import NotificationService, open_log
from cloudinary_mcp.protocol.tool_list import offered_tools
from cloudinary_mcp.run import configured
from cloudinary_mcp.settings import Clouds, Settings
from cloudinary_tools.client import CloudError, CloudinaryClient
from cloudinary_tools.client.reply_types.account import PingReply
from cloudinary_tools.config import CloudConfig, ConfigError
from cloudinary_tools.toolkit.results import plural

MAX_CLOCK_SKEW = 300
"""Seconds; a signed call is refused when the clocks differ by an hour."""

Finding = tuple[bool, str, str]
"""Whether it is well, what was looked at, and what was found."""


async def examine(settings: Settings, environ: Mapping[str, str], sandbox: bool) -> bool:
    """Print all findings; True when nothing is wrong."""
    console = Console(highlight=False, soft_wrap=True)
    well = True
    for fine, what, found in await _all_findings(settings, environ, sandbox):
        well &= fine
        console.print(f"{'[green]ok[/]  ' if fine else '[red]FAIL[/]'} {what}: {escape(found)}")
    console.print("[green]Everything is well.[/]" if well else "[red]Something is wrong; see FAIL above.[/]")
    return well


async def _all_findings(settings: Settings, environ: Mapping[str, str], sandbox: bool) -> list[Finding]:
    try:
        async with configured(settings, environ, sandbox) as (effective, clouds):
            return [finding async for finding in _findings(effective, clouds)]
    except ConfigError as error:
        return [(False, "sandbox", str(error))]


async def _findings(settings: Settings, clouds: Clouds) -> AsyncIterator[Finding]:
    yield _tools(settings, clouds)
    if clouds.problem:
        yield False, "credentials", clouds.problem
    for config in clouds.configs.values():
        yield await _credentials(config, settings.timeout)
        if clock := await _clock(config):
            yield clock
    if clouds.configs:
        yield _notifications(settings, clouds)
        if log := await _notification_log(settings, clouds):
            yield log
    yield _writable("data folder", settings.data_dir, make=True)
    if settings.download_dir:
        yield _writable("download folder", settings.download_dir, make=False)
    for folder in settings.allow_dir:
        fine = folder.is_dir() and os.access(folder, os.R_OK)
        yield fine, "allowed folder", f"{folder}{'' if fine else ' is no folder that can be read'}"
    if not settings.allow_dir:
        yield True, "allowed folder", "none: local files cannot be uploaded (--allow-dir allows a folder)"


def _tools(settings: Settings, clouds: Clouds) -> Finding:
    try:
        return True, "tools", ", ".join(offered_tools(settings, clouds.names))
    except ConfigError as error:
        return False, "tools", str(error)


def _notifications(settings: Settings, clouds: Clouds) -> Finding:
    """Whether the settings of receiver and poll channels can be used; no port is opened."""
    try:
        NotificationService(settings, clouds, lambda name: CloudinaryClient(clouds.configs[name]))
    except ConfigError as error:
        return False, "notifications", str(error)
    port = settings.receiver_port
    webhooks = "none" if settings.no_receiver else f"on port {port}" if port else "on a free port"
    channels = ", ".join(settings.poll_channel) or "none"
    return True, "notifications", f"webhooks {webhooks}, poll channels {channels}"


async def _notification_log(settings: Settings, clouds: Clouds) -> Finding | None:
    """Whether the log that is there can be read; None before the first notification."""
    log = open_log(settings)
    if not log.path.exists():
        return None
    names = [config.cloud_name for config in clouds.configs.values()]
    try:
        async with log:
            stats = await log.stats(clouds=names)
    except LogError as error:
        return False, "notification log", str(error)
    return True, "notification log", f"{plural(sum(stats.rows.values()), 'notification')} in {stats.location}"


async def _credentials(config: CloudConfig, timeout: float) -> Finding:
    what = f"cloud {config.name}"
    async with CloudinaryClient(config, timeout=timeout, retries=0) as cloud:
        try:
            await cloud.admin("GET", "ping", reply=PingReply)
        except CloudError as error:
            return False, what, f"{error.message.rstrip('.')}. {error.hint}"
    return True, what, f"{config.cloud_name} answers at {config.upload_prefix} and takes the credentials"


async def _clock(config: CloudConfig) -> Finding | None:
    """Compare with the Date header of an answer; None when there is none."""
    async with httpx.AsyncClient(timeout=10) as client:
        try:
            answer = await client.get(f"{config.upload_prefix}/v1_1/{config.cloud_name}/ping")
            away = (datetime.now(UTC) - parsedate_to_datetime(answer.headers["date"])).total_seconds()
        except (httpx.HTTPError, KeyError, ValueError):
            return None
    fine = abs(away) <= MAX_CLOCK_SKEW
    advice = "" if fine else "; set this machine's clock, signed calls fail when it is an hour off"
    return fine, "clock", f"{abs(away):.0f} s away from the cloud's{advice}"


def _writable(what: str, folder: Path, *, make: bool) -> Finding:
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True, what, f"{folder} can be written"
    except OSError as error:
        return False, what, f"{folder} cannot be written: {error.strerror}"
