"""Agreement to what a tool plans: by the rule, by the person in either era of the protocol, or by the call itself.

A tool never asks. It answers with a `Plan`; here is decided whether it is carried out, the person is asked, or the plan
is handed out, for every tool alike, and only here comes the permit that the cloud's client demands.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import anyio
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from cloudinary_mcp.changes.recorder import ChangeRecorder
from cloudinary_mcp.protocol.consent import Confirm, Given, decide
from cloudinary_mcp.protocol.plan_register import PlanRegister
from cloudinary_mcp.protocol.receipts import with_receipt
from cloudinary_mcp.protocol.runtime import Runtime, ToolCall
from cloudinary_mcp.state.errors import StateError
from cloudinary_mcp.state.protocol import Agreed, ChangeSet, Declined, Principal
from cloudinary_tools.client import CloudError, RateLimit
from cloudinary_tools.toolkit.plan_permit import PlanPermit
from cloudinary_tools.toolkit.plans import AnyPlan, Outcome
from cloudinary_tools.toolkit.redaction import redacted_text
from cloudinary_tools.toolkit.registry import Tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural

logger = logging.getLogger(__name__)

KEY = "confirm"
FORM: dict[str, Any] = {
    "type": "object",
    "properties": {KEY: {"type": "boolean", "title": "Yes, go ahead", "default": False}},
    "required": [KEY],
}
NEEDS_ID = "A selection also needs its plan_id, so that exactly what was listed is touched."


class Confirmation:
    """Decides one call of a tool that plans, under the server's `--confirm` mode, for one principal."""

    def __init__(
        self,
        mode: Confirm,
        principal: Principal,
        context: Context[Runtime, Any],
        on_change: Callable[[], Awaitable[None]],
        *,
        can_undo: bool = False,
    ) -> None:
        self._mode: Confirm = mode
        self._principal = principal
        self._context = context
        self._can_undo = can_undo
        self._on_change = on_change
        self._state = context.request_context.lifespan_context.state
        self._plans = PlanRegister(self._state.plans, principal)

    async def decide(
        self, tool: Tool, call: ToolCall, arguments: Mapping[str, Any]
    ) -> ToolResult[Any] | InputRequiredResult:
        """The tool's answer, its plan, or (2026 era) the question to the person."""
        asked = dict(arguments)
        confirm, plan_id = bool(asked.pop("confirm", False)), asked.pop("plan_id", None)
        cloud = call.cloud.config.name
        resumed = self._context.request_state
        if resumed is not None:
            plan = await self._plans.find(tool, resumed, cloud, _refusal_suffix(tool), asked=True)
            return await self._settle(tool, call, plan, self._answer_of_the_person())
        if plan_id is not None:
            plan = await self._find(tool, cloud, plan_id, asked)
        else:
            made: AnyPlan | ToolResult[Any] = await call.run(tool.function, **asked)
            if isinstance(made, ToolResult):
                return made
            plan = call.with_kept_copies(replace(made, cloud=cloud, arguments=asked, fresh=True))
        given: Given = "nothing" if not confirm else "confirm" if plan_id is None else "plan"
        declined = None if plan.strongest == "adds" else await self._plans.declined(plan)
        times = declined.times if declined else 0
        match decide(self._mode, plan, can_ask=self._can_ask, given=given, declined=times):
            case "do":
                if plan.plan_id:
                    await self._plans.use(plan)
                return await self._carry_out(tool, call, plan, _agreement(plan, given))
            case "ask":
                return await self._ask(tool, call, plan, declined)
            case "refuse":
                raise self._refused(plan, declined)
            case "plan":
                if not plan.plan_id:
                    plan = await self._plans.register(tool, plan)
                return plan.answer(NEEDS_ID if given == "confirm" else "")

    async def _find(self, tool: Tool, cloud: str, plan_id: str, asked: Mapping[str, Any]) -> AnyPlan:
        """The plan of a plan_id; other arguments may be left out or repeated, not changed."""
        plan = await self._plans.find(tool, plan_id, cloud, _refusal_suffix(tool))
        defaults = _defaults(tool)
        for name, value in asked.items():
            if value not in (defaults.get(name), plan.arguments.get(name)):
                raise Problem(
                    f"Plan {plan_id} was made for {name}={plan.arguments.get(name)!r}, not {value!r}; "
                    f"{plan.refusal_suffix}.",
                    hint="Give plan_id and confirm alone, or make a new plan.",
                )
        return plan

    @property
    def _can_ask(self) -> bool:
        capabilities = self._context.client_capabilities
        elicitation = capabilities.elicitation if capabilities else None
        if elicitation is None or (elicitation.form is None and elicitation.url is not None):
            return False
        return self._modern or self._context.session.can_send_request

    @property
    def _modern(self) -> bool:
        return self._context.protocol_version in MODERN_PROTOCOL_VERSIONS

    def _refused(self, plan: AnyPlan, declined: Declined | None) -> Problem:
        if declined and (declined.times > 1 or not self._can_ask or self._mode == "flag"):
            twice = " twice" if declined.times > 1 else ""
            return Problem(
                f"The user said no to this{twice}, {_ago(declined.last)}; {plan.refusal_suffix}.",
                hint="Do not repeat it; do what the user asked for instead.",
            )
        return Problem(
            "This server touches what is there only when a person says yes, and this client cannot ask one; "
            f"{plan.refusal_suffix}.",
            hint="Use a client with elicitation, or start the server with --confirm auto.",
        )

    async def _ask(
        self, tool: Tool, call: ToolCall, plan: AnyPlan, declined: Declined | None
    ) -> ToolResult[Any] | InputRequiredResult:
        question = "\n".join(
            line
            for line in (
                f"You declined this {_ago(declined.last)}." if declined else "",
                plan.question,
                _quota_note(plan, call.cloud.rate_limit),
            )
            if line
        )
        if plan.plan_id:
            await self._plans.ask(plan)
        else:
            plan = await self._plans.register(tool, plan, "asked")
        if self._modern:
            params = ElicitRequestFormParams(message=question, requested_schema=FORM)
            return InputRequiredResult(input_requests={KEY: ElicitRequest(params=params)}, request_state=plan.plan_id)
        request_id = self._context.request_context.request_id
        try:
            result = await self._context.session.elicit_form(question, FORM, request_id)
        except MCPError as error:
            await self._plans.drop(plan)
            raise Problem(f"The client could not ask the user ({error}); {plan.refusal_suffix}.") from error
        return await self._settle(tool, call.renewed(), plan, result)

    def _answer_of_the_person(self) -> ElicitResult | None:
        given = (self._context.input_responses or {}).get(KEY)
        return given if isinstance(given, ElicitResult) else None

    async def _settle(self, tool: Tool, call: ToolCall, plan: AnyPlan, result: ElicitResult | None) -> ToolResult[Any]:
        if result is None or result.action == "cancel":
            await self._plans.drop(plan)
            return _nothing_done("closed the question", plan)
        if result.action != "accept" or (result.content or {}).get(KEY) is not True:
            await self._plans.decline(plan)
            return _nothing_done("said no", plan)
        await self._plans.use(plan)  # while the person was asked, another call may have used it
        await self._plans.reconsidered(plan)
        return await self._carry_out(tool, call, plan, "the user said yes")

    async def _carry_out(self, tool: Tool, call: ToolCall, plan: AnyPlan, agreed: Agreed) -> ToolResult[Any]:
        assert tool.execute is not None
        permit = PlanPermit(plan)
        change_set = ChangeSet(
            at=datetime.now(UTC),
            principal=self._principal.id,
            client=self._principal.client,
            tool=tool.name,
            cloud=plan.cloud,
            agreed=agreed,
            summary=redacted_text(f"{plan.verb} {plural(len(plan.items), plan.what)} ({plan.selection})"),
            undo_of=plan.undoes,
        )
        recorder = call.recorder(change_set, permit)
        try:
            outcome: Outcome[Any] = await call.permitted(permit, recorder).run(tool.execute, plan)
        except (CloudError, Problem) as error:
            if recorder.set_id is not None:
                error.hint = " ".join(filter(None, [error.hint, f"In the journal it is change c{recorder.set_id}."]))
            raise
        finally:
            with anyio.CancelScope(shield=True):
                await self._note(plan, recorder)
        answer = await self._with_rest(tool, plan, outcome, agreed)
        return with_receipt(answer, agreed, recorder.set_id, can_undo=self._can_undo)

    async def _with_rest(self, tool: Tool, plan: AnyPlan, outcome: Outcome[Any], agreed: Agreed) -> ToolResult[Any]:
        """The answer, with a plan of what was not got to. That it cannot be kept changes nothing of what was done."""
        if not outcome.rest:
            return outcome.answer
        rest = replace(plan.only(outcome.rest), agreed=agreed == "the user said yes")
        try:
            return outcome.going_on(await self._plans.register(tool, rest))
        except StateError as error:
            logger.warning("the plan of the rest is not kept: %s", error)
            return outcome.answer

    async def _note(self, plan: AnyPlan, recorder: ChangeRecorder) -> None:
        """Note what was undone, and tell subscribers of the journal. A lost note only offers the undo once more."""
        if recorder.set_id is None:
            return
        if plan.undoes is not None and recorder.made:
            try:
                await self._state.changes.undone(plan.undoes, recorder.set_id)
            except StateError as error:
                logger.warning("that c%s was undone is not in the journal: %s", plan.undoes, error)
        await self._on_change()


