"""`notification_status`: how notifications reach this server, and what came."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from cloudinary_tools.toolkit.context import NotificationStatus, ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, without_nulls


class NotificationReport(TypedDict, total=False):
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


@tool(kind="read", title="Get notification status")
async def notification_status(ctx: ToolContext) -> ToolResult[NotificationReport]:
    """Say how notifications reach this server, what was accepted or rejected, and what to do to get them."""
    status = await ctx.notifications.status(ctx.config_name)
    newest = status.log.get("newest")
    data = NotificationReport(
        **without_nulls(
            {
                "receiver": status.receiver,
                "webhook_url": ctx.notifications.webhook_url or status.address,
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


def _advice(status: NotificationStatus) -> str | None:
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
