"""What an upload replaces: the exact name and kind, and what goes with the old file.

Cloudinary's documentation does not say for certain which attributes of an asset outlive an overwrite, so a plan says
what may be lost and an answer what the reply shows.
"""

from collections.abc import Mapping
from typing import Any

from cloudinary_tools.client import NotFound, suggest_public_id
from cloudinary_tools.client.effects import RENAMING, SCRIPTS
from cloudinary_tools.client.reply_types.assets import AssetEntry, AssetReply, UploadReply
from cloudinary_tools.library.names import RESOURCE_TYPES, AssetName
from cloudinary_tools.library.selection import state_of
from cloudinary_tools.library.upload_sources import kind_of, name_of_source
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change, Record
from cloudinary_tools.toolkit.results import Problem, quote

_PARAMETERS = {"moderation_status": "moderation"}
"""Attributes that an upload sets by a parameter of another name."""


def attributes_of(entry: AssetEntry | AssetReply | UploadReply) -> dict[str, Any]:
    """What an asset has besides its file, without what is empty or follows from its name."""
    name = entry.get("display_name") or ""
    if name == entry["public_id"].rpartition("/")[2]:
        name = ""
    return {key: value for key, value in {**state_of(entry), "display_name": name}.items() if value}


def at_risk(before: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """The attributes that an overwrite may take along: those it does not set itself."""
    return [name for name in before if params.get(_PARAMETERS.get(name, name)) is None]


def carried_over(before: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that set the old attributes anew; a moderation's outcome no upload can set."""
    return {name: before[name] for name in at_risk(before, params) if name != "moderation_status"}


def lost(before: Mapping[str, Any], reply: UploadReply) -> list[str]:
    """The attributes that are not there any more, or not all of them, as the reply shows."""
    after = attributes_of(reply)
    return [name for name, value in before.items() if not _holds(after.get(name), value)]


def _holds(now: Any, old: Any) -> bool:
    if isinstance(old, Mapping) and isinstance(now, Mapping):
        return old.items() <= now.items()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(old, list) and isinstance(now, list) and all(isinstance(entry, str) for entry in old):  # pyright: ignore[reportUnknownVariableType]
        return set(old) <= set(now)  # pyright: ignore[reportUnknownArgumentType]
    return now == old


def exact_name(source: str, params: Mapping[str, Any], resource_type: str) -> str | None:
    """The public_id that an upload gets by all parameters that decide it; None where Cloudinary makes one up."""
    public_id = str(params.get("public_id") or "")
    if not public_id:
        if not params.get("use_filename") or params.get("unique_filename", True):
            return None
        stem, dot, extension = (str(params.get("filename_override") or name_of_source(source))).rpartition(".")
        public_id = f"{stem}.{extension}" if resource_type == "raw" and dot else stem or extension
    prefix = str(params.get("folder") or params.get("public_id_prefix") or "")
    if not prefix and params.get("use_asset_folder_as_public_id_prefix"):
        prefix = str(params.get("asset_folder") or "")
    full = f"{prefix.strip('/')}/{public_id}" if prefix.strip("/") else public_id
    return suggest_public_id(full)


def without_naming(params: Mapping[str, Any], public_id: str, *, dynamic: bool) -> dict[str, Any]:
    """The same parameters with the exact name instead of what would decide it."""
    left = {name: value for name, value in params.items() if name not in (*RENAMING, "unique_filename")}
    if dynamic and (folder := params.get("folder")) and "asset_folder" not in left:
        left["asset_folder"] = folder
    return {**left, "public_id": public_id}


async def find_replaced(
    ctx: ToolContext, public_id: str, type: str, resource_type: str, source: str, params: Mapping[str, Any]
) -> AssetReply | None:
    """The asset that an upload would replace; a `Problem` when its kind cannot be told.

    Without a resource type it is the one that the file's name points to. A file of another kind is then refused by
    Cloudinary instead of replacing something else.
    """
    guess = resource_type if resource_type != "auto" else kind_of(str(params.get("filename_override") or source))
    found: list[AssetReply] = []
    for kind in (guess,) if guess else RESOURCE_TYPES:
        try:
            there = await ctx.admin("GET", *AssetName(public_id, kind, type).path, reply=AssetReply)
        except NotFound:
            continue
        found += [] if there.get("placeholder") else [there]
    if len(found) > 1:
        kinds = ", ".join(entry["resource_type"] for entry in found)
        raise Problem(
            f"{quote(public_id)} exists as {kinds}; nothing was uploaded.", hint="Say which one by resource_type."
        )
    return found[0] if found else None


async def check_preset(ctx: ToolContext, name: str) -> None:
    """`Problem` for an upload preset that may decide which name an upload gets, and so what it replaces."""
    preset = await ctx.admin("GET", "upload_presets", name)
    settings: Mapping[str, Any] = preset.get("settings") or {}
    if deciding := [key for key in (*RENAMING, *SCRIPTS, "public_id") if settings.get(key)]:
        raise Problem(
            f"The preset {quote(name)} decides the name ({', '.join(deciding)}), so nobody can say what would be "
            "replaced; nothing was uploaded.",
            hint="Upload without the preset, or without overwrite.",
        )


def tell_stored(record: Record, change: Change, reply: UploadReply) -> None:
    """Put the outcome of an upload into the journal."""
    if reply.get("existing"):
        record.failed(change.key, "an asset has the name and was kept")
        return
    kept = ("public_id", "resource_type", "type", "version", "etag")
    record.done(change.key, became=reply.get("asset_id"), after={name: reply.get(name) for name in kept})
