"""HTML of delivered assets: `<img>`, `<picture>`, `<video>`, and tags for a page's head. Every value is escaped."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from cloudinary_tools.delivery.transformations.faults import not_in, shown
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.delivery.urls.responsive import (
    FAVICONS,
    SOCIAL_CARDS,
    DeliveredAsset,
    chain,
    checked_widths,
    favicon_urls,
    poster_url,
    social_card_urls,
    srcset,
    streaming_urls,
)

Attributes = Mapping[str, str | int | bool | None]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:.-]*")
_IMAGE_TYPES = {
    "avif": "image/avif",
    "webp": "image/webp",
    "jxl": "image/jxl",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
}
_VIDEO_TYPES = {"webm": "video/webm", "mp4": "video/mp4", "ogv": "video/ogg", "mov": "video/quicktime"}
_HLS, _DASH = "application/x-mpegURL", "application/dash+xml"


@dataclass(frozen=True, slots=True)
class PictureSource:
    """A picture's variant for some screens: `media` such as `(min-width: 800px)`, with a crop of its own."""

    media: str
    transformation: object = None
    widths: Sequence[int] | None = None
    sizes: str = "100vw"
    extra: Attributes = field(default_factory=dict[str, str | int | bool | None])


def tag(name: str, attributes: Attributes) -> str:
    """An opening tag. True stands for the name alone; None and False leave an attribute out."""
    parts = [name]
    for key, value in attributes.items():
        if not _NAME.fullmatch(key) or key.lower().startswith("on"):
            raise UrlError(f"attribute {shown(key)}: must be the plain name of an attribute, no event handler")
        if value is True:
            parts.append(key)
        elif value is not None and value is not False:
            parts.append(f'{key}="{escape(str(value), quote=True)}"')
    return f"<{' '.join(parts)}>"


def image_tag(
    asset: DeliveredAsset,
    *,
    alt: str = "",
    transformation: object = None,
    widths: Sequence[int] | None = None,
    sizes: str = "100vw",
    lazy: bool = True,
    attributes: Attributes | None = None,
) -> str:
    """An `<img>` that lets the browser pick a width; `src` (the largest) is for browsers that cannot."""
    largest = checked_widths(widths)[-1]
    return tag(
        "img",
        {
            "src": asset.url(chain(transformation, {"crop": "scale", "width": largest})),
            "srcset": srcset(asset, transformation, widths),
            "sizes": sizes,
            "alt": alt,
            "loading": "lazy" if lazy else None,
            **(attributes or {}),
        },
    )


def picture_tag(
    asset: DeliveredAsset,
    *,
    alt: str = "",
    sources: Sequence[PictureSource] = (),
    formats: Sequence[str] = (),
    transformation: object = None,
    widths: Sequence[int] | None = None,
    sizes: str = "100vw",
    lazy: bool = True,
    attributes: Attributes | None = None,
) -> str:
    """A `<picture>`: art direction by `sources`, modern `formats` (avif, webp, in order of preference), and an `<img>`.

    The first source that fits is used, so give the narrowest condition first.
    """
    for extension in formats:
        if extension not in _IMAGE_TYPES:
            raise UrlError(not_in("format", extension, _IMAGE_TYPES))
    lines = ["<picture>"]
    variants = [*sources, PictureSource("", transformation, widths, sizes)]
    for source in variants:
        steps: list[tuple[str | None, object]] = [
            (extension, chain(source.transformation, {"fetch_format": extension})) for extension in formats
        ]
        if source.media:
            steps.append((None, source.transformation))
        for extension, step in steps:
            lines.append(
                "  "
                + tag(
                    "source",
                    {
                        "media": source.media or None,
                        "type": _IMAGE_TYPES[extension] if extension else None,
                        "srcset": srcset(asset, step, source.widths),
                        "sizes": source.sizes,
                        **source.extra,
                    },
                )
            )
    image = image_tag(
        asset, alt=alt, transformation=transformation, widths=widths, sizes=sizes, lazy=lazy, attributes=attributes
    )
    return "\n".join([*lines, f"  {image}", "</picture>"])


def video_tag(
    asset: DeliveredAsset,
    *,
    transformation: object = None,
    formats: Sequence[str] = ("webm", "mp4"),
    streaming_profile: str | None = None,
    poster_at: float | str | None = None,
    controls: bool = True,
    autoplay: bool = False,
    loop: bool = False,
    attributes: Attributes | None = None,
) -> str:
    """A `<video>` with a poster and a source for each format; a streaming profile puts HLS and DASH first.

    `autoplay` also mutes, without which no browser plays by itself.
    """
    if asset.resource_type != "video":
        raise UrlError(f"resource_type {shown(asset.resource_type)}: a <video> needs a video")
    sources: list[tuple[str, str]] = []
    if streaming_profile:
        streams = streaming_urls(asset, streaming_profile, transformation)
        sources += [(streams.hls, _HLS), (streams.dash, _DASH)]
    for extension in formats:
        if extension not in _VIDEO_TYPES:
            raise UrlError(not_in("format", extension, _VIDEO_TYPES))
        sources.append((asset.url(transformation, format=extension), _VIDEO_TYPES[extension]))
    head = tag(
        "video",
        {
            "poster": poster_url(asset, transformation, poster_at),
            "controls": controls,
            "autoplay": autoplay,
            "muted": autoplay,
            "loop": loop,
            "playsinline": True,
            **(attributes or {}),
        },
    )
    lines = [f"  {tag('source', {'src': url, 'type': kind})}" for url, kind in sources]
    return "\n".join([head, *lines, "</video>"])


def social_card_tags(
    asset: DeliveredAsset, *, title: str = "", description: str = "", transformation: object = None
) -> str:
    """The `<meta>` tags of a link preview (Open Graph and X/Twitter) for a page's head."""
    urls = social_card_urls(asset, ("open_graph", "twitter"), transformation)
    width, height = SOCIAL_CARDS["open_graph"]
    texts = {"og:title": title, "og:description": description, "og:image:alt": title}
    pairs: list[tuple[str, str, str | int]] = [("property", name, text) for name, text in texts.items() if text]
    pairs += [
        ("property", "og:image", urls["open_graph"]),
        ("property", "og:image:width", width),
        ("property", "og:image:height", height),
        ("name", "twitter:card", "summary_large_image"),
        ("name", "twitter:image", urls["twitter"]),
    ]
    return "\n".join(tag("meta", {kind: name, "content": content}) for kind, name, content in pairs)


def favicon_tags(asset: DeliveredAsset, *, transformation: object = None) -> str:
    """The `<link>` tags of a site's icons for a page's head."""
    lines: list[str] = []
    for name, url in favicon_urls(asset, transformation).items():
        side = f"{FAVICONS[name]}x{FAVICONS[name]}"
        relation = "apple-touch-icon" if name == "apple-touch-icon" else "icon"
        lines.append(tag("link", {"rel": relation, "type": "image/png", "sizes": side, "href": url}))
    return "\n".join(lines)
