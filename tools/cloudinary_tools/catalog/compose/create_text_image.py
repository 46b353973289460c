"""`create_text_image`: a picture of a text."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import check_public_id
from cloudinary_tools.client.reply_types.creations import TextImageReply
from cloudinary_tools.library.asset_view import asset_url
from cloudinary_tools.library.made_files import PlannedFile, make_file, plan_file
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, visible, without_nulls

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


class TextImage(TypedDict, total=False):
    """A picture of a text; sizes in pixels."""

    public_id: str
    url: str
    width: int
    height: int


async def execute_create_text_image(ctx: ToolContext, plan: Plan[PlannedFile, dict[str, Any]]) -> Outcome[PlannedFile]:
    """Make the planned picture."""
    reply = await make_file(ctx, plan, "text", TextImageReply)
    data = {
        "public_id": reply["public_id"],
        "url": asset_url(ctx.cloud.config, {"type": "text", **reply}),
        "width": reply.get("width"),
        "height": reply.get("height"),
    }
    shape = f"{data['width']}x{data['height']}"
    return Outcome(
        ToolResult(
            TextImage(**without_nulls(data)), f"image/text/{visible(reply['public_id'])}, {shape}: {data['url']}"
        )
    )


@tool(kind="create", title="Create an image of text", execute=execute_create_text_image)
async def create_text_image(
    ctx: ToolContext,
    text: Annotated[str, Field(description="Text")],
    public_id: Annotated[str | None, Field(description="Else random")] = None,
    options: Annotated[dict[str, Any] | None, Field(description="font_size, font_color …")] = None,
) -> Plan[PlannedFile, dict[str, Any]] | ToolResult[TextImage]:
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
    given = {name: value for name, value in params.items() if value is not None}
    return await plan_file(ctx, "create_text_image", "text", public_id, given)
