"""An asset in its compact forms: a row of a list, its details, a line of text."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Required
from urllib.parse import urlsplit

from typing_extensions import TypedDict

from cloudinary_tools.client import NotFound
from cloudinary_tools.client.reply_types.assets import AssetReply, flat_context
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.urls.build import build_url
from cloudinary_tools.library.names import AssetName, look_for, named
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.results import Problem, inline, size, undisguised, visible, without_nulls

ROW = ("public_id", "format", "bytes", "width", "height", "duration", "created_at")


class AccessRule(TypedDict, total=False):
    """Who may read an asset: holders of a token, or anyone between two ISO times."""

    access_type: Required[Literal["anonymous", "token"]]
    start: str
    end: str
    key: str


class AssetData(TypedDict, total=False):
    """An asset; only what is known and was asked for. Sizes in bytes and pixels, duration in seconds."""

    public_id: str
    resource_type: str
    type: str
    format: str
    bytes: int
    width: int
    height: int
    duration: float
    created_at: str
    asset_id: str
    version: int
    url: str
    display_name: str
    asset_folder: str
    tags: list[str]
    context: dict[str, str]
    metadata: dict[str, Any]
    moderation: str
    access_control: list[dict[str, Any]]


def moderation_state(reply: Mapping[str, Any]) -> str | None:
    """`kind: status` for each moderation, or the one status a listing gives."""
    if states := reply.get("moderation"):
        return ", ".join(f"{state.get('kind')}: {state.get('status')}" for state in states)
    if status := reply.get("moderation_status"):
        return f"{reply.get('moderation_kind', 'manual')}: {status}"
    return None


def asset_url(config: CloudConfig, reply: Mapping[str, Any]) -> str:
    """The delivery URL: Cloudinary's own `secure_url`, else built."""
    if url := reply.get("secure_url"):
        return str(url)
    return build_url(
        config,
        reply["public_id"],
        resource_type=reply.get("resource_type", "image"),
        type=reply.get("type", "upload"),
        format=reply.get("format"),
        version=reply.get("version"),
    )


def url_pattern(config: CloudConfig, resource_type: str | None, type: str) -> str:
    """How the URLs of a list are made, instead of one URL per asset."""
    kind = resource_type or "image"
    parts = urlsplit(build_url(config, "x", resource_type=kind, type=type, secure=True))
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rsplit('/', 1)[0]}"
    if not resource_type:
        base = base.replace(f"/image/{type}", f"/{{resource_type}}/{type}")
    return f"{base}/{{public_id}}" + ("" if kind == "raw" else ".{format}")


def asset_data(config: CloudConfig, reply: Mapping[str, Any], extra: Collection[str] = ()) -> AssetData:
    """The short form of an asset with the extra fields that were asked for."""
    data: dict[str, Any] = {name: reply.get(name) for name in ROW}
    data["created_at"] = to_the_minute(reply.get("created_at"))
    for name in sorted(extra):
        match name:
            case "url":
                data[name] = asset_url(config, reply)
            case "context":
                data[name] = flat_context(reply.get("context"))
            case "moderation":
                data[name] = moderation_state(reply)
            case _:
                data[name] = reply.get(name)
    return AssetData(**undisguised(without_nulls(data)))


def to_the_minute(moment: object) -> str | None:
    """`2026-11-25T09:30Z` of a moment in Cloudinary's form: seconds would cost a list more than they tell."""
    text = str(moment or "")
    return f"{text[:16]}Z" if len(text) >= 16 else text or None


def columns_and_rows(assets: Sequence[AssetData]) -> tuple[list[str], list[list[Any]]]:
    """A list of assets with each field's name said once: the names, and the values of each asset in their order.

    A field that only some have is null in the others; what none has is left out.
    """
    names = list(dict.fromkeys(name for asset in assets for name in asset))
    return names, [[asset.get(name) for name in names] for asset in assets]


def asset_line(data: Mapping[str, Any]) -> str:
    """An asset on one line; the public_id first."""
    known = dict(data)
    name = visible(str(known.pop("public_id", "")))
    kind, delivery = known.pop("resource_type", None), known.pop("type", None)
    parts = [name, "/".join(part for part in (kind, delivery) if part)]
    width, height = known.pop("width", None), known.pop("height", None)
    parts.append(str(known.pop("format", "")))
    parts.append(f"{width}x{height}" if width else "")
    if "duration" in known:
        parts.append(f"{known.pop('duration'):g} s")
    if "bytes" in known:
        parts.append(size(known.pop("bytes")))
    if created := known.pop("created_at", ""):
        parts.append(str(created).replace("T", " ").removesuffix("Z"))
    parts += [f"{key}: {inline(value)}" for key, value in known.items()]
    return " · ".join(part for part in parts if part)


async def read_asset(ctx: ToolContext, name: AssetName, params: Mapping[str, Any] | None = None) -> AssetReply:
    """The details of an asset, with what `params` ask for.

    One that is not there is looked for among the other resource and delivery types; it is taken from there when nobody
    said which types were meant and only one asset has the name. Else a `Problem` says what there is.
    """
    asked = dict(params or {})
    try:
        return await ctx.admin("GET", *name.path, reply=AssetReply, params=asked)
    except NotFound as error:
        if name.asset_id:
            raise
        hits = await look_for(ctx, [name, *([other] if (other := name.with_extension) else [])])
        same = [hit for hit in hits if hit.public_id == name.public_id]
        if len(same) == 1 and name.assumed and ctx.budget.allows():
            return await ctx.admin("GET", *same[0].path, reply=AssetReply, params=asked)
        if not hits:
            raise
        raise Problem(f"There is no {name}, but {named(hits)}.", hint=_how_to_name(hits[0])) from error


def _how_to_name(hit: AssetName) -> str:
    return f"Name it {str(hit)!r}, or give public_id, resource_type={hit.resource_type!r} and type={hit.type!r}."
