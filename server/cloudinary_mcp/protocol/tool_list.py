"""Which tools a server offers under its settings, and their form on the wire."""

from collections.abc import Iterable, Sequence
from typing import Any

from mcp_types import Tool, ToolAnnotations

from cloudinary_mcp.settings import Settings
from cloudinary_tools.config import ConfigError
from cloudinary_tools.suggestions import did_you_mean
from cloudinary_tools.toolkit.definitions import Definition, load
from cloudinary_tools.toolkit.registry import TOOLSETS, Kind


def _hints(*, reads: bool = False, destroys: bool = False, repeatable: bool = False) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=reads, destructive_hint=destroys, idempotent_hint=repeatable, open_world_hint=True
    )


ANNOTATIONS: dict[Kind, ToolAnnotations] = {
    "read": _hints(reads=True, repeatable=True),
    "create": _hints(),
    "update": _hints(destroys=True, repeatable=True),
    "delete": _hints(destroys=True, repeatable=True),
}
"""A tool's kind alone decides its annotations. An update can overwrite, which MCP calls destructive."""


UNDO = "undo_changes"
"""Listed whenever a tool is that changes something."""


def only_reads(settings: Settings, clouds: Sequence[str]) -> bool:
    """Whether nothing can be changed: the server is read-only, or each of its clouds (by name) is."""
    return settings.read_only or (bool(clouds) and set(clouds) <= set(settings.read_only_clouds))


def offered_tools(settings: Settings, clouds: list[str]) -> dict[str, Definition]:
    """The definitions that the settings leave, by name; `ConfigError` for a toolset or tool that does not exist.

    Toolsets, tools and read-only each only narrow.
    """
    toolsets = _toolsets(settings.toolsets)
    known = {definition["name"]: definition for definition in load()}
    for name in settings.tools:
        if name not in known:
            raise ConfigError(
                f"there is no tool {name!r}{did_you_mean(name, known, otherwise='.')} The tools are {', '.join(known)}."
            )
        if known[name]["toolset"] not in toolsets:
            raise ConfigError(
                f"the tool {name} is in the toolset {known[name]['toolset']}, which is off; "
                f"add it: --toolsets {','.join([*toolsets, known[name]['toolset']])}"
            )
    for name in settings.read_only_clouds:
        if clouds and name not in clouds:
            raise ConfigError(f"read_only_clouds names {name!r}; the clouds are {', '.join(clouds)}")
    read_only = only_reads(settings, clouds)
    offered = {
        name
        for name, definition in known.items()
        if definition["toolset"] in toolsets
        and (not settings.tools or name in settings.tools)
        and (not read_only or definition["kind"] == "read")
    }
    if any(known[name]["kind"] != "read" for name in offered):
        offered.add(UNDO)
    return {name: definition for name, definition in known.items() if name in offered}


def _toolsets(words: Iterable[str]) -> list[str]:
    chosen: list[str] = []
    for word in words:
        if word == "all":
            chosen += TOOLSETS
        elif word == "default":
            chosen += [toolset.name for toolset in TOOLSETS.values() if toolset.default]
        elif word in TOOLSETS:
            chosen.append(word)
        else:
            raise ConfigError(
                f"there is no toolset {word!r}{did_you_mean(word, TOOLSETS, otherwise='.')} "
                f"Use default, all or {', '.join(TOOLSETS)}."
            )
    return list(dict.fromkeys(chosen))


def wire_tool(definition: Definition, clouds: list[str]) -> Tool:
    """A tool as `tools/list` sends it; with several clouds it requires `cloud`."""
    schema: dict[str, Any] = definition["inputSchema"]
    if definition["uses_cloud"] and len(clouds) > 1:
        cloud = {"type": "string", "enum": clouds}
        schema = {
            **schema,
            "properties": {"cloud": cloud, **schema.get("properties", {})},
            "required": ["cloud", *schema.get("required", [])],
        }
    return Tool(
        name=definition["name"],
        title=definition["title"],
        description=definition["description"],
        input_schema=schema,
        output_schema=definition["outputSchema"],
        annotations=ANNOTATIONS[definition["kind"]],
    )
