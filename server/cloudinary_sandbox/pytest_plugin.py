"""The pytest fixture `cloudinary_sandbox`: a local Cloudinary cloud for anybody's tests.

    def test_upload(cloudinary_sandbox, monkeypatch):
        monkeypatch.setenv("CLOUDINARY_URL", cloudinary_sandbox.cloudinary_url)
        ...
        assert cloudinary_sandbox.assets[0]["public_id"] == "cover"

It needs no other plugin: the cloud runs in a thread of its own. For one that a whole module or session shares, use
`cloudinary_sandbox.threaded.sandbox_in_thread` in a fixture of that scope, and its `reset()` between tests.
"""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from cloudinary_sandbox.threaded import ThreadedSandbox

_MARKER = "cloudinary_sandbox(**options): options of the cloud that the fixture of this name gives, as SandboxOptions"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def cloudinary_sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Generator["ThreadedSandbox"]:
    """A fresh, empty, running cloud: `cloudinary_url` and `address` say where, `assets` and `requests` what it holds
    and was asked, `plan_fault(…)` makes calls fail, `reset()` empties it.

    `@pytest.mark.cloudinary_sandbox(folder_mode="fixed")` gives it options (those of `SandboxOptions`).
    """
    from cloudinary_sandbox.core.options import SandboxOptions
    from cloudinary_sandbox.threaded import sandbox_in_thread  # the web server and SQLite, half a second

    marker = cast("pytest.Item", request.node).get_closest_marker("cloudinary_sandbox")
    options = SandboxOptions(data_dir=tmp_path / "cloudinary_sandbox", **(marker.kwargs if marker else {}))
    with sandbox_in_thread(options) as sandbox:
        yield sandbox
