"""`create_animation`: an animated image, a video or a PDF made of several images."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.creations import AnimationReply
from cloudinary_tools.library.compose_sources import images_of
from cloudinary_tools.library.made_files import PlannedFile, make_file, plan_file
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, without_nulls


class Animation(TypedDict, total=False):
    """An animation's place."""

    url: str
    public_id: str
    version: int


async def execute_create_animation(ctx: ToolContext, plan: Plan[PlannedFile, dict[str, Any]]) -> Outcome[PlannedFile]:
    """Make the planned animation."""
    reply = await make_file(ctx, plan, "multi", AnimationReply)
    url = reply.get("secure_url") or reply.get("url")
    data = {"url": url, "public_id": reply.get("public_id"), "version": reply.get("version")}
    return Outcome(ToolResult(Animation(**without_nulls(data)), f"Made a {plan.options['format']}: {url}"))


@tool(kind="create", title="Create an animation", execute=execute_create_animation)
async def create_animation(
    ctx: ToolContext,
    tag: Annotated[str | None, Field(description="Images with it")] = None,
    urls: Annotated[list[str], Field(description="Or these")] = [],
    format: Annotated[Literal["gif", "png", "webp", "mp4", "webm", "pdf"], Field(description="Kind")] = "gif",
    transformation: Annotated[Any, Field(description="Of each")] = None,
) -> Plan[PlannedFile, dict[str, Any]] | ToolResult[Animation]:
    """Make an animation, video or PDF of images."""
    params = images_of(tag, urls, transformation) | {"format": format}
    return await plan_file(ctx, "create_animation", "multi", tag, params)
