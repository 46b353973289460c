"""`create_folder`: a folder with its parents."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import AlreadyExists, check_folder
from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.library.folders import child_folders
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, visible


class CreatedFolder(TypedDict, total=False):
    """A folder that exists now."""

    path: str
    existed: bool


@tool(kind="create", title="Create a folder")
async def create_folder(
    ctx: ToolContext, path: Annotated[str, Field(description="a/b/c; parents are made too")]
) -> ToolResult[CreatedFolder]:
    """Create a folder; one that exists already is no error."""
    path = check_folder(path.strip("/"))
    siblings, _ = await child_folders(ctx, path.rpartition("/")[0])
    existed = path in siblings
    if not existed:
        try:
            await ctx.admin("POST", "folders", path, reply=DoneReply)
        except AlreadyExists:
            existed = True
    text = f"The folder {visible(path)} existed already." if existed else f"Created the folder {visible(path)}."
    return ToolResult(CreatedFolder(path=path, existed=existed), text)
