"""A cloud that answers oddly: every tool says so in words, and takes nothing odd for an empty result."""

import random
import re
from pathlib import Path

import pytest

from tests.server.odd_upstream import WHOLE, odd_world, one_field_odd, whole
from tests.support import text_of

NOTHING_TOLD = re.compile(r"(PUT|DELETE) \S+/triggers/\S+|(POST|PUT) \S+/folders/\S+")
"""Calls whose reply tells nothing that anybody needs, so that any will do."""
ODD_FIELDS = 5
"""Odd fields that each call is answered with."""


async def test_the_calls_succeed_where_nothing_is_odd(tmp_path: Path) -> None:
    async with odd_world(tmp_path) as world:
        for tool, arguments in world.calls:
            result, _ = await world.call(tool, arguments, None)
            assert not result.is_error, (tool, arguments, text_of(result))


@pytest.mark.parametrize("name", WHOLE)
async def test_a_reply_that_holds_nothing_is_an_error_and_never_an_empty_result(tmp_path: Path, name: str) -> None:
    async with odd_world(tmp_path) as world:
        for tool, arguments in world.calls:
            result, altered = await world.call(tool, arguments, whole(name))
            assert "server itself failed" not in text_of(result), (tool, text_of(result))
            assert result.is_error or not altered, (tool, arguments, altered, text_of(result))


async def test_a_later_reply_that_holds_nothing_is_told_too(tmp_path: Path) -> None:
    async with odd_world(tmp_path) as world:
        for tool, arguments in world.calls:
            for number in range(1, 4):
                result, altered = await world.call(tool, arguments, whole("empty object"), number)
                text = text_of(result)
                assert "server itself failed" not in text, (tool, text)
                told = result.is_error or "does not understand" in text or "not mentioned in the answer" in text
                assert told or not altered or NOTHING_TOLD.fullmatch(altered[0]), (tool, arguments, altered, text)


async def test_one_odd_field_never_ends_in_a_fault_of_the_server(tmp_path: Path) -> None:
    rng = random.Random(20261125)
    async with odd_world(tmp_path) as world:
        for tool, arguments in world.calls:
            for _ in range(ODD_FIELDS):
                result, altered = await world.call(tool, arguments, one_field_odd(rng), rng.choice([0, 0, 1, 2]))
                assert "server itself failed" not in text_of(result), (tool, arguments, altered, text_of(result))
