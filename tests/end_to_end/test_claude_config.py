"""The configuration that a host is given, run as it stands from this checkout."""

import json
import shutil
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from cloudinary_sandbox import SandboxOptions, SandboxServer

ROOT = Path(__file__).parents[2]
ENTRIES = json.loads((ROOT / "claude_config.example.json").read_text())["mcpServers"]
QUIET = {"UV_NO_SYNC": "1", "UV_OFFLINE": "1", "CLOUDINARY_MCP_RECEIVER_PORT": "0"}
"""The tests run in a synced environment, where a second sync would only take time; and no port is theirs."""


@pytest.mark.skipif(shutil.which("uv") is None, reason="the README has uv installed, this machine has not")
@pytest.mark.parametrize("name", ENTRIES)
async def test_each_entry_of_the_example_configuration_starts_a_server(tmp_path: Path, name: str) -> None:
    entry = ENTRIES[name]
    args = [str(ROOT) if arg == "PATH" else arg for arg in entry["args"]]
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path / "cloud")) as sandbox:
        filled = {"CLOUDINARY_URL": sandbox.cloudinary_url}
        assert set(entry.get("env", {})) <= filled.keys()
        env = {key: filled[key] for key in entry.get("env", {})} | QUIET | {"CLOUDINARY_MCP_DATA_DIR": str(tmp_path)}
        async with Client(StdioServerParameters(command=entry["command"], args=args, env=env)) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            usage = await client.call_tool("get_usage", {})
    assert {"upload_asset", "list_assets", "get_asset", "update_asset", "delete_assets"} <= tools
    assert usage.structured_content is not None
    assert usage.structured_content["cloud"] == "sandbox"
    assert (tmp_path / "sandbox").exists() == ("--sandbox" in args)
