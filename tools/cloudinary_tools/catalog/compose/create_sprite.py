"""`create_sprite`: many images in one picture, with the style sheet that shows each of them."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.creations import SpriteReply
from cloudinary_tools.library.compose_sources import images_of
from cloudinary_tools.library.made_files import PlannedFile, make_file, plan_file
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, plural, without_nulls


class Sprite(TypedDict, total=False):
    """A sprite: one picture, its style sheet, and how many pictures are in it."""

    image_url: str
    css_url: str
    json_url: str
    images: int
    version: int


async def execute_create_sprite(ctx: ToolContext, plan: Plan[PlannedFile, dict[str, Any]]) -> Outcome[PlannedFile]:
    """Make the planned sprite."""
    reply = await make_file(ctx, plan, "sprite", SpriteReply)
    data: dict[str, Any] = {
        "image_url": reply.get("secure_image_url") or reply.get("image_url"),
        "css_url": reply.get("secure_css_url") or reply.get("css_url"),
        "json_url": reply.get("secure_json_url") or reply.get("json_url"),
        "images": len(reply.get("image_infos") or ()),
        "version": reply.get("version"),
    }
    text = f"A sprite of {plural(data['images'], 'image')}: {data['image_url']}\nCSS: {data['css_url']}"
    return Outcome(ToolResult(Sprite(**without_nulls(data)), f"{text}\nJSON: {data['json_url']}"))


@tool(kind="create", title="Create a sprite", execute=execute_create_sprite)
async def create_sprite(
    ctx: ToolContext,
    tag: Annotated[str | None, Field(description="Images with it")] = None,
    urls: Annotated[list[str], Field(description="Or these")] = [],
    transformation: Annotated[Any, Field(description="Of each")] = None,
) -> Plan[PlannedFile, dict[str, Any]] | ToolResult[Sprite]:
    """Put images into one picture with a style sheet."""
    params = images_of(tag, urls, transformation)
    return await plan_file(ctx, "create_sprite", "sprite", tag, params)
