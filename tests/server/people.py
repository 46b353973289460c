"""People who are asked by a server under test."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp_types import ElicitRequestParams, ElicitResult


class Person:
    """Somebody who is asked: remembers the questions, may do something meanwhile, then answers in turn."""

    def __init__(self, *answers: str) -> None:
        self.questions: list[str] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self._answers = list(answers or ("accept",))

    async def __call__(self, _: Any, params: ElicitRequestParams) -> ElicitResult:
        self.questions.append(params.message)
        if self.meanwhile:
            await self.meanwhile()
        answer: Any = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return ElicitResult(action=answer, content={"confirm": True} if answer == "accept" else None)
