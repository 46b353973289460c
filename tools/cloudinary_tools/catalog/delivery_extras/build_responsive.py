"""`build_responsive`: what a page needs of an asset, ready to be pasted."""

from typing import Annotated, Any, Literal, Required

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from cloudinary_tools.delivery.urls import html
from cloudinary_tools.delivery.urls.responsive import DeliveredAsset, social_card_urls, streaming_urls
from cloudinary_tools.library.delivery_source import LightTransformation, find_source, read_transformation
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult

_MOVIES = ("video", "streaming")
_IN_TAGS = ("open_graph", "twitter")
"""The social cards that the tags already hold."""

Kind = Literal["img", "picture", "video", "streaming", "social", "favicon"]


@with_config(ConfigDict(extra="forbid"))
class ArtDirection(TypedDict, total=False):
    """media is such as (max-width: 600px)."""

    media: Required[str]
    transformation: Any
    widths: list[int]
    sizes: str


class Snippet(TypedDict, total=False):
    """`html` to paste, and `urls` by name where they are not in it."""

    html: str
    urls: dict[str, str]
    notes: list[str]


@tool(kind="read", title="Build responsive HTML")
async def build_responsive(
    ctx: ToolContext,
    kind: Annotated[Kind, Field(description="streaming: HLS and DASH; social: link preview cards")],
    public_id: Annotated[str, Field(description="Or URL")],
    type: Annotated[str | None, Field(description="Delivery type")] = None,
    transformation: LightTransformation = None,
    widths: Annotated[list[int] | None, Field(description="srcset pixels")] = None,
    sizes: Annotated[str, Field(description="CSS")] = "100vw",
    formats: Annotated[list[str] | None, Field(description="avif, webp …; video: webm, mp4")] = None,
    sources: Annotated[list[ArtDirection], Field(description="picture: art direction, narrowest first")] = [],
    alt: Annotated[str, Field(description="For img")] = "",
    title: Annotated[str, Field(description="For social")] = "",
    description: Annotated[str, Field(description="For social")] = "",
    streaming_profile: Annotated[str | None, Field(description="hd …")] = None,
    poster_at: Annotated[str | None, Field(description="Seconds, percent or auto")] = None,
    attributes: Annotated[dict[str, Any] | None, Field(description="More HTML attributes")] = None,
) -> ToolResult[Snippet]:
    """Write HTML for a page: img with srcset, picture, video, streams, social cards, favicons."""
    wanted = "video" if kind in _MOVIES else "image"
    source = await find_source(ctx, public_id, None if "://" in public_id else wanted, type)
    if source.resource_type != wanted:
        raise Problem(f"kind={kind!r} is made of an asset of resource_type {wanted}, not {source.resource_type}.")
    steps = read_transformation(transformation) or source.transformation or None
    # a page outlives every token in its addresses: tokens come as a cookie there
    config = ctx.cloud.config.model_copy(update={"auth_token": None})
    signed = source.needs_signature(transformation=True)
    asset = DeliveredAsset(config, source.public_id, source.resource_type, source.type, source.version, signed)
    made = Snippet()
    match kind:
        case "img":
            made["html"] = html.image_tag(
                asset, alt=alt, transformation=steps, widths=widths, sizes=sizes, attributes=attributes
            )
        case "picture":
            made["html"] = html.picture_tag(
                asset,
                alt=alt,
                sources=[_source(entry) for entry in sources],
                formats=formats or (),
                transformation=steps,
                widths=widths,
                sizes=sizes,
                attributes=attributes,
            )
        case "video":
            made["html"] = html.video_tag(
                asset,
                transformation=steps,
                formats=formats or ("webm", "mp4"),
                streaming_profile=streaming_profile,
                poster_at=poster_at,
                attributes=attributes,
            )
        case "streaming":
            streams = streaming_urls(asset, streaming_profile or "auto", steps)
            made["urls"] = {"hls": streams.hls, "dash": streams.dash}
        case "social":
            made["html"] = html.social_card_tags(asset, title=title, description=description, transformation=steps)
            cards = social_card_urls(asset, None, steps)
            made["urls"] = {name: url for name, url in cards.items() if name not in _IN_TAGS}
        case "favicon":
            made["html"] = html.favicon_tags(asset, transformation=steps)
    if signed:
        made["notes"] = ["The URLs are signed and never expire: whoever reads the page can pass them on."]
    return ToolResult(made, _text(made))


def _source(entry: ArtDirection) -> html.PictureSource:
    return html.PictureSource(
        entry["media"],
        read_transformation(entry.get("transformation")),
        entry.get("widths"),
        entry.get("sizes", "100vw"),
    )


def _text(made: Snippet) -> str:
    urls = [f"{name}: {url}" for name, url in made.get("urls", {}).items()]
    return "\n".join([*([made["html"]] if "html" in made else []), *urls, *made.get("notes", [])])
