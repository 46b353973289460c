"""`list_notifications`: the verified notifications that arrived, page by page."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.notifications import (
    MOST_DIGITS,
    NotificationData,
    moment_or_id,
    notification_data,
    notification_line,
)
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural


class NotificationList(TypedDict, total=False):
    """Notifications, newest first."""

    count: int
    notifications: list[NotificationData]
    next_cursor: str
    note: str


@tool(kind="read", title="List notifications")
async def list_notifications(
    ctx: ToolContext,
    type: Annotated[str | None, Field(description="upload, eager, moderation, delete, …")] = None,
    public_id: Annotated[str | None, Field(description="Only about this asset")] = None,
    since: Annotated[str | None, Field(description="ISO time or notification id")] = None,
    limit: Annotated[int, Field(ge=1, le=200, description="Page size")] = 20,
    next_cursor: Annotated[str | None, Field(description="From the last page")] = None,
) -> ToolResult[NotificationList]:
    """List Cloudinary's notifications that arrived here and were verified, newest first."""
    if next_cursor and not (next_cursor.isdecimal() and len(next_cursor) <= MOST_DIGITS):
        raise Problem("next_cursor is not one of list_notifications.", hint="Copy it whole, or leave it out.")
    page = await ctx.notifications.list(
        ctx.config_name,
        type=type,
        public_id=public_id,
        since=moment_or_id(since),
        before=int(next_cursor) if next_cursor else None,
        limit=limit,
    )
    data = NotificationList(
        count=len(page.items), notifications=[notification_data(notification) for notification in page.items]
    )
    text = [f"{plural(len(page.items), 'notification')}{', more follow' if page.before else ''}."]
    text += [notification_line(notification) for notification in page.items]
    if page.before:
        data["next_cursor"] = str(page.before)
        text.append(f"next_cursor: {page.before}")
    if not page.items:
        data["note"] = "None match. notification_status says how notifications arrive here."
        text.append(data["note"])
    return ToolResult(data, "\n".join(text))
