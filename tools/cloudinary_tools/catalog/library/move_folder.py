"""`move_folder`: another path for a folder and all that is in it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError, check_folder
from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.library.folders import assets_within, folder_exists
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan, cost
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, quote, visible


@dataclass(frozen=True, slots=True)
class FolderMove:
    """Where a folder goes."""

    to_path: str


class MovedFolder(TypedDict, total=False):
    """A folder's old and new path."""

    moved_from: str
    path: str


async def execute_move_folder(ctx: ToolContext, plan: Plan[NamedItem, FolderMove]) -> Outcome[NamedItem]:
    """Move the planned folder, if nothing has its new path meanwhile."""
    (folder,) = plan.items
    path, to_path = folder.id, plan.options.to_path
    if not plan.fresh and await folder_exists(ctx, to_path):
        raise Problem(f"The folder {visible(to_path)} exists by now; nothing was changed.")
    change = Change(
        folder.key, folder.label, "changes", "move", "folder", before={"path": path}, after={"path": to_path}
    )
    async with ctx.recorded([change]) as record:
        try:
            await ctx.admin("PUT", "folders", path, reply=DoneReply, json={"to_folder": to_path})
        except CloudError as error:
            if not error.outcome_unknown or not await folder_exists(ctx, to_path) or await folder_exists(ctx, path):
                raise  # otherwise the answer was lost, not the move
        record.done(folder.key, became=f"folder:{to_path}")
    text = f"Moved the folder {visible(path)} to {visible(to_path)}; public_ids and URLs stayed."
    return Outcome(ToolResult(MovedFolder(moved_from=path, path=to_path), text))


@tool(kind="update", title="Move or rename a folder", execute=execute_move_folder)
async def move_folder(
    ctx: ToolContext,
    path: Annotated[str, Field(description="Folder a/b")],
    to_path: Annotated[str, Field(description="New path")],
) -> Plan[NamedItem, FolderMove] | ToolResult[MovedFolder]:
    """Move or rename a folder with all that is in it; public_ids and URLs stay. With many assets it is planned."""
    path, to_path = check_folder(path.strip("/"), "path"), check_folder(to_path.strip("/"), "to_path")
    if await ctx.folder_mode() == "fixed":
        raise Problem(
            "This cloud has fixed folders, which cannot be moved; nothing was changed.",
            hint="rename_asset moves one asset: the folder is the start of its public_id.",
        )
    if to_path == path or to_path.startswith(f"{path}/"):
        raise Problem("A folder cannot be moved into itself; nothing was changed.")
    before = ctx.budget.admin_calls
    if await folder_exists(ctx, to_path):
        raise Problem(
            f"The folder {visible(to_path)} exists already; nothing was changed.",
            hint="Choose another path, or move the assets: edit_assets(folder=…, recursive=true, move_to=…).",
        )
    inside = await assets_within(ctx, path)
    return Plan(
        operation="move_folder",
        verb="Move",
        refusal_suffix="nothing was changed",
        selection=f"{quote(path)} to {quote(to_path)}, with {plural(inside, 'asset')} in it and below",
        items=(NamedItem(f"folder:{path}", path),),
        explicit=True,
        options=FolderMove(to_path),
        effect="changes",
        targets=(f"folder:{to_path}",),
        touched=max(inside, 1),
        warnings=("public_ids and URLs stay; it can be moved back.",),
        what="folder",
        cost=cost(before - ctx.budget.admin_calls, 1),
    )
