"""`download_asset`: an original or a backup of it, saved to disk or as a URL that ends."""

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.delivery.urls.api_downloads import asset_download_url, backup_download_url
from cloudinary_tools.library.asset_view import read_asset
from cloudinary_tools.library.delivery_source import iso
from cloudinary_tools.library.names import name_any
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, quote, size, visible

MAX_DOWNLOAD = 64_000_000
"""Bytes of the largest file that is saved here: it passes through memory."""


HOUR = 3600


DOWNLOAD_SECONDS = 35.0


class DownloadedAsset(TypedDict, total=False):
    """Where a file was saved, or a URL that gives it for a while. Size in bytes."""

    path: str
    bytes: int
    url: str
    expires_at: str
    note: str


@dataclass(frozen=True, slots=True)
class Download:
    """Where a file comes from and goes to; `identity` is what the file that is replaced was, None for a new one."""

    url: str
    target: Path
    identity: tuple[int, int, int] | None


async def execute_download_asset(ctx: ToolContext, plan: Plan[NamedItem, Download]) -> Outcome[NamedItem]:
    """Replace the planned local file, if it still is the one that was seen."""
    (item,) = plan.items
    order = plan.options
    if _identity(order.target) != order.identity:
        raise Problem(f"{visible(order.target.name)} was changed since the plan was made; nothing was written.")
    change = Change(item.key, item.label, plan.effect, "overwrite", "file")
    async with ctx.recorded([change]) as record:
        answer = await _save(ctx, order)
        record.done(item.key)
    return Outcome(answer)


@tool(kind="read", title="Download an asset", execute=execute_download_asset)
async def download_asset(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, video/private/id, URL or asset_id")],
    version_id: Annotated[str | None, Field(description="A backup (list_versions)")] = None,
    save_as: Annotated[str | None, Field(description="File in the download folder; else a URL for an hour")] = None,
    overwrite: Annotated[bool, Field(description="Replace that file")] = False,
) -> Plan[NamedItem, Download] | ToolResult[DownloadedAsset]:
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
        data = DownloadedAsset(url=url, expires_at=iso(expires), note=note)
        return ToolResult(data, f"{url}\nUntil {data.get('expires_at')}. {note}")
    count = asset.get("bytes") or 0
    if not version_id and count > MAX_DOWNLOAD:
        raise Problem(
            f"The file has {size(count)}, at most {size(MAX_DOWNLOAD)} are saved; nothing was written.",
            hint="Leave out save_as to get a URL, and download that.",
        )
    order = Download(url, target, _identity(target))
    if order.identity is None:
        return await _save(ctx, order)
    return Plan(
        operation="download_asset",
        verb="Replace",
        refusal_suffix="nothing was written",
        selection=f"by {quote(str(name))}",
        items=(NamedItem(f"file:{target}", str(target), bytes=order.identity[1]),),
        explicit=True,
        options=order,
        effect="destroys",
        warnings=("The file that is there now is lost.",),
        what="local file",
    )


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What tells a file from another one: inode, size in bytes and the time of its last change; None for none."""
    try:
        found = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


async def _save(ctx: ToolContext, order: Download) -> ToolResult[DownloadedAsset]:
    seconds = min(DOWNLOAD_SECONDS, ctx.budget.seconds_left - 2)
    file = await ctx.cloud.fetch(order.url, max_bytes=MAX_DOWNLOAD, timeout=seconds)
    await anyio.to_thread.run_sync(_write, order.target, file.data, order.identity is not None)
    text = f"Saved {size(len(file.data))} to {visible(str(order.target))}."
    return ToolResult(DownloadedAsset(path=str(order.target), bytes=len(file.data)), text)


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
