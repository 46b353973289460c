"""`archive_url`: a URL that packs many assets when it is opened."""

import time
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.delivery.urls.api_downloads import archive_url as build_archive_url
from cloudinary_tools.library.archives import MAX_ARCHIVED, ArchiveFormat
from cloudinary_tools.library.delivery_source import iso
from cloudinary_tools.library.selection import Selection, folders_below
from cloudinary_tools.search.expression import check as check_expression
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, visible

HOUR = 3600


WEEK = 604_800


LONGEST_URL = 8000
"""Characters of a URL that every client takes."""


class ArchiveLink(TypedDict, total=False):
    """A URL that packs an archive when it is opened."""

    url: str
    expires_at: str
    note: str


@tool(kind="read", title="Build an archive URL")
async def archive_url(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Of images, or URLs")] = [],
    prefix: Annotated[str | None, Field(description="Start")] = None,
    tag: Annotated[str | None, Field(description="Exact tag")] = None,
    folder: Annotated[str | None, Field(description="Assets in it")] = None,
    recursive: Annotated[bool, Field(description="And below")] = False,
    expression: Annotated[str | None, Field(description="As of search_assets")] = None,
    format: Annotated[ArchiveFormat, Field(description="Format")] = "zip",
    transformations: Annotated[list[Any], Field(description="As of create_archive")] = [],
    expires_in: Annotated[int, Field(description="Seconds")] = HOUR,
) -> ToolResult[ArchiveLink]:
    """Build an expiring URL that packs a selection when it is opened; nothing is stored."""
    selection = Selection(public_ids, (), prefix, tag, folder, recursive, expression)
    if expression:
        check_expression(expression)  # the URL looks only when it is opened, where nobody reads an error
    if not 0 < expires_in <= WEEK:
        raise Problem(f"expires_in is seconds, from 1 to {WEEK:,} (a week).")
    expires = int(time.time()) + expires_in
    url = build_archive_url(
        ctx.cloud.config,
        **await _selectors(ctx, selection),
        resource_type="all",
        target_format=format,
        transformations=transformations or None,
        expires_at=expires,
    )
    if len(url) > LONGEST_URL:
        raise Problem(
            f"The URL would have {len(url):,} characters, too many for most clients.",
            hint="Select by tag, prefix or expression, or store the archive with create_archive.",
        )
    note = "It packs when opened, at most 1,000 assets; whoever has it can download them until then."
    data = ArchiveLink(url=url, expires_at=iso(expires), note=note)
    return ToolResult(data, f"{url}\nUntil {data.get('expires_at')}. {note}")


async def _selectors(ctx: ToolContext, selection: Selection) -> dict[str, Any]:
    """The selection in the terms of an archive, which looks when it is packed; only named assets are looked up now."""
    if selection.public_ids:
        selected = await selection.resolve(ctx, MAX_ARCHIVED)
        if selected.missing:
            names = ", ".join(visible(name) for name in selected.missing)
            raise Problem(f"Not found: {names}.", hint="A public_id is one of an image; give the URL of anything else.")
        return {"fully_qualified_public_ids": [asset.label for asset in selected.assets]}
    if selection.folder is not None:
        path = selection.folder.strip("/")
        if not path:
            raise Problem("A URL cannot pack the root folder.", hint="create_archive can.")
        if await ctx.folder_mode() == "fixed":
            return {"prefixes": f"{path}/"}
        return {"asset_folders": [path, *(await folders_below(ctx, path) if selection.recursive else ())]}
    named = {"tags": selection.tag, "prefixes": selection.prefix, "search_expression": selection.expression}
    return {name: value for name, value in named.items() if value is not None}
