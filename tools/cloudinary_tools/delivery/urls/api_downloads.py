"""Signed URLs of the API host: downloads that can expire, archives, backups, and search URLs.

Each is signed with the API secret; `timestamp` (unix seconds) is when it was made. Without `expires_at` such a URL
lives about an hour.
"""

import base64
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote, urlencode

from cloudinary_tools import signing
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.delivery.transformations.faults import not_in, shown
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.delivery.urls.build import RESOURCE_TYPES, UrlError, host_prefix
from cloudinary_tools.json_types import as_list

SEARCH_TTL = 300
"""Seconds for which a search URL is valid unless asked otherwise."""

Names = str | Sequence[str]


def _signed(config: CloudConfig, path: str, params: Mapping[str, object]) -> str:
    """`{api}/v1_1/{cloud}/{path}?…` with the parameters, their signature and the API key."""
    if not config.can_sign:
        raise UrlError(f"cloud {config.name!r} has no API key and secret, which a signed download needs")
    sent = {key: _plain(value) for key, value in params.items() if value is not None and value != "" and value != []}
    try:
        signature = signing.sign_parameters(sent, config.secret, config.signature_algorithm, config.signature_version)
    except ValueError as error:
        raise UrlError(str(error)) from None
    query: list[tuple[str, object]] = []
    for key, value in sent.items():
        if isinstance(value, list):
            query.extend((f"{key}[]", item) for item in value)
        else:
            query.append((key, value))
    query += [("signature", signature), ("api_key", config.api_key)]
    return f"{config.upload_prefix}/v1_1/{quote(config.cloud_name)}/{path}?{urlencode(query)}"


def _plain(value: object) -> str | list[str]:
    if isinstance(value, bool):
        return "1" if value else "0"
    items = as_list(value)
    return str(value) if items is None else [str(item) for item in items]


def _stamp(timestamp: int | None) -> int:
    return int(time.time()) if timestamp is None else timestamp


def _checked(resource_type: str, allowed: tuple[str, ...] = RESOURCE_TYPES) -> str:
    if resource_type not in allowed:
        raise UrlError(not_in("resource_type", resource_type, allowed))
    return resource_type


def _expiry(expires_at: int | str | None) -> int | None:
    if expires_at is None:
        return None
    if isinstance(expires_at, bool) or not re.fullmatch("[0-9]+", str(expires_at)):
        raise UrlError(f"expires_at {shown(expires_at)}: must be unix seconds")
    return int(expires_at)


def private_download_url(
    config: CloudConfig,
    public_id: str,
    format: str | None = None,
    *,
    resource_type: str = "image",
    type: str | None = None,
    attachment: bool | str | None = None,
    expires_at: int | str | None = None,
    target_filename: str | None = None,
    transformation: object = None,
    timestamp: int | None = None,
) -> str:
    """A URL that streams an original of any delivery type, until `expires_at` (unix seconds).

    `attachment`: True, or a file name, for a download dialog.
    """
    if not public_id:
        raise UrlError("public_id is empty")
    if type is not None and type not in reference().data["url_anatomy"]["types"]:
        raise UrlError(not_in("type", type, reference().data["url_anatomy"]["types"]))
    params = {
        "timestamp": _stamp(timestamp),
        "public_id": public_id,
        "format": format,
        "type": type,
        "attachment": attachment,
        "expires_at": _expiry(expires_at),
        "target_filename": target_filename,
        "transformation": serialise(transformation, resource_type) if transformation else None,
    }
    return _signed(config, f"{_checked(resource_type)}/download", params)


def asset_download_url(
    config: CloudConfig,
    asset_id: str,
    *,
    format: str | None = None,
    attachment: bool | str | None = None,
    streaming_attachment: bool | None = None,
    expires_at: int | str | None = None,
    target_filename: str | None = None,
    transformation: object = None,
    resource_type: str = "image",
    timestamp: int | None = None,
) -> str:
    """Like `private_download_url`, for an asset named by its `asset_id`.

    `resource_type` is only needed to check a transformation.
    """
    if not asset_id:
        raise UrlError("asset_id is empty")
    params = {
        "timestamp": _stamp(timestamp),
        "asset_id": asset_id,
        "format": format,
        "attachment": attachment,
        "streaming_attachment": streaming_attachment,
        "expires_at": _expiry(expires_at),
        "target_filename": target_filename,
        "transformation": serialise(transformation, resource_type) if transformation else None,
    }
    return _signed(config, "asset/download", params)


