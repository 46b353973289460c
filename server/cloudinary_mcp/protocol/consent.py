"""Who has to agree to a plan: the table of effects and modes, and nothing else."""

from typing import Literal

from cloudinary_tools.toolkit.plans import CONFIRMED_AT_MOST, AnyPlan

Confirm = Literal["auto", "flag", "human"]
"""`auto`: the person is asked where the client can; `flag`: nobody is asked, the call confirms; `human`: nothing that
was there is touched without a person's yes."""

Given = Literal["nothing", "confirm", "plan"]
"""What the call itself gives: nothing, `confirm` alone, or `confirm` with the `plan_id`."""

Verdict = Literal["do", "ask", "plan", "refuse"]

AT_ONCE = 20
"""Named things that may be changed without anybody's yes, because it can be undone."""


def decide(mode: Confirm, plan: AnyPlan, *, can_ask: bool, given: Given, declined: int = 0) -> Verdict:
    """What becomes of a plan.

    `can_ask`: the client can ask its person. `declined`: how many times that person said no to any of these things
    lately; after one no they are asked once more, after two nobody is.
    """
    if plan.strongest == "adds":
        return "do"
    asks = can_ask and mode != "flag"
    if declined:
        return "ask" if asks and declined == 1 else "refuse"
    if plan.agreed and given == "plan":
        return "do"
    if mode == "human":
        return "ask" if asks else "refuse"
    if plan.strongest == "changes" and plan.explicit and _touched(plan) <= AT_ONCE:
        return "do"
    if asks:
        return "ask"
    named = plan.explicit and len(plan.items) <= CONFIRMED_AT_MOST
    return "do" if given == "plan" or (given == "confirm" and named) else "plan"


def _touched(plan: AnyPlan) -> int:
    return len(plan.having("changes", "destroys")) if plan.touched is None else plan.touched
