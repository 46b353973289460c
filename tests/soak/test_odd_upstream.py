"""Every tool against a cloud whose JSON is odd in one field after another, for as long as it takes to find a fault."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.server.odd_upstream import odd_world, one_field_odd
from tests.support import both_eras, text_of

pytestmark = pytest.mark.soak

SECONDS = 40
"""How long each era goes on."""
NUMBERS = (0, 0, 0, 1, 1, 2, 3)
"""Which answer of a call is odd; few calls take more than two."""
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))


@both_eras
async def test_no_odd_field_ends_in_a_fault_of_the_server(tmp_path: Path, era: str) -> None:
    print(f"SEED={SEED}")  # noqa: T201 - to run it again
    rng = random.Random(SEED)
    ends, calls = time.monotonic() + SECONDS, 0
    async with odd_world(tmp_path, era) as world:
        while time.monotonic() < ends:
            for tool, arguments in world.calls:
                result, altered = await world.call(tool, arguments, one_field_odd(rng), rng.choice(NUMBERS))
                calls += bool(altered)
                assert "server itself failed" not in text_of(result), (tool, arguments, altered, text_of(result))
    print(f"{calls} replies were odd")  # noqa: T201
    assert calls > 200
