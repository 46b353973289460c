"""The notifications of all calls, made from assets and replies, in the shapes that were seen of Cloudinary's.

Mind `resources`: an array for delete, tags and access control; a map from public_id for move, context, metadata and
display name. What no source shows (publish, delete_by_token) is an array like that of delete.
"""

from collections.abc import Callable, Iterable, Sequence

from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.replies import delivery_url, placement, urls
from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import last_segment
from cloudinary_sandbox.core.notification import Notification

_BY_API = {"source": "api"}
AssetChange = tuple[SandboxAsset, SandboxAsset]
"""One asset before and after a call."""
_Describe = Callable[[SandboxAsset, SandboxAsset], JSON | None]
"""What a notification says of one asset; None when nothing of the kind changed."""


def outcome(type: str, body: JSON) -> Notification:
    """Say what a job came to: explode, multi, sprite, generate_archive, restore_asset_version, related_assets, info, …

    `body` is the reply of the call; its `signature` is left out.
    """
    return Notification(type, {key: value for key, value in body.items() if key != "signature"})


def uploaded(reply: JSON) -> Notification:
    """Say that a file was stored; `reply` is the whole reply of the upload."""
    return outcome("upload", reply)


def failed(message: str, public_id: str, batch_id: str) -> Notification:
    """Say that what went on after the reply (`async`) has failed."""
    return Notification("error", {"error": {"message": message}, "public_id": public_id, "batch_id": batch_id})


def eager(asset: SandboxAsset, items: list[JSON], batch_id: str, api_key: str) -> Notification:
    """Say that all that `eager_async` asked for is derived, or has failed."""
    body = {"batch_id": batch_id, "asset_id": asset.asset_id, "public_id": asset.public_id, "eager": items}
    return Notification("eager", {**body, **({"api_key": api_key} if api_key else {})})


def moderated(cloud: SandboxCloud, asset: SandboxAsset) -> Notification:
    """Say that the last of the asset's moderations is decided."""
    moderation, url = asset.moderation[-1], delivery_url(cloud, asset)
    return Notification(
        "moderation",
        {
            "moderation_status": moderation["status"],
            "moderation_kind": moderation["kind"],
            "moderation_updated_at": moderation["updated_at"],
            **_named(asset),
            "uploaded_at": clock.stamp(asset.uploaded_at),
            "version": asset.version,
            **urls(cloud, url),
            "etag": asset.etag,
        },
    )


def deleted(cloud: SandboxCloud, gone: Sequence[SandboxAsset], *, by_token: bool = False) -> list[Notification]:
    """Say that assets are deleted: one notification for all; none when there were none."""
    if not gone:
        return []
    return [Notification("delete_by_token" if by_token else "delete", {"resources": _resources(cloud, gone)})]


def published(cloud: SandboxCloud, assets: Sequence[SandboxAsset]) -> list[Notification]:
    """Say that assets are public now: one notification for all; none when there were none."""
    return [Notification("publish", {"resources": _resources(cloud, assets)})] if assets else []


def _resources(cloud: SandboxCloud, assets: Iterable[SandboxAsset]) -> list[JSON]:
    return [
        {
            "resource_type": asset.resource_type,
            "type": asset.type,
            "asset_id": asset.asset_id,
            "public_id": asset.public_id,
            "version": asset.version,
            **placement(cloud, asset),
        }
        for asset in assets
    ]


def renamed(cloud: SandboxCloud, before: SandboxAsset, after: SandboxAsset) -> Notification:
    """Say that an asset has another public ID."""
    return Notification(
        "rename",
        {
            "resource_type": after.resource_type,
            "type": after.type,
            "asset_id": after.asset_id,
            **placement(cloud, after),
            "from_public_id": before.public_id,
            "to_public_id": after.public_id,
        },
    )


def folder(type: str, path: str) -> Notification:
    """Say that a folder was made (`create_folder`) or removed (`delete_folder`)."""
    return Notification(type, {**_BY_API, "folder_path": path, "folder_name": last_segment(path)})


def folder_moved(source: str, target: str) -> Notification:
    """Say that a folder is called otherwise or lies elsewhere."""
    body = {"from_path": source, "to_path": target, "status": assumptions.FOLDER_MOVED_STATUS}
    return Notification("move_or_rename_asset_folder", body)


def changed(changes: Sequence[AssetChange]) -> list[Notification]:
    """Say what changed, one notification a kind: tags, context, metadata, display name, folder, access control."""
    found = [
        _array("resource_tags_changed", changes, _tags),
        _map("resource_context_changed", changes, _context),
        _map("resource_metadata_changed", changes, _metadata),
        _map("resource_display_name_changed", changes, _display_name),
        _map("move", changes, _folder),
        _array("access_control_changed", changes, _access),
    ]
    return [notification for notification in found if notification.body["resources"]]


def _array(type: str, changes: Iterable[AssetChange], describe: _Describe) -> Notification:
    entries = [entry for before, after in changes if (entry := describe(before, after))]
    return Notification(type, {**_BY_API, "resources": entries})


def _map(type: str, changes: Iterable[AssetChange], describe: _Describe) -> Notification:
    entries = {after.public_id: entry for before, after in changes if (entry := describe(before, after))}
    return Notification(type, {**_BY_API, "resources": entries})


def _kind(asset: SandboxAsset) -> JSON:
    return {"asset_id": asset.asset_id, "resource_type": asset.resource_type, "type": asset.type}


def _named(asset: SandboxAsset) -> JSON:
    return {"public_id": asset.public_id, **_kind(asset)}


def _tags(before: SandboxAsset, after: SandboxAsset) -> JSON | None:
    old, new = set(before.tags), set(after.tags)
    if old == new:
        return None
    return {**_named(after), "added": sorted(new - old), "removed": sorted(old - new), "updated": []}


def _context(before: SandboxAsset, after: SandboxAsset) -> JSON | None:
    old, new = before.context, after.context
    if old == new:
        return None

    def listed(pairs: dict[str, str], keys: Iterable[str]) -> list[JSON]:
        return [{"name": key, "value": pairs[key]} for key in sorted(keys)]

    return {
        **_kind(after),
        "added": listed(new, new.keys() - old.keys()),
        "removed": listed(old, old.keys() - new.keys()),
        "updated": listed(new, {key for key in new.keys() & old.keys() if new[key] != old[key]}),
    }


def _metadata(before: SandboxAsset, after: SandboxAsset) -> JSON | None:
    if before.metadata == after.metadata:
        return None
    return {**_kind(after), "previous_metadata": before.metadata, "new_metadata": after.metadata}


def _display_name(before: SandboxAsset, after: SandboxAsset) -> JSON | None:
    if before.display_name == after.display_name:
        return None
    return {
        "previous_display_name": before.display_name,
        "new_display_name": after.display_name,
        **_named(after),
        "asset_folder": after.asset_folder,
    }


def _folder(before: SandboxAsset, after: SandboxAsset) -> JSON | None:
    if before.asset_folder == after.asset_folder:
        return None
    return {
        **_kind(after),
        "from_asset_folder": before.asset_folder,
        "to_asset_folder": after.asset_folder,
        "display_name": after.display_name,
    }


def _access(before: SandboxAsset, after: SandboxAsset) -> JSON | None:
    if before.access_control == after.access_control:
        return None
    return {
        **_named(after),
        "previous_access_control": before.access_control or [],
        "new_access_control": after.access_control or [],
    }
