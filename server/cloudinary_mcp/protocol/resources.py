"""The MCP resources: notifications, assets, pictures, folders, usage and the transformation reference.

With several clouds, an asset, picture, folder or usage has the cloud's name as the first part of its path.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp_types import Resource, ResourceTemplate

from cloudinary_mcp.protocol.runtime import Runtime, ToolCall
from cloudinary_tools.config import ConfigName
from cloudinary_tools.notifications import MOST_DIGITS, notification_line
from cloudinary_tools.notifications import ROOT as NOTIFICATIONS
from cloudinary_tools.toolkit.results import plural, undisguised, visible

if TYPE_CHECKING:
    from cloudinary_mcp.notifications.service import NotificationService

SCHEME = "cloudinary://"
CHANGES = f"{SCHEME}changes"
RECENT = 50
"""Notifications that a resource shows; the tool pages through all of them."""
LISTED_ASSETS = 10
"""Recent assets among the listed resources."""
TEXT, JSON = "text/plain", "application/json"


@dataclass(frozen=True, slots=True)
class ResourceContent:
    """What a resource holds."""

    data: str | bytes
    mime_type: str = TEXT


async def _no_progress(*_: object) -> None:
    """Reading a resource has nobody to tell."""


async def read_resource(runtime: Runtime, uri: str) -> ResourceContent:
    """The content of a resource; `ResourceNotFoundError` for an address that is none of ours."""
    await runtime.settled()
    kind, _, rest = uri.removeprefix(SCHEME).partition("/")
    reader = _READERS.get(kind) if uri.startswith(SCHEME) else None
    content = await reader(runtime, rest) if reader else None
    if content is None:
        raise ResourceNotFoundError(f"Unknown resource: {visible(uri)}")
    return content


async def _notifications(runtime: Runtime, rest: str) -> ResourceContent | None:
    if runtime.notifications is None:
        return None
    kind, slash, name = rest.partition("/")
    if not rest:
        return await _recent(runtime.notifications)
    if not slash:
        return await _notification(runtime.notifications, rest)
    if name and kind == "types":
        return await _recent(runtime.notifications, type=unquote(name))
    if name and kind == "assets":
        return await _recent(runtime.notifications, public_id=unquote(name))
    return None


async def _recent(
    service: "NotificationService", type: str | None = None, public_id: str | None = None
) -> ResourceContent:
    page = await service.list(None, type=type, public_id=public_id, since=None, before=None, limit=RECENT)
    about = (f" of type {visible(type)}" if type else "") + (f" about {visible(public_id)}" if public_id else "")
    older = ", older ones exist" if page.before else ""
    head = f"{plural(len(page.items), 'notification')}{about}, newest first{older}."
    return ResourceContent("\n".join([head, *(notification_line(notification) for notification in page.items)]))


async def _notification(service: "NotificationService", notification_id: str) -> ResourceContent | None:
    notification = (
        await service.get(int(notification_id))
        if notification_id.isdecimal() and len(notification_id) <= MOST_DIGITS
        else None
    )
    if notification is None:
        return None
    body = {
        "id": notification.id,
        "received_at": f"{notification.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "cloud": notification.cloud,
        "via": notification.via,
        "verified_by": notification.verified_by,
        "payload": notification.payload,
    }
    return ResourceContent(json.dumps(undisguised(body), ensure_ascii=False), JSON)


async def _changes(runtime: Runtime, rest: str) -> ResourceContent | None:
    from cloudinary_tools.catalog.changes.list_changes import list_changes

    clouds = runtime.clouds.names
    if rest or not clouds:
        return None
    several = len(clouds) > 1
    parts: list[str] = []
    for cloud in clouds:
        answer = await ToolCall(runtime, ConfigName(cloud) if several else None, _no_progress).run(list_changes)
        parts.append(f"{cloud}: {answer.as_text()}" if several else answer.as_text())
    return ResourceContent("\n\n".join(parts))


def _call(runtime: Runtime, rest: str) -> tuple[ToolCall, str]:
    """The call that reads for a resource, and its path without the cloud's name."""
    if len(runtime.clouds.names) < 2:
        return ToolCall(runtime, None, _no_progress), rest
    cloud, _, path = rest.partition("/")
    return ToolCall(runtime, ConfigName(unquote(cloud)) if cloud else None, _no_progress), path


async def _asset(runtime: Runtime, rest: str) -> ResourceContent | None:
    from cloudinary_tools.catalog.assets.get_asset import get_asset

    call, path = _call(runtime, rest)
    if not (name := _asset_name(path)):
        return None
    answer = await call.run(get_asset, public_id=name[2], resource_type=name[0], type=name[1])
    return ResourceContent(json.dumps(undisguised(answer.data), ensure_ascii=False), JSON)


async def _preview(runtime: Runtime, rest: str) -> ResourceContent | None:
    from cloudinary_tools.catalog.delivery.preview_asset import preview_asset

    call, path = _call(runtime, rest)
    if not (name := _asset_name(path)):
        return None
    answer = await call.run(preview_asset, public_id=name[2], resource_type=name[0], type=name[1])
    return ResourceContent(answer.pictures[0].data, answer.pictures[0].mime_type)


