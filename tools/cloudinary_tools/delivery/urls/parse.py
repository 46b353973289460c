"""Reading a delivery URL: which cloud, which asset, which transformation.

Follows the order of the parts in a URL: host, cloud, resource type and type (or a short form of them), signature,
transformation components, version, public ID with its format, suffix, token.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.transformations.faults import shown
from cloudinary_tools.delivery.transformations.parser import is_component
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.urls.build import OLD_SHARED_HOST, RESOURCE_TYPES, SUFFIXED, UrlError

_SHARED = re.compile(r"res(-[1-5])?\.cloudinary\.com")
_PRIVATE = re.compile(r"([a-z0-9][a-z0-9_-]*)-res(-[1-5])?\.cloudinary\.com")
_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
_VERSION = re.compile(r"v[0-9]+")
_SEO = {
    **{place: key for key, place in SUFFIXED.items()},
    "videos": ("video", "upload"),
    "private_images": ("image", "private"),
    "authenticated_images": ("image", "authenticated"),
}
"""Places of URLs with a suffix; all but images and files are unconfirmed and only read, never written."""


@dataclass(frozen=True, slots=True)
class DeliveryUrl:
    """The parts of a delivery URL. `transformation` is text ("" for none), `version` a number or None.

    `signature` is the whole `s--…--` segment, `token` the whole query that carries one (`__cld_token__=…`).
    """

    cloud: str
    resource_type: str
    type: str
    public_id: str
    format: str | None = None
    transformation: str = ""
    version: int | None = None
    signature: str | None = None
    suffix: str | None = None
    token: str | None = None

    @property
    def source(self) -> str:
        """The public ID with its format: what a delivery request asks for."""
        return f"{self.public_id}.{self.format}" if self.format else self.public_id


def _host_of(text: str) -> str:
    return (urlsplit(text if "//" in text else f"//{text}").hostname or "").lower()


def _cloud_and_path(parts: SplitResult, config: CloudConfig | None) -> tuple[str, str]:
    """The cloud and the rest of the path, from what is known about hosts."""
    host = (parts.hostname or "").lower()
    path = parts.path
    in_path = bool(_SHARED.fullmatch(host)) or host == OLD_SHARED_HOST
    if config is not None and config.delivery_prefix:
        own = urlsplit(config.delivery_prefix)
        if (own.hostname, own.port) == (parts.hostname, parts.port) and path.startswith(f"{own.path}/"):
            path, in_path = path[len(own.path) :], True
    if not in_path and (match := _PRIVATE.fullmatch(host)):
        known = config is not None and config.cloud_name.lower() == match[1]
        return (config.cloud_name if known and config else match[1]), path.lstrip("/")
    if not in_path and config is not None:
        cname = (config.cname or "").lower()
        own_hosts = {_host_of(config.secure_distribution or ""), cname} - {""}
        if host in own_hosts or (cname and re.fullmatch(rf"a[1-5]\.{re.escape(cname)}", host)):
            if config.private_cdn:
                return config.cloud_name, path.lstrip("/")
            in_path = True
    if not in_path:
        raise UrlError(
            f"{shown(parts.netloc)} is not a host that delivers for this cloud (res.cloudinary.com or its own)"
        )
    cloud, _, rest = path.lstrip("/").partition("/")
    if not cloud or not rest:
        raise UrlError("the URL names no asset (expected https://res.cloudinary.com/<cloud>/image/upload/<public_id>)")
    return unquote(cloud), rest


def parse_url(url: str, config: CloudConfig | None = None) -> DeliveryUrl:
    """Read a delivery URL; `UrlError` when it is none.

    `config` makes the cloud's own hosts known: private CDN, `secure_distribution`, `cname` and `delivery_prefix`.
    """
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise UrlError(f"{shown(url)} cannot be read as a URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UrlError(f"{shown(url)} is not an http or https URL")
    cloud, rest = _cloud_and_path(parts, config)
    segments = rest.split("/")
    resource_type, kind, used, suffixed = _place(segments)
    segments = segments[used:]
    token, query = _split_query(parts.query)
    signature, segments = _leading(segments, _SIGNATURE)
    components: list[str] = []
    while len(segments) > 1 and (text := _component(segments[0])):
        components.append(text)
        segments = segments[1:]
    version, segments = _leading(segments, _VERSION)
    source = "/".join(segments)
    if not source.strip("/"):
        raise UrlError(f"{shown(url)} names no asset: there is no public ID after {resource_type}/{kind}")
    suffix = None
    extension = None
    if kind == "fetch":
        source += (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else "")
        source = re.sub(r"^(https?:/)(?=[^/])", r"\1/", source)
    elif resource_type != "raw" or suffixed:
        source, extension = _split_extension(source)
    if suffixed and "/" in source:
        source, _, suffix = source.rpartition("/")
        suffix = unquote(suffix)
    public_id = unquote(source)
    if resource_type == "raw" and extension:
        public_id, extension = f"{public_id}.{extension}", None
    return DeliveryUrl(
        cloud=cloud,
        resource_type=resource_type,
        type=kind,
        public_id=public_id,
        format=extension,
        transformation="/".join(components),
        version=int(version[1:]) if version else None,
        signature=signature,
        suffix=suffix,
        token=token,
    )


def _place(segments: list[str]) -> tuple[str, str, int, bool]:
    """Resource type, type, how many segments said so, and whether the last one is an SEO suffix."""
    head = segments[0]
    if head in RESOURCE_TYPES and len(segments) > 2 and segments[1] in reference().data["url_anatomy"]["types"]:
        return head, segments[1], 2, False
    if len(segments) > 1:
        if head == "iu":
            return "image", "upload", 1, False
        if head in _SEO:
            return *_SEO[head], 1, True
    return "image", "upload", 0, False


def _leading(segments: list[str], pattern: re.Pattern[str]) -> tuple[str | None, list[str]]:
    """Take a first segment of one form off, never the last one."""
    if len(segments) > 1 and pattern.fullmatch(segments[0]):
        return segments[0], segments[1:]
    return None, segments


def _component(segment: str) -> str | None:
    """A segment as a transformation component, or None. Browsers and tools may have encoded its commas."""
    if "%" in segment:
        plain = re.sub("(^|,)%24", r"\1$", re.sub("%2[Cc]", ",", segment))
        if is_component(plain):
            return plain
    return segment if is_component(segment) else None


def _split_query(query: str) -> tuple[str | None, str]:
    """A token and the rest of a query."""
    tokens = [part for part in query.split("&") if re.search(r"[=~]hmac=[0-9a-f]+", part)]
    return (tokens[0] if tokens else None), "&".join(part for part in query.split("&") if part and part not in tokens)


def _split_extension(source: str) -> tuple[str, str | None]:
    """Split a known format off the end of an encoded public ID."""
    head, dot, ending = source.rpartition(".")
    if dot and head and not head.endswith("/") and ending.lower() in reference().values("format"):
        return head, ending
    return source, None
