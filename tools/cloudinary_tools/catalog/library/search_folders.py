"""`search_folders`: folders found by an expression, wherever they are."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import BadRequest
from cloudinary_tools.client.reply_types.folders import FolderSearchReply
from cloudinary_tools.library.name_pages import one_page, page_text
from cloudinary_tools.search.expression import check, from_cloudinary
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.cursors import resume
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, plural


class FoundFolders(TypedDict, total=False):
    """Paths of folders that match."""

    total_count: int
    folders: list[str]
    next_cursor: str


@tool(kind="read", title="Search folders")
async def search_folders(
    ctx: ToolContext,
    expression: Annotated[str, Field(description="By name, path, created_at: name:sum* AND path:2024/*")] = "",
    max_results: Annotated[int, Field(ge=1, le=500, description="Page size")] = 50,
    next_cursor: Annotated[str | None, Field(description="Alone; carries its query")] = None,
) -> ToolResult[FoundFolders]:
    """Find folders anywhere by an expression."""
    query: dict[str, Any] = {"expression": expression.strip(), "max_results": max_results}
    if next_cursor:
        query = resume("search_folders", next_cursor, query, {"expression": "", "max_results": 50})
    check(query["expression"])
    try:
        sent = _sent({**query, "sort_by": [{"path": "asc"}]})
        reply = await ctx.admin("POST", "folders", "search", reply=FolderSearchReply, json=sent)
    except BadRequest as error:
        problem = from_cloudinary(query["expression"], error)
        if problem is None:
            raise
        raise problem from error
    names = [one["path"] for one in reply["folders"]]
    paths, following = one_page("search_folders", query, names, reply.get("next_cursor"))
    count = reply.get("total_count") or len(paths)
    found = FoundFolders(total_count=count, folders=paths)
    if following:
        found["next_cursor"] = following
    head = f"{plural(count, 'folder')} found{', more follow' if following else ''}."
    return ToolResult(found, page_text(head, paths, following))


def _sent(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in (None, "") and name != "skip"}
