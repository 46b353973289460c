"""Putting an uploaded file into the cloud: classify, limit, convert, name, analyse, store."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread

from cloudinary_sandbox import media
from cloudinary_sandbox.assets import analysis, upload_scripts
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.asset_params import set_fields
from cloudinary_sandbox.assets.breakpoints import read_breakpoints
from cloudinary_sandbox.assets.derived_files import render
from cloudinary_sandbox.assets.eager_transformations import check_eager
from cloudinary_sandbox.assets.folders import ensure_folders, folder_of
from cloudinary_sandbox.assets.hooks import AssetBackups, StructuredMetadata
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.replies import facts_of
from cloudinary_sandbox.assets.unsupported_params import refuse_addons, refuse_missing_parts
from cloudinary_sandbox.assets.upload_sources import IncomingFile
from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import (
    base_name,
    canonical_format,
    checked_display_name,
    checked_folder,
    checked_public_id,
    last_segment,
    name_from_file,
    random_name,
    split_extension,
)
from cloudinary_sandbox.core.params import Params

MANAGED_TYPES = frozenset({"upload", "private", "authenticated", "asset"})


@dataclass
class StoredUpload:
    """What became of an upload: the asset, and whether it was there already or took another's place.

    `params` are the upload's as its `eval` left them.
    """

    asset: SandboxAsset
    params: Params
    existing: bool = False
    overwritten: bool = False


async def store(
    cloud: SandboxCloud,
    source: IncomingFile,
    wanted: str,
    params: Params,
    *,
    unsigned: bool = False,
    public_id: str | None = None,
) -> StoredUpload:
    """Store an upload. `wanted` is the resource type of the path; `public_id` the name given to a chunked upload."""
    filename = name_of_source(source, params)
    kind = params.text("type", "upload")
    if kind not in MANAGED_TYPES:
        raise bad_request(f"Invalid type {kind}")
    path = source.path
    made: list[Path] = []
    try:
        facts = await _inspect(path, filename or None, wanted)
        check_size(cloud, facts["resource_type"], facts["bytes"])
        _check_pixels(cloud, facts)
        if script := params.text("eval"):
            params = await _evaluated(cloud, script, params, path, filename, facts)
        name = name_upload(params, filename, facts["resource_type"] == "raw", public_id)
        asset = _new_asset(cloud, params, filename, facts, kind, name)
        set_fields(asset, params)
        path = await _converted(cloud, params, path, asset, made)
        analysis.set_results(asset, await analysis.analysed(asset, path, params), params)
        analysis.clip_faces(asset)
        return await _commit(cloud, asset, path, params, overwrite=not unsigned and params.flag("overwrite", True))
    finally:
        await cloud.files.discard(*made)


async def _evaluated(
    cloud: SandboxCloud, script: str, params: Params, path: Path, filename: str, facts: JSON
) -> Params:
    """The parameters as the upload's script leaves them; what it adds is checked like what the call sent."""
    draft = _new_asset(cloud, params, filename, facts, params.text("type", "upload"), "draft")
    params = await upload_scripts.evaluate(cloud, script, await resource_info(cloud, draft, path, params), params)
    check_params(params)
    return params


async def resource_info(cloud: SandboxCloud, asset: SandboxAsset, path: Path, params: Params) -> JSON:
    """What scripts may know of a file: its facts, its EXIF, and the analyses that the call asks for."""
    wanted = params.but(exif=asset.resource_type == "image")
    found = {name: value for name, value in asset.facts.items() if value is not None and name != "phash"}
    found |= await analysis.analysed(asset, path, wanted)
    placed = {"asset_folder": asset.asset_folder, "display_name": asset.display_name} if cloud.dynamic_folders else {}
    return found | placed | {"filename": asset.original_filename or "", "folder": checked_folder(params.text("folder"))}


def check_params(params: Params) -> None:
    """A 400, 420 or 501 for parameters that cannot be served, before anything is fetched or stored."""
    refuse_missing_parts(params)
    refuse_addons(params)
    check_eager(params)
    read_breakpoints(params)


