"""How fast URLs are checked and written, against the official SDK on the same inputs in the same process.

Not part of the ordinary test run: `python -m pytest -m benchmark -s`.
"""

import time
from collections.abc import Callable
from typing import Any

import cloudinary
from cloudinary.utils import cloudinary_url

from cloudinary_tools.delivery.urls.build import build_url
from tests.tools.delivery.vectors import cloud, listed

ROUNDS = 15
AT_LEAST = 3.0


def _seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def test_a_url_is_checked_and_written_at_least_three_times_as_fast_as_by_the_official_sdk():
    cloudinary.reset_config()
    cloudinary.config(cloud_name="test123", api_key="a", api_secret="b", secure=True)
    config = cloud()
    inputs: list[tuple[str, str, Any]] = [
        (f"folder/sample{number}", case["resource_type"], case["transformation"])
        for number, case in enumerate(listed("vectors"))
    ]

    def ours() -> None:
        for public_id, kind, transformation in inputs:
            build_url(config, public_id, transformation=transformation, resource_type=kind)

    def theirs() -> None:
        for public_id, kind, transformation in inputs:
            cloudinary_url(public_id, resource_type=kind, **transformation)

    ours()
    theirs()
    rounds = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    # The fastest round of each is what the machine can do when nothing else disturbs it.
    mine, other = min(own for own, _ in rounds), min(sdk for _, sdk in rounds)
    ratio = other / mine
    per_second = len(inputs) / mine
    print(f"\n{per_second:,.0f} URLs a second, {ratio:.1f} times the official SDK ({len(inputs) / other:,.0f})")  # noqa: T201 - the figure is what a benchmark is for
    assert ratio >= AT_LEAST
