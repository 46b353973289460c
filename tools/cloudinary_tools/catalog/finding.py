"""Finding what is not an asset: folders by expression, tags in use, and searches as public URLs."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import BadRequest
from cloudinary_tools.delivery.urls.api_downloads import search_url
from cloudinary_tools.library.selection import ResourceType
from cloudinary_tools.search.expression import check, from_cloudinary
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.cursors import pack, resume
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import MAX_ANSWER_BYTES, Problem, ToolResult, plural, visible, without_nulls


class FoundFolders(TypedDict, total=False):
    """Paths of folders that match."""

    total_count: int
    folders: list[str]
    next_cursor: str


class Tags(TypedDict, total=False):
    """Tags in use, alphabetically."""

    tags: list[str]
    next_cursor: str


class SearchUrl(TypedDict, total=False):
    """A public URL that answers with a search's JSON."""

    url: str
    ttl: int


@tool(toolset="library", kind="read", title="Search folders")
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
        reply = await ctx.admin("POST", "folders", "search", json=_sent({**query, "sort_by": [{"path": "asc"}]}))
    except BadRequest as error:
        problem = from_cloudinary(query["expression"], error)
        if problem is None:
            raise
        raise problem from error
    paths, following = _page("search_folders", query, [str(one["path"]) for one in reply.get("folders", ())], reply)
    found = FoundFolders(
        total_count=int(reply.get("total_count", len(paths))),
        folders=paths,
        **without_nulls({"next_cursor": following}),  # pyright: ignore[reportArgumentType]
    )
    head = f"{plural(found.get('total_count', 0), 'folder')} found{', more follow' if following else ''}."
    return ToolResult(found, _listed(head, paths, found.get("next_cursor")))


@tool(toolset="library", kind="read", title="List tags")
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
    reply = await ctx.admin("GET", "tags", query["resource_type"], params=params)
    names, following = _page("list_tags", query, [str(name) for name in reply.get("tags", ())], reply)
    page = Tags(tags=names, **without_nulls({"next_cursor": following}))  # pyright: ignore[reportArgumentType]
    head = f"{plural(len(names), 'tag')} of {query['resource_type']} assets{', more follow' if following else ''}."
    return ToolResult(page, _listed(head, names, following))


@tool(toolset="library", kind="read", title="Build a search URL")
async def build_search_url(
    ctx: ToolContext,
    expression: Annotated[str, Field(description="As of search_assets")],
    max_results: Annotated[int, Field(ge=1, le=500, description="Page size")] = 50,
    ttl: Annotated[int, Field(ge=1, description="Seconds an answer may be cached")] = 300,
) -> ToolResult[SearchUrl]:
    """Build a public URL that answers with a search's JSON, without credentials, for a web page."""
    check(expression)
    config = ctx.cloud.config
    if not config.api_secret:
        raise Problem("A search URL is signed with the API secret, which this cloud's credentials lack.")
    url = search_url(config, {"expression": expression, "max_results": max_results}, ttl=ttl)
    text = f"{url}\nAnybody who has it reads the result; answers are cached for {plural(ttl, 'second')}."
    return ToolResult(SearchUrl(url=url, ttl=ttl), text)


def _sent(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in (None, "") and name != "skip"}


def _page(
    tool: str, query: Mapping[str, Any], names: list[str], reply: Mapping[str, Any]
) -> tuple[list[str], str | None]:
    """The names that fit one answer, and the cursor of what follows: the rest of this page, or Cloudinary's next."""
    start: int = query.get("skip", 0)
    room, end = MAX_ANSWER_BYTES, start
    while end < len(names) and (end == start or room >= len(names[end].encode()) + 4):
        room -= len(names[end].encode()) + 4
        end += 1
    rest = {name: value for name, value in query.items() if name != "skip"}
    if end < len(names):
        return names[start:end], pack(tool, {**rest, "skip": end})
    cursor = reply.get("next_cursor")
    return names[start:], pack(tool, {**rest, "next_cursor": cursor}) if cursor else None


def _listed(head: str, names: list[str], cursor: str | None) -> str:
    return "\n".join([head, *(visible(name) for name in names), *([f"next_cursor: {cursor}"] if cursor else [])])
