"""Assets that come from other places when somebody asks for them: the delivery type `fetch`, and upload mappings."""

from cloudinary_sandbox.assets.hooks import UploadMappings
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.upload_service import check_size, store_made
from cloudinary_sandbox.assets.upload_sources import fetch_remote
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.naming import checked_public_id, parent_folder, split_extension
from cloudinary_sandbox.core.params import Params

FETCHED = "fetch"
"""The delivery type whose public IDs are addresses."""


async def fetch_asset(cloud: SandboxCloud, resource_type: str, url: str) -> SandboxAsset:
    """Fetch what is at an address and keep it as an asset of the type `fetch`; 400 when it cannot be had."""
    return await _stored(cloud, resource_type, url, FETCHED, url)


async def mapped_asset(cloud: SandboxCloud, resource_type: str, source: str) -> SandboxAsset | None:
    """Fetch what an upload mapping has for the last part of a delivery URL, and keep it as an upload.

    None when no mapping has a folder that `source` begins with; 400 when the remote file cannot be had.
    """
    found = await cloud.part(UploadMappings).find(source)
    if found is None:
        return None
    folder, template = found
    public_id = source if resource_type == "raw" else split_extension(source)[0]
    return await _stored(
        cloud, resource_type, template + source.removeprefix(f"{folder}/"), "upload", checked_public_id(public_id)
    )


async def _stored(cloud: SandboxCloud, resource_type: str, url: str, kind: str, public_id: str) -> SandboxAsset:
    source = await fetch_remote(cloud, url)
    try:
        check_size(cloud, resource_type, source.path.stat().st_size)
        folder = parent_folder(public_id) if kind != FETCHED else ""
        params = Params({"asset_folder": folder} if cloud.dynamic_folders else {})
        return await store_made(cloud, source.path, kind, public_id, resource_type, params)
    finally:
        await cloud.files.discard(source.path)
