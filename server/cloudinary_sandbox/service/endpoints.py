"""All endpoints of the API, gathered from the services; each service's route modules have their `ENDPOINTS`."""

from cloudinary_sandbox.assets.routes import (
    deleting,
    details,
    download,
    folders,
    labels,
    listing,
    managing,
    publishing,
    relations,
    upload,
)
from cloudinary_sandbox.backups import routes as backups
from cloudinary_sandbox.compose.routes import archives, compose
from cloudinary_sandbox.environment.routes import (
    account,
    named_transformations,
    presets,
    streaming_profiles,
    upload_mappings,
)
from cloudinary_sandbox.metadata.routes import fields, rules
from cloudinary_sandbox.notifications.routes import messages, triggers
from cloudinary_sandbox.search import routes as search

_MODULES = (
    account, archives, backups, compose, deleting, details, download, fields, folders, labels, listing, managing,
    messages, named_transformations, presets, publishing, relations, rules, search, streaming_profiles, triggers,
    upload, upload_mappings,
)  # fmt: skip

ENDPOINTS = [endpoint for module in _MODULES for endpoint in module.ENDPOINTS]