def _agreement(plan: AnyPlan, given: Given) -> Agreed:
    """How a plan came to be agreed to that nobody has to be asked about."""
    if plan.agreed:
        return "the user said yes"
    return "rule" if given == "nothing" else "named with confirm" if given == "confirm" else "confirmed plan"


def _nothing_done(said: str, plan: AnyPlan) -> ToolResult[Any]:
    text = f"The user {said}; {plan.refusal_suffix}."
    return ToolResult({"note": text}, text)


def _quota_note(plan: AnyPlan, quota: RateLimit | None) -> str:
    """What it costs, where that is more than this hour's Admin API calls."""
    if quota is None or plan.admin_calls <= quota.remaining:
        return ""
    return f"It takes {plan.admin_calls:,} Admin API calls; {quota.remaining:,} are left this hour."


def _ago(moment: datetime) -> str:
    minutes = round((datetime.now(UTC) - moment).total_seconds() / 60)
    return f"{plural(minutes, 'minute')} ago" if minutes > 0 else "a moment ago"


def _refusal_suffix(tool: Tool) -> str:
    """How a refusal ends while there is no plan that says it."""
    return "nothing was deleted" if tool.kind == "delete" else "nothing was changed"


def _defaults(tool: Tool) -> dict[str, Any]:
    from cloudinary_tools.toolkit.tool_schema import arguments_model

    return {
        name: entry.default for name, entry in arguments_model(tool.function, True, by_plan=True).model_fields.items()
    }
