"""`create_sprite`: many images in one picture, with the style sheet that shows each of them."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.creations import SpriteReply
from cloudinary_tools.library.compose_sources import images_of
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, plural, without_nulls


class Sprite(TypedDict, total=False):
    """A sprite: one picture, its style sheet, and how many pictures are in it."""

    image_url: str
    css_url: str
    json_url: str
    images: int
    version: int


@tool(kind="create", title="Create a sprite")
async def create_sprite(
    ctx: ToolContext,
    tag: Annotated[str | None, Field(description="Images with it")] = None,
    urls: Annotated[list[str], Field(description="Or these")] = [],
    transformation: Annotated[Any, Field(description="Of each")] = None,
) -> ToolResult[Sprite]:
    """Put images into one picture with a style sheet."""
    reply = await ctx.cloud.upload_call("image", "sprite", images_of(tag, urls, transformation), reply=SpriteReply)
    data: dict[str, Any] = {
        "image_url": reply.get("secure_image_url") or reply.get("image_url"),
        "css_url": reply.get("secure_css_url") or reply.get("css_url"),
        "json_url": reply.get("secure_json_url") or reply.get("json_url"),
        "images": len(reply.get("image_infos") or ()),
        "version": reply.get("version"),
    }
    text = f"A sprite of {plural(data['images'], 'image')}: {data['image_url']}\nCSS: {data['css_url']}"
    return ToolResult(Sprite(**without_nulls(data)), f"{text}\nJSON: {data['json_url']}")
