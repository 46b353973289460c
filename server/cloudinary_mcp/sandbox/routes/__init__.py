"""The API's routes, one module per group; each has its `ENDPOINTS`."""

from cloudinary_mcp.sandbox.routes import (
    account,
    archives,
    backups,
    compose,
    deleting,
    details,
    download,
    folders,
    labels,
    listing,
    managing,
    mappings,
    messages,
    metadata_fields,
    metadata_rules,
    presets,
    publishing,
    relations,
    search,
    streaming,
    transformations,
    triggers,
    upload,
)

_MODULES = (
    account, archives, backups, compose, deleting, details, download, folders, labels, listing, managing, mappings,
    messages, metadata_fields, metadata_rules, presets, publishing, relations, search, streaming, transformations,
    triggers, upload,
)  # fmt: skip

ENDPOINTS = [endpoint for module in _MODULES for endpoint in module.ENDPOINTS]
