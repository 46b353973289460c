"""The hourly quota of Admin API calls."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.errors import ApiError

_HOUR = 3600


@dataclass
class Quota:
    """Counts Admin calls within the running clock hour; the count starts again on the full hour."""

    limit: int
    used: int = 0
    now: Callable[[], float] = field(default=clock.now, repr=False)
    _hour: int = 0

    def _turn(self) -> None:
        hour = int(self.now()) // _HOUR
        if hour != self._hour:
            self._hour, self.used = hour, 0

    @property
    def reset_at(self) -> int:
        """When the count starts again, unix seconds."""
        return (int(self.now()) // _HOUR + 1) * _HOUR

    def headers(self) -> dict[str, str]:
        """The three headers that every Admin reply carries."""
        self._turn()
        return {
            "X-FeatureRateLimit-Limit": str(self.limit),
            "X-FeatureRateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-FeatureRateLimit-Reset": clock.http_date(self.reset_at),
        }

    def set(self, limit: int | None, used: int | None) -> None:
        """Change the hour's limit and how much of it is spent; None leaves it."""
        self._turn()
        self.limit = self.limit if limit is None else limit
        self.used = self.used if used is None else used

    def spend(self) -> None:
        """Count one call; a 420 when the hour's calls are used up."""
        self._turn()
        if self.used >= self.limit:
            raise ApiError(420, limit_text(self.limit, self.reset_at))
        self.used += 1


def limit_text(limit: int, reset_at: float) -> str:
    """The text of the 420 for a used-up quota."""
    return f"Rate Limit Exceeded. Limit of {limit} api operations reached. Try again on {clock.spoken(reset_at)}"
