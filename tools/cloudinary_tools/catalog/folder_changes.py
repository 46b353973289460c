"""`move_folder` and `delete_folder`."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError, NotFound, check_folder
from cloudinary_tools.library.selection import Selection, folders_below
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.plans import Outcome, Plan, Thing, cost
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, visible

SAMPLE = 5


class MovedFolder(TypedDict):
    """A folder's old and new path."""

    moved_from: str
    path: str


class DeletedFolders(TypedDict, total=False):
    """The paths that are no more."""

    deleted: list[str]


@tool(toolset="library", kind="update", title="Move or rename a folder")
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
    if await _exists(ctx, to_path):
        raise Problem(
            f"The folder {visible(to_path)} exists already; nothing was changed.",
            hint="Choose another path, or move the assets: edit_assets(folder=…, recursive=true, move_to=…).",
        )
    try:
        await ctx.admin("PUT", "folders", path, json={"to_folder": to_path})
    except CloudError as error:
        if not error.outcome_unknown or not await _exists(ctx, to_path) or await _exists(ctx, path):
            raise  # otherwise the answer was lost, not the move
    text = f"Moved the folder {visible(path)} to {visible(to_path)}; public_ids and URLs stayed."
    return ToolResult(MovedFolder(moved_from=path, path=to_path), text)


async def run(ctx: ToolContext, plan: Plan) -> Outcome:
    """Delete the planned folder; Cloudinary itself refuses when an asset has come since."""
    path = str(plan.options["path"])
    params = {"skip_backup": True} if plan.options.get("skip_backup") else {}
    try:
        reply = await ctx.admin("DELETE", "folders", path, json=params)
    except CloudError as error:
        if not error.outcome_unknown or await _exists(ctx, path):
            raise
        gone = [item.key for item in plan.items]
    else:
        gone = [str(name) for name in reply.get("deleted", ())]
    text = f"Deleted {plural(len(gone), 'folder')}: {', '.join(map(visible, gone))}."
    return Outcome(ToolResult(DeletedFolders(deleted=[visible(name) for name in gone]), text))


@tool(toolset="library", kind="delete", title="Delete a folder", execute=run)
async def delete_folder(
    ctx: ToolContext,
    path: Annotated[str, Field(description="Folder a/b")] = "",
    skip_backup: Annotated[bool, Field(description="Though backups remain of it")] = False,
) -> Plan | ToolResult[DeletedFolders]:
    """Delete a folder and its subfolders, if no assets are in them."""
    path = check_folder(path.strip("/"), "path")
    before = ctx.budget.admin_calls
    if not await _exists(ctx, path):
        raise Problem(f"There is no folder {visible(path)}; nothing was deleted.", hint="list_folders shows them.")
    below = await folders_below(ctx, path)
    selected = await Selection(folder=path, recursive=True).resolve(ctx)
    if selected.assets:
        names = ", ".join(visible(asset.label) for asset in selected.assets[:SAMPLE])
        more = len(selected.assets) - SAMPLE
        raise Problem(
            f"The folder {visible(path)} holds {plural(len(selected.assets), 'asset')} in it and its "
            f"{plural(len(below), 'subfolder')}: {names}{f' and {more:,} more' if more > 0 else ''}. "
            "Nothing was deleted.",
            hint=f"First delete_assets(folder={path!r}, recursive=true), or edit_assets with move_to.",
        )
    inside = f"{plural(len(below), 'subfolder')}, no assets" if below else "empty"
    return Plan(
        operation="delete_folder",
        title="Delete",
        nothing="nothing was deleted",
        selection=f"the folder {visible(path)}: {inside}",
        items=tuple(Thing(name, name) for name in (path, *below)),
        explicit=True,
        options={"path": path, "skip_backup": skip_backup},
        warnings=("Deleted assets that have a backup cannot be restored into it.",) if skip_backup else (),
        what="folder",
        cost=cost(before - ctx.budget.admin_calls, 1),
    )


async def _exists(ctx: ToolContext, path: str) -> bool:
    try:
        await ctx.admin("GET", "folders", path, params={"max_results": 1})
    except NotFound:
        return False
    return True