def _names(value: Names | None) -> list[str] | None:
    return [value] if isinstance(value, str) else list(value) if value else None


def archive_url(
    config: CloudConfig,
    *,
    public_ids: Names | None = None,
    fully_qualified_public_ids: Names | None = None,
    tags: Names | None = None,
    prefixes: Names | None = None,
    asset_folders: Names | None = None,
    search_expression: str | None = None,
    resource_type: str = "image",
    type: str | None = None,
    target_format: Literal["zip", "tgz"] | None = None,
    target_public_id: str | None = None,
    target_filename: str | None = None,
    transformations: object = None,
    flatten_folders: bool | None = None,
    flatten_transformations: bool | None = None,
    skip_transformation_name: bool | None = None,
    use_original_filename: bool | None = None,
    allow_missing: bool | None = None,
    keep_derived: bool | None = None,
    expires_at: int | str | None = None,
    timestamp: int | None = None,
) -> str:
    """A URL that makes an archive of assets when it is opened, until `expires_at` (unix seconds).

    At least one selector is needed. `resource_type` is `image`, `video`, `raw`, or `all` / `auto` for mixed kinds;
    `fully_qualified_public_ids` (`image/upload/id`) need one of the latter.
    """
    selectors: dict[str, object] = {
        "public_ids": _names(public_ids),
        "fully_qualified_public_ids": _names(fully_qualified_public_ids),
        "tags": _names(tags),
        "prefixes": _names(prefixes),
        "asset_folders": _names(asset_folders),
        "search_expression": search_expression,
    }
    if not any(selectors.values()):
        raise UrlError(f"an archive needs a selector: {', '.join(selectors)}")
    if fully_qualified_public_ids and resource_type not in {"all", "auto"}:
        raise UrlError("fully_qualified_public_ids need resource_type all or auto")
    kind = resource_type if resource_type in RESOURCE_TYPES else "image"
    params: dict[str, object] = {
        "allow_missing": allow_missing,
        "expires_at": _expiry(expires_at),
        "flatten_folders": flatten_folders,
        "flatten_transformations": flatten_transformations,
        "keep_derived": keep_derived,
        "mode": "download",
        **selectors,
        "skip_transformation_name": skip_transformation_name,
        "target_filename": target_filename,
        "target_format": target_format,
        "target_public_id": target_public_id,
        "timestamp": _stamp(timestamp),
        "transformations": serialise_eager(transformations, kind) if transformations else None,
        "type": type,
        "use_original_filename": use_original_filename,
    }
    return _signed(config, f"{_checked(resource_type, (*RESOURCE_TYPES, 'all', 'auto'))}/generate_archive", params)


def folder_archive_url(config: CloudConfig, folder: str, *, resource_type: str = "all", **options: Any) -> str:
    """A URL that makes an archive of everything below a folder path; options as of `archive_url`."""
    if not folder.strip("/"):
        raise UrlError("folder is empty; an archive of a whole cloud is not possible")
    return archive_url(config, prefixes=folder, resource_type=resource_type, **options)


def backup_download_url(config: CloudConfig, asset_id: str, version_id: str, *, timestamp: int | None = None) -> str:
    """A URL that streams one backed-up version of an asset (`version_id` from its details with versions)."""
    if not asset_id or not version_id:
        raise UrlError("a backup is named by asset_id and version_id")
    params = {"timestamp": _stamp(timestamp), "asset_id": asset_id, "version_id": version_id}
    return _signed(config, "download_backup", params)


def search_url(
    config: CloudConfig, query: Mapping[str, Any], *, ttl: int = SEARCH_TTL, next_cursor: str | None = None
) -> str:
    """A public URL of a search's JSON result, valid for `ttl` seconds; `query` as the Search API takes it."""
    if not config.api_secret:
        raise UrlError(f"cloud {config.name!r} has no API secret, which a search URL needs")
    if ttl <= 0:
        raise UrlError(f"ttl {ttl}: must be seconds above 0")
    body = {key: value for key, value in query.items() if key != "next_cursor"}
    text = json.dumps(body, separators=(",", ":"), sort_keys=True)
    encoded = base64.urlsafe_b64encode(text.encode()).decode()
    cursor = next_cursor or query.get("next_cursor")
    signature = signing.search_url_signature(encoded, ttl, config.secret)
    url = f"{host_prefix(config)}/search/{signature}/{ttl}/{encoded}"
    return f"{url}/{cursor}" if cursor else url