async def store_made(
    cloud: SandboxCloud,
    path: Path,
    kind: str,
    public_id: str,
    wanted: str,
    params: Params,
    *,
    facts: JSON | None = None,
    extra: JSON | None = None,
) -> SandboxAsset:
    """Store what the cloud itself made (an archive, an animation) under any delivery type, in place of what is there.

    The plan's limits do not bind here. `params` may set tags, the folder and the like, `wanted` the resource type;
    `facts` are those of the file where they are known, `extra` is kept with the asset.
    """
    facts = facts or await _inspect(path, None, wanted)
    asset = _new_asset(cloud, params, base_name(params.text("filename_override")), facts, kind, public_id)
    set_fields(asset, params)
    asset.extra |= extra or {}
    return (await _commit(cloud, asset, path, params, overwrite=True)).asset


def check_size(cloud: SandboxCloud, resource_type: str, size: int) -> None:
    """Refuse with 400 an empty file, or one beyond the plan's limit."""
    if size == 0:
        raise bad_request("Empty file")
    maximum = cloud.options.media_limits.max_bytes(resource_type)
    if size > maximum:
        raise bad_request(f"File size too large. Got {size}. Maximum is {maximum}.")


async def _inspect(path: Path, filename: str | None, wanted: Any) -> JSON:
    try:
        if (await to_thread.run_sync(path.stat)).st_size == 0:
            raise bad_request("Empty file")
        return facts_of(await to_thread.run_sync(media.inspect, path, filename, wanted))
    except media.NotMedia as error:
        raise bad_request(str(error)) from None


def _check_pixels(cloud: SandboxCloud, facts: JSON) -> None:
    pixels = (facts["width"] or 0) * (facts["height"] or 0)
    maximum = cloud.options.media_limits.image_max_px
    if facts["resource_type"] == "image" and pixels > maximum:
        raise bad_request(assumptions.TOO_MANY_PIXELS_TEXT.format(got=pixels, maximum=maximum))


async def _converted(cloud: SandboxCloud, params: Params, path: Path, asset: SandboxAsset, made: list[Path]) -> Path:
    """Apply `transformation`, `format` and `allowed_formats`; the file to store. New files are added to `made`."""
    wanted = canonical_format(params.text("format"))
    allowed = {canonical_format(item) for item in params.csv("allowed_formats")}
    if allowed and (wanted or asset.format or "") not in allowed:
        raise bad_request(assumptions.FORMAT_NOT_ALLOWED_TEXT)
    if transformation := params.text("transformation"):
        rendered = await render(cloud, path, asset, transformation, wanted or asset.format)
        made.append(rendered.path)
        _describe(asset, await _inspect(rendered.path, rendered.path.name, asset.resource_type))
        return rendered.path
    if wanted and wanted != asset.format and asset.resource_type != "raw":
        target = cloud.files.incoming()
        made.append(target)
        try:
            _describe(asset, facts_of(await to_thread.run_sync(media.convert, path, target, wanted)))
        except media.NotMedia as error:
            raise bad_request(str(error)) from None
        return target
    return path


def _describe(asset: SandboxAsset, facts: JSON) -> None:
    """Put the facts about a file onto the asset."""
    for name in ("format", "bytes", "width", "height", "etag", "placeholder"):
        setattr(asset, name, facts[name])
    asset.facts = facts


def name_upload(params: Params, filename: str, is_raw: bool, reserved: str | None = None) -> str:
    """Choose the public ID of an upload by the naming parameters; `reserved` is what an earlier part was given."""
    if reserved and params.text("public_id", reserved) == reserved:
        return reserved
    stem, extension = split_extension(filename)
    name = params.text("public_id")
    if not name:
        use_filename = params.flag("use_filename") and bool(stem)
        name = name_from_file(stem) if use_filename else random_name()
        if use_filename and params.flag("unique_filename", True):
            name += f"_{random_name(6)}"
        if is_raw and extension and "format" not in params:
            name += f".{name_from_file(extension)}"
    if is_raw and (wanted := params.text("format")) and not name.lower().endswith(f".{wanted.lower()}"):
        name += f".{wanted}"
    prefix = params.text("folder") or params.text("public_id_prefix")
    if not prefix and params.flag("use_asset_folder_as_public_id_prefix"):
        prefix = params.text("asset_folder")
    return checked_public_id(f"{checked_folder(prefix)}/{name}" if prefix else name)


