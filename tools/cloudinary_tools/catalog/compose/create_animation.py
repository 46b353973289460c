"""`create_animation`: an animated image, a video or a PDF made of several images."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.creations import AnimationReply
from cloudinary_tools.library.compose_sources import images_of
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, without_nulls


class Animation(TypedDict, total=False):
    """An animation's place."""

    url: str
    public_id: str
    version: int


@tool(kind="create", title="Create an animation")
async def create_animation(
    ctx: ToolContext,
    tag: Annotated[str | None, Field(description="Images with it")] = None,
    urls: Annotated[list[str], Field(description="Or these")] = [],
    format: Annotated[Literal["gif", "png", "webp", "mp4", "webm", "pdf"], Field(description="Kind")] = "gif",
    transformation: Annotated[Any, Field(description="Of each")] = None,
) -> ToolResult[Animation]:
    """Make an animation, video or PDF of images."""
    params = images_of(tag, urls, transformation) | {"format": format}
    reply = await ctx.cloud.upload_call("image", "multi", params, reply=AnimationReply)
    url = reply.get("secure_url") or reply.get("url")
    data = {"url": url, "public_id": reply.get("public_id"), "version": reply.get("version")}
    return ToolResult(Animation(**without_nulls(data)), f"Made a {format}: {url}")
