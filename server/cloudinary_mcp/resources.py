"""What can be read and watched: the notifications, as resources."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from urllib.parse import unquote

from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp_types import Resource, ResourceTemplate

from cloudinary_mcp.events import Events
from cloudinary_mcp.runtime import Runtime
from cloudinary_tools.events import ROOT, event_line
from cloudinary_tools.results import plural

RECENT = 50
"""Notifications that a list shows; the tool pages through all of them."""

Read = Callable[[Runtime, str], Awaitable["Content"]]


@dataclass(frozen=True, slots=True)
class Content:
    """What a resource holds."""

    data: str | bytes
    mime_type: str = "text/plain"


def _events(runtime: Runtime, uri: str) -> Events:
    if runtime.events is None:
        raise ResourceNotFoundError(f"Unknown resource: {uri}")
    return runtime.events


async def _recent(runtime: Runtime, type: str | None = None, public_id: str | None = None) -> Content:
    events = _events(runtime, ROOT)
    page = await events.list(None, type=type, public_id=public_id, since=None, before=None, limit=RECENT)
    about = "".join([f" of type {type}" if type else "", f" about {public_id}" if public_id else ""])
    head = (
        f"{plural(len(page.items), 'notification')}{about}, newest first{', older ones exist' if page.before else ''}."
    )
    return Content("\n".join([head, *(event_line(event) for event in page.items)]))


async def _one(runtime: Runtime, event_id: str) -> Content:
    uri = f"{ROOT}/{event_id}"
    event = await _events(runtime, uri).get(int(event_id)) if event_id.isdecimal() else None
    if event is None:
        raise ResourceNotFoundError(f"There is no notification {event_id}.")
    body = {
        "id": event.id,
        "received_at": f"{event.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "cloud": event.cloud,
        "via": event.via,
        "verified_by": event.verified_by,
        "payload": event.payload,
    }
    return Content(json.dumps(body, ensure_ascii=False), "application/json")


async def read(runtime: Runtime, uri: str) -> Content:
    """The content of a resource; `ResourceNotFoundError` for an address that is none of ours."""
    if uri == ROOT:
        return await _recent(runtime)
    rest = uri.removeprefix(f"{ROOT}/")
    if rest != uri:
        kind, slash, name = rest.partition("/")
        if not slash:
            return await _one(runtime, rest)
        if kind == "types" and name:
            return await _recent(runtime, type=unquote(name))
        if kind == "assets" and name:
            return await _recent(runtime, public_id=unquote(name))
    raise ResourceNotFoundError(f"Unknown resource: {uri}")


def listed() -> list[Resource]:
    """The resources with a fixed address."""
    return [
        Resource(
            uri=ROOT,
            name="notifications",
            title="Recent notifications",
            description="Cloudinary's verified notifications, newest first, one line each. Can be subscribed to.",
            mime_type="text/plain",
        )
    ]


def templates() -> list[ResourceTemplate]:
    """The resources with a name in their address."""
    return [
        ResourceTemplate(
            uri_template=f"{ROOT}/{{id}}",
            name="notification",
            title="One notification",
            description="The whole payload of a notification.",
            mime_type="application/json",
        ),
        ResourceTemplate(
            uri_template=f"{ROOT}/types/{{type}}",
            name="notifications_of_type",
            title="Notifications of a type",
            description="Recent notifications of one event type, such as upload or moderation.",
            mime_type="text/plain",
        ),
        ResourceTemplate(
            uri_template=f"{ROOT}/assets/{{+public_id}}",
            name="notifications_about_asset",
            title="Notifications about an asset",
            description="Recent notifications about one public_id.",
            mime_type="text/plain",
        ),
    ]
