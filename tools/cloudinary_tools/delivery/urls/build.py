"""Delivery URLs, with the official SDK's rules for hosts, versions, escaping, suffixes, signatures and tokens."""

import re
import time
import zlib
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from cloudinary_tools import signing
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.transformations.expressions import percent
from cloudinary_tools.delivery.transformations.faults import listing, not_in, shown
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.json_types import as_json, as_list, as_object

SHARED_HOST = "res.cloudinary.com"
OLD_SHARED_HOST = "cloudinary-a.akamaihd.net"
RESOURCE_TYPES = ("image", "video", "raw")
SUFFIXED = {("image", "upload"): "images", ("raw", "upload"): "files"}
"""What stands for resource type and type when a URL has an SEO suffix."""

_PLAIN = (dict, str)
_HTTP = re.compile(r"https?:/")
_SAFE = re.compile(r"[A-Za-z0-9_.\-/:]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-/:]+")
_HALF = re.compile("[\ud800-\udfff]")
_SLASHES = re.compile(r"([^:])/+")
_VERSIONED = re.compile(r"v[0-9]+")
_WHOLE = re.compile("[0-9]+")
_EXTENSION = re.compile(r"[A-Za-z0-9]+")


class UrlError(ValueError):
    """A URL that cannot be built or read; the text says why and what to do."""


def escape(text: str) -> str:
    """Percent-encode a public ID or a source URL; letters, digits and `_ . - / :` stay."""
    if _SAFE.fullmatch(text):
        return text
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def host_prefix(config: CloudConfig, source: str = "", secure: bool | None = None) -> str:
    """Scheme, host and, where the host is shared, the cloud: what every delivery URL of a cloud starts with.

    `source` (the encoded public ID) picks the shard when the cloud's URLs are spread over subdomains.
    """
    cloud = config.cloud_name
    if config.delivery_prefix:
        return f"{config.delivery_prefix}/{cloud}"
    private = config.private_cdn
    shared = not private
    if config.secure if secure is None else secure:
        host = config.secure_distribution
        if not host or host == OLD_SHARED_HOST:
            host = f"{cloud}-{SHARED_HOST}" if private else SHARED_HOST
        shared = shared or host == SHARED_HOST
        spread = config.secure_cdn_subdomain
        if config.cdn_subdomain if spread is None and shared else spread:
            host = host.replace(SHARED_HOST, f"res-{_shard(source)}.cloudinary.com")
        prefix = f"https://{host}"
    elif config.cname:
        prefix = f"http://{f'a{_shard(source)}.' if config.cdn_subdomain else ''}{config.cname}"
    else:
        shard = f"-{_shard(source)}" if config.cdn_subdomain else ""
        prefix = f"http://{f'{cloud}-' if private else ''}res{shard}.cloudinary.com"
    return f"{prefix}/{cloud}" if shared else prefix


def _shard(source: str) -> int:
    return zlib.crc32(source.encode()) % 5 + 1


def _place(config: CloudConfig, resource_type: str, kind: str, suffix: str | None) -> str:
    """The part of the path that says resource type and type; empty at the root."""
    place = f"{resource_type}/{kind}"
    if suffix is not None:
        found = SUFFIXED.get((resource_type, kind))
        if found is None:
            raise UrlError(f"url_suffix is for image/upload and raw/upload only, not for {place}")
        place = found
    if config.use_root_path:
        if (resource_type, kind) != ("image", "upload"):
            raise UrlError(f"use_root_path is for image/upload only, not for {place}")
        return ""
    return "iu" if config.shorten and place == "image/upload" else place


def extension_of(transformation: object) -> str | None:
    """The `format` that a transformation object carries for the URL."""
    if (component := as_object(transformation)) is not None:
        found = component.get("format")
        return found if isinstance(found, str) and found else None
    return next(filter(None, map(extension_of, reversed(as_list(transformation) or ()))), None)


def _with_fetch_format(transformation: object, extension: str) -> object:
    """Ask for a format inside the transformation, unless it already does."""
    if (component := as_object(transformation)) is not None:
        return {"fetch_format": extension, **component}
    if isinstance(transformation, str):
        if any("fetch_format" in component for component in parse(transformation)):
            return transformation
        return f"{transformation}/f_{extension}" if transformation else f"f_{extension}"
    items = as_list(transformation) or []
    if any("fetch_format" in (as_object(item) or {}) for item in items):
        return items
    return [*items, {"fetch_format": extension}]


def _check_names(resource_type: str, kind: str, version: int | str | None, extension: str | None) -> None:
    if resource_type not in RESOURCE_TYPES:
        raise UrlError(not_in("resource_type", resource_type, RESOURCE_TYPES))
    types = reference().data["url_anatomy"]["types"]
    if kind not in types:
        raise UrlError(not_in("type", kind, types))
    if version and not _WHOLE.fullmatch(str(version)):
        raise UrlError(f"version {shown(version)}: must be a number such as 1719310887")
    if extension and not _EXTENSION.fullmatch(extension):
        raise UrlError(f"format {shown(extension)}: must be an extension such as jpg, without a dot")
    formats = reference().values("format")
    if extension and resource_type != "raw" and extension not in formats:
        hint = "for automatic formats use fetch_format auto (f_auto); " if extension.startswith("auto") else ""
        raise UrlError(not_in("format", extension, formats, hint))


