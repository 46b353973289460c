"""Notification triggers: listing, making, changing, deleting, and trying their filters."""

from typing import cast

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.notifications import triggers
from cloudinary_sandbox.notifications.notifier import SandboxNotifier


async def list_triggers(call: ApiCall) -> JSON:
    """All triggers, or with `event_type` those of one type."""
    found = await triggers.listed(call.cloud.db, call.params.text("event_type"))
    return {
        "triggers": [item.shown(call.cloud.part(SandboxNotifier).environment) for item in found],
        "total": len(found),
    }


async def create(call: ApiCall) -> JSON:
    """Make a trigger."""
    async with call.cloud.db.change() as tx:
        trigger = await triggers.create(tx, call.params)
    return trigger.shown(call.cloud.part(SandboxNotifier).environment)


async def update(call: ApiCall) -> JSON:
    """Change a trigger's URI or options."""
    async with call.cloud.db.change() as tx:
        await triggers.update(tx, call.path["id"], call.params)
    return {"message": assumptions.TRIGGER_UPDATED_TEXT}


async def delete(call: ApiCall) -> JSON:
    """Delete a trigger."""
    async with call.cloud.db.change() as tx:
        await triggers.delete(tx, call.path["id"])
    return {"message": "ok"}


async def test(call: ApiCall) -> JSON:
    """What a trigger's filter says of `sample_data`; nothing is delivered."""
    trigger = await triggers.find(call.cloud.db, call.path["id"])
    sample: object = call.params.json("sample_data") or {}
    if not isinstance(sample, dict):
        raise invalid_value("sample_data", sample)
    present = trigger.filter is not None
    result = trigger.fires(cast("JSON", sample)) if present else assumptions.TRIGGER_TEST_WITHOUT_FILTER
    return {"trigger_id": trigger.id, "filter_present": present, "filter_result": result}


ENDPOINTS = [
    Endpoint("GET", "/triggers", list_triggers),
    Endpoint("POST", "/triggers", create),
    Endpoint("PUT", "/triggers/{id:name}", update),
    Endpoint("DELETE", "/triggers/{id:name}", delete),
    Endpoint("POST", "/triggers/{id:name}/test", test),
]
