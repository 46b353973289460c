"""`build_url`: delivery URLs of an asset from typed transformations."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Required

from pydantic import ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict

from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.transformations.faults import TransformationError, TransformationFault
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.delivery.transformations.schema import component_schema
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.delivery.urls.responsive import chain
from cloudinary_tools.library.delivery_source import (
    DeliverySource,
    find_source,
    iso,
    plain_url,
    read_transformation,
    signed_url,
)
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, filled, visible, without_nulls

FullTransformation = Annotated[
    Any,
    WithJsonSchema(
        {"anyOf": [component_schema(), {"type": "array", "items": {"type": ["object", "string"]}}, {"type": "string"}]}
    ),
]
"""A transformation with the whole schema of its components; `build_url` alone carries it."""


_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9._~/-]+)?", re.IGNORECASE)
"""A host; as secure distribution also with the path below which a proxy serves the files."""


PERMANENT = "The signature never expires; build_signed_url makes links that do."


@with_config(ConfigDict(extra="forbid"))
class Variant(TypedDict, total=False):
    """One of several URLs of an asset; what it leaves out is taken from the call."""

    name: Required[Annotated[str, Field(min_length=1)]]
    transformation: Any
    format: str
    quality: str | int


class NamedUrl(TypedDict, total=False):
    """One URL; `name` where there are several, `expires_at` where a token limits it."""

    name: str
    url: Required[str]
    expires_at: str


class BuiltUrls(TypedDict, total=False):
    """One `url`, or one per variant in `urls`."""

    url: str
    expires_at: str
    urls: list[NamedUrl]
    signed: bool
    notes: list[str]


@tool(kind="read", title="Build delivery URLs")
async def build_url(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="public_id, delivery URL, or the remote URL for type fetch")] = "",
    asset_id: str = "",
    transformation: Annotated[
        FullTransformation, Field(description="One component, a list of them, or URL text (c_fill,w_400)")
    ] = None,
    variants: Annotated[
        list[Variant], Field(max_length=100, description="Several URLs at once, instead of transformation")
    ] = [],
    resource_type: Literal["image", "video", "raw"] | None = None,
    type: Annotated[str | None, Field(description="upload, private, authenticated, fetch, youtube …")] = None,
    format: Annotated[str | None, Field(description="Extension; auto adds f_auto")] = None,
    quality: Annotated[str | None, Field(description="Adds q_: 1-100, auto …")] = None,
    version: int | None = None,
    signed: Annotated[bool | None, Field(description="Default: where the type needs it")] = None,
    secure: Annotated[bool | None, Field(description="https")] = None,
    url_suffix: Annotated[str | None, Field(description="SEO name")] = None,
    private_cdn: bool | None = None,
    cname: str | None = None,
) -> ToolResult[BuiltUrls]:
    """Build delivery URLs; nothing unasked is added. find_transformation knows effects, flags and ranges."""
    source = await find_source(ctx, public_id, resource_type, type, asset_id)
    if variants and transformation:
        raise Problem("Give transformation or variants, not both.", hint="Put the shared steps into each variant.")
    config = _hosts(ctx.cloud.config, private_cdn, cname, secure=secure)
    wanted: Sequence[Variant] = variants or [Variant(name="", transformation=transformation)]
    if len({variant["name"] for variant in wanted}) < len(wanted):
        raise Problem("Two variants have the same name.")
    sign = _Signing(signed, time.time())
    urls: list[NamedUrl] = []
    faults: list[TransformationFault] = []
    for at, variant in enumerate(wanted):
        try:
            steps = _steps(source, {"format": format, "quality": quality, **variant})
            url = sign.url(
                config,
                source,
                steps,
                format=_extension(variant.get("format", format), source),
                version=version or source.version,
                secure=secure,
                url_suffix=url_suffix,
            )
            urls.append(NamedUrl(**without_nulls({"name": variant["name"], **url})))
        except TransformationError as error:
            faults += _placed(error, f"variants[{at}]." if variants else "")
        except UrlError as error:
            raise Problem(f"{variant['name']}: {error}" if variants else str(error)) from None
    if faults:
        raise TransformationError(faults)
    return _answer(urls, sign, source, replaced=bool(source.transformation and (transformation or variants)))


def _hosts(config: CloudConfig, private_cdn: bool | None, cname: str | None, *, secure: bool | None) -> CloudConfig:
    """The cloud as if it were configured with another host for its files."""
    changes: dict[str, Any] = {} if private_cdn is None else {"private_cdn": private_cdn}
    if cname:
        host = cname.removeprefix("https://").removeprefix("http://").rstrip("/")
        if not _HOST.fullmatch(host):
            raise Problem(f"cname {cname!r} is no host name.", hint="Give a name such as images.example.com.")
        plain = secure is False or (secure is None and not config.secure)
        changes["cname" if plain else "secure_distribution"] = host
    if not changes:
        return config
    return config.model_copy(update={"delivery_prefix": None, **changes})


def _steps(source: DeliverySource, given: Mapping[str, Any]) -> Any:
    """What was given, else the URL's own transformation, with the short cuts for f_auto and q_ at its end."""
    transformation = read_transformation(given.get("transformation")) or source.transformation or None
    last: dict[str, Any] = {}
    if given.get("format") == "auto":
        last["fetch_format"] = "auto"
    if (quality := given.get("quality")) is not None:
        if transformation and any("quality" in step for step in _components(transformation, source.resource_type)):
            raise Problem("quality is given twice: as an argument and in the transformation.")
        last["quality"] = quality
    return chain(transformation, last) if last else transformation


