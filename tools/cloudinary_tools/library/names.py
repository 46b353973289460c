"""Asset names: one parser for every form in which people and answers write them, and one look where a name lives.

An asset is named by its public_id (with resource_type and type), by `video/private/PUBLIC_ID` as answers show it, by
its asset_id, or by any delivery URL of it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cloudinary_tools.client import CloudError, check_existing, check_public_id
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.delivery.urls.parse import parse_url
from cloudinary_tools.search.expression import quoted
from cloudinary_tools.search.pages import search_page
from cloudinary_tools.suggestions import did_you_mean, nearest
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.results import Problem

ResourceType = Literal["image", "video", "raw"]
RESOURCE_TYPES: tuple[ResourceType, ...] = ("image", "video", "raw")
MANAGED_TYPES = ("upload", "private", "authenticated")
"""The delivery types an asset can be stored under."""
DELIVERY_TYPES = (
    *MANAGED_TYPES, "asset", "fetch", "sprite", "text", "multi", "list", "facebook", "twitter", "twitter_name",
    "instagram", "instagram_name", "gravatar", "youtube", "hulu", "vimeo", "animoto", "dailymotion",
    "worldstarhiphop", "url2png", "media_optimization",
)  # fmt: skip
"""All delivery types (Admin API reference)."""
NAMED_HITS = 3
"""Assets that are named instead of one that is not there."""
LOOKED_FOR = 20
"""Names that one look searches for; of more the first."""

_TYPE = re.compile(r"[a-z]+(_[a-z]+)*")
_ASSET_ID = re.compile(r"[0-9a-f]{32}")
_QUALIFIED = re.compile(r"(image|video|raw)/(upload|private|authenticated)/(.+)", re.DOTALL)
_URL = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AssetName:
    """One asset by public_id within a resource type and delivery type, or by asset_id alone."""

    public_id: str = ""
    resource_type: str = "image"
    type: str = "upload"
    asset_id: str = ""
    assumed: bool = field(default=False, compare=False)
    """Nobody said the resource type or the delivery type: the asset may be looked for among the others."""
    extension: str | None = field(default=None, compare=False)
    """The ending that a delivery URL had, which may also belong to the public_id."""

    @property
    def path(self) -> tuple[str, ...]:
        """Its place in the Admin API."""
        if self.asset_id:
            return ("resources", self.asset_id)
        return ("resources", self.resource_type, self.type, self.public_id)

    @property
    def with_extension(self) -> "AssetName | None":
        """The other asset that the URL may mean: one whose public_id itself ends like a file name."""
        if not self.extension or self.resource_type == "raw":
            return None
        return AssetName(f"{self.public_id}.{self.extension}", self.resource_type, self.type)

    def __str__(self) -> str:
        return self.asset_id or f"{self.resource_type}/{self.type}/{self.public_id}"


def name_asset(
    config: CloudConfig, name: str, resource_type: str | None = None, type: str | None = None, asset_id: str = ""
) -> AssetName:
    """Read an asset's name in any form.

    What a URL or `video/private/…` says about the types counts unless the call says otherwise; where nobody says
    anything it is an image of type upload, `assumed`. `Problem` for nothing, for both names at once, for another
    cloud's URL and for an id that Cloudinary forbids.
    """
    check_type(type)
    if bool(name) == bool(asset_id):
        raise Problem("Name the asset by public_id (or its URL) or by asset_id, one of them.")
    if asset_id:
        if not _ASSET_ID.fullmatch(asset_id):
            raise Problem(f"{asset_id!r} is no asset_id (32 hexadecimal digits).", hint="Is it a public_id?")
        return AssetName(asset_id=asset_id)
    managed = (type or "upload") in MANAGED_TYPES
    if _URL.match(name) and managed:
        return _from_url(config, name, resource_type, type)
    if managed and (match := _QUALIFIED.fullmatch(name)) and _agrees(match, resource_type, type):
        return AssetName(check_public_id(match[3]), match[1], match[2])
    validate = check_public_id if managed else check_existing
    assumed = resource_type is None and type is None
    return AssetName(validate(name), resource_type or "image", type or "upload", assumed=assumed)


def name_any(config: CloudConfig, name: str) -> AssetName:
    """Read a name in the forms of `name_asset`, or an asset_id, where a call has one argument for all of them."""
    return name_asset(config, "", asset_id=name) if _ASSET_ID.fullmatch(name) else name_asset(config, name)


def check_type(type: str | None) -> None:
    """`Problem` for what is no delivery type: a typing error would find nothing, a slash lead to another place."""
    if not type or type in DELIVERY_TYPES:
        return
    if not _TYPE.fullmatch(type) or nearest(type, DELIVERY_TYPES):
        raise Problem(
            f"{type!r} is no delivery type{did_you_mean(type, DELIVERY_TYPES, otherwise='.')}",
            hint="It is upload, private, authenticated, fetch or another.",
        )


def _from_url(config: CloudConfig, name: str, resource_type: str | None, type: str | None) -> AssetName:
    try:
        url = parse_url(name, config)
    except UrlError as error:
        raise Problem(f"{name[:200]} is no delivery URL of cloud {config.cloud_name!r}: {error}") from None
    if url.cloud and url.cloud != config.cloud_name:
        raise Problem(f"That URL belongs to the cloud {url.cloud!r}, this is {config.cloud_name!r}.")
    return AssetName(url.public_id, resource_type or url.resource_type, type or url.type, extension=url.format)


def _agrees(match: re.Match[str], resource_type: str | None, type: str | None) -> bool:
    """Whether the types within a name are those of the call; where they differ it is a public_id with slashes."""
    return resource_type in (None, match[1]) and type in (None, match[2])


def known_ending(public_id: str) -> str | None:
    """The format that a public_id ends in (`photo.jpg`), which a delivery URL takes for the delivered format."""
    head, dot, ending = public_id.rpartition(".")
    return ending if dot and head and ending.lower() in reference().values("format") else None


def named(hits: Sequence[AssetName]) -> str:
    """Assets in a sentence, the first few by name."""
    more = f" and {len(hits) - NAMED_HITS} more" if len(hits) > NAMED_HITS else ""
    return " and ".join(map(str, hits[:NAMED_HITS])) + more


async def look_for(ctx: ToolContext, names: Iterable[AssetName]) -> list[AssetName]:
    """Every asset that has one of these public_ids, of whatever resource and delivery type, by one search.

    A public_id is also looked for without an ending that is a format (`photo1` for `photo1.png`). The search index
    lags: what was uploaded seconds ago may not be found. Empty when this call has no Admin API call left.
    """
    wanted: dict[str, None] = {}
    for name in [name for name in names if name.public_id][:LOOKED_FOR]:
        wanted[name.public_id] = None
        if ending := known_ending(name.public_id):
            wanted[name.public_id.removesuffix(f".{ending}")] = None
    if not wanted or not ctx.budget.allows():
        return []
    expression = f"public_id=({' OR '.join(map(quoted, wanted))})"
    try:
        page = await search_page(ctx, expression, fields=["public_id"], max_results=len(wanted) * 10)
    except CloudError:
        return []  # only a hint is lost: the error that led here is the one to be told
    found = [
        AssetName(entry["public_id"], entry.get("resource_type", "image"), entry.get("type", "upload"))
        for entry in page["resources"]
    ]
    order = list(wanted)
    return sorted((hit for hit in found if hit.public_id in wanted), key=lambda hit: order.index(hit.public_id))