def name_of_source(source: IncomingFile, params: Params) -> str:
    """What an upload's file is called, without any path; empty when nobody says."""
    return base_name(params.text("filename_override") or source.filename or "")


def _new_asset(
    cloud: SandboxCloud, params: Params, filename: str, facts: JSON, kind: str, public_id: str
) -> SandboxAsset:
    moment = clock.now()
    stem = split_extension(filename)[0]
    display_name = last_segment(public_id)
    if params.flag("use_filename_as_display_name") and stem:
        display_name = stem
    return SandboxAsset(
        asset_id=uuid.uuid4().hex,
        resource_type=facts["resource_type"],
        type=kind,
        public_id=public_id,
        version=moment,
        version_id=uuid.uuid4().hex,
        format=facts["format"],
        bytes=facts["bytes"],
        width=facts["width"],
        height=facts["height"],
        etag=facts["etag"],
        created_at=moment,
        uploaded_at=moment,
        asset_folder=checked_folder(params.text("folder")) if cloud.dynamic_folders else "",
        display_name=checked_display_name(display_name),
        original_filename=None if params.flag("discard_original_filename") else stem or None,
        backup=params.flag("backup", cloud.options.automatic_backup),
        placeholder=facts["placeholder"],
        file="",
        facts=facts,
    )


async def _commit(
    cloud: SandboxCloud, asset: SandboxAsset, path: Path, params: Params, *, overwrite: bool
) -> StoredUpload:
    asset.file = await cloud.files.store_file(path)
    try:
        async with cloud.db.change() as tx:
            stored, freed = await _write(cloud, tx, asset, params, overwrite=overwrite)
    except Exception:
        await cloud.files.drop([asset.file])
        raise
    await cloud.files.drop(freed)
    return stored


async def _write(
    cloud: SandboxCloud, tx: Session, asset: SandboxAsset, params: Params, *, overwrite: bool
) -> tuple[StoredUpload, list[str]]:
    """Make the asset visible, unless one is there that must stay; also the files that nothing needs any more."""
    present = await assets.find(tx, asset.resource_type, asset.type, asset.public_id, deleted=True)
    if present is not None and not present.deleted and not overwrite:
        return StoredUpload(present, params, existing=True), [asset.file]
    (await cloud.part(StructuredMetadata).read_changes(tx, params)).put(asset, new=True)
    if params.flag("unique_display_name"):
        await make_display_name_unique(tx, asset)
    await ensure_folders(tx, folder_of(cloud, asset))
    backups = cloud.part(AssetBackups)
    freed: list[str] = []
    if present is None:
        await assets.insert(tx, asset)
    else:
        if present.deleted or (present.etag, present.format) != (asset.etag, asset.format):
            freed = await assets.delete_derived(tx, await assets.derived_of(tx, present))
        if present.file not in await backups.files(tx, present):
            freed.append(present.file)
        _take_place(asset, present)
        await assets.update(tx, asset)
    if asset.backup:
        await backups.add_version(tx, asset)
    return StoredUpload(asset, params, overwritten=present is not None and not present.deleted), freed


def _take_place(asset: SandboxAsset, present: SandboxAsset) -> None:
    asset.seq = present.seq
    if assumptions.OVERWRITE_KEEPS_ASSET_ID:
        asset.asset_id = present.asset_id
    for name in () if present.deleted else assumptions.OVERWRITE_KEEPS_ATTRIBUTES:
        setattr(asset, name, getattr(present, name))
    asset.version = max(asset.version, present.version + 1)


async def make_display_name_unique(session: Session, asset: SandboxAsset) -> None:
    """Give the display name a suffix when another asset in the folder has it already."""
    taken = "SELECT 1 FROM assets WHERE asset_folder = ? AND display_name = ? AND seq <> ? LIMIT 1"
    wanted = asset.display_name
    while await session.value(taken, asset.asset_folder, asset.display_name, asset.seq):
        asset.display_name = f"{wanted}_{random_name(6)}"
