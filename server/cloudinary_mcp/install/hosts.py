"""The MCP hosts that `install` knows: where each keeps its configuration, and the form of a server's entry there."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Launch:
    """How a host starts the server: a program by its whole path, its arguments, and its environment."""

    command: str
    args: Sequence[str]
    env: Mapping[str, str]

    def entry(self) -> dict[str, Any]:
        """The launch in the form that all hosts share."""
        return {"command": self.command, "args": list(self.args)} | ({"env": dict(self.env)} if self.env else {})


@dataclass(frozen=True, slots=True)
class Host:
    """One MCP host. `container` is the member of its configuration that holds the servers by name."""

    name: str
    title: str
    container: str
    typed: bool
    """Whether an entry says its transport (`"type": "stdio"`)."""
    restart: str
    """What the person does so that the host reads its configuration again."""
    find: Callable[[Path, str], Path]

    def config_file(self, home: Path | None = None, platform: str = sys.platform) -> Path:
        """The user's configuration file of this host; it need not exist."""
        return self.find(home or Path.home(), platform)

    def entry(self, launch: Launch) -> dict[str, Any]:
        """The server's entry in the configuration of this host."""
        return ({"type": "stdio"} if self.typed else {}) | launch.entry()


def _application_data(home: Path, platform: str, folder: str) -> Path:
    """The per-user folder of a desktop program."""
    if platform == "darwin":
        return home / "Library" / "Application Support" / folder
    if platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / folder
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / folder


HOSTS: dict[str, Host] = {
    host.name: host
    for host in (
        Host(
            "claude-desktop", "Claude Desktop", "mcpServers", False, "Quit Claude Desktop and start it again.",
            lambda home, platform: _application_data(home, platform, "Claude") / "claude_desktop_config.json",
        ),
        Host(
            "claude-code", "Claude Code", "mcpServers", True, "Start a new session; /mcp shows the server.",
            lambda home, _: home / ".claude.json",
        ),
        Host(
            "cursor", "Cursor", "mcpServers", False, "Switch the server on under Settings, MCP.",
            lambda home, _: home / ".cursor" / "mcp.json",
        ),
        Host(
            "vscode", "VS Code", "servers", True, "Run the command 'MCP: List Servers' and start it.",
            lambda home, platform: _application_data(home, platform, "Code") / "User" / "mcp.json",
        ),
        Host(
            "gemini", "Gemini CLI", "mcpServers", False, "Start a new session; /mcp shows the server.",
            lambda home, _: home / ".gemini" / "settings.json",
        ),
    )
}  # fmt: skip
"""The hosts by the name that the command line takes."""
