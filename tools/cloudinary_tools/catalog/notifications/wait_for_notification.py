"""`wait_for_notification`: wait until a certain notification arrives."""

import math
from datetime import datetime
from time import monotonic
from typing import Annotated

import anyio
from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.notifications import (
    NotificationData,
    moment_or_id,
    notification_data,
    notification_line,
    notification_uri,
    summary,
)
from cloudinary_tools.toolkit.context import Notification, ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, lines

TELL_EVERY = 5
"""Seconds between two progress reports of a call that waits."""


class Waited(TypedDict, total=False):
    """The notification that was waited for, or that none came."""

    arrived: bool
    notification: NotificationData
    note: str


@tool(kind="read", title="Wait for a notification")
async def wait_for_notification(
    ctx: ToolContext,
    type: Annotated[str | None, Field(description="upload, eager, moderation, delete, …")] = None,
    public_id: Annotated[str | None, Field(description="Only about this asset")] = None,
    since: Annotated[str | None, Field(description="ISO time or id; a minute ago by default")] = None,
    timeout: Annotated[int, Field(ge=1, le=50, description="Seconds")] = 25,
) -> ToolResult[Waited]:
    """Wait until a matching notification arrives; one that came since is given at once."""
    ctx.extend(timeout)
    notification = await _wait(ctx, type, public_id, moment_or_id(since), timeout)
    if notification is None:
        note = f"None came within {timeout} s. Call again to go on waiting; notification_status says what arrives."
        return ToolResult(Waited(arrived=False, note=note), note)
    data = notification_data(notification)
    data["summary"] = summary(notification)
    text = [
        notification_line(notification),
        *lines(data["summary"], "  "),
        f"  all of it: {notification_uri(notification)}",
    ]
    return ToolResult(Waited(arrived=True, notification=data), "\n".join(text))


async def _wait(
    ctx: ToolContext, type: str | None, public_id: str | None, since: datetime | int | None, timeout: float
) -> Notification | None:
    """Wait and tell every few seconds that it still goes on."""
    started = monotonic()

    async def tell() -> None:
        while True:
            await anyio.sleep(TELL_EVERY)
            await ctx.progress(math.floor(monotonic() - started), timeout, "waiting for a notification")

    notification = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tell)
        notification = await ctx.notifications.wait(
            ctx.config_name, type=type, public_id=public_id, since=since, timeout=timeout
        )
        tasks.cancel_scope.cancel()
    return notification
