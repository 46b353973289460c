"""Decide what happens with a plan: ask the person, hand the plan to the caller, or carry it out.

A tool that could destroy something answers with a `Plan` and never asks itself. The person is asked by elicitation:
during the call before protocol version 2026-07-28, by a returned question after it.
"""

from collections.abc import Mapping
from typing import Any, Literal

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from cloudinary_mcp.protocol.runtime import Runtime, ToolCall
from cloudinary_tools.toolkit.plans import AnyPlan, Outcome, Plans
from cloudinary_tools.toolkit.registry import Tool
from cloudinary_tools.toolkit.results import Problem, ToolResult

Confirm = Literal["auto", "flag", "human"]
KEY = "confirm"
FORM: dict[str, Any] = {
    "type": "object",
    "properties": {KEY: {"type": "boolean", "title": "Yes, go ahead", "default": False}},
    "required": [KEY],
}


class Confirmation:
    """Decides one call of a tool that plans, under the server's `--confirm` mode."""

    def __init__(self, mode: Confirm, plans: Plans, context: Context[Runtime, Any]) -> None:
        self._mode = mode
        self._plans = plans
        self._context = context

    async def decide(
        self, tool: Tool, call: ToolCall, arguments: Mapping[str, Any]
    ) -> ToolResult[Any] | InputRequiredResult:
        """The tool's answer, its plan, or, since protocol version 2026-07-28, the question to the person.

        Raises a `Problem` for a plan that is used, expired or was made for other arguments, and where a person must say
        yes and none can be asked.
        """
        asked = dict(arguments)
        confirm, plan_id = bool(asked.pop("confirm")), asked.pop("plan_id")
        resumed = self._context.request_state
        if resumed is not None:
            plan = self._plans.find(resumed, tool.name, call.cloud.config.name, _refusal_suffix(tool))
            return await self._settle(tool, call, plan, self._answer_of_the_person())
        if plan_id is not None:
            plan = self._find(tool, call, plan_id, asked)
        else:
            made: AnyPlan | ToolResult[Any] = await call.run(tool.function, **asked)
            if isinstance(made, ToolResult):
                return made
            plan = self._plans.register(made, call.cloud.config.name, asked)
        if self._mode == "human":
            if not self._can_ask:
                self._plans.drop(plan)
                raise Problem(
                    "This server deletes only when a person says yes, and this client cannot ask one; "
                    f"{plan.refusal_suffix}.",
                    hint="Use a client with elicitation, or start the server with --confirm auto.",
                )
            return await self._ask(tool, call, plan)
        if confirm and (plan_id is not None or plan.explicit):
            return await self._carry_out(tool, call, plan)
        if not confirm and self._mode == "auto" and self._can_ask:
            return await self._ask(tool, call, plan)
        return plan.answer(
            "A selection also needs its plan_id, so that exactly what was listed goes." if confirm else ""
        )

    def _find(self, tool: Tool, call: ToolCall, plan_id: str, asked: Mapping[str, Any]) -> AnyPlan:
        """The plan of a plan_id; other arguments may be left out or repeated, not changed."""
        plan = self._plans.find(plan_id, tool.name, call.cloud.config.name, _refusal_suffix(tool))
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

    async def _ask(self, tool: Tool, call: ToolCall, plan: AnyPlan) -> ToolResult[Any] | InputRequiredResult:
        if self._modern:
            params = ElicitRequestFormParams(message=plan.question, requested_schema=FORM)
            return InputRequiredResult(input_requests={KEY: ElicitRequest(params=params)}, request_state=plan.plan_id)
        request_id = self._context.request_context.request_id
        try:
            result = await self._context.session.elicit_form(plan.question, FORM, request_id)
        except MCPError as error:
            self._plans.drop(plan)
            raise Problem(f"The client could not ask the user ({error}); {plan.refusal_suffix}.") from error
        return await self._settle(tool, call.renewed(), plan, result)

    def _answer_of_the_person(self) -> ElicitResult | None:
        given = (self._context.input_responses or {}).get(KEY)
        return given if isinstance(given, ElicitResult) else None

    async def _settle(self, tool: Tool, call: ToolCall, plan: AnyPlan, result: ElicitResult | None) -> ToolResult[Any]:
        if result is None or result.action != "accept" or (result.content or {}).get(KEY) is not True:
            self._plans.drop(plan)
            said = "closed the question" if result is None or result.action == "cancel" else "said no"
            text = f"The user {said}; {plan.refusal_suffix}."
            return ToolResult({"note": text}, text)
        return await self._carry_out(tool, call, plan)

    async def _carry_out(self, tool: Tool, call: ToolCall, plan: AnyPlan) -> ToolResult[Any]:
        assert tool.execute is not None
        self._plans.take(plan)  # while the person was asked, another call may have used it
        outcome: Outcome[Any] = await call.run(tool.execute, plan)
        if not outcome.rest:
            return outcome.answer
        rest = self._plans.register(plan.only(outcome.rest), plan.cloud, plan.arguments)
        return outcome.going_on(rest)


def _refusal_suffix(tool: Tool) -> str:
    """How a refusal ends where no plan was made."""
    return "nothing was deleted" if tool.kind == "delete" else "nothing was changed"


def _defaults(tool: Tool) -> dict[str, Any]:
    from cloudinary_tools.toolkit.tool_schema import arguments_model

    return {name: entry.default for name, entry in arguments_model(tool.function, True).model_fields.items()}
