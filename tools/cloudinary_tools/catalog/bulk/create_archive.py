"""`create_archive`: many assets packed into one file that is stored in the library."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import check_public_id
from cloudinary_tools.client.reply_types.creations import ArchiveReply
from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.library.archives import MAX_ARCHIVED, ArchiveFormat
from cloudinary_tools.library.selection import Selection, named_assets
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import NamedItem, Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, size, visible, without_nulls


class Archived(TypedDict, total=False):
    """A stored archive."""

    public_id: str
    asset_id: str
    url: str
    bytes: int
    assets: int
    files: int
    missing: list[str]


async def execute_create_archive(ctx: ToolContext, plan: Plan[NamedItem, dict[str, Any]]) -> Outcome[NamedItem]:
    """Pack the planned assets."""
    (archive,) = plan.items
    async with ctx.recorded([Change(archive.key, archive.label, "adds", "create")]) as record:
        reply = await ctx.cloud.upload_call("all", "generate_archive", plan.options, reply=ArchiveReply)
        record.done(archive.key, became=reply.get("asset_id"), after={"public_id": reply["public_id"]})
    data: dict[str, Any] = {
        "public_id": reply["public_id"],
        "asset_id": reply.get("asset_id"),
        "url": reply.get("secure_url"),
        "bytes": reply.get("bytes") or 0,
        "assets": reply.get("resource_count") or plan.touched,
        "files": reply.get("file_count"),
        "missing": [visible(gone) for gone in (*plan.missing, *(reply.get("missing_public_ids") or ()))],
    }
    text = f"Packed {plural(data['assets'], 'asset')} into raw/upload/{visible(reply['public_id'])} "
    text += f"({size(data['bytes'])}).\nURL: {data['url']}"
    if data["missing"]:
        text += f"\nNot found: {', '.join(data['missing'])}."
    return Outcome(ToolResult(Archived(**without_nulls(data)), text))


@tool(kind="create", title="Create an archive", execute=execute_create_archive, confirms=False)
async def create_archive(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Of images, or URLs")] = [],
    asset_ids: Annotated[list[str], Field(description="Or these")] = [],
    prefix: Annotated[str | None, Field(description="Start of the public_ids")] = None,
    tag: Annotated[str | None, Field(description="Exact tag")] = None,
    folder: Annotated[str | None, Field(description="Assets in it")] = None,
    recursive: Annotated[bool, Field(description="And below")] = False,
    expression: Annotated[str | None, Field(description="As of search_assets")] = None,
    name: Annotated[str | None, Field(description="Its public_id")] = None,
    format: Annotated[ArchiveFormat, Field(description="Format")] = "zip",
    transformations: Annotated[list[Any], Field(description="A file for each")] = [],
    flatten: Annotated[bool, Field(description="No folders")] = False,
) -> Plan[NamedItem, dict[str, Any]] | ToolResult[Archived]:
    """Pack a selection into an archive stored as a raw asset."""
    kind = None if public_ids or asset_ids else "all"
    selection = Selection(public_ids, asset_ids, prefix, tag, folder, recursive, expression, resource_type=kind)
    if name:
        check_public_id(name, "name")
    if name and (there := await named_assets(ctx, "raw", "upload", [name, f"{name}.{format}"])):
        raise Problem(f"{visible(there[0].label)} exists already; nothing was created.", hint="Choose another name.")
    selected = await selection.resolve(ctx, MAX_ARCHIVED)
    if not selected.assets:
        raise Problem(f"No asset matches ({selection}); nothing was created.")
    params = {
        "mode": "create",
        "target_format": format,
        "target_public_id": name,
        "fully_qualified_public_ids": [asset.label for asset in selected.assets],
        "transformations": serialise_eager(transformations) if transformations else None,
        "flatten_folders": flatten or None,
        "allow_missing": True,
    }
    key = f"raw/upload/{name or ''}"
    return Plan(
        operation="create_archive",
        verb="Create",
        refusal_suffix="nothing was created",
        selection=f"of {selection}",
        items=(NamedItem(key, key if name else "a new archive"),),
        explicit=True,
        options={key: value for key, value in params.items() if value is not None},
        effect="adds",
        leave="destroys",  # the name was seen to be free; the call would replace what has it
        touched=len(selected.assets),
        missing=selected.missing,
        what="archive",
    )
