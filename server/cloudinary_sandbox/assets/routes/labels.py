"""Tags, context and structured metadata of many assets at once, and the list of tags."""

import dataclasses
from collections.abc import Callable

from cloudinary_sandbox.assets import change_notifications
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.asset_params import touch
from cloudinary_sandbox.assets.hooks import StructuredMetadata
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.unsupported_params import refuse_missing_parts
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.conditions import Where, starts_with
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import bad_request, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_pairs, read_tags
from cloudinary_sandbox.core.paging import page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.router import Endpoint

_MOST_IDS = 1000
"""How many public IDs a call touches; further ones are silently left out, as the live service does."""
_MOST_TAGGINGS = 10_000


async def tag(call: ApiCall) -> JSON:
    """Change the tags of assets: add, remove, replace, remove_all or set_exclusive."""
    command = call.params.required("command")
    given = call.params.raw("tag") or call.params.raw("tags")
    tags = read_tags(given) if given else []
    changes: dict[str, Callable[[set[str]], set[str]]] = {
        "add": lambda present: present | set(tags),
        "remove": lambda present: present - set(tags),
        "replace": lambda present: set(tags),
        "remove_all": lambda present: set(),
        "set_exclusive": lambda present: present | set(tags),
    }
    if command not in changes:
        raise bad_request(f"Invalid command {command}")
    if command != "remove_all" and not tags:
        raise missing_parameter("tag")
    ids = _ids(call)
    if len(tags) * len(ids) > _MOST_TAGGINGS:
        raise bad_request(f"Too many tags: {len(tags)} tags on {len(ids)} assets, at most {_MOST_TAGGINGS} together")

    def change(asset: SandboxAsset) -> None:
        asset.tags = sorted(changes[command](set(asset.tags)))
        touch(asset, "tags_updated_at")

    others: list[change_notifications.AssetChange] = []
    async with call.cloud.db.change() as tx:
        if command == "set_exclusive":
            others = await _clear_others(call, tx, set(tags), set(ids))
        made = await _apply(call, tx, ids, change)
    return await _reply(call, ids, made + others)


async def _clear_others(
    call: ApiCall, tx: Session, tags: set[str], ids: set[str]
) -> list[change_notifications.AssetChange]:
    tagged = Where().one_of("tag", sorted(tags))
    where = Where().add("resource_type = ?", call.resource_type).add("type = ?", call.type)
    where.add(f"seq IN (SELECT seq FROM asset_tags WHERE {tagged.sql})", *tagged.values)  # noqa: S608 - own text
    changes: list[change_notifications.AssetChange] = []
    for asset in await assets.select(tx, where):
        if asset.public_id not in ids:
            changes.append((dataclasses.replace(asset), asset))
            asset.tags = [name for name in asset.tags if name not in tags]
            touch(asset, "tags_updated_at")
            await assets.update(tx, asset)
    return changes


async def context(call: ApiCall) -> JSON:
    """Change the context of assets: add merges (an empty value deletes its key), remove_all clears."""
    command = call.params.required("command")
    if command not in {"add", "remove_all"}:
        raise bad_request(f"Invalid command {command}")
    if command == "add" and "context" not in call.params:
        raise missing_parameter("context")
    given = read_pairs("context", call.params.raw("context")) if command == "add" else {}

    def change(asset: SandboxAsset) -> None:
        merged = {**asset.context, **given} if command == "add" else {}
        asset.context = {key: value for key, value in merged.items() if value != ""}
        touch(asset, "context_updated_at")

    ids = _ids(call)
    async with call.cloud.db.change() as tx:
        made = await _apply(call, tx, ids, change)
    return await _reply(call, ids, made)


async def metadata(call: ApiCall) -> JSON:
    """Merge structured metadata into assets; an empty value clears its field."""
    if "metadata" not in call.params:
        raise missing_parameter("metadata")
    ids = _ids(call)
    async with call.cloud.db.change() as tx:
        changes = await call.cloud.part(StructuredMetadata).read_changes(tx, call.params)
        made = await _apply(call, tx, ids, changes.put)
    return await _reply(call, ids, made)


def _ids(call: ApiCall) -> list[str]:
    refuse_missing_parts(call.params)
    ids = call.params.many("public_ids")
    if not ids:
        raise missing_parameter("public_ids")
    return ids[:_MOST_IDS]


async def _apply(
    call: ApiCall, tx: Session, ids: list[str], change: Callable[[SandboxAsset], None]
) -> list[change_notifications.AssetChange]:
    where = Where().add("resource_type = ?", call.resource_type).add("type = ?", call.type).one_of("public_id", ids)
    changes: list[change_notifications.AssetChange] = []
    for asset in await assets.select(tx, where):
        changes.append((dataclasses.replace(asset), asset))
        change(asset)
        await assets.update(tx, asset)
    return changes


async def _reply(call: ApiCall, ids: list[str], changes: list[change_notifications.AssetChange]) -> JSON:
    await call.notify(*change_notifications.changed(changes))
    touched = {after.public_id for _, after in changes}
    return {"public_ids": [public_id for public_id in dict.fromkeys(ids) if public_id in touched]}


async def list_tags(call: ApiCall) -> JSON:
    """The tags in use, alphabetically."""
    limit = page_size(call.params)
    cursor = call.params.text("next_cursor")
    where = Where().add("assets.resource_type = ?", call.resource_type).add("assets.bytes > 0")
    if prefix := call.params.text("prefix"):
        where.add(*starts_with("tag", prefix))
    if cursor:
        where.add("tag > ?", read_cursor(cursor, str)[0])
    rows = await call.cloud.db.rows(
        f"SELECT DISTINCT tag FROM asset_tags JOIN assets USING (seq) WHERE {where.sql} ORDER BY tag LIMIT ?",  # noqa: S608
        *where.values,
        limit + 1,
    )
    tags = [row["tag"] for row in rows]
    following = {"next_cursor": write_cursor(tags[limit - 1])} if len(tags) > limit else {}
    return {"tags": tags[:limit], **following}


ENDPOINTS = [
    Endpoint("POST", "/{rt}/tags", tag, "managing"),
    Endpoint("POST", "/{rt}/context", context, "managing"),
    Endpoint("POST", "/{rt}/metadata", metadata, "managing"),
    Endpoint("GET", "/tags/{rt}", list_tags),
]
