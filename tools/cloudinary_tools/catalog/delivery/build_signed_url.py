"""`build_signed_url`: access that ends when it says it does."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.urls.api_downloads import asset_download_url, private_download_url
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.delivery.urls.responsive import chain
from cloudinary_tools.library.delivery_source import (
    DeliverySource,
    LightTransformation,
    find_source,
    iso,
    read_transformation,
    signed_url,
)
from cloudinary_tools.library.names import MANAGED_TYPES, name_asset
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult

AN_HOUR = 3600
LONGEST = 31_536_000
"""Seconds of a year, the longest `expires_in`."""

Mechanism = Literal["token", "download", "permanent"]
_WORDS: dict[Mechanism, str] = {
    "token": "Token authentication: the CDN refuses the URL afterwards.",
    "download": "Signed download from the API host: Cloudinary refuses the URL afterwards.",
    "permanent": "Permanent: the s--…-- signature never expires; only a new API secret or the asset's end stops it.",
}


class SignedUrl(TypedDict, total=False):
    """A signed URL. `mechanism` says what limits it, `expires_at` until when (UTC), or `never`."""

    url: str
    mechanism: Mechanism
    expires_at: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Saving:
    """How the file is to be saved by whoever opens the URL."""

    attachment: bool
    filename: str | None

    @property
    def flag(self) -> str | None:
        """The flag that says so in a delivery URL; the file name goes without its extension there."""
        if self.filename:
            stem = self.filename.rpartition(".")[0] or self.filename
            return f"attachment:{stem}"
        return "attachment" if self.attachment else None


@tool(kind="read", title="Build a time-limited URL")
async def build_signed_url(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id or delivery URL")] = "",
    asset_id: Annotated[str, Field(description="Instead of public_id")] = "",
    resource_type: Annotated[Literal["image", "video", "raw"] | None, Field(description="Default image")] = None,
    type: Annotated[str | None, Field(description="Delivery type, default upload")] = None,
    transformation: LightTransformation = None,
    format: Annotated[str | None, Field(description="Convert to")] = None,
    expires_in: Annotated[int | None, Field(ge=1, le=LONGEST, description="Seconds, default 3600")] = None,
    expires_at: Annotated[str | None, Field(description="Or a time: ISO or unix")] = None,
    attachment: Annotated[bool, Field(description="Download instead of show")] = False,
    target_filename: Annotated[str | None, Field(description="Name to save it by")] = None,
    accept_permanent: Annotated[bool, Field(description="Take a URL that never expires where no other is possible")] = (
        False
    ),
) -> ToolResult[SignedUrl]:
    """Make a URL that stops working: one hour by default. Says how it is limited."""
    now = time.time()
    until = _until(expires_in, expires_at, now)
    saving = _Saving(attachment, target_filename)
    cloud = ctx.cloud
    steps = read_transformation(transformation)
    if asset_id and not steps and not cloud.config.auth_token:
        name_asset(cloud.config, public_id, asset_id=asset_id)
        return _answer(_download(cloud, None, asset_id, format, until, saving), "download", until)
    source = await find_source(ctx, public_id, resource_type, type, asset_id)
    steps = steps or source.transformation or None
    format = format or source.extension
    if cloud.config.auth_token:
        url = _delivery(cloud.config, source, steps, format, saving, now, until)
        return _answer(url, "token", until, _public(source))
    if not steps and source.type in MANAGED_TYPES:
        url = _download(cloud, source, "", format, until, saving)
        return _answer(url, "download", until, _public(source))
    if not accept_permanent:
        raise _impossible(source, transformed=bool(steps))
    url = _delivery(cloud.config, source, steps, format, saving, now, None)
    return _answer(url, "permanent", None, _public(source))


def _until(expires_in: int | None, expires_at: str | None, now: float) -> int:
    """When access ends, in unix seconds; always in the future."""
    if expires_at is None:
        return int(now) + (expires_in or AN_HOUR)
    if expires_in is not None:
        raise Problem("Give expires_in or expires_at, not both. No URL was made.")
    if expires_at.isdigit():
        until = int(expires_at)
    else:
        try:
            moment = datetime.fromisoformat(expires_at)
        except ValueError:
            raise Problem(
                f"expires_at {expires_at!r} is no time.", hint="Such as 2026-12-31T18:00:00Z, or unix seconds."
            ) from None
        until = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    if not now < until <= now + LONGEST:
        raise Problem(
            f"expires_at must be in the future and within a year; it is {iso(int(now))} now. No URL was made.",
            hint="expires_in gives seconds from now.",
        )
    return until


def _download(
    cloud: CloudinaryClient,
    source: DeliverySource | None,
    asset_id: str,
    format: str | None,
    until: int,
    saving: _Saving,
) -> str:
    options: dict[str, Any] = {
        "format": format,
        "attachment": saving.attachment or None,
        "target_filename": saving.filename,
        "expires_at": until,
    }
    try:
        if source is None:
            return asset_download_url(cloud.config, asset_id, **options)
        return private_download_url(
            cloud.config, source.public_id, resource_type=source.resource_type, type=source.type, **options
        )
    except UrlError as error:
        raise Problem(f"{error}. No URL was made.") from None


def _delivery(
    config: CloudConfig,
    source: DeliverySource,
    transformation: Any,
    format: str | None,
    saving: _Saving,
    now: float,
    until: int | None,
) -> str:
    """A signed delivery URL; by token until `until`, else permanent."""
    if flag := saving.flag:
        transformation = chain(transformation, {"flags": flag})
    try:
        return signed_url(config, source, transformation, now, until, format=format, version=source.version).url
    except UrlError as error:
        raise Problem(f"{error}. No URL was made.") from None


def _impossible(source: DeliverySource, *, transformed: bool) -> Problem:
    what = "A URL with a transformation" if transformed else f"A URL of type {source.type}"
    private = " What is derived of a private asset is public anyway: build_url." if source.type == "private" else ""
    return Problem(
        f"{what} can only expire by token authentication, and this cloud has no token key "
        "(auth_token[key] in CLOUDINARY_URL). Cloudinary's s--…-- signature never expires. No URL was made.",
        hint=("Leave the transformation out for an expiring link to the original, or call" if transformed else "Call")
        + f" again with accept_permanent=true for a signed URL that works for good.{private}",
    )


def _public(source: DeliverySource) -> list[str]:
    """What a limit cannot do: take the plain URL away."""
    if source.type != "upload":
        return []
    return ["The asset is of type upload: unless access_control limits it, its plain URL stays open to anyone."]


def _answer(url: str, mechanism: Mechanism, until: int | None, notes: list[str] | None = None) -> ToolResult[SignedUrl]:
    signed = SignedUrl(url=url, mechanism=mechanism, expires_at=iso(until) if until else "never")
    if notes:
        signed["notes"] = notes
    when = f"Works until {iso(until)}. " if until else ""
    return ToolResult(signed, "\n".join([url, when + _WORDS[mechanism], *(notes or [])]))
