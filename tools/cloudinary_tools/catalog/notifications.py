"""What Cloudinary told: the verified notifications that arrived, and how to get them."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated, Any

import anyio
from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.notifications import MOST_DIGITS, event_line, event_uri, moment_or_id, summary
from cloudinary_tools.toolkit.context import Event, EventStatus, ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, lines, plural, without_nulls

TELL_EVERY = 5
"""Seconds between two progress reports of a call that waits."""


class EventData(TypedDict, total=False):
    """One notification in short; `uri` reads the whole of it."""

    id: int
    received_at: str
    type: str
    cloud: str
    public_ids: list[str]
    uri: str
    summary: dict[str, Any]


class EventList(TypedDict, total=False):
    """Notifications, newest first."""

    count: int
    notifications: list[EventData]
    next_cursor: str
    note: str


class Waited(TypedDict, total=False):
    """The notification that was waited for, or that none came."""

    arrived: bool
    notification: EventData
    note: str


class NotificationStatus(TypedDict, total=False):
    """How notifications reach this server, and what came since it started."""

    receiver: str
    webhook_url: str
    poll_channels: list[dict[str, Any]]
    accepted: int
    repeated: int
    rejected: dict[str, int]
    stored: int
    last: str
    log_error: str
    todo: str


@tool(toolset="notifications", kind="read", title="List notifications")
async def list_notifications(
    ctx: ToolContext,
    type: Annotated[str | None, Field(description="upload, eager, moderation, delete, …")] = None,
    public_id: Annotated[str | None, Field(description="Only about this asset")] = None,
    since: Annotated[str | None, Field(description="ISO time or notification id")] = None,
    limit: Annotated[int, Field(ge=1, le=200, description="Page size")] = 20,
    next_cursor: Annotated[str | None, Field(description="From the last page")] = None,
) -> ToolResult[EventList]:
    """List Cloudinary's notifications that arrived here and were verified, newest first."""
    if next_cursor and not (next_cursor.isdecimal() and len(next_cursor) <= MOST_DIGITS):
        raise Problem("next_cursor is not one of list_notifications.", hint="Copy it whole, or leave it out.")
    page = await ctx.events.list(
        ctx.cloud_name,
        type=type,
        public_id=public_id,
        since=moment_or_id(since),
        before=int(next_cursor) if next_cursor else None,
        limit=limit,
    )
    data = EventList(count=len(page.items), notifications=[_short(event) for event in page.items])
    text = [f"{plural(len(page.items), 'notification')}{', more follow' if page.before else ''}."]
    text += [event_line(event) for event in page.items]
    if page.before:
        data["next_cursor"] = str(page.before)
        text.append(f"next_cursor: {page.before}")
    if not page.items:
        data["note"] = "None match. notification_status says how notifications arrive here."
        text.append(data["note"])
    return ToolResult(data, "\n".join(text))


@tool(toolset="notifications", kind="read", title="Wait for a notification")
async def wait_for_notification(
    ctx: ToolContext,
    type: Annotated[str | None, Field(description="upload, eager, moderation, delete, …")] = None,
    public_id: Annotated[str | None, Field(description="Only about this asset")] = None,
    since: Annotated[str | None, Field(description="ISO time or id; a minute ago by default")] = None,
    timeout: Annotated[int, Field(ge=1, le=50, description="Seconds")] = 25,
) -> ToolResult[Waited]:
    """Wait until a matching notification arrives; one that came since is given at once."""
    ctx.extend(timeout)
    event = await _wait(ctx, type, public_id, moment_or_id(since), timeout)
    if event is None:
        note = f"None came within {timeout} s. Call again to go on waiting; notification_status says what arrives."
        return ToolResult(Waited(arrived=False, note=note), note)
    data = _short(event)
    data["summary"] = summary(event)
    text = [event_line(event), *lines(data["summary"], "  "), f"  all of it: {event_uri(event)}"]
    return ToolResult(Waited(arrived=True, notification=data), "\n".join(text))


async def _wait(
    ctx: ToolContext, type: str | None, public_id: str | None, since: datetime | int | None, timeout: float
) -> Event | None:
    """Wait and tell every few seconds that it still goes on."""
    started = monotonic()

    async def tell() -> None:
        while True:
            await anyio.sleep(TELL_EVERY)
            await ctx.progress(math.floor(monotonic() - started), timeout, "waiting for a notification")

    event = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tell)
        event = await ctx.events.wait(ctx.cloud_name, type=type, public_id=public_id, since=since, timeout=timeout)
        tasks.cancel_scope.cancel()
    return event


@tool(toolset="notifications", kind="read", title="Get notification status")
async def notification_status(ctx: ToolContext) -> ToolResult[NotificationStatus]:
    """Say how notifications reach this server, what was accepted or rejected, and what to do to get them."""
    status = await ctx.events.status(ctx.cloud_name)
    newest = status.log.get("newest")
    data = NotificationStatus(
        **without_nulls(
            {
                "receiver": status.receiver,
                "webhook_url": ctx.events.webhook_url or status.address,
                "poll_channels": [_channel(channel) for channel in status.channels],
                "rejected": status.rejected,
                "stored": status.log.get("stored"),
                "last": f"{newest:%Y-%m-%dT%H:%M:%SZ}" if newest else None,
                "log_error": status.log.get("error"),
                "todo": _advice(status),
            }
        ),
        accepted=status.accepted,
        repeated=status.repeated,
    )
    return ToolResult(data)


def _advice(status: EventStatus) -> str | None:
    if not status.verifiable:
        return "No cloud has an API secret to verify notifications with: set one in its CLOUDINARY_URL."
    if status.channels or status.public_url or status.introduced:
        return None
    if status.log.get("stored"):
        return None
    return (
        "Nothing can arrive yet. Easiest, and without a public address: save_trigger(channel='NAME') in the toolset "
        "triggers, or start with --poll-channel NAME. For webhooks: expose the receiver and set --public-url."
    )


def _channel(state: Mapping[str, Any]) -> dict[str, Any]:
    moment = state.get("last_success")
    shown = {**state, "last_success": f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "never"}
    return without_nulls(shown)


def _short(event: Event) -> EventData:
    return EventData(
        id=event.id,
        received_at=f"{event.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        type=event.type,
        **without_nulls({"public_ids": list(event.public_ids)}),  # pyright: ignore[reportArgumentType]
        uri=event_uri(event),
    )
