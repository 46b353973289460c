"""The fault plan: which of the next calls fail, and how."""

import asyncio
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, Self, get_args

from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.quota import limit_text

Action = Literal["error", "hang", "cut", "html", "truncate", "delay"]


@dataclass
class FaultRule:
    """One planned failure of the next `times` calls whose method and path match.

    `method` and `path` are globs (`*` also crosses slashes). `action`: `error` answers `status` as JSON, `html` answers
    it as a page, `hang` never answers, `cut` closes the connection in the middle of the real answer's body, `truncate`
    answers half of its JSON, `delay` only waits. With `after`, an `error`, `html` or `hang` comes when the call has had
    its effect. `delay` is in seconds. `retry_after` and `reset` (seconds from now) become headers.
    """

    action: Action = "error"
    method: str = "*"
    path: str = "*"
    times: int = 1
    status: int = 500
    message: str = ""
    retry_after: int | None = None
    reset: int | None = None
    delay: float = 0.0
    after: bool = False

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """A fault from a JSON object; a 400 names what is wrong with it."""
        kinds: dict[str, tuple[type, ...]] = {
            "action": (str,), "method": (str,), "path": (str,), "message": (str,), "times": (int,), "status": (int,),
            "retry_after": (int, type(None)), "reset": (int, type(None)), "delay": (int, float), "after": (bool,),
        }  # fmt: skip
        for key, value in values.items():
            if key not in kinds:
                raise bad_request(f"Unknown property of a fault - {key}")
            if not isinstance(value, kinds[key]):
                raise bad_request(f"Invalid value for {key} of a fault")
        fault = cls(**values)
        if fault.action not in get_args(Action):
            raise bad_request(f"Unknown action of a fault - {fault.action}; use one of {', '.join(get_args(Action))}")
        if fault.times < 1 or fault.delay < 0 or not 100 <= fault.status <= 599:
            raise bad_request("times must be at least 1, delay not negative, status an HTTP status")
        return fault

    def text(self, limit: int) -> str:
        """The error text: the given one, the quota's for 420, or the status itself."""
        if self.message:
            return self.message
        if self.status in (420, 429):
            return limit_text(limit, clock.now() + (self.reset or 0))
        return f"General Error ({self.status})"

    def headers(self) -> dict[str, str]:
        """Retry-After and the quota's reset, where planned."""
        headers: dict[str, str] = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.reset is not None:
            headers["X-FeatureRateLimit-Remaining"] = "0"
            headers["X-FeatureRateLimit-Reset"] = clock.http_date(clock.now() + self.reset)
        return headers

    async def wait(self) -> None:
        """The planned delay."""
        if self.delay:
            await asyncio.sleep(self.delay)


class FaultPlan:
    """The faults still to come, in the order they were planned."""

    def __init__(self) -> None:
        self._planned: list[FaultRule] = []

    @classmethod
    def of(cls, plans: tuple[dict[str, Any], ...]) -> "FaultPlan":
        """A plan made of JSON objects."""
        faults = cls()
        for plan in plans:
            faults.add(plan)
        return faults

    def add(self, plan: dict[str, Any]) -> None:
        """Plan one more."""
        self._planned.append(FaultRule.read(plan))

    def clear(self) -> None:
        """Plan none."""
        self._planned.clear()

    def listed(self) -> list[dict[str, Any]]:
        """What is still to come, as JSON."""
        return [asdict(fault) for fault in self._planned]

    def take(self, method: str, path: str) -> FaultRule | None:
        """The fault that hits this call, counted down, or None."""
        for fault in self._planned:
            if fnmatchcase(method, fault.method.upper()) and fnmatchcase(path, fault.path):
                fault.times -= 1
                if fault.times == 0:
                    self._planned.remove(fault)
                return fault
        return None
