"""`list_tags`: the tags that are in use."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.folders import TagListReply
from cloudinary_tools.library.name_pages import one_page, page_text
from cloudinary_tools.library.names import ResourceType
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.cursors import resume
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, plural


class Tags(TypedDict, total=False):
    """Tags in use, alphabetically."""

    tags: list[str]
    next_cursor: str


@tool(kind="read", title="List tags")
async def list_tags(
    ctx: ToolContext,
    prefix: Annotated[str | None, Field(description="Start of the tag")] = None,
    resource_type: Annotated[ResourceType, Field(description="Whose tags")] = "image",
    max_results: Annotated[int, Field(ge=1, le=500, description="Page size")] = 100,
    next_cursor: Annotated[str | None, Field(description="Alone; carries its query")] = None,
) -> ToolResult[Tags]:
    """List the tags in use."""
    query: dict[str, Any] = {"prefix": prefix, "max_results": max_results, "resource_type": resource_type}
    if next_cursor:
        defaults = {"prefix": None, "max_results": 100, "resource_type": "image"}
        query = resume("list_tags", next_cursor, query, defaults)
    params = {name: value for name, value in query.items() if name not in ("resource_type", "skip")}
    reply = await ctx.admin("GET", "tags", query["resource_type"], reply=TagListReply, params=params)
    names, following = one_page("list_tags", query, reply["tags"], reply.get("next_cursor"))
    page = Tags(tags=names)
    if following:
        page["next_cursor"] = following
    head = f"{plural(len(names), 'tag')} of {query['resource_type']} assets{', more follow' if following else ''}."
    return ToolResult(page, page_text(head, names, following))
