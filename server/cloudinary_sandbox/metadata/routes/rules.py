"""Rules of conditional metadata: listing, making, changing, deleting."""

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.metadata import rules


async def list_rules(call: ApiCall) -> JSON:
    """All rules."""
    return {"metadata_rules": await rules.all_rules(call.cloud.db)}


async def create(call: ApiCall) -> JSON:
    """Make a rule."""
    async with call.cloud.db.change() as tx:
        return await rules.create(tx, call.params)


async def update(call: ApiCall) -> JSON:
    """Change a rule."""
    async with call.cloud.db.change() as tx:
        return await rules.update(tx, call.path["id"], call.params)


async def delete(call: ApiCall) -> JSON:
    """Delete a rule."""
    async with call.cloud.db.change() as tx:
        await rules.delete(tx, call.path["id"])
    return {"success": True}


ENDPOINTS = [
    Endpoint("GET", "/metadata_rules", list_rules),
    Endpoint("POST", "/metadata_rules", create),
    Endpoint("PUT", "/metadata_rules/{id:name}", update),
    Endpoint("DELETE", "/metadata_rules/{id:name}", delete),
]
