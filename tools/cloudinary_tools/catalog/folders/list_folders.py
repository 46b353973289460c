"""`list_folders`: the tree of folders below a path."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import check_folder
from cloudinary_tools.library.folders import child_folders
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import MAX_ANSWER_BYTES, ToolResult, plural, visible

MAX_FOLDERS = 1000
"""Folders of one answer."""


class FolderTree(TypedDict, total=False):
    """Folder paths in depth-first order; a path in `not_opened` may have subfolders that were not listed."""

    count: int
    folders: list[str]
    not_opened: list[str]
    note: str


@tool(kind="read", title="List folders")
async def list_folders(
    ctx: ToolContext,
    path: Annotated[str, Field(description="Where to start; the root by default")] = "",
    depth: Annotated[int, Field(ge=1, le=10, description="Levels below path")] = 1,
) -> ToolResult[FolderTree]:
    """List folders as a tree of paths."""
    path = path.strip("/")
    if path:
        check_folder(path)
    found: list[str] = []
    closed: list[str] = []
    level = [path]
    for _ in range(depth):
        below: list[str] = []
        for parent in level:
            room = MAX_FOLDERS - len(found) - len(below)
            if room <= 0 or not ctx.budget.allows():
                closed.append(parent)
                continue
            children, whole = await child_folders(ctx, parent, missing_ok=False, room=room)
            fitting = list(_fitting(children, MAX_ANSWER_BYTES - _bytes(found) - _bytes(below)))
            below += fitting
            closed += [] if whole and len(fitting) == len(children) else [parent]
        found += below
        level = below
    found.sort(key=lambda name: name.split("/"))
    note = "One call lists so much only: list the folders in not_opened on their own, or narrow with search_folders."
    tree = FolderTree(count=len(found), folders=found)
    if closed:
        tree["not_opened"] = [name or "/" for name in closed]
        tree["note"] = note
    return ToolResult(tree, _text(path, found, closed, note))


def _bytes(names: Iterable[str]) -> int:
    """What names take of an answer."""
    return sum(len(name.encode()) + 4 for name in names)


def _fitting(names: Iterable[str], room: int) -> Iterator[str]:
    for name in names:
        room -= _bytes([name])
        if room < 0:
            return
        yield name


def _text(path: str, found: list[str], closed: list[str], note: str) -> str:
    where = f"below {visible(path)}" if path else "in the root"
    rows = [f"{plural(len(found), 'folder')} {where}."]
    base = path.count("/") + 1 if path else 0
    rows += [f"{'  ' * (name.count('/') - base)}{visible(name)}" for name in found]
    if closed:
        rows.append(f"Not opened: {', '.join(visible(name or '/') for name in closed)}. {note}")
    return "\n".join(rows)
