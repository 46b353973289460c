"""Folders of a cloud: the paths right below one, and whether one exists."""

from cloudinary_tools.client import NotFound
from cloudinary_tools.client.reply_types.folders import FolderListReply
from cloudinary_tools.library.selection import FOLDERS_SEARCHED, folders_below, in_batches
from cloudinary_tools.search.expression import quoted
from cloudinary_tools.search.pages import search_page
from cloudinary_tools.toolkit.context import ToolContext


async def folder_exists(ctx: ToolContext, path: str) -> bool:
    """Whether there is a folder of this path; takes one Admin API call."""
    try:
        await ctx.admin("GET", "folders", path, reply=FolderListReply, params={"max_results": 1})
    except NotFound:
        return False
    return True


async def assets_within(ctx: ToolContext, path: str) -> int:
    """How many assets are in a folder and the folders below it, by the index; takes two Admin API calls and more."""
    count = 0
    for some in in_batches([path, *await folders_below(ctx, path)], FOLDERS_SEARCHED):
        within = f"asset_folder:({' OR '.join(map(quoted, some))})"
        count += (await search_page(ctx, within, max_results=0)).get("total_count") or 0
    return count


PAGE = 500


async def child_folders(
    ctx: ToolContext, path: str, *, missing_ok: bool = True, room: int | None = None
) -> tuple[list[str], bool]:
    """The paths of the folders right below one, at most `room`, and whether these are all; none of one that is not."""
    paths: list[str] = []
    cursor = None
    while True:
        try:
            page = await ctx.admin(
                "GET",
                "folders",
                *([path] if path else []),
                reply=FolderListReply,
                params={"max_results": PAGE, "next_cursor": cursor},
            )
        except NotFound:
            if not missing_ok:
                raise
            return paths, True
        paths += [folder["path"] for folder in page["folders"]]
        cursor = page.get("next_cursor")
        full = room is not None and (len(paths) > room or (cursor and len(paths) == room))
        if not cursor or full or not ctx.budget.allows():
            return paths[:room], not cursor and not full
