"""Sets of URLs of one asset: widths for `srcset`, adaptive streaming, social cards, favicons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudinary_tools.config import CloudConfig
from cloudinary_tools.delivery.transformations.faults import shown
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.delivery.urls.build import UrlError, build_url
from cloudinary_tools.json_types import as_list

MOST_WIDTHS = 50
WIDTHS = (320, 640, 960, 1280, 1920)
"""Widths in pixels when none are asked for: phones to large screens."""

SOCIAL_CARDS = {
    "open_graph": (1200, 630),
    "twitter": (1200, 600),
    "linkedin": (1200, 627),
    "instagram": (1080, 1080),
    "pinterest": (1000, 1500),
}
"""Width and height of the card of each network, in pixels."""

FAVICONS = {"icon-16": 16, "icon-32": 32, "icon-48": 48, "apple-touch-icon": 180, "icon-192": 192, "icon-512": 512}
"""Sides of the square icons that browsers, phones and web app manifests ask for, in pixels."""

Component = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveredAsset:
    """An asset as it is delivered: what all URLs of one snippet have in common."""

    config: CloudConfig
    public_id: str
    resource_type: str = "image"
    type: str = "upload"
    version: int | str | None = None
    signed: bool = False
    url_suffix: str | None = None

    def url(self, transformation: object = None, *, format: str | None = None) -> str:
        """One delivery URL."""
        return build_url(
            self.config,
            self.public_id,
            transformation=transformation,
            resource_type=self.resource_type,
            type=self.type,
            format=format,
            version=self.version,
            signed=self.signed,
            url_suffix=self.url_suffix,
        )


@dataclass(frozen=True, slots=True)
class Streaming:
    """Addresses of adaptive streams: HLS for Apple devices and players, DASH for the others."""

    hls: str
    dash: str


def chain(transformation: object, *more: Component) -> list[Any]:
    """A transformation of any form with components after it."""
    items = as_list(transformation)
    return [*(items if items is not None else [transformation] if transformation else []), *more]


def checked_widths(widths: Sequence[int] | None) -> list[int]:
    """Widths in rising order, each once; `UrlError` for none or for wrong ones."""
    found = sorted(set(WIDTHS if widths is None else widths))
    if not found or found[0] <= 0:
        raise UrlError(f"widths {shown(list(widths or ()))}: must be pixels above 0, at least one")
    if len(found) > MOST_WIDTHS:
        raise UrlError(f"widths: {len(found)} are too many for a page; give at most {MOST_WIDTHS}")
    return found


def srcset(
    asset: DeliveredAsset,
    transformation: object = None,
    widths: Sequence[int] | None = None,
    *,
    format: str | None = None,
) -> str:
    """The `srcset` of an image: one URL for each width, the picture scaled to it after the transformation."""
    return ", ".join(
        f"{asset.url(chain(transformation, {'crop': 'scale', 'width': width}), format=format)} {width}w"
        for width in checked_widths(widths)
    )


def streaming_urls(asset: DeliveredAsset, profile: str = "auto", transformation: object = None) -> Streaming:
    """Adaptive streams of a video; a fault when the asset is none."""
    if asset.resource_type != "video":
        raise UrlError(f"resource_type {shown(asset.resource_type)}: only videos are streamed")
    steps = chain(transformation, {"streaming_profile": profile})
    return Streaming(hls=asset.url(steps, format="m3u8"), dash=asset.url(steps, format="mpd"))


def still(transformation: object) -> list[dict[str, Any]]:
    """What of a video's transformation also makes sense for a still of it: no codecs, rates or delivery formats."""
    dropped = {*reference().data["video"]["video_only"], "fetch_format", "quality", "flags"}
    components = parse(serialise(transformation, "video")) if transformation else []
    kept = [{key: value for key, value in component.items() if key not in dropped} for component in components]
    return [component for component in kept if component]


def poster_url(asset: DeliveredAsset, transformation: object = None, at: float | str | None = None) -> str:
    """A still of a video as JPEG; `at` is the moment in seconds, a percentage or `auto`."""
    steps = still(transformation)
    moment: list[dict[str, Any]] = [{"start_offset": at}] if at is not None else []
    return asset.url([*moment, *steps], format="jpg")


def social_card_urls(
    asset: DeliveredAsset, names: Sequence[str] | None = None, transformation: object = None
) -> dict[str, str]:
    """A JPEG for each network's card, filled around what is most interesting."""
    unknown = [name for name in names or () if name not in SOCIAL_CARDS]
    if unknown:
        raise UrlError(f"social card {shown(unknown[0])}: allowed: {', '.join(SOCIAL_CARDS)}")
    found: dict[str, str] = {}
    for name in names or SOCIAL_CARDS:
        width, height = SOCIAL_CARDS[name]
        step = {"crop": "fill", "gravity": "auto", "width": width, "height": height}
        found[name] = asset.url(chain(transformation, step), format="jpg")
    return found


def favicon_urls(asset: DeliveredAsset, transformation: object = None) -> dict[str, str]:
    """A square PNG for each icon size; the logo stays whole on a transparent ground."""
    found: dict[str, str] = {}
    for name, side in FAVICONS.items():
        step = {"crop": "pad", "width": side, "height": side, "background": "transparent"}
        found[name] = asset.url(chain(transformation, step), format="png")
    return found
