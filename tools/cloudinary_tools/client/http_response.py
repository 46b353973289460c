"""An HTTP answer as it came, and what its headers tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP answer, nothing read into it yet. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of success (2xx)."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The hourly Admin API quota as the last reply told it (`X-FeatureRateLimit-*`), as of `as_of`."""

    limit: int
    remaining: int
    resets_at: datetime
    as_of: datetime


def rate_limit(headers: Mapping[str, str], now: datetime) -> RateLimit | None:
    """The rate limit that an Admin reply carries; None when it carries none, or one that makes no sense."""
    try:
        return RateLimit(
            limit=int(headers["x-featureratelimit-limit"]),
            remaining=int(headers["x-featureratelimit-remaining"]),
            resets_at=http_date(headers["x-featureratelimit-reset"]),
            as_of=now,
        )
    except (KeyError, ValueError):
        return None


def http_date(text: str) -> datetime:
    """A date of a header (RFC 9110), in UTC; ValueError for any other text."""
    parsed = parsedate_to_datetime(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
