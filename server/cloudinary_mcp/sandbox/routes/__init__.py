"""The API's routes, one module per group; each has its `ENDPOINTS`."""

from cloudinary_mcp.sandbox.routes import account, deleting, details, folders, listing, managing, not_built, upload

ENDPOINTS = [
    endpoint
    for module in (account, deleting, details, folders, listing, managing, not_built, upload)
    for endpoint in module.ENDPOINTS
]
