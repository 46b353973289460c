"""`move_folder`: another path for a folder and all that is in it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError, check_folder
from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.library.folders import folder_exists
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, visible


class MovedFolder(TypedDict):
    """A folder's old and new path."""

    moved_from: str
    path: str


@tool(kind="update", title="Move or rename a folder")
async def move_folder(
    ctx: ToolContext,
    path: Annotated[str, Field(description="Folder a/b")],
    to_path: Annotated[str, Field(description="New path")],
) -> ToolResult[MovedFolder]:
    """Move or rename a folder with all that is in it; public_ids and URLs stay."""
    path, to_path = check_folder(path.strip("/"), "path"), check_folder(to_path.strip("/"), "to_path")
    if await ctx.folder_mode() == "fixed":
        raise Problem(
            "This cloud has fixed folders, which cannot be moved; nothing was changed.",
            hint="rename_asset moves one asset: the folder is the start of its public_id.",
        )
    if to_path == path or to_path.startswith(f"{path}/"):
        raise Problem("A folder cannot be moved into itself; nothing was changed.")
    if await folder_exists(ctx, to_path):
        raise Problem(
            f"The folder {visible(to_path)} exists already; nothing was changed.",
            hint="Choose another path, or move the assets: edit_assets(folder=…, recursive=true, move_to=…).",
        )
    try:
        await ctx.admin("PUT", "folders", path, reply=DoneReply, json={"to_folder": to_path})
    except CloudError as error:
        if not error.outcome_unknown or not await folder_exists(ctx, to_path) or await folder_exists(ctx, path):
            raise  # otherwise the answer was lost, not the move
    text = f"Moved the folder {visible(path)} to {visible(to_path)}; public_ids and URLs stayed."
    return ToolResult(MovedFolder(moved_from=path, path=to_path), text)
