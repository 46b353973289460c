"""What a delivery tool is given: an asset by any of its names, and a transformation in any of its forms."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import Field

from cloudinary_tools.client import CloudError
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.urls.build import UrlError, build_url
from cloudinary_tools.delivery.urls.parse import parse_url
from cloudinary_tools.library.asset_view import read_asset
from cloudinary_tools.library.names import MANAGED_TYPES, AssetName, check_type, known_ending, name_asset
from cloudinary_tools.library.selection import named_assets
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.results import Problem
from cloudinary_tools.toolkit.surrogates import is_text

LightTransformation = Annotated[Any, Field(description="As in build_url")]
"""A transformation whose schema only `build_url` spells out; checked by the same rules."""

OWN_TYPES = frozenset({*MANAGED_TYPES, "asset", "public", "list", "multi", "text", "sprite"})
"""Delivery types whose public_id is Cloudinary's own; for all others it is a remote URL or name."""

TOKEN_SECONDS = 3600
"""How long a token is valid where neither the call nor the cloud's configuration says."""

_REMOTE = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeliverySource:
    """What a delivery URL delivers; the last three are known when the asset was named by a URL."""

    public_id: str
    resource_type: str = "image"
    type: str = "upload"
    format: str | None = None
    version: int | None = None
    transformation: str = ""

    @property
    def extension(self) -> str | None:
        """The format that its URL had; raw files have theirs in the public_id."""
        return None if self.resource_type == "raw" else self.format

    @property
    def second_extension(self) -> str | None:
        """What must follow a public_id that itself ends like a file name; None for any other."""
        return self.extension if known_ending(self.public_id) else None

    @property
    def restricted(self) -> bool:
        """Whether the original needs a signature (Cloudinary documentation, access control)."""
        return self.type in ("private", "authenticated")

    def needs_signature(self, transformation: object) -> bool:
        """Whether a URL needs one; what is derived of a private asset does not."""
        return self.type == "authenticated" or (self.restricted and not transformation)

    def __str__(self) -> str:
        return f"{self.resource_type}/{self.type}/{self.public_id}"


async def find_source(
    ctx: ToolContext, public_id: str, resource_type: str | None = None, type: str | None = None, asset_id: str = ""
) -> DeliverySource:
    """Read a public_id, a delivery URL of this cloud, or (for fetch and the like) a remote URL or name.

    Only an asset_id is looked up, and a public_id that ends like a file name. `Problem` for what cannot be an asset of
    this cloud.
    """
    config = ctx.cloud.config
    check_type(type)
    if asset_id or not public_id:
        reply = await read_asset(ctx, name_asset(config, public_id, asset_id=asset_id))
        return DeliverySource(reply["public_id"], reply["resource_type"], reply["type"])
    if type == "fetch" and not _REMOTE.match(public_id):
        raise Problem(f"type 'fetch' takes the http or https URL of a remote file, not {public_id[:100]!r}.")
    if type is not None and type not in OWN_TYPES:
        return DeliverySource(public_id, resource_type or "image", type)
    if not _REMOTE.match(public_id):
        return await _exact_or_file_name(ctx, name_asset(config, public_id, resource_type, type))
    try:
        url = parse_url(public_id, config)
    except UrlError as error:
        raise Problem(
            f"{public_id} is no delivery URL of cloud {config.cloud_name!r}: {error}.",
            hint="type='fetch' delivers a remote file by its URL.",
        ) from None
    if url.cloud != config.cloud_name:
        raise Problem(f"That URL belongs to the cloud {url.cloud!r}, this is {config.cloud_name!r}.")
    return DeliverySource(
        url.public_id if url.type == "fetch" else unquote(url.public_id),
        resource_type or url.resource_type,
        type or url.type,
        url.format,
        url.version,
        url.transformation,
    )


async def _exact_or_file_name(ctx: ToolContext, name: AssetName) -> DeliverySource:
    """A public_id that ends like a file name is looked up: `/photo.jpg` delivers the asset `photo` as a JPEG.

    An asset that is really called `photo.jpg` needs the extension once more. Where nobody can look, the name stands.
    """
    ending = known_ending(name.public_id) if name.type in MANAGED_TYPES and name.resource_type != "raw" else None
    if not ending:
        return DeliverySource(name.public_id, name.resource_type, name.type)
    try:
        found = await named_assets(ctx, name.resource_type, name.type, [name.public_id])
    except (CloudError, Problem):
        return DeliverySource(name.public_id, name.resource_type, name.type)
    if found:
        return DeliverySource(name.public_id, name.resource_type, name.type, found[0].format or ending)
    return DeliverySource(name.public_id.removesuffix(f".{ending}"), name.resource_type, name.type, ending)


def as_asset_name(source: DeliverySource) -> AssetName:
    """The source as the Admin API names it."""
    return AssetName(source.public_id, source.resource_type, source.type)


def read_transformation(value: Any) -> Any:
    """A transformation as it was given, None for an empty one; JSON that came as text is read."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise Problem(
                f"transformation is text that starts like JSON but is none: {error}.",
                hint="Give an object, a list of objects, or URL text such as c_fill,w_400.",
            ) from None
        if not is_text(value):
            raise Problem("transformation holds half a character (an unpaired surrogate), which no URL can.")
    return value or None


def plain_url(config: CloudConfig, source: DeliverySource, transformation: Any, **options: Any) -> str:
    """A delivery URL without a signature."""
    return build_url(
        config,
        source.public_id,
        transformation=transformation,
        resource_type=source.resource_type,
        type=source.type,
        **options,
    )


@dataclass(frozen=True, slots=True)
class Signed:
    """A delivery URL that grants access; `expires_at` is None for a signature, which never expires."""

    url: str
    expires_at: int | None


def signed_url(
    config: CloudConfig,
    source: DeliverySource,
    transformation: Any,
    now: float,
    until: int | None = None,
    **options: Any,
) -> Signed:
    """Sign a delivery URL: with a token for exactly this URL where the cloud has a token key, else permanently.

    A token ends at `until` (unix seconds), else when the cloud's configuration says, else after an hour.
    """
    token = None
    if key := config.auth_token:
        until = until or key.expiration or int(now) + (key.duration or TOKEN_SECONDS)
        token = {"expiration": until, "acl": None, "start_time": None, "duration": None}
    url = plain_url(config, source, transformation, signed=True, auth_token=token, now=now, **options)
    return Signed(url, until if token else None)


def iso(seconds: int) -> str:
    """Unix seconds as a UTC time."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
