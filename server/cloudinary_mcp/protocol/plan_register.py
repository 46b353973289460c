"""The plans of one caller: kept in the state, used once, and remembered for a while when the person said no."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio.to_thread

from cloudinary_mcp.state.protocol import Declined, PlanItem, PlanState, PlanStore, Principal, StoredPlan
from cloudinary_tools.toolkit.plan_codec import codec_of
from cloudinary_tools.toolkit.plans import LIFETIME, AnyPlan
from cloudinary_tools.toolkit.registry import Tool
from cloudinary_tools.toolkit.results import Problem
from cloudinary_tools.toolkit.surrogates import mended

REMEMBERED = timedelta(minutes=15)
"""How long a no is remembered."""
LARGE = 500
"""Items of a plan that is written out beside the event loop."""
AGAIN = "Make the call without plan_id and confirm to get a new plan."


class PlanRegister:
    """Registers plans for one principal and finds them again; every refusal is a `Problem` that says what was not done.

    A plan is bound to the principal, its tool and its cloud, works once, and expires after a quarter of an hour.
    """

    def __init__(self, store: PlanStore, principal: Principal) -> None:
        self._store = store
        self._principal = principal

    async def register(self, tool: Tool, plan: AnyPlan, state: PlanState = "open") -> AnyPlan:
        """Give a plan its id and keep it."""
        assert tool.execute is not None
        now = datetime.now(UTC)
        registered = replace(plan, plan_id=f"p{secrets.token_hex(4)}", expires_at=now + LIFETIME, fresh=False)
        codec = codec_of(tool.execute)
        bodies = await anyio.to_thread.run_sync(codec.items, plan) if len(plan.items) > LARGE else codec.items(plan)
        stored = StoredPlan(
            id=registered.plan_id,
            cloud=plan.cloud,
            operation=plan.operation,
            verb=plan.verb,
            selection=mended(plan.selection),
            arguments=json.dumps(dict(plan.arguments), default=str),
            options=codec.options(plan),
            details=codec.details(plan),
            effect=plan.effect,
            digest=plan.digest,
            made_at=now,
            expires_at=registered.expires_at,
            items=[
                PlanItem(mended(item.key), mended(item.label), body)
                for item, body in zip(plan.items, bodies, strict=True)
            ],
            state=state,
        )
        await self._store.add(self._principal, stored)
        return registered

    async def find(self, tool: Tool, plan_id: str, cloud: str, refusal_suffix: str, *, asked: bool = False) -> AnyPlan:
        """A plan of this tool and cloud that may still be used; `asked`: one that the person was asked about."""
        assert tool.execute is not None
        stored = await self._store.find(self._principal, plan_id)
        if stored is None:
            raise Problem(f"There is no plan {plan_id!r}; {refusal_suffix}.", hint=AGAIN)
        plan = _restored(stored, tool) if stored.operation == tool.name else None
        if plan is None or stored.cloud != cloud:
            raise Problem(
                f"Plan {plan_id} is for {stored.operation} in the cloud {stored.cloud!r}, not for {tool.name} in "
                f"{cloud!r}; {refusal_suffix}."
            )
        if stored.state == "declined":
            raise Problem(f"The user said no to plan {plan_id}; {plan.refusal_suffix}.")
        if stored.state in ("used", "expired") or (asked and stored.state != "asked"):
            raise Problem(f"Plan {plan_id} is used up; {plan.refusal_suffix}.", hint=AGAIN)
        if datetime.now(UTC) >= stored.expires_at:
            raise await self._expired(plan)
        return plan

    async def use(self, plan: AnyPlan) -> None:
        """A plan works once: use it up. A `Problem` when another call did so first, or it expired meanwhile."""
        if datetime.now(UTC) >= plan.expires_at:
            raise await self._expired(plan)
        if not await self._settle(plan, "used"):
            raise Problem(f"Plan {plan.plan_id} is used up; {plan.refusal_suffix}.", hint=AGAIN)

    async def ask(self, plan: AnyPlan) -> None:
        """Note that the person is asked about a plan."""
        await self._settle(plan, "asked")

    async def decline(self, plan: AnyPlan) -> None:
        """Note that the person said no to it."""
        await self._settle(plan, "declined")

    async def drop(self, plan: AnyPlan) -> None:
        """Forget a plan that was neither agreed to nor declined."""
        await self._settle(plan, "expired")

    async def declined(self, plan: AnyPlan) -> Declined | None:
        """Whether the person lately said no to anything that this plan changes or destroys."""
        keys = [mended(item.key) for item in plan.having("changes", "destroys")]
        return await self._store.declined(self._principal, plan.cloud, keys, datetime.now(UTC) - REMEMBERED)

    async def reconsidered(self, plan: AnyPlan) -> None:
        """The person said yes after all: what they declined of it no longer counts."""
        await self._store.reconsider(self._principal, plan.cloud, [mended(item.key) for item in plan.items])

    async def _expired(self, plan: AnyPlan) -> Problem:
        await self._settle(plan, "expired")
        return Problem(
            f"Plan {plan.plan_id} expired at {plan.expires_at:%H:%M} UTC; {plan.refusal_suffix}.",
            hint=AGAIN,
            retryable=True,
        )

    async def _settle(self, plan: AnyPlan, state: PlanState) -> bool:
        return await self._store.settle(self._principal, plan.plan_id, state, datetime.now(UTC))


def _restored(stored: StoredPlan, tool: Tool) -> AnyPlan:
    assert tool.execute is not None
    plan = codec_of(tool.execute).plan(
        stored.operation, stored.verb, stored.selection, stored.effect, [item.body for item in stored.items],
        stored.options, stored.details,
    )  # fmt: skip
    arguments: Mapping[str, Any] = json.loads(stored.arguments)
    return replace(plan, cloud=stored.cloud, arguments=arguments, plan_id=stored.id, expires_at=stored.expires_at)
