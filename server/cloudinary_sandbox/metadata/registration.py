"""Structured metadata as a service of the cloud; it takes part in everything that sets the metadata of assets."""

from cloudinary_sandbox.assets.hooks import StructuredMetadata
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.service import SandboxService
from cloudinary_sandbox.metadata.assignment import CheckedMetadata, read_changes
from cloudinary_sandbox.metadata.routes import fields, rules
from cloudinary_sandbox.metadata.schema import SCHEMA


class _Metadata(StructuredMetadata):
    """Reads values by the fields and rules in the database."""

    async def read_changes(self, session: Session, params: Params) -> CheckedMetadata:
        return await read_changes(session, params)


SERVICE = SandboxService(schema=SCHEMA, endpoints=(*fields.ENDPOINTS, *rules.ENDPOINTS), parts=(_Metadata,))
