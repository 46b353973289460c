"""Account-level information: ping, config, usage."""

import dataclasses
import re
from datetime import UTC, date, datetime

from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint

_CREDITS = 25.0
_GIGABYTE = 1024**3
_DAY = re.compile(r"^(\d{2})-(\d{2})-(\d{4})$")


async def ping(call: ApiCall) -> JSON:
    """Whether the credentials are good."""
    return {"status": "ok"}


async def config(call: ApiCall) -> JSON:
    """The cloud's name and, when asked for, its settings."""
    reply: JSON = {
        "cloud_name": call.cloud.identity.cloud_name,
        "created_at": clock.stamp(call.cloud.identity.created_at),
    }
    if call.params.flag("settings"):
        reply["settings"] = {"folder_mode": call.cloud.options.folder_mode}
    return reply


async def usage(call: ApiCall) -> JSON:
    """What is stored and spent; of a past day without limits. The sandbox keeps no history: a past day is empty."""
    asked = call.path.get("date") or call.params.text("date")
    today = datetime.fromtimestamp(clock.now(), UTC).date()
    day = _read_day(asked) if asked else today
    past = bool(asked) and day < today
    counts = await call.cloud.db.row(
        "SELECT COUNT(*) AS assets, COALESCE(SUM(bytes), 0) AS bytes FROM assets WHERE bytes > 0"
    )
    derived = await call.cloud.db.row("SELECT COUNT(*) AS files, COALESCE(SUM(bytes), 0) AS bytes FROM derived")
    assert counts and derived
    stored = 0 if past else counts["bytes"] + derived["bytes"]
    transformations = 0 if past else derived["files"]
    spent = round(stored / _GIGABYTE + transformations / 1000, 4)
    return {
        "plan": "Free",
        "last_updated": day.isoformat(),
        "date_requested": f"{day.isoformat()}T00:00:00Z",
        "transformations": {"usage": transformations, "credits_usage": round(transformations / 1000, 4)},
        "objects": {"usage": 0 if past else counts["assets"] + derived["files"]},
        "bandwidth": {"usage": 0, "credits_usage": 0.0},
        "storage": {"usage": stored, "credits_usage": round(stored / _GIGABYTE, 4)},
        "impressions": {"usage": 0, "credits_usage": 0.0},
        "seconds_delivered": {"usage": 0, "credits_usage": 0.0},
        "credits": {"usage": spent}
        | ({} if past else {"limit": _CREDITS, "used_percent": round(100 * spent / _CREDITS, 2)}),
        "requests": 0 if past else call.cloud.quota.used,
        "resources": 0 if past else counts["assets"],
        "derived_resources": 0 if past else derived["files"],
        "media_limits": dataclasses.asdict(call.cloud.options.media_limits),
    }


def _read_day(text: str) -> date:
    match = _DAY.match(text)
    try:
        return datetime.fromisoformat(f"{match[3]}-{match[2]}-{match[1]}" if match else text).date()
    except ValueError:
        raise invalid_value("date", text) from None


ENDPOINTS = [
    Endpoint("GET", "/ping", ping),
    Endpoint("GET", "/config", config),
    Endpoint("GET", "/usage", usage),
    Endpoint("GET", "/usage/{date:name}", usage),
]
