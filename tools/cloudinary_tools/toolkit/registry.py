"""What the server knows about each tool: plain data beside a plain function.

A tool is a typed async function with a docstring. `@tool` records its toolset, kind and title; names, descriptions and
schemas are derived from the function, never written a second time.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeVar

Kind = Literal["read", "create", "update", "delete"]
"""What a call may do; it alone decides the four MCP annotations."""

ToolFunction = Callable[..., Awaitable[Any]]
_F = TypeVar("_F", bound=ToolFunction)


@dataclass(frozen=True, slots=True)
class Toolset:
    """A group of tools that is switched on or off as one."""

    name: str
    title: str
    default: bool
    modules: tuple[str, ...]
    """Catalog modules with its functions; imported at the first call of one of them."""


TOOLSETS: dict[str, Toolset] = {
    toolset.name: toolset
    for toolset in (
        Toolset("assets", "Find, read, change and delete assets", True, ("listing", "details", "updating", "deletion")),
        Toolset("upload", "Upload files, URLs and data URIs", True, ("upload",)),
        Toolset("folders", "Create and list folders", True, ("folders",)),
        Toolset("account", "The connected account and its usage", True, ("account",)),
        Toolset("search", "Find, count and group assets by expression", True, ("search",)),
        Toolset(
            "library",
            "Rename, folders, tags, versions, relations",
            False,
            ("finding", "renaming", "folder_changes", "versions", "relations"),
        ),
        Toolset(
            "bulk",
            "Edit, upload, download and archive many assets at once",
            False,
            ("editing", "bulk_upload", "downloads"),
        ),
        Toolset("compose", "Sprites, animations, pages and text as pictures", False, ("composing",)),
        Toolset("notifications", "What Cloudinary told", True, ("notifications",)),
        Toolset("triggers", "What Cloudinary tells, and where to", False, ("triggers",)),
        Toolset("delivery", "Build, sign and preview delivery URLs", True, ("delivery", "signed_urls", "preview")),
        Toolset(
            "delivery_extras",
            "HTML for pages, URLs explained, files derived ahead, direct uploads",
            False,
            ("responsive", "explaining", "deriving", "upload_signing"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as data. `function` takes a `ToolContext` first, then flat keyword arguments."""

    name: str
    toolset: str
    kind: Kind
    title: str
    description: str
    function: ToolFunction
    uses_cloud: bool
    execute: ToolFunction | None
    """For a tool that plans first: what carries a confirmed plan out."""
    pictures: bool
    """It answers with pictures: no output schema and no structured content."""


TOOLS: dict[str, Tool] = {}


def tool(
    *,
    toolset: str,
    kind: Kind,
    title: str,
    uses_cloud: bool = True,
    execute: ToolFunction | None = None,
    pictures: bool = False,
) -> Callable[[_F], _F]:
    """Register an async function as a tool named like it; its docstring's first paragraph is the description.

    A tool with `execute` plans first: it answers with a `Plan`, and gets the arguments `confirm` and `plan_id`.
    """

    def register(function: _F) -> _F:
        name = function.__name__
        if name in TOOLS:
            raise ValueError(f"two tools are named {name}")
        first, *_ = (inspect.getdoc(function) or "").split("\n\n")
        TOOLS[name] = Tool(
            name=name,
            toolset=TOOLSETS[toolset].name,
            kind=kind,
            title=title,
            description=" ".join(first.split()),
            function=function,
            uses_cloud=uses_cloud,
            execute=execute,
            pictures=pictures,
        )
        return function

    return register


def load_all() -> Iterator[Tool]:
    """Import every catalog module and yield the tools in the order of toolsets and definitions."""
    for toolset in TOOLSETS.values():
        _import(toolset)
    for toolset in TOOLSETS.values():
        yield from (entry for entry in TOOLS.values() if entry.toolset == toolset.name)


def load(name: str, toolset: str) -> Tool:
    """Import one tool's toolset and return the tool; `KeyError` for one the toolset does not have."""
    _import(TOOLSETS[toolset])
    return TOOLS[name]


def _import(toolset: Toolset) -> None:
    for module in toolset.modules:
        import_module(f"cloudinary_tools.catalog.{module}")
