"""`build_search_url`: a public URL that answers with the result of a search."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.delivery.urls.api_downloads import search_url
from cloudinary_tools.search.expression import check
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural


class SearchUrl(TypedDict, total=False):
    """A public URL that answers with a search's JSON."""

    url: str
    ttl: int


@tool(kind="read", title="Build a search URL")
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
