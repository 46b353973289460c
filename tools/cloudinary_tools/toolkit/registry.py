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
    """A group of tools that is switched on or off as one: a folder of the catalog, with a module for each tool."""

    name: str
    title: str
    tools: tuple[str, ...]
    """Its tools in the order in which they are listed."""
    default: bool = False
    """Whether it is on unless toolsets are chosen."""


TOOLSETS: dict[str, Toolset] = {
    toolset.name: toolset
    for toolset in (
        Toolset(
            "assets",
            "Find, read, change and delete assets",
            ("list_assets", "get_asset", "update_asset", "delete_assets"),
            default=True,
        ),
        Toolset("upload", "Upload files, URLs and data URIs", ("upload_asset",), default=True),
        Toolset("folders", "Create and list folders", ("create_folder", "list_folders"), default=True),
        Toolset("account", "The connected account and its usage", ("get_usage",), default=True),
        Toolset("search", "Find, count and group assets by expression", ("search_assets",), default=True),
        Toolset(
            "library",
            "Rename, folders, tags, versions, relations",
            (
                "search_folders", "list_tags", "build_search_url", "rename_asset", "move_folder", "delete_folder",
                "list_versions", "restore_assets", "delete_derived", "relate_assets",
            ),
        ),
        Toolset(
            "bulk",
            "Edit, upload, download and archive many assets at once",
            ("edit_assets", "upload_assets", "download_asset", "create_archive", "archive_url"),
        ),
        Toolset(
            "compose",
            "Sprites, animations, pages and text as pictures",
            ("create_sprite", "create_animation", "explode_pages", "create_text_image"),
        ),
        Toolset(
            "notifications",
            "What Cloudinary told",
            ("list_notifications", "wait_for_notification", "notification_status"),
            default=True,
        ),
        Toolset(
            "triggers",
            "What Cloudinary tells, and where to",
            ("list_triggers", "save_trigger", "test_trigger", "delete_trigger"),
        ),
        Toolset("changes", "What was changed, and undo", ("list_changes", "undo_changes"), default=True),
        Toolset(
            "delivery",
            "Build, sign and preview delivery URLs",
            ("build_url", "find_transformation", "build_signed_url", "preview_asset"),
            default=True,
        ),
        Toolset(
            "delivery_extras",
            "HTML for pages, URLs explained, files derived ahead, direct uploads",
            ("build_responsive", "explain_url", "generate_derived", "sign_upload"),
        ),
    )
}  # fmt: skip
"""The toolsets in the order in which they are listed. A test compares them with the folders of the catalog."""


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
    """For a tool that changes something: what carries out its plan."""
    confirms: bool
    """It has the arguments `confirm` and `plan_id`: it may destroy, or change many things at once."""
    pictures: bool
    """It answers with pictures: no output schema and no structured content."""


TOOLS: dict[str, Tool] = {}


def tool(
    *,
    kind: Kind,
    title: str,
    uses_cloud: bool = True,
    execute: ToolFunction | None = None,
    confirms: bool = True,
    pictures: bool = False,
) -> Callable[[_F], _F]:
    """Register an async function as the tool of its module: `catalog/<toolset>/<name>.py` holds the tool `<name>`.

    The first paragraph of its docstring is the description. A tool that changes anything has an `execute`: it answers
    with a `Plan`, and gets the arguments `confirm` and `plan_id` unless it never needs them (`confirms`). `ValueError`
    for a function that is not named like its module, or a name that is taken.
    """

    def register(function: _F) -> _F:
        *_, toolset, name = function.__module__.split(".")
        if function.__name__ != name:
            raise ValueError(f"the tool of {function.__module__} is named {function.__name__}")
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
            confirms=confirms and execute is not None,
            pictures=pictures,
        )
        return function

    return register


def load_all() -> Iterator[Tool]:
    """Import every catalog module and yield the tools in the order of `TOOLSETS`."""
    for toolset in TOOLSETS.values():
        yield from (load(name, toolset.name) for name in toolset.tools)


def load(name: str, toolset: str) -> Tool:
    """Import one tool's module and return the tool; `ModuleNotFoundError` for one the toolset does not have."""
    import_module(f"cloudinary_tools.catalog.{toolset}.{name}")
    return TOOLS[name]
