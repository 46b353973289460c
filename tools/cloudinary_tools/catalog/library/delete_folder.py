"""`delete_folder`: a folder and its subfolders go, if no assets are in them."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError, check_folder
from cloudinary_tools.client.reply_types.folders import FolderDeletionReply
from cloudinary_tools.library.folders import folder_exists
from cloudinary_tools.library.selection import Selection, folders_below
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan, cost
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, first_names, plural, quote, visible

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class FolderDeletion:
    """The folder that goes with its subfolders, and whether it goes although backups remain of it."""

    path: str
    skip_backup: bool


class DeletedFolders(TypedDict, total=False):
    """The paths that are no more."""

    deleted: list[str]


async def execute_delete_folder(ctx: ToolContext, plan: Plan[NamedItem, FolderDeletion]) -> Outcome[NamedItem]:
    """Delete the planned folder, unless there is more in it now; Cloudinary itself refuses when an asset has come."""
    path = plan.options.path
    if not plan.fresh:
        planned = {item.id for item in plan.items}
        if since := [name for name in await folders_below(ctx, path) if name not in planned]:
            raise Problem(
                f"Below {visible(path)} came since the plan: {first_names([visible(name) for name in since])}. "
                "Nothing was deleted.",
                hint="Make a new plan.",
            )
    params = {"skip_backup": True} if plan.options.skip_backup else {}
    async with ctx.recorded([Change(item.key, item.label, "destroys", "delete", "folder") for item in plan.items]) as (
        record
    ):
        try:
            reply = await ctx.admin("DELETE", "folders", path, reply=FolderDeletionReply, json=params)
        except CloudError as error:
            if not error.outcome_unknown or await folder_exists(ctx, path):
                raise
            gone = [item.id for item in plan.items]
        else:
            gone = reply["deleted"]
        for name in gone:
            record.done(f"folder:{name}")
    text = f"Deleted {plural(len(gone), 'folder')}: {', '.join(map(visible, gone))}."
    return Outcome(ToolResult(DeletedFolders(deleted=[visible(name) for name in gone]), text))


@tool(kind="delete", title="Delete a folder", execute=execute_delete_folder)
async def delete_folder(
    ctx: ToolContext,
    path: Annotated[str, Field(description="Folder a/b")],
    skip_backup: Annotated[bool, Field(description="Though backups remain of it")] = False,
) -> Plan[NamedItem, FolderDeletion] | ToolResult[DeletedFolders]:
    """Delete a folder and its subfolders, if no assets are in them."""
    path = check_folder(path.strip("/"), "path")
    before = ctx.budget.admin_calls
    if not await folder_exists(ctx, path):
        raise Problem(f"There is no folder {visible(path)}; nothing was deleted.", hint="list_folders shows them.")
    below = await folders_below(ctx, path)
    selected = await Selection(folder=path, recursive=True).resolve(ctx)
    if selected.assets:
        names = first_names([visible(asset.label) for asset in selected.assets], SAMPLE)
        raise Problem(
            f"The folder {visible(path)} holds {plural(len(selected.assets), 'asset')} in it and its "
            f"{plural(len(below), 'subfolder')}: {names}. "
            "Nothing was deleted.",
            hint=f"First delete_assets(folder={path!r}, recursive=true), or edit_assets with move_to.",
        )
    inside = f"{plural(len(below), 'subfolder')}, no assets" if below else "empty"
    return Plan(
        operation="delete_folder",
        verb="Delete",
        refusal_suffix="nothing was deleted",
        selection=f"the folder {quote(path)}: {inside}",
        items=tuple(NamedItem(f"folder:{name}", name) for name in (path, *below)),
        explicit=True,
        options=FolderDeletion(path, skip_backup),
        effect="destroys",
        warnings=("Deleted assets that have a backup cannot be restored into it.",) if skip_backup else (),
        what="folder",
        cost=cost(before - ctx.budget.admin_calls, 2),
    )
