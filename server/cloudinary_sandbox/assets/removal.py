"""Removing assets, with all that was derived of them; what is backed up leaves a placeholder."""

from collections.abc import Sequence
from dataclasses import replace

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.hooks import AssetBackups
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.database import Session


async def delete_assets(cloud: SandboxCloud, session: Session, found: Sequence[SandboxAsset]) -> list[str]:
    """Delete assets with all that was derived of them; the names of the files that are free now.

    One that is backed up leaves a placeholder, which queries find with `deleted` and from which it can be restored.
    """
    files: list[str] = []
    for asset in found:
        derived = await assets.derived_of(session, asset)
        kept = await cloud.part(AssetBackups).files(session, asset)
        files += [item.file for item in derived]
        if asset.file not in kept:
            files.append(asset.file)
        if kept:
            await assets.delete_derived(session, derived)
            await assets.update(session, replace(asset, placeholder=True, bytes=0, file=""))
        else:
            await session.run("DELETE FROM assets WHERE seq = ?", asset.seq)
    return files


async def clear_public_id(
    cloud: SandboxCloud, session: Session, resource_type: str, kind: str, public_id: str
) -> list[str]:
    """Make a public ID free for another asset; the names of the files that are free now.

    What has it, be it only the placeholder of a deleted asset, goes for good, and its backups go with it.
    """
    present = await assets.find(session, resource_type, kind, public_id, deleted=True)
    if present is None:
        return []
    backups = cloud.part(AssetBackups)
    kept = await backups.files(session, present)
    await backups.delete_all(session, present)
    if present.deleted:
        await session.run("DELETE FROM assets WHERE seq = ?", present.seq)
        return list(kept)
    return list({*kept, *await delete_assets(cloud, session, [present])})
