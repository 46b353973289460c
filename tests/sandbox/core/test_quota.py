"""The quota of Admin calls."""

from pathlib import Path

import pytest

from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.quota import Quota
from tests.sandbox.helpers import api, error_of


def test_the_count_starts_again_with_each_window() -> None:
    now = [7190.0]
    quota = Quota(2, 3600, now=lambda: now[0])
    quota.spend()
    quota.spend()
    with pytest.raises(ApiError, match="Try again on 1970-01-01 02:00:00 UTC"):
        quota.spend()
    now[0] = 7200
    quota.spend()
    assert quota.headers()["X-FeatureRateLimit-Remaining"] == "1"
    short = Quota(1, 10, now=lambda: now[0])
    assert short.reset_at == 7210


async def test_a_cloud_has_the_limit_and_the_window_it_is_given(tmp_path: Path) -> None:
    async with api(tmp_path, admin_quota=1, admin_window=10**9) as call:
        first = await call("GET", "/ping")
        assert (first.headers["x-featureratelimit-limit"], first.headers["x-featureratelimit-remaining"]) == ("1", "0")
        status, message = error_of(await call("GET", "/ping"))
        assert (status, message.startswith("Rate Limit Exceeded. Limit of 1 api operations reached.")) == (420, True)
