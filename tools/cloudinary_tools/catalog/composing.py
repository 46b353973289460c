"""`create_sprite`, `create_animation`, `explode_pages`, `create_text_image`: new pictures from others, or from text."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import check_public_id
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.library.asset_view import asset_url, read_asset
from cloudinary_tools.library.selection import name_any
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, visible, without_nulls

STYLE = {"font_family": "Arial", "font_size": 24}
"""How a text looks unless asked otherwise; Cloudinary's own 12 pixels are hard to read."""
TEXT_OPTIONS = frozenset(
    {
        "font_family", "font_size", "font_color",
        "font_style", "font_weight", "text_align", "text_decoration", "background", "opacity", "line_spacing",
        "font_hinting", "font_antialiasing",
    }
)  # fmt: skip
"""What `options` of a text image may hold (Upload API reference)."""


class Sprite(TypedDict, total=False):
    """A sprite: one picture, its style sheet, and how many pictures are in it."""

    image_url: str
    css_url: str
    json_url: str
    images: int
    version: int


class Animation(TypedDict, total=False):
    """An animation's place."""

    url: str
    public_id: str
    version: int


class Exploded(TypedDict, total=False):
    """A document whose pages are being made into pictures."""

    status: str
    batch_id: str
    pages: int
    note: str


class TextImage(TypedDict, total=False):
    """A picture of a text; sizes in pixels."""

    public_id: str
    url: str
    width: int
    height: int


@tool(toolset="compose", kind="create", title="Create a sprite")
async def create_sprite(
    ctx: ToolContext,
    tag: Annotated[str | None, Field(description="Images with it")] = None,
    urls: Annotated[list[str], Field(description="Or these")] = [],
    transformation: Annotated[Any, Field(description="Of each")] = None,
) -> ToolResult[Sprite]:
    """Put images into one picture with a style sheet."""
    reply = await ctx.cloud.upload_call("image", "sprite", _sources(tag, urls, transformation))
    data: dict[str, Any] = {
        "image_url": reply.get("secure_image_url") or reply.get("image_url"),
        "css_url": reply.get("secure_css_url") or reply.get("css_url"),
        "json_url": reply.get("secure_json_url") or reply.get("json_url"),
        "images": len(reply.get("image_infos") or ()),
        "version": reply.get("version"),
    }
    text = f"A sprite of {plural(data['images'], 'image')}: {data['image_url']}\nCSS: {data['css_url']}"
    return ToolResult(Sprite(**without_nulls(data)), f"{text}\nJSON: {data['json_url']}")


@tool(toolset="compose", kind="create", title="Create an animation")
async def create_animation(
    ctx: ToolContext,
    tag: Annotated[str | None, Field(description="Images with it")] = None,
    urls: Annotated[list[str], Field(description="Or these")] = [],
    format: Annotated[Literal["gif", "png", "webp", "mp4", "webm", "pdf"], Field(description="Kind")] = "gif",
    transformation: Annotated[Any, Field(description="Of each")] = None,
) -> ToolResult[Animation]:
    """Make an animation, video or PDF of images."""
    params = _sources(tag, urls, transformation) | {"format": format}
    reply = await ctx.cloud.upload_call("image", "multi", params)
    url = reply.get("secure_url") or reply.get("url")
    data = {"url": url, "public_id": reply.get("public_id"), "version": reply.get("version")}
    return ToolResult(Animation(**without_nulls(data)), f"Made a {format}: {url}")


@tool(toolset="compose", kind="create", title="Explode pages")
async def explode_pages(
    ctx: ToolContext,
    public_id: Annotated[str, Field(description="PDF, PSD, GIF")],
    transformation: Annotated[str | None, Field(description="Of each, w_300")] = None,
    format: Annotated[str, Field(description="Format")] = "png",
) -> ToolResult[Exploded]:
    """Make a picture of every page or frame."""
    asset = await read_asset(ctx, name_any(ctx.cloud.config, public_id), {"pages": True})
    if asset["resource_type"] != "image":
        raise Problem(f"{visible(asset['public_id'])} is a {asset['resource_type']} asset; only images have pages.")
    parts = [part for part in (serialise(transformation) if transformation else None, "pg_all") if part]
    params = {
        "public_id": asset["public_id"],
        "type": asset["type"],
        "transformation": "/".join(parts),
        "format": format,
    }
    reply = await ctx.cloud.upload_call("image", "explode", params)
    address = {**asset, "secure_url": None, "format": format}
    first = asset_url(ctx.cloud.config, address)
    note = f"Pages are made in the background; page N is delivered with pg_N as transformation, from {first}."
    data = {"status": reply.get("status"), "batch_id": reply.get("batch_id"), "pages": asset.get("pages")}
    return ToolResult(Exploded(note=note, **without_nulls(data)), f"{data['status'] or 'processing'}: {note}")  # pyright: ignore[reportCallIssue]


@tool(toolset="compose", kind="create", title="Create an image of text")
async def create_text_image(
    ctx: ToolContext,
    text: Annotated[str, Field(description="Text")],
    public_id: Annotated[str | None, Field(description="Else random")] = None,
    options: Annotated[dict[str, Any] | None, Field(description="font_size, font_color …")] = None,
) -> ToolResult[TextImage]:
    """Make a picture of a text, of type text."""
    if not text.strip():
        raise Problem("There is no text; nothing was created.")
    if unknown := sorted((options or {}).keys() - TEXT_OPTIONS):
        raise Problem(f"options cannot hold {', '.join(unknown)}.", hint=f"It may: {', '.join(sorted(TEXT_OPTIONS))}.")
    params = {
        **STYLE,
        **(options or {}),
        "text": text,
        "public_id": check_public_id(public_id) if public_id else None,
    }
    reply = await ctx.cloud.upload_call(
        "image", "text", {name: value for name, value in params.items() if value is not None}
    )
    data = {
        "public_id": reply.get("public_id"),
        "url": asset_url(ctx.cloud.config, {"type": "text", **reply}),
        "width": reply.get("width"),
        "height": reply.get("height"),
    }
    shape = f"{data['width']}x{data['height']}"
    return ToolResult(
        TextImage(**without_nulls(data)), f"image/text/{visible(str(data['public_id']))}, {shape}: {data['url']}"
    )


def _sources(tag: str | None, urls: list[str], transformation: Any) -> dict[str, Any]:
    if bool(tag) == bool(urls):
        raise Problem("Say which images by tag or by urls, one of them; nothing was created.")
    chosen: dict[str, Any] = {"tag": tag} if tag else {"urls": urls}
    return chosen | ({"transformation": serialise(transformation)} if transformation else {})
