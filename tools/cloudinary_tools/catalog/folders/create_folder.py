"""`create_folder`: a folder with its parents."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import AlreadyExists, check_folder
from cloudinary_tools.client.reply_types.changes import DoneReply
from cloudinary_tools.library.folders import child_folders
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import ToolResult, quote, visible


class CreatedFolder(TypedDict, total=False):
    """A folder that exists now."""

    path: str
    existed: bool


async def execute_create_folder(ctx: ToolContext, plan: Plan[NamedItem, None]) -> Outcome[NamedItem]:
    """Create the planned folder; somebody else may have been quicker."""
    (folder,) = plan.items
    async with ctx.recorded([Change(folder.key, folder.label, "adds", "create", "folder")]) as record:
        try:
            await ctx.admin("POST", "folders", folder.id, reply=DoneReply)
        except AlreadyExists:
            record.failed(folder.key, "it existed already")
            return Outcome(_created(folder.id, existed=True))
        record.done(folder.key)
    return Outcome(_created(folder.id, existed=False))


@tool(kind="create", title="Create a folder", execute=execute_create_folder, confirms=False)
async def create_folder(
    ctx: ToolContext, path: Annotated[str, Field(description="a/b/c; parents are made too")]
) -> Plan[NamedItem, None] | ToolResult[CreatedFolder]:
    """Create a folder; one that exists already is no error."""
    path = check_folder(path.strip("/"))
    siblings, _ = await child_folders(ctx, path.rpartition("/")[0])
    if path in siblings:
        return _created(path, existed=True)
    return Plan(
        operation="create_folder",
        verb="Create",
        refusal_suffix="nothing was created",
        selection=f"the folder {quote(path)}",
        items=(NamedItem(f"folder:{path}", path),),
        explicit=True,
        options=None,
        effect="adds",
        what="folder",
    )


def _created(path: str, *, existed: bool) -> ToolResult[CreatedFolder]:
    text = f"The folder {visible(path)} existed already." if existed else f"Created the folder {visible(path)}."
    return ToolResult(CreatedFolder(path=path, existed=existed), text)