def _asset_name(path: str) -> tuple[str, str, str] | None:
    from cloudinary_tools.library.names import RESOURCE_TYPES

    parts = path.split("/", 2)
    if parts[0] not in RESOURCE_TYPES:
        return None
    return (unquote(parts[0]), unquote(parts[1]), unquote(parts[2])) if len(parts) == 3 and all(parts) else None


async def _folder(runtime: Runtime, rest: str) -> ResourceContent | None:
    from cloudinary_tools.catalog.assets.list_assets import list_assets
    from cloudinary_tools.catalog.folders.list_folders import list_folders

    call, path = _call(runtime, rest)
    folder = unquote(path).strip("/")
    below = await call.run(list_folders, path=folder)
    assets = await call.run(list_assets, folder=folder, max_results=RECENT) if folder else None
    return ResourceContent("\n\n".join(answer.as_text() for answer in (below, assets) if answer))


async def _usage(runtime: Runtime, rest: str) -> ResourceContent | None:
    from cloudinary_tools.catalog.account.get_usage import get_usage

    call, _ = _call(runtime, rest)
    return ResourceContent((await call.run(get_usage)).as_text())


async def _reference(_: Runtime, rest: str) -> ResourceContent | None:
    from cloudinary_tools.library.reference_topics import reference_topic

    kind, _slash, topic = rest.partition("/")
    return ResourceContent(reference_topic(unquote(topic))) if kind == "transformations" and topic else None


_READERS: dict[str, Callable[[Runtime, str], Awaitable[ResourceContent | None]]] = {
    "notifications": _notifications,
    "changes": _changes,
    "assets": _asset,
    "previews": _preview,
    "folders": _folder,
    "usage": _usage,
    "reference": _reference,
}


def completion_kind(template: str, argument: str) -> str:
    """What completes a part of a template's address."""
    if argument == "path":
        return "folder"
    return "notification_type" if argument == "type" and "notifications" in template else argument


async def list_resources(runtime: Runtime, recent: Sequence[tuple[str, Mapping[str, str]]]) -> list[Resource]:
    """The resources with a fixed address, and the given recent assets (cloud's name and asset)."""
    await runtime.settled()
    several = len(runtime.clouds.names) > 1
    found = [
        Resource(
            uri=f"{SCHEME}usage/{quote(cloud)}" if several else f"{SCHEME}usage",
            name=f"usage of {cloud}",
            title="Usage and limits",
            description="Which cloud is connected, what it has used and what it may.",
            mime_type=TEXT,
        )
        for cloud in runtime.clouds.names
    ]
    if runtime.clouds.names:
        found.append(
            Resource(
                uri=CHANGES,
                name="changes",
                title="Recent changes",
                description="What this server changed, newest first. Can be subscribed to.",
                mime_type=TEXT,
            )
        )
    if runtime.notifications is not None:
        found.insert(
            0,
            Resource(
                uri=NOTIFICATIONS,
                name="notifications",
                title="Recent notifications",
                description="Cloudinary's verified notifications, newest first. Can be subscribed to.",
                mime_type=TEXT,
            ),
        )
    for cloud, asset in recent:
        place = f"{quote(cloud)}/" if several else ""
        path = "/".join(quote(asset[key], safe="/") for key in ("resource_type", "type", "public_id"))
        found.append(
            Resource(
                uri=f"{SCHEME}assets/{place}{path}",
                name=visible(asset["public_id"]),
                title=f"Recent {asset['resource_type']}",
                mime_type=JSON,
            )
        )
    return found


async def list_templates(runtime: Runtime) -> list[ResourceTemplate]:
    """The resources with a name in their address."""
    await runtime.settled()
    place = "{cloud}/" if len(runtime.clouds.names) > 1 else ""
    asset = f"{place}{{resource_type}}/{{type}}/{{+public_id}}"
    rows = [
        (f"assets/{asset}", "asset", "An asset", "Details of one asset.", JSON),
        (f"previews/{asset}", "preview", "A picture", "The picture of an asset, shrunk for a chat.", "image/webp"),
        (f"folders/{place}{{+path}}", "folder", "A folder", "A folder's subfolders and assets.", TEXT),
        (
            "reference/transformations/{topic}",
            "transformation_reference",
            "Transformation reference",
            "What a transformation can do: parameters, effects, crop, gravity, layers, recipes, or one of them.",
            TEXT,
        ),
    ]
    if runtime.notifications is not None:
        rows += [
            ("notifications/{id}", "notification", "One notification", "The whole payload.", JSON),
            ("notifications/types/{type}", "notifications_of_type", "Notifications of a type", "Recent ones.", TEXT),
            (
                "notifications/assets/{+public_id}",
                "notifications_about_asset",
                "Notifications about an asset",
                "Recent ones about one public_id.",
                TEXT,
            ),
        ]
    return [
        ResourceTemplate(
            uri_template=f"{SCHEME}{path}", name=name, title=title, description=description, mime_type=mime_type
        )
        for path, name, title, description, mime_type in rows
    ]
