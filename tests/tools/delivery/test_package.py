"""Delivery is pure: it never loads the official SDK, nor MCP, nor the network."""

import subprocess
import sys


def test_building_a_url_loads_neither_the_official_sdk_nor_mcp_nor_the_network():
    code = (
        "import sys, cloudinary_tools.delivery.urls.build, cloudinary_tools.delivery.urls.parse\n"
        "sys.exit(len({'cloudinary', 'mcp', 'httpx'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
