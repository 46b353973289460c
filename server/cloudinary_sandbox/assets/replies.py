"""An asset in the forms of the replies: of an upload, of a listing, of the details."""

import dataclasses
from typing import Any
from urllib.parse import quote

from cloudinary_sandbox.assets.access import url_signature
from cloudinary_sandbox.assets.models import DerivedFile, SandboxAsset
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_tools.signing import response_signature

_VIDEO_FACTS = ("duration", "bit_rate", "frame_rate", "nb_frames", "rotation", "is_audio", "audio", "video")
_ANALYSED = ("grayscale",)


def facts_of(facts: Any) -> JSON:
    """The media module's facts as a dictionary."""
    return dataclasses.asdict(facts)


def delivery_url(cloud: SandboxCloud, asset: SandboxAsset, transformation: str = "", format: str | None = None) -> str:
    """Where the asset (or what is derived of it) is delivered; signed where nobody could read it otherwise."""
    source = asset.source if format is None else f"{asset.public_id}.{format}" if format else asset.public_id
    signed = asset.type == "authenticated" or (asset.type == "private" and not transformation)
    parts = [
        cloud.identity.address,
        cloud.identity.cloud_name,
        asset.resource_type,
        asset.type,
        url_signature(cloud, transformation, source) if signed else "",
        quote(transformation, safe="/,:;=!$()*_-.~"),
        f"v{asset.version}",
        quote(source, safe="/:_-.~," if asset.type == "sprite" else "/:_-.~"),
    ]
    return "/".join(part for part in parts if part)


def urls(cloud: SandboxCloud, url: str) -> JSON:
    """An address in the two fields that replies have for it."""
    return {"url": url, "secure_url": cloud.secure(url)}


def placement(cloud: SandboxCloud, asset: SandboxAsset) -> JSON:
    """Where the asset is, in the fields of the environment's folder mode."""
    if cloud.dynamic_folders:
        return {"asset_folder": asset.asset_folder, "display_name": asset.display_name}
    return {"folder": asset.folder}


def _present(values: JSON) -> JSON:
    return {key: value for key, value in values.items() if value is not None}


def custom(context: dict[str, str]) -> JSON:
    """Context as every reply but a search shows it."""
    return {"custom": context}


def uploaded(cloud: SandboxCloud, asset: SandboxAsset, api_key: str) -> JSON:
    """The reply of upload, explicit and rename (without what only one of them adds)."""
    facts = asset.facts
    reply: JSON = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "version": asset.version,
        "version_id": asset.version_id,
        "signature": response_signature(
            asset.public_id, asset.version, cloud.identity.api_secret, cloud.options.signature_algorithm
        ),
        **_present({"width": asset.width, "height": asset.height, "format": asset.format}),
        "resource_type": asset.resource_type,
        "created_at": clock.stamp(asset.created_at),
        "tags": asset.tags,
        **({} if asset.resource_type == "raw" else {"pages": facts.get("pages") or 0}),
        "bytes": asset.bytes,
        "type": asset.type,
        "etag": asset.etag,
        "placeholder": asset.placeholder,
        **urls(cloud, delivery_url(cloud, asset)),
        **placement(cloud, asset),
        **({"access_mode": asset.access_mode} if asset.access_mode != "public" else {}),
        **_present({"original_filename": asset.original_filename, "access_control": asset.access_control}),
        **_present({key: facts.get(key) for key in _VIDEO_FACTS}),
        **_labels(asset),
        **_analysis(asset),
    }
    if asset.moderation:
        reply["moderation"] = asset.moderation
    if api_key:
        reply["api_key"] = api_key
    return reply


def _labels(asset: SandboxAsset) -> JSON:
    labels: JSON = {}
    if asset.context:
        labels["context"] = custom(asset.context)
    if asset.metadata:
        labels["metadata"] = asset.metadata
    return labels


def _analysis(asset: SandboxAsset) -> JSON:
    found: JSON = dict(asset.extra.get("analysis", {}))
    if found:
        found |= _present({key: asset.facts.get(key) for key in _ANALYSED})
    return found


