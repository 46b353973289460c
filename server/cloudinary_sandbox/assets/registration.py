"""Assets as a service of the cloud."""

from cloudinary_sandbox.assets.routes import (
    deleting,
    details,
    folders,
    labels,
    listing,
    managing,
    publishing,
    relations,
    upload,
)
from cloudinary_sandbox.assets.schema import SCHEMA
from cloudinary_sandbox.core.service import SandboxService

_ROUTES = (deleting, details, folders, labels, listing, managing, publishing, relations, upload)

SERVICE = SandboxService(schema=SCHEMA, endpoints=tuple(item for module in _ROUTES for item in module.ENDPOINTS))
