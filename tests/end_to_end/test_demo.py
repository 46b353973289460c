"""The demo tells the truth: 0 when every step came out as it should, not 0 when one did not."""

import pytest
from anyio import to_thread
from click.testing import CliRunner

from cloudinary_mcp import cli, demo
from tests.end_to_end.processes import PROGRAM, process


async def test_the_demo_plays_all_its_steps() -> None:
    async with process(*PROGRAM, "demo") as running:
        stdout, stderr = await running.communicate()
    assert (running.returncode, stderr) == (0, b"")
    said = stdout.decode()
    assert "steps came out as they should" in said
    assert "✗" not in said
    for tool in ("upload_asset", "list_assets", "get_asset", "update_asset", "delete_assets"):
        assert f"assistant → {tool}" in said


async def test_a_demo_with_a_step_that_fails_says_which_and_is_not_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(demo.PHOTOS, "photograph-that-is-not-there", "none")
    result = await to_thread.run_sync(CliRunner().invoke, cli.main, ["demo"])
    assert result.exit_code == 1
    last = result.output.rstrip().splitlines()[-1]
    assert last.startswith("✗ upload_asset")
    assert "photograph-that-is-not-there" in last
