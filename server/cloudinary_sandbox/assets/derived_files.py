"""Files derived of an asset: made by the renderer, kept until the asset changes."""

import json
import uuid
from pathlib import Path

from anyio import from_thread, to_thread

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.hooks import NamedTransformations
from cloudinary_sandbox.assets.models import DerivedFile, SandboxAsset
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, not_found
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.rendering import LayerRef, Rendered, RenderError, RenderRequest, Unsupported
from cloudinary_sandbox.rendering import render as make_derived


async def render(
    cloud: SandboxCloud,
    source: Path,
    asset: SandboxAsset,
    transformation: str,
    format: str | None,
    accept: str = "",
) -> Rendered:
    """Make a transformed file, which the caller stores or discards; `ApiError` for what cannot be made.

    `asset` tells what the source is (its format, size, tags, coordinates); it need not be stored.
    """
    named = await cloud.part(NamedTransformations).definitions()

    def layer(wanted: LayerRef) -> Path | None:
        if wanted.url is not None:
            raise Unsupported("layers fetched from a URL")
        return from_thread.run(_layer, cloud, wanted)

    request = RenderRequest(
        source=source,
        resource_type=asset.resource_type,
        source_format=asset.format,
        transformation=transformation,
        format=format,
        accept=accept,
        named=named.get,
        layer=layer,
        facts=_facts(asset),
        workdir=cloud.files.workdir,
    )
    try:
        return await to_thread.run_sync(make_derived, request)
    except Unsupported as error:
        raise ApiError(501, error.message) from None
    except RenderError as error:
        raise ApiError(error.status, error.message) from None


async def _layer(cloud: SandboxCloud, wanted: LayerRef) -> Path | None:
    found = await assets.find(cloud.db, wanted.resource_type, wanted.type, wanted.public_id)
    return cloud.files.path(found.file) if found else None


def _facts(asset: SandboxAsset) -> JSON:
    return {
        "width": asset.width,
        "height": asset.height,
        "pages": asset.facts.get("pages"),
        "tags": asset.tags,
        "context": asset.context,
        "metadata": asset.metadata,
        "coordinates": asset.extra.get("coordinates", {}),
    }


def _request(asset: SandboxAsset, transformation: str, format: str | None, accept: str) -> str:
    """What tells apart the files that one transformation makes: the wanted format, and who can show what."""
    modern = [kind for kind in ("avif", "webp", "jxl", "webm") if kind in accept] if "f_auto" in transformation else []
    return ",".join([format or asset.format or "", *modern])


async def derive(
    cloud: SandboxCloud,
    asset: SandboxAsset,
    transformation: str,
    format: str | None,
    accept: str = "",
) -> DerivedFile:
    """The file that a transformation makes of an asset, made now unless it is there already."""
    request = _request(asset, transformation, format, accept)
    present = await _present(cloud, asset, transformation, request)
    if present:
        return present
    if asset.placeholder and not asset.bytes:
        raise not_found(asset.public_id)
    rendered = await render(cloud, cloud.files.path(asset.file), asset, transformation, format or asset.format, accept)
    item = DerivedFile(
        id=uuid.uuid4().hex,
        asset=asset.seq,
        transformation=transformation,
        request=request,
        format=rendered.format,
        bytes=rendered.bytes,
        width=rendered.width,
        height=rendered.height,
        file=await cloud.files.store_file(rendered.path),
        created_at=clock.now(),
        serving={
            "content_type": rendered.content_type,
            "attachment": rendered.attachment,
            "approximations": list(rendered.approximations),
            "vary_accept": rendered.vary_accept,
        },
    )
    if await insert_derived(cloud, asset, item):
        return item
    # Another call was faster, or the asset changed meanwhile.
    await cloud.files.drop([item.file])
    present = await _present(cloud, asset, transformation, request)
    if present is None:
        raise not_found(asset.public_id)
    return present


async def insert_derived(cloud: SandboxCloud, asset: SandboxAsset, item: DerivedFile) -> int:
    """Put a derived file that is stored into the database; 0 when it is there already, or the asset has changed."""
    async with cloud.db.change() as tx:
        return await tx.run(
            "INSERT OR IGNORE INTO derived"
            " (id, transformation, request, format, bytes, width, height, file, created_at, serving, asset)"
            " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, seq FROM assets WHERE seq = ? AND file = ?",
            item.id, item.transformation, item.request, item.format, item.bytes, item.width, item.height, item.file,
            item.created_at, json.dumps(item.serving), asset.seq, asset.file,
        )  # fmt: skip


async def _present(cloud: SandboxCloud, asset: SandboxAsset, transformation: str, request: str) -> DerivedFile | None:
    row = await cloud.db.row(
        "SELECT * FROM derived WHERE asset = ? AND transformation = ? AND request = ?",
        asset.seq, transformation, request,
    )  # fmt: skip
    return assets.read_derived(row) if row else None
