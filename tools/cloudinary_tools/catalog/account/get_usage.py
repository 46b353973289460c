"""`get_usage`: which account this is, what it has used and what it may."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.account import PingReply, UsageReply
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, clock, size, without_nulls

_Counted = Literal["transformations", "objects", "bandwidth", "storage", "impressions", "seconds_delivered"]
_COUNTED: tuple[_Counted, ...] = get_args(_Counted)
_BYTES = ("bandwidth", "storage")


class Usage(TypedDict, total=False):
    """The connected cloud, its plan, what was used (bytes for bandwidth and storage) and its limits."""

    cloud: str
    api_host: str
    folder_mode: str
    plan: str
    date: str
    credits: dict[str, float]
    used: dict[str, float]
    assets: int
    derived_assets: int
    upload_limits: dict[str, int]
    admin_calls: dict[str, Any]


@tool(kind="read", title="Get account and usage")
async def get_usage(
    ctx: ToolContext, date: Annotated[str | None, Field(description="A past day, YYYY-MM-DD")] = None
) -> ToolResult[Usage]:
    """Say which cloud is connected (checked by a ping), its plan, usage, upload limits and Admin API calls left."""
    await ctx.admin("GET", "ping", reply=PingReply)
    reply = await ctx.admin("GET", "usage", *([_day(date)] if date else []), reply=UsageReply)
    config, rate = ctx.cloud.config, ctx.cloud.rate_limit
    usage = Usage(
        **without_nulls(
            {
                "cloud": config.cloud_name,
                "api_host": config.upload_prefix,
                "folder_mode": await ctx.folder_mode(),
                "plan": reply.get("plan"),
                "date": reply.get("last_updated"),
                "credits": without_nulls(reply.get("credits") or {}),
                "used": _used(reply),
                "assets": reply.get("resources"),
                "derived_assets": reply.get("derived_resources"),
                "upload_limits": without_nulls(reply.get("media_limits") or {}),
                "admin_calls": {"left": rate.remaining, "limit": rate.limit, "resets_at": clock(rate.resets_at)}
                if rate
                else None,
            }
        )
    )
    return ToolResult(usage, _text(usage))


def _day(date: str) -> str:
    """A date as the path of a past day's usage wants it: dd-mm-yyyy (as the official SDK sends it)."""
    try:
        day = datetime.fromisoformat(date).date()
    except ValueError:
        raise Problem(f"date {date!r} is no day; write it YYYY-MM-DD.") from None
    if day > datetime.now(UTC).date():
        raise Problem(f"date {date!r} is in the future; usage is told of past days.")
    return f"{day:%d-%m-%Y}"


def _used(reply: UsageReply) -> dict[str, float]:
    return {name: block.get("usage") or 0 for name in _COUNTED if (block := reply.get(name))}


def _text(usage: Usage) -> str:
    where = f"the cloud {usage.get('cloud')!r} at {usage.get('api_host')}"
    rows = [f"Connected to {where}: plan {usage.get('plan', 'unknown')}, {usage.get('folder_mode')} folders."]
    if credit := usage.get("credits"):
        limit = f" of {credit['limit']:g}" if "limit" in credit else ""
        rows.append(f"Credits used: {credit.get('usage', 0):g}{limit} (as of {usage.get('date')}).")
    used = [
        f"{name.replace('_', ' ')} {size(count) if name in _BYTES else f'{count:,}'}"
        for name, count in usage.get("used", {}).items()
    ]
    rows.append(f"Used: {', '.join(used)}.")
    rows.append(f"Stored: {usage.get('assets', 0):,} assets, {usage.get('derived_assets', 0):,} derived.")
    if limits := usage.get("upload_limits"):
        named = {key.replace("_max_size_bytes", ""): count for key, count in limits.items() if key.endswith("_bytes")}
        rows.append("Largest upload: " + ", ".join(f"{kind} {size(count)}" for kind, count in named.items()) + ".")
    if calls := usage.get("admin_calls"):
        rows.append(f"Admin API calls left: {calls['left']} of {calls['limit']} until {calls['resets_at']}.")
    return "\n".join(rows)
