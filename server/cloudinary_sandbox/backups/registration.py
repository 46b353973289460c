"""Backups as a service of the cloud; they take part in uploads and in removing assets."""

from cloudinary_sandbox.assets.hooks import AssetBackups
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.backups import models
from cloudinary_sandbox.backups.routes import ENDPOINTS
from cloudinary_sandbox.backups.schema import SCHEMA
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.service import SandboxService


class _Backups(AssetBackups):
    """The versions in the database."""

    async def add_version(self, session: Session, asset: SandboxAsset) -> None:
        await models.add_version(session, asset)

    async def files(self, session: Session, asset: SandboxAsset) -> set[str]:
        return {item.file for item in await models.versions(session, asset)}

    async def delete_all(self, session: Session, asset: SandboxAsset) -> None:
        await models.delete_all(session, asset)

    async def listed(self, session: Session, asset: SandboxAsset) -> list[JSON]:
        return [item.listed() for item in await models.versions(session, asset)]


SERVICE = SandboxService(schema=SCHEMA, endpoints=tuple(ENDPOINTS), parts=(_Backups,))
