"""Files derived of an asset: made by the renderer, kept until the asset changes."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path

from anyio import from_thread, to_thread

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.hooks import NamedTransformations
from cloudinary_sandbox.assets.models import DerivedFile, SandboxAsset
from cloudinary_sandbox.assets.remote_files import download
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, not_found
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.rendering import LayerRef, Rendered, RenderError, RenderRequest, Unsupported
from cloudinary_sandbox.rendering import render as make_derived

_NAMED = re.compile(r"(?<![^,/])t_[^,/]+")
_DEPTH = 3
"""How deep named transformations are followed that name each other."""


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
    fetched: list[Path] = []

    def layer(wanted: LayerRef) -> Path | None:
        if wanted.url is not None:
            fetched.append(cloud.files.incoming())
            from_thread.run(download, cloud, wanted.url, fetched[-1])
            return fetched[-1]
        return from_thread.run(_layer, cloud, wanted)

    def text_style(public_id: str) -> Mapping[str, str] | None:
        return from_thread.run(_text_style, cloud, public_id)

    request = RenderRequest(
        source=source,
        resource_type=asset.resource_type,
        source_format=asset.format,
        transformation=transformation,
        format=format,
        accept=accept,
        named=named.get,
        layer=layer,
        text_style=text_style,
        facts=_facts(asset),
        workdir=cloud.files.workdir,
    )
    try:
        return await to_thread.run_sync(make_derived, request)
    except Unsupported as error:
        raise ApiError(501, error.message) from None
    except RenderError as error:
        raise ApiError(error.status, error.message) from None
    finally:
        await cloud.files.discard(*fetched)


async def _text_style(cloud: SandboxCloud, public_id: str) -> Mapping[str, str] | None:
    found = await assets.find(cloud.db, "image", "text", public_id)
    return found.extra.get("text_style", {}) if found else None


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


async def _request(
    cloud: SandboxCloud, asset: SandboxAsset, transformation: str, format: str | None, accept: str
) -> str:
    """What tells apart the files that one transformation makes.

    That is the wanted format, who can show what, and what the names in the transformation mean at present.
    """
    meaning = transformation
    if _NAMED.search(transformation):
        named = await cloud.part(NamedTransformations).definitions()
        for _ in range(_DEPTH):
            meaning = _NAMED.sub(lambda match: _meant(match[0], named), meaning)
    modern = [kind for kind in ("avif", "webp", "jxl", "webm") if kind in accept] if "f_auto" in meaning else []
    digest = [] if meaning == transformation else [hashlib.sha256(meaning.encode()).hexdigest()[:16]]
    return ",".join([format or asset.format or "", *modern, *digest])


def _meant(component: str, named: Mapping[str, str]) -> str:
    """The definitions that `t_one.two` stands for; a name without one stays."""
    names = component.removeprefix("t_").split(".")
    return "/".join(named.get(name, f"t_{name}") for name in names)


async def derive(
    cloud: SandboxCloud,
    asset: SandboxAsset,
    transformation: str,
    format: str | None,
    accept: str = "",
) -> DerivedFile:
    """The file that a transformation makes of an asset, made now unless it is there already."""
    request = await _request(cloud, asset, transformation, format, accept)
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
