"""Completions for arguments of prompts and parts of resource addresses, from short lists of the cloud's names.

A list costs at most a few Admin API calls and is believed for a minute; whatever this server changes drops them all.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from cloudinary_mcp.protocol.runtime import Runtime
from cloudinary_tools.client import CloudError, CloudinaryClient
from cloudinary_tools.client.reply_types.assets import AssetListReply
from cloudinary_tools.client.reply_types.environment import PresetListReply, TransformationListReply
from cloudinary_tools.client.reply_types.folders import FolderListReply, TagListReply
from cloudinary_tools.notifications import EVENT_TYPES
from cloudinary_tools.toolkit.results import Problem

logger = logging.getLogger(__name__)

FRESH = 60.0
"""Seconds for which a list is believed."""
MAX_LISTS = 100
"""Lists that are kept; the oldest goes first."""
ALL = {"max_results": 500}
"""As much as a list tells in one call."""
MAX_VALUES = 100
"""Values one completion may hold (MCP)."""

ListNames = Callable[[CloudinaryClient, str], Awaitable[list[str]]]


async def _public_ids(cloud: CloudinaryClient, resource_type: str) -> list[str]:
    page = await cloud.admin("GET", ("resources", resource_type, "upload"), reply=AssetListReply, params=ALL)
    return [asset["public_id"] for asset in page["resources"]]


async def _folders(cloud: CloudinaryClient, parent: str) -> list[str]:
    page = await cloud.admin("GET", ("folders", parent) if parent else "folders", reply=FolderListReply, params=ALL)
    return [folder["path"] for folder in page["folders"]]


async def _tags(cloud: CloudinaryClient, resource_type: str) -> list[str]:
    page = await cloud.admin("GET", ("tags", resource_type), reply=TagListReply, params=ALL)
    return page["tags"]


async def _presets(cloud: CloudinaryClient, _: str) -> list[str]:
    page = await cloud.admin("GET", "upload_presets", reply=PresetListReply, params=ALL)
    return [preset["name"] for preset in page["presets"]]


async def _named_transformations(cloud: CloudinaryClient, _: str) -> list[str]:
    named = {"named": True, **ALL}
    page = await cloud.admin("GET", "transformations", reply=TransformationListReply, params=named)
    return [entry["name"] for entry in page["transformations"]]


_ASKED: dict[str, ListNames] = {
    "public_id": _public_ids,
    "folder": _folders,
    "tag": _tags,
    "preset": _presets,
    "named_transformation": _named_transformations,
}
"""What the cloud is asked for, by kind."""


@dataclass(slots=True)
class Completions:
    """Asks the clouds for names, and keeps each list for a minute."""

    runtime: Runtime
    _lists: dict[tuple[str, str, str], tuple[float, list[str]]] = field(default_factory=dict[Any, Any])
    _drops: int = 0

    def drop(self) -> None:
        """Forget all lists, also those that are just being asked for: the server has changed something."""
        self._lists.clear()
        self._drops += 1

    async def complete(self, kind: str, value: str, given: Mapping[str, str]) -> list[str]:
        """Values of a kind that begin with, or else contain, what was typed; none when the cloud cannot be asked."""
        try:
            return matching(await self._values(kind, value, given), value)
        except (CloudError, Problem) as error:
            logger.info("no completions of %s: %s", kind, error)
            return []

    async def _values(self, kind: str, value: str, given: Mapping[str, str]) -> Sequence[str]:
        match kind:
            case "cloud":
                return self.runtime.clouds.names
            case "notification_type":
                return EVENT_TYPES
            case "resource_type" | "type":
                from cloudinary_tools.library.names import MANAGED_TYPES, RESOURCE_TYPES

                return RESOURCE_TYPES if kind == "resource_type" else MANAGED_TYPES
            case "topic":
                from cloudinary_tools.library.reference_topics import reference_topics

                return reference_topics()
            case "folder":
                return await self._asked(kind, value.rpartition("/")[0], given)
            case _ if kind in _ASKED:
                return await self._asked(kind, given.get("resource_type", "image"), given)
            case _:
                return ()

    async def _asked(self, kind: str, about: str, given: Mapping[str, str]) -> list[str]:
        cloud = self.runtime.cloud(given.get("cloud"))
        key = (cloud.config.name, kind, about)
        kept = self._lists.get(key)
        if kept and monotonic() - kept[0] < FRESH:
            return kept[1]
        drops = self._drops
        values = await _ASKED[kind](cloud, about)
        if drops == self._drops:
            while len(self._lists) >= MAX_LISTS:
                del self._lists[next(iter(self._lists))]
            self._lists[key] = (monotonic(), values)
        return values

    async def recent_assets(self, count: int) -> list[tuple[str, dict[str, str]]]:
        """The newest images of each cloud, with the cloud's name; none of a cloud that cannot be asked."""
        found: list[tuple[str, dict[str, str]]] = []
        for name in self.runtime.clouds.names:
            names = await self.complete("public_id", "", {"cloud": name})
            found += [
                (name, {"resource_type": "image", "type": "upload", "public_id": public_id})
                for public_id in names[:count]
            ]
        return found


def matching(values: Sequence[str], typed: str) -> list[str]:
    """Those that begin with what was typed, then those that contain it, without regard to case."""
    wanted = typed.casefold()
    folded = [(value, value.casefold()) for value in dict.fromkeys(values)]
    starts = [value for value, text in folded if text.startswith(wanted)]
    inside = [value for value, text in folded if wanted in text and not text.startswith(wanted)]
    return [*starts, *inside]
