"""Moments, written the ways Cloudinary writes them."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from cloudinary_sandbox.core.errors import invalid_value


def now() -> int:
    """The present moment in whole unix seconds."""
    return int(time.time())


def stamp(seconds: float) -> str:
    """Write a moment like `2024-06-25T10:21:27Z`, as in Upload and Admin replies."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spoken(seconds: float, zone: str = "UTC") -> str:
    """Write a moment like `2026-09-08 10:00:00 UTC`, as in error texts."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime(f"%Y-%m-%d %H:%M:%S {zone}")


def http_date(seconds: float) -> str:
    """Write a moment like `Sat, 01 Apr 2017 22:00:00 GMT`, as in HTTP headers."""
    return format_datetime(datetime.fromtimestamp(int(seconds), UTC), usegmt=True)


def read_moment(name: str, value: object) -> float:
    """Read unix seconds from a number, an ISO 8601 or an RFC 2822 date; a date without a zone is UTC."""
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip()
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            raise invalid_value(name, value) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
