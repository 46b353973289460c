"""Delivery of originals, and of what a renderer makes of them, at Cloudinary's URLs."""

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.access import check_access, check_signature
from cloudinary_sandbox.assets.derived_files import derive
from cloudinary_sandbox.assets.fetched_assets import FETCHED, fetch_asset, mapped_asset
from cloudinary_sandbox.assets.file_responses import send_derived, send_original
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, not_built
from cloudinary_sandbox.core.naming import canonical_format, split_extension
from cloudinary_sandbox.delivery.access_tokens import check_token
from cloudinary_sandbox.delivery.breakpoint_widths import BreakpointRequest, fitting, widths
from cloudinary_sandbox.delivery.client_hints import ClientHints, asks_for_hints
from cloudinary_tools.delivery.transformations.parser import is_component

_URL = re.compile(r"^/([^/]+)/(image|video|raw)/([a-z0-9_]+)/(.+)$", re.DOTALL)
_SIGNATURE = re.compile(r"^s--[\w-]+--$")
_VERSION = re.compile(r"^v\d+$")
_ATTACHMENT = re.compile(r"^fl_attachment(?::([^,/]+))?$")
_STORED_TYPES = frozenset({"upload", "private", "authenticated", "asset", "sprite", "multi", "text", FETCHED})


@dataclass(frozen=True)
class DeliveryPath:
    """A delivery URL taken apart; `source` is the public ID with its extension, as the URL spells it."""

    resource_type: str
    type: str
    signature: str
    transformation: str
    source: str


def read_path(path: str) -> DeliveryPath | None:
    """Take a delivery URL's path apart, or None when it is none.

    Leading parts that look like transformations are one, except that the last part always belongs to the public ID;
    a version part (`v` and digits) ends the transformation for sure.
    """
    match = _URL.match(path)
    if not match:
        return None
    parts = match[4].split("/")
    signature = parts.pop(0) if len(parts) > 1 and _SIGNATURE.match(parts[0]) else ""
    count = 0
    while count < len(parts) - 1 and is_component(parts[count]):
        count += 1
    transformation, rest = parts[:count], parts[count:]
    if len(rest) > 1 and _VERSION.match(rest[0]):
        rest = rest[1:]
    return DeliveryPath(match[2], match[3], signature, "/".join(transformation), "/".join(rest))


async def deliver(cloud: SandboxCloud, request: Request) -> Response | None:
    """The file at a delivery URL; None when the address is none of this cloud's."""
    wanted = read_path(request.scope["path"])
    if wanted is None or request.scope["path"].split("/")[1] != cloud.identity.cloud_name:
        return None
    if wanted.type not in _STORED_TYPES:
        raise not_built(f"the delivery type {wanted.type}")
    wanted = await _composed(cloud, wanted)
    asset, extension = await _find(cloud, wanted)
    transformation, attachment = _without_attachment(wanted.transformation)
    is_derived = bool(transformation) or (extension is not None and extension != asset.format)
    if wanted.signature:
        whole = f"{wanted.transformation}/{wanted.source}" if wanted.transformation else wanted.source
        check_signature(cloud, wanted.signature, _spellings(request, wanted, whole))
    by_token = check_token(request, cloud.options.auth_token_key)
    check_access(asset, signed=bool(wanted.signature), derived=is_derived, by_token=by_token)
    if not is_derived:
        name = (
            f"{attachment or asset.display_name}.{asset.format}" if asset.format else attachment or asset.display_name
        )
        return send_original(cloud, asset, download_as=name if attachment is not None else None)
    return await _derived(cloud, request, asset, transformation, extension)


async def _derived(
    cloud: SandboxCloud, request: Request, asset: SandboxAsset, transformation: str, extension: str | None
) -> Response:
    """What a transformation makes of an asset, for the screen of whoever asks."""
    hints, asked = ClientHints.read(request.headers), asks_for_hints(transformation)
    if asset.resource_type == "image" and (breakpoints := BreakpointRequest.read(transformation)):
        if breakpoints.wanted == "json":
            return JSONResponse({"breakpoints": await widths(cloud, asset, breakpoints)})
        transformation = await fitting(cloud, asset, breakpoints, hints)
    item = await derive(cloud, asset, hints.applied(transformation), extension, request.headers.get("accept", ""))
    response = send_derived(cloud, asset, item)
    if asked:
        response.headers["Accept-CH"] = ", ".join(asked)
        response.headers["Vary"] = ", ".join([*filter(None, [response.headers.get("vary")]), *asked])
    return response


def _spellings(request: Request, wanted: DeliveryPath, plain: str) -> tuple[str, ...]:
    """What the signature may have been made of: the source as SDKs escape it, as it reads, and with nothing escaped."""
    raw: bytes = request.scope.get("raw_path") or b""
    escaped = raw.decode("ascii", "replace").partition("?")[0]
    escaped = escaped.partition(f"{wanted.signature}/")[2]
    parts = escaped.split("/")
    depth = wanted.transformation.count("/") + 1 if wanted.transformation else 0
    if len(parts) > depth + 1 and _VERSION.match(parts[depth]):
        del parts[depth]
    bare = plain
    while (shorter := unquote(bare)) != bare:
        bare = shorter
    return ("/".join(parts), plain, bare)


async def _composed(cloud: SandboxCloud, wanted: DeliveryPath) -> DeliveryPath:
    """An animation whose pictures were transformed has their transformation in its address, and in its public ID."""
    if wanted.type != "multi" or not wanted.transformation:
        return wanted
    stem, extension = split_extension(wanted.source)
    public_id = f"{stem},{wanted.transformation}"
    for resource_type in ("image", "video"):
        if await assets.find(cloud.db, resource_type, "multi", public_id):
            source = f"{public_id}.{extension}" if extension else public_id
            return replace(wanted, resource_type=resource_type, transformation="", source=source)
    return wanted


async def _find(cloud: SandboxCloud, wanted: DeliveryPath) -> tuple[SandboxAsset, str | None]:
    """The asset, and the extension that the URL asks for (None for none)."""
    stem, dot, extension = wanted.source.rpartition(".")
    if wanted.resource_type != "raw" and wanted.type != FETCHED and dot and "/" not in extension:
        found = await assets.find(cloud.db, wanted.resource_type, wanted.type, stem)
        if found:
            return found, canonical_format(extension)
    found = await assets.find(cloud.db, wanted.resource_type, wanted.type, wanted.source)
    if found is None:
        return await _fetched(cloud, wanted), None
    return found, None


async def _fetched(cloud: SandboxCloud, wanted: DeliveryPath) -> SandboxAsset:
    """The asset, brought from where the address, or an upload mapping, says that it is; else the 404."""
    try:
        if wanted.type == FETCHED:
            return await fetch_asset(cloud, wanted.resource_type, wanted.source)
        found = await mapped_asset(cloud, wanted.resource_type, wanted.source) if wanted.type == "upload" else None
    except ApiError as error:
        raise ApiError(404 if error.status == 400 else error.status, error.message) from None
    is_raw = wanted.resource_type == "raw"
    return assets.one(found, wanted.source if is_raw else split_extension(wanted.source)[0])


def _without_attachment(transformation: str) -> tuple[str, str | None]:
    """The transformation without `fl_attachment`, and the name to download as ("" when it gives none)."""
    match = _ATTACHMENT.match(transformation)
    return ("", match[1] or "") if match else (transformation, None)
