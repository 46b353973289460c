"""`explain_url`: what any Cloudinary URL is and does, what is wrong with it, and how it could be better."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Annotated, Any, Required

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.transformations.explain import Finding, explain, findings
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.delivery.urls.parse import DeliveryUrl, parse_url
from cloudinary_tools.delivery.urls.responsive import chain
from cloudinary_tools.library.delivery_source import DeliverySource, iso, plain_url
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, filled, inline, visible

LONG = 80
"""Characters from which a transformation is worth a name of its own."""
COMMON = frozenset({"jpg", "jpeg", "png", "webp", "gif", "avif", "bmp", "tif", "tiff"})
"""Extensions beside which f_auto still picks the format; others (pdf, svg …) are asked for on purpose."""

_FACTS = ("format", "version", "url_suffix", "signature", "token_expires")
RIGHT, WRONG, UNCHECKED = "fits, never expires", "does not fit", "not checked (another cloud, or no API secret here)"

_EXPIRY = re.compile(r"exp=(\d+)")
_OLD = re.compile(r"cloudinary-a\.akamaihd\.net")

LONGEST = 8_000
"""Characters of a URL that are read; CDNs take no longer one."""


class ExplainedStep(TypedDict):
    """One component and what it does."""

    text: str
    does: str


class ExplainedUrl(TypedDict, total=False):
    """A URL taken apart. `signature` says whether it fits; `better_url` is the URL with the advice about it taken."""

    cloud: Required[str]
    resource_type: str
    type: str
    public_id: str
    format: str
    version: int
    url_suffix: str
    signature: str
    token_expires: str
    steps: list[ExplainedStep]
    faults: list[str]
    advice: list[str]
    better_url: str


@tool(kind="read", title="Explain a delivery URL")
async def explain_url(
    ctx: ToolContext, url: Annotated[str, Field(description="Any delivery URL")]
) -> ToolResult[ExplainedUrl]:
    """Take a Cloudinary URL apart: every component in words, faults, and how to shorten or modernise it."""
    config = ctx.cloud.config
    if len(url) > LONGEST:
        raise Problem(f"The URL has {len(url):,} characters; one of more than {LONGEST:,} is not delivered.")
    try:
        parsed = parse_url(url, config)
    except UrlError as error:
        raise Problem(f"That is no Cloudinary delivery URL: {error}.") from None
    steps: list[ExplainedStep] = []
    faults: list[str] = []
    found: list[Finding] = []
    try:
        steps = [
            ExplainedStep(text=step.text, does=step.words)
            for step in explain(parsed.transformation, parsed.resource_type)
        ]
        found = findings(parsed.transformation, parsed.resource_type, format=_asked_format(parsed))
    except TransformationError as error:
        faults += [str(fault) for fault in error.faults]
    own = parsed.cloud == config.cloud_name
    signature = _signature(config, parsed) if parsed.signature else None
    if signature == WRONG:
        faults.append("The signature does not fit: the URL was changed after it was signed, or by another secret.")
    token_expires = _token_end(parsed, faults)
    data: dict[str, Any] = {
        "cloud": parsed.cloud,
        "resource_type": parsed.resource_type,
        "type": parsed.type,
        "public_id": parsed.public_id,
        "format": parsed.format,
        "version": parsed.version,
        "url_suffix": parsed.suffix,
        "signature": signature,
        "token_expires": token_expires,
        "steps": steps,
        "faults": faults,
        "advice": [*_about_address(url), *map(_in_words, found), *_about_length(parsed)],
        "better_url": _better(config, parsed, found, url) if own and not faults else None,
    }
    explained = filled(ExplainedUrl, **data)
    return ToolResult(explained, _text(explained))


def _asked_format(parsed: DeliveryUrl) -> str | None:
    """The extension, where it says more than the file's own usual format."""
    return None if parsed.resource_type == "image" and parsed.format in COMMON else parsed.format


def _signature(config: CloudConfig, parsed: DeliveryUrl) -> str:
    """Whether the signature is one of the three forms that the API secret makes of this URL."""
    if parsed.cloud != config.cloud_name or not config.api_secret:
        return UNCHECKED
    for algorithm, long in product(("sha1", "sha256"), (False, True)):
        forms = config.model_copy(update={"signature_algorithm": algorithm, "long_url_signature": long})
        if f"/{parsed.signature}/" in _rebuilt(forms, parsed, parsed.transformation, signed=True):
            return RIGHT
    return WRONG


def _rebuilt(config: CloudConfig, parsed: DeliveryUrl, transformation: Any, *, signed: bool) -> str:
    source = DeliverySource(parsed.public_id, parsed.resource_type, parsed.type)
    return plain_url(
        config,
        source,
        transformation,
        format=parsed.format,
        version=parsed.version,
        url_suffix=parsed.suffix if parsed.type == "upload" and parsed.resource_type != "video" else None,
        signed=signed,
        auth_token=False,
    )


def _token_end(parsed: DeliveryUrl, faults: list[str]) -> str | None:
    match = _EXPIRY.search(parsed.token or "")
    if not match:
        return None
    end = int(match[1])
    if end <= datetime.now(UTC).timestamp():
        faults.append(f"The token ended at {iso(end)}.")
    return iso(end)


def _about_address(url: str) -> Iterator[str]:
    if url.strip().lower().startswith("http://res.cloudinary.com"):
        yield "http: browsers block or warn of it on https pages; use https."
    if _OLD.search(url):
        yield "The host is Cloudinary's old one; use res.cloudinary.com."


def _in_words(finding: Finding) -> str:
    return f"{finding.message}: {finding.advice}"


def _about_length(parsed: DeliveryUrl) -> Iterator[str]:
    if len(parsed.transformation) >= LONG:
        yield f"{len(parsed.transformation)} characters of transformation: saved under a name it shrinks to t_<name>"


def _better(config: CloudConfig, parsed: DeliveryUrl, found: list[Finding], url: str) -> str | None:
    """The URL over https with what the findings add; None when that is the URL itself or it cannot be signed."""
    added: dict[str, Any] = {}
    for finding in found:
        added |= finding.add or {}
    if parsed.token or (parsed.signature and not config.api_secret):
        return None
    steps = chain(parsed.transformation, added) if added else parsed.transformation
    better = _rebuilt(config, parsed, steps, signed=bool(parsed.signature))
    return better if better != url.strip() else None


def _text(data: ExplainedUrl) -> str:
    known: dict[str, Any] = dict(data)
    named = f"{known['resource_type']}/{known['type']} {visible(known['public_id'])!r} of cloud {known['cloud']!r}"
    rows = [named + "".join(f", {key} {inline(known[key])}" for key in _FACTS if key in known)]
    rows += [f"- {visible(step['text'])}: {visible(step['does'])}" for step in data.get("steps", [])]
    rows += [f"Fault: {visible(fault)}" for fault in data.get("faults", [])]
    rows += [f"Advice: {visible(advice)}" for advice in data.get("advice", [])]
    if "better_url" in data:
        rows.append(f"Better: {data['better_url']}")
    return "\n".join(rows)