def _components(transformation: Any, resource_type: str) -> list[dict[str, Any]]:
    return parse(serialise(transformation, resource_type))


def _extension(format: str | None, source: DeliverySource) -> str | None:
    return None if format == "auto" else format or source.extension


class _Signing:
    """Signs what is to be signed, and remembers what has to be said about it."""

    def __init__(self, asked: bool | None, now: float) -> None:
        self.asked = asked
        self.now = now
        self.done = False
        self.permanent = False

    def url(self, config: CloudConfig, source: DeliverySource, transformation: Any, **options: Any) -> dict[str, Any]:
        """`url`, and `expires_at` where a token ends."""
        if not (source.needs_signature(transformation) if self.asked is None else self.asked):
            url = plain_url(config, source, transformation, **options)
            return {"url": url}
        signed = signed_url(config, source, transformation, self.now, **options)
        self.done = True
        self.permanent = signed.expires_at is None
        return {"url": signed.url, "expires_at": iso(signed.expires_at) if signed.expires_at else None}


def _placed(error: TransformationError, before: str) -> Iterator[TransformationFault]:
    yield from (TransformationFault(f"{before}{fault.path}", fault.message) for fault in error.faults)


def _answer(urls: list[NamedUrl], sign: _Signing, source: DeliverySource, *, replaced: bool) -> ToolResult[BuiltUrls]:
    notes: list[str] = []
    if sign.permanent:
        notes.append(PERMANENT)
    if source.restricted and not sign.done and sign.asked is False:
        notes.append(f"Without a signature an asset of type {source.type} answers 401.")
    if replaced:
        notes.append(f"Replaces the URL's own transformation {source.transformation}.")
    built = BuiltUrls(urls=urls) if urls[0].get("name") else filled(BuiltUrls, **urls[0])
    if sign.done:
        built["signed"] = True
    if notes:
        built["notes"] = notes
    return ToolResult(built, "\n".join([*map(_url_line, urls), *map(visible, notes)]))


def _url_line(url: NamedUrl) -> str:
    name = f"{visible(url['name'])}: " if "name" in url else ""
    until = f" (until {url['expires_at']})" if "expires_at" in url else ""
    return f"{name}{url['url']}{until}"
