"""`download_asset`, `create_archive`, `archive_url`: files out of the library, one by one or packed."""

import secrets
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio.to_thread
from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.delivery.urls.api_downloads import archive_url as build_archive_url
from cloudinary_tools.delivery.urls.api_downloads import asset_download_url, backup_download_url
from cloudinary_tools.library.asset_view import read_asset
from cloudinary_tools.library.delivery_source import iso
from cloudinary_tools.library.selection import Selection, folders_below, name_any, named_assets
from cloudinary_tools.search.expression import check as check_expression
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, size, visible, without_nulls

MAX_DOWNLOAD = 64_000_000
"""Bytes of the largest file that is saved here: it passes through memory."""
HOUR, WEEK = 3600, 604_800
LONGEST_URL = 8000
"""Characters of a URL that every client takes."""
MAX_ARCHIVED = 1000
"""Assets of one archive (Upload API reference)."""
DOWNLOAD_SECONDS = 35.0

Format = Literal["zip", "tgz"]


class Downloaded(TypedDict, total=False):
    """Where a file was saved, or a URL that gives it for a while. Size in bytes."""

    path: str
    bytes: int
    url: str
    expires_at: str
    note: str


class Archived(TypedDict, total=False):
    """A stored archive."""

    public_id: str
    asset_id: str
    url: str
    bytes: int
    assets: int
    files: int
    missing: list[str]


class ArchiveLink(TypedDict, total=False):
    """A URL that packs an archive when it is opened."""

    url: str
    expires_at: str
    note: str


@tool(toolset="bulk", kind="read", title="Download an asset")
async def download_asset(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")] = "",
    version_id: Annotated[str | None, Field(description="A backup (list_versions)")] = None,
    save_as: Annotated[str | None, Field(description="File in the download folder; else a URL for an hour")] = None,
    overwrite: Annotated[bool, Field(description="Replace that file")] = False,
) -> ToolResult[Downloaded]:
    """Save an original or one of its backups, or get a URL for it."""
    target = ctx.files.writable(save_as, overwrite=overwrite) if save_as else None
    name = name_any(ctx.cloud.config, public_id)
    asset = await read_asset(ctx, name)
    expires = int(time.time()) + HOUR
    if version_id:
        url = backup_download_url(ctx.cloud.config, asset["asset_id"], version_id)
    else:
        if asset.get("placeholder"):
            raise Problem(
                f"{name} was deleted; only its backups are left.", hint="list_versions shows their version_id."
            )
        url = asset_download_url(ctx.cloud.config, asset["asset_id"], attachment=True, expires_at=expires)
    if target is None:
        note = "Anybody who has it can download the file until then."
        data = Downloaded(url=url, expires_at=iso(expires), note=note)
        return ToolResult(data, f"{url}\nUntil {data.get('expires_at')}. {note}")
    if not version_id and int(asset.get("bytes") or 0) > MAX_DOWNLOAD:
        raise Problem(
            f"The file has {size(asset['bytes'])}, at most {size(MAX_DOWNLOAD)} are saved; nothing was written.",
            hint="Leave out save_as to get a URL, and download that.",
        )
    seconds = min(DOWNLOAD_SECONDS, ctx.budget.seconds_left - 2)
    file = await ctx.cloud.fetch(url, max_bytes=MAX_DOWNLOAD, timeout=seconds)
    await anyio.to_thread.run_sync(_write, target, file.data, overwrite)
    text = f"Saved {size(len(file.data))} to {visible(str(target))}."
    return ToolResult(Downloaded(path=str(target), bytes=len(file.data)), text)


def _write(path: Path, data: bytes, overwrite: bool) -> None:
    """Write a whole file or none; one that came to be there in the meantime is not replaced unless told."""
    part = path.with_name(f".{secrets.token_hex(8)}.part") if overwrite else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("xb")
    except FileExistsError:
        raise Problem(f"{visible(path.name)} came to be there meanwhile; nothing was written.") from None
    except OSError as error:
        raise Problem(f"{visible(path.name)} cannot be written: {error.strerror}; nothing was written.") from None
    try:
        with file:
            file.write(data)
        if overwrite:
            part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem(f"{visible(path.name)} cannot be written: {error.strerror}; nothing was kept.") from None


@tool(toolset="bulk", kind="create", title="Create an archive")
async def create_archive(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Of images, or URLs")] = [],
    asset_ids: Annotated[list[str], Field(description="Or these")] = [],
    prefix: Annotated[str | None, Field(description="Start of the public_ids")] = None,
    tag: Annotated[str | None, Field(description="Exact tag")] = None,
    folder: Annotated[str | None, Field(description="Assets in it")] = None,
    recursive: Annotated[bool, Field(description="And below")] = False,
    expression: Annotated[str | None, Field(description="As of search_assets")] = None,
    name: Annotated[str | None, Field(description="Its public_id")] = None,
    format: Annotated[Format, Field(description="Format")] = "zip",
    transformations: Annotated[list[Any], Field(description="A file for each")] = [],
    flatten: Annotated[bool, Field(description="No folders")] = False,
) -> ToolResult[Archived]:
    """Pack a selection into an archive stored as a raw asset."""
    kind = None if public_ids or asset_ids else "all"
    selection = Selection(public_ids, asset_ids, prefix, tag, folder, recursive, expression, resource_type=kind)
    if name and (there := await named_assets(ctx, "raw", "upload", [name, f"{name}.{format}"])):
        raise Problem(f"{visible(there[0].label)} exists already; nothing was created.", hint="Choose another name.")
    selected = await selection.resolve(ctx, MAX_ARCHIVED)
    if not selected.assets:
        raise Problem(f"No asset matches ({selection}); nothing was created.")
    params = {
        "mode": "create",
        "target_format": format,
        "target_public_id": name,
        "fully_qualified_public_ids": [asset.label for asset in selected.assets],
        "transformations": serialise_eager(transformations) if transformations else None,
        "flatten_folders": flatten or None,
        "allow_missing": True,
    }
    given = {key: value for key, value in params.items() if value is not None}
    reply = await ctx.cloud.upload_call("all", "generate_archive", given)
    data: dict[str, Any] = {
        "public_id": reply["public_id"],
        "asset_id": reply.get("asset_id"),
        "url": reply.get("secure_url"),
        "bytes": int(reply.get("bytes") or 0),
        "assets": int(reply.get("resource_count") or len(selected.assets)),
        "files": reply.get("file_count"),
        "missing": [visible(str(gone)) for gone in (*selected.missing, *reply.get("missing_public_ids", ()))],
    }
    text = f"Packed {plural(data['assets'], 'asset')} into raw/upload/{visible(reply['public_id'])} "
    text += f"({size(data['bytes'])}).\nURL: {data['url']}"
    if data["missing"]:
        text += f"\nNot found: {', '.join(data['missing'])}."
    return ToolResult(Archived(**without_nulls(data)), text)


@tool(toolset="bulk", kind="read", title="Build an archive URL")
async def archive_url(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Of images, or URLs")] = [],
    prefix: Annotated[str | None, Field(description="Start")] = None,
    tag: Annotated[str | None, Field(description="Exact tag")] = None,
    folder: Annotated[str | None, Field(description="Assets in it")] = None,
    recursive: Annotated[bool, Field(description="And below")] = False,
    expression: Annotated[str | None, Field(description="As of search_assets")] = None,
    format: Annotated[Format, Field(description="Format")] = "zip",
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