def build_url(
    config: CloudConfig,
    public_id: str,
    *,
    transformation: object = None,
    resource_type: str = "image",
    type: str = "upload",
    format: str | None = None,
    version: int | str | None = None,
    signed: bool = False,
    secure: bool | None = None,
    url_suffix: str | None = None,
    auth_token: Mapping[str, Any] | Literal[False] | None = None,
    use_fetch_format: bool = False,
    now: float | None = None,
) -> str:
    """The delivery URL of an asset.

    `transformation`: an object, a list, text or a model. `type` fetch and the social types take a remote URL or name as
    `public_id`. `signed` adds the `s--…--` signature, which never expires, or a token where the cloud has a token key
    (or `auth_token` gives one; False turns it off). `auth_token` may hold `set_url_signature`: then both are there.
    `now` (unix seconds) is where a token's duration starts. `UrlError` or `TransformationError` say what is wrong.
    """
    if not public_id:
        raise UrlError("public_id is empty")
    if transformation.__class__ not in _PLAIN:
        transformation = as_json(transformation)
    extension = format or extension_of(transformation)
    if resource_type != "image" or type != "upload" or version or extension:
        _check_names(resource_type, type, version, extension)
    if extension and (type == "fetch" or use_fetch_format):
        transformation = _with_fetch_format(transformation, extension)
        extension = None
    text = serialise(transformation, resource_type, format=extension) if transformation else ""
    if type == "upload" and public_id.startswith(("http:", "https:")):
        return public_id
    place = _place(config, resource_type, type, url_suffix)
    source, to_sign = _source(public_id, extension, url_suffix)
    if version:
        mark = f"v{version}/"
    elif config.force_version and "/" in to_sign and not _HTTP.match(to_sign) and not _VERSIONED.match(to_sign):
        mark = "v1/"
    else:
        mark = ""
    if "//" in text:
        text = _SLASHES.sub(r"\1/", text)
    token = _token_options(config, auth_token) if signed else {}
    signature = ""
    if signed and (not token or token.pop("set_url_signature", False)):
        signature = _signature(config, f"{text}/{to_sign}" if text else to_sign) + "/"
    prefix = host_prefix(config, source, secure)
    url = f"{prefix}/{place}{'/' if place else ''}{signature}{text}{'/' if text else ''}{mark}{source}"
    return f"{url}?{_token(token, url, now)}" if token else url


def _source(public_id: str, extension: str | None, suffix: str | None) -> tuple[str, str]:
    """The encoded source, as it stands in the URL and as it is signed."""
    source = _SLASHES.sub(r"\1/", public_id) if "//" in public_id else public_id
    if not source.isascii() and _HALF.search(source):
        raise UrlError(f"public_id {shown(public_id)}: is not valid Unicode (half a pair)")
    if _HTTP.match(source):
        source = escape(source)
        return source, source
    if "%" in source:
        source = unquote(source)
    if "." in source and not {".", ".."}.isdisjoint(source.split("/")):
        raise UrlError(f"public_id {shown(public_id)}: '.' and '..' may not be path segments")
    source = escape(source)
    ending = f".{extension}" if extension else ""
    if suffix is not None:
        if not suffix or "." in suffix or "/" in suffix:
            raise UrlError(f"url_suffix {shown(suffix)}: must be text without '.' and '/'")
        return f"{source}/{percent(suffix)}{ending}", source + ending
    return source + ending, source + ending


def _signature(config: CloudConfig, to_sign: str) -> str:
    if not config.api_secret:
        raise UrlError(f"cloud {config.name!r} has no API secret, which a signed URL needs")
    secret = config.api_secret.get_secret_value()
    try:
        return signing.url_signature(to_sign, secret, config.signature_algorithm, long=config.long_url_signature)
    except ValueError as error:
        raise UrlError(str(error)) from None


def _token_options(config: CloudConfig, given: Mapping[str, Any] | Literal[False] | None) -> dict[str, Any]:
    if given is False:
        return {}
    options: dict[str, Any] = {}
    if config.auth_token:
        options = config.auth_token.model_dump(exclude_none=True)
        options["key"] = config.auth_token.key.get_secret_value()
    return {**options, **(given or {})}


_TOKEN_OPTIONS = frozenset({"key", "duration", "start_time", "expiration", "acl", "ip", "token_name"})


def _token(options: dict[str, Any], url: str, now: float | None) -> str:
    unknown = options.keys() - _TOKEN_OPTIONS
    if unknown:
        raise UrlError(f"auth_token: unknown {listing(sorted(unknown))}; allowed: {listing(sorted(_TOKEN_OPTIONS))}")
    key = options.pop("key", None)
    if not isinstance(key, str):
        raise UrlError("auth_token needs a key (auth_token[key] in CLOUDINARY_URL)")
    try:
        return signing.auth_token(key, now=time.time() if now is None else now, url=urlsplit(url).path, **options)
    except ValueError as error:
        raise UrlError(f"auth_token: {error}") from None
