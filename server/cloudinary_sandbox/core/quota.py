"""The quota of Admin API calls, which counts by the hour."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.errors import ApiError


@dataclass
class Quota:
    """Counts Admin calls within a window of so many seconds; windows begin at multiples of their length.

    With an hour, as in the live service, the count starts again on the full hour.
    """

    limit: int
    window: int = 3600
    used: int = 0
    now: Callable[[], float] = field(default=clock.now, repr=False)
    _current: int = 0

    def _turn(self) -> None:
        current = int(self.now()) // self.window
        if current != self._current:
            self._current, self.used = current, 0

    @property
    def reset_at(self) -> int:
        """When the count starts again, unix seconds."""
        return (int(self.now()) // self.window + 1) * self.window

    def headers(self) -> dict[str, str]:
        """The three headers that every Admin reply carries."""
        self._turn()
        return {
            "X-FeatureRateLimit-Limit": str(self.limit),
            "X-FeatureRateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-FeatureRateLimit-Reset": clock.http_date(self.reset_at),
        }

    def set(self, limit: int | None, used: int | None) -> None:
        """Change the window's limit and how much of it is spent; None leaves it."""
        self._turn()
        self.limit = self.limit if limit is None else limit
        self.used = self.used if used is None else used

    def spend(self) -> None:
        """Count one call; a 420 when the window's calls are used up."""
        self._turn()
        if self.used >= self.limit:
            raise ApiError(420, limit_text(self.limit, self.reset_at))
        self.used += 1


def limit_text(limit: int, reset_at: float) -> str:
    """The text of the 420 for a used-up quota."""
    return f"Rate Limit Exceeded. Limit of {limit} api operations reached. Try again on {clock.spoken(reset_at)}"
