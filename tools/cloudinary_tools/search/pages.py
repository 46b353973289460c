"""Searching assets: one page for a tool, or everything an expression matches, row by row."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from cloudinary_tools.client import BadRequest
from cloudinary_tools.client.reply_types.assets import AssetEntry
from cloudinary_tools.client.reply_types.search import SearchCountReply, SearchReply
from cloudinary_tools.search.expression import check, from_cloudinary
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.results import Problem

PAGE = 500
SEARCH = ("resources", "search")
STABLE_ORDER: tuple[Mapping[str, str], ...] = ({"public_id": "asc"},)
"""An order that a new asset does not push along while pages are read."""
INDEX_LAGS = "The search index lags writes by some seconds; get_asset and list_assets see them at once."


async def search_page(ctx: ToolContext, expression: str, **params: Any) -> SearchReply:
    """One page of hits; `params` as the Search API takes them (Search API reference).

    `Problem` with a caret for an expression that cannot be read, mostly before anything is sent.
    """
    check(expression)
    query = {"expression": expression or None, **params}
    sent = {name: value for name, value in query.items() if value is not None}
    try:
        if sent.get("max_results") == 0:  # then Cloudinary need not name any
            return {"resources": [], **await ctx.admin("POST", *SEARCH, reply=SearchCountReply, json=sent)}
        return await ctx.admin("POST", *SEARCH, reply=SearchReply, json=sent)
    except BadRequest as error:
        problem = from_cloudinary(expression, error)
        if problem is None:
            raise
        raise problem from error


async def search_all(
    ctx: ToolContext,
    expression: str,
    *,
    fields: Sequence[str] = (),
    sort_by: Sequence[Mapping[str, str]] = STABLE_ORDER,
) -> AsyncGenerator[AssetEntry]:
    """Every asset that matches, with these fields (all of them by default), fetched 500 at a time.

    Nothing is left out silently: `Problem` when the call's budget does not reach to the end. Stop iterating (and
    close the generator) to fetch no further page.
    """
    cursor: str | None = None
    seen = 0
    while True:
        if not ctx.budget.allows():
            raise Problem(
                f"The search matches more assets than this call can read ({seen:,} were read; nothing was changed).",
                hint="Narrow the expression, for example by a date or a folder.",
            )
        page = await search_page(
            ctx,
            expression,
            fields=list(fields) or None,
            sort_by=[dict(key) for key in sort_by],
            max_results=PAGE,
            next_cursor=cursor,
        )
        for row in page["resources"]:
            seen += 1
            yield row
        cursor = page.get("next_cursor")
        if not cursor:
            return
