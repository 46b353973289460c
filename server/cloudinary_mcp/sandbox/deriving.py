"""Files derived of an asset: made by the renderer, kept until the asset changes."""

import uuid
from pathlib import Path

from anyio import to_thread

from cloudinary_mcp.sandbox import clock
from cloudinary_mcp.sandbox.assets import JSON, Asset, Derived
from cloudinary_mcp.sandbox.cloud import Cloud
from cloudinary_mcp.sandbox.errors import not_built, not_found
from cloudinary_mcp.sandbox.renderer import Rendered


async def render(
    cloud: Cloud,
    source: Path,
    facts: JSON,
    transformation: str,
    format: str | None,
    accept: str,
    purpose: str = "transformation",
) -> Rendered:
    """Make a transformed file among the files in the making; the caller discards it. 501 without a renderer."""
    if cloud.render is None:
        raise not_built(f"{purpose} {transformation or format}")
    out = cloud.files.incoming()
    return await to_thread.run_sync(cloud.render, source, facts, transformation, format, accept, out)


async def derive(
    cloud: Cloud,
    asset: Asset,
    transformation: str,
    format: str | None,
    purpose: str = "transformation",
) -> Derived:
    """The file that a transformation makes of an asset, made now unless it is there already."""
    found = await _present(cloud, asset, transformation, format)
    if found:
        return found
    rendered = await render(
        cloud, cloud.files.path(asset.file), asset.facts, transformation, format or asset.format, "", purpose
    )
    size = rendered.path.stat().st_size
    item = Derived(
        id=uuid.uuid4().hex,
        asset=asset.seq,
        transformation=transformation,
        format=rendered.format,
        bytes=size,
        width=rendered.width,
        height=rendered.height,
        file=await cloud.files.keep(rendered.path),
        created_at=clock.now(),
    )
    async with cloud.db.change() as tx:
        kept = await tx.run(
            "INSERT OR IGNORE INTO derived (id, asset, transformation, format, bytes, width, height, file, created_at)"
            " SELECT ?, seq, ?, ?, ?, ?, ?, ?, ? FROM assets WHERE seq = ? AND version = ?",
            item.id, transformation, item.format, size, item.width, item.height, item.file, item.created_at,
            asset.seq, asset.version,
        )  # fmt: skip
    if not kept:  # another call was faster, or the asset changed meanwhile
        await cloud.files.drop([item.file])
        found = await _present(cloud, asset, transformation, item.format)
        if found is None:
            raise not_found(asset.public_id)
        return found
    return item


async def _present(cloud: Cloud, asset: Asset, transformation: str, format: str | None) -> Derived | None:
    row = await cloud.db.row(
        "SELECT * FROM derived WHERE asset = ? AND transformation = ? AND format = ?",
        asset.seq, transformation, format or asset.format or "",
    )  # fmt: skip
    return Derived(**dict(row)) if row else None
