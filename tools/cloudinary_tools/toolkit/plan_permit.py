"""The permit for carrying out one plan: exactly its items, only while what is done is being written down."""

from collections.abc import Generator
from contextlib import contextmanager

from cloudinary_tools.client.permits import RANK, ChangingCall, Effect
from cloudinary_tools.toolkit.plans import AnyPlan


class PlanPermit:
    """A `Permit` for a plan that was agreed to. Only whoever may agree to plans makes one.

    A call that adds is covered by any plan: it touches nothing that was there.
    """

    def __init__(self, plan: AnyPlan) -> None:
        self._operation = plan.operation
        self._recording = 0
        self._granted: dict[str, Effect] = {}
        for index, item in enumerate(plan.items):
            for target in item.targets:
                self._grant(target, plan.leave or plan.effect_of(index))
        for target in plan.targets:
            self._grant(target, plan.leave or plan.strongest)

    def _grant(self, target: str, effect: Effect) -> None:
        if RANK[effect] >= RANK[self._granted.get(target, "adds")]:
            self._granted[target] = effect

    @contextmanager
    def recording(self) -> Generator[None]:
        """The time in which changes are in the journal and may be made."""
        self._recording += 1
        try:
            yield
        finally:
            self._recording -= 1

    def refusal(self, call: ChangingCall) -> str | None:
        """Why the plan does not cover a call; None when it does."""
        if not self._recording:
            return f"{self._operation} has not written down the change that {call.name} makes"
        if call.effect == "adds":
            return None
        for target in call.targets:
            granted = self._granted.get(target)
            if granted is None:
                return f"the plan of {self._operation} does not name {target}"
            if RANK[granted] < RANK[call.effect]:
                return f"the plan of {self._operation} says that {target} is {_SAID[granted]}, not {_SAID[call.effect]}"
        return None


_SAID: dict[Effect, str] = {"adds": "added to", "changes": "changed", "destroys": "replaced or deleted"}