def listed(
    cloud: SandboxCloud, asset: SandboxAsset, extras: frozenset[str] = frozenset(), chosen: frozenset[str] = frozenset()
) -> JSON:
    """One entry of a listing; `extras` out of tags, context, metadata, moderations; `chosen` narrows the fields."""
    entry: JSON = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        **_present({"format": asset.format}),
        "version": asset.version,
        "resource_type": asset.resource_type,
        "type": asset.type,
        "created_at": clock.stamp(asset.created_at),
        "bytes": asset.bytes,
        **_present({"width": asset.width, "height": asset.height}),
        **placement(cloud, asset),
        **_present({"access_control": asset.access_control}),
        **({"access_mode": asset.access_mode} if asset.access_mode != "public" else {}),
        **urls(cloud, delivery_url(cloud, asset)),
    }
    if asset.placeholder:
        entry["placeholder"] = True
    if asset.facts.get("is_audio"):
        entry["is_audio"] = True
    if chosen:
        entry |= {"backup": asset.backup, "access_mode": asset.access_mode, "placeholder": asset.placeholder}
        entry |= {"tags": asset.tags, "context": custom(asset.context), "metadata": asset.metadata}
        entry |= _moderation(asset) | _present({"regions": asset.extra.get("regions")})
        kept = chosen | {"public_id", "asset_id"} | (set[str]() if cloud.dynamic_folders else {"folder"})
        return {key: value for key, value in entry.items() if key in kept}
    if "tags" in extras:
        entry["tags"] = asset.tags
    if "context" in extras and asset.context:
        entry["context"] = custom(asset.context)
    if "metadata" in extras and asset.metadata:
        entry["metadata"] = asset.metadata
    if "moderations" in extras:
        entry |= _moderation(asset)
    return entry


def _moderation(asset: SandboxAsset) -> JSON:
    if not asset.moderation:
        return {}
    last = asset.moderation[-1]
    return {"moderation_kind": last["kind"], "moderation_status": last["status"]}


def details(cloud: SandboxCloud, asset: SandboxAsset, *, coordinates: bool = False, pages: bool = False) -> JSON:
    """The details of an asset without derived files and analyses, which their route adds."""
    facts = asset.facts
    reply: JSON = {
        **listed(cloud, asset),
        "version_id": asset.version_id,
        "etag": asset.etag,
        "placeholder": asset.placeholder,
        "backup": asset.backup,
        "access_mode": asset.access_mode,
        **_present({"original_filename": asset.original_filename}),
        **_present({key: facts.get(key) for key in _VIDEO_FACTS}),
        **({"tags": asset.tags} if asset.tags else {}),
        **_labels(asset),
        **({"moderation": asset.moderation, **_moderation(asset)} if asset.moderation else {}),
        **_present({key: asset.extra.get(key) for key in ("last_updated", "regions", "quality_override")}),
    }
    if coordinates and asset.extra.get("coordinates"):
        reply["coordinates"] = asset.extra["coordinates"]
    if pages or (facts.get("pages") or 0) > 1:
        reply["pages"] = facts.get("pages") or 0
    return reply


def derived(cloud: SandboxCloud, asset: SandboxAsset, item: DerivedFile) -> JSON:
    """A derived file as the details show it."""
    return {
        "transformation": item.transformation,
        "format": item.format,
        "bytes": item.bytes,
        "id": item.id,
        **urls(cloud, delivery_url(cloud, asset, item.transformation, item.format)),
    }


def eager(cloud: SandboxCloud, asset: SandboxAsset, item: DerivedFile, suffix: str) -> JSON:
    """A derived file as the reply of upload and explicit shows it; `suffix` is the `/ext` that was asked for."""
    return {
        "transformation": item.transformation + suffix,
        **_present({"width": item.width, "height": item.height}),
        "bytes": item.bytes,
        "format": item.format,
        **urls(cloud, delivery_url(cloud, asset, item.transformation, item.format)),
    }
