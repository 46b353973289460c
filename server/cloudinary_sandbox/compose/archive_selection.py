"""Which assets an archive is to hold."""

from dataclasses import dataclass, field

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.hooks import AssetSearch
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.conditions import Where, starts_with
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value, missing_parameter, not_found
from cloudinary_sandbox.core.naming import checked_folder
from cloudinary_sandbox.core.params import Params

MOST = 1000
"""How many assets one archive may hold."""
_SELECTORS = ("public_ids", "fully_qualified_public_ids", "tags", "prefixes", "asset_folders", "search_expression")
_RESOURCE_TYPES = frozenset({"image", "video", "raw"})
_PAGE = 500


@dataclass
class ArchiveSelection:
    """The assets by their number, in the order in which they were asked for, and the selectors that found none."""

    assets: dict[int, SandboxAsset] = field(default_factory=dict[int, SandboxAsset])
    missing: list[str] = field(default_factory=list[str])
    empty_tags: list[str] = field(default_factory=list[str])
    empty_prefixes: list[str] = field(default_factory=list[str])

    def add(self, found: list[SandboxAsset]) -> None:
        """Take these too, each once; a 400 beyond the limit."""
        self.assets |= {asset.seq: asset for asset in found}
        if len(self.assets) > MOST:
            raise bad_request(assumptions.ARCHIVE_TOO_MANY_TEXT.format(most=MOST))


async def choose(cloud: SandboxCloud, resource_type: str, params: Params) -> ArchiveSelection:
    """Find the assets that all selectors of a call find together; `resource_type` may be `all` or `auto`.

    404 for a missing public ID unless `allow_missing`, and when nothing is found at all.
    """
    if not any(name in params for name in _SELECTORS):
        raise missing_parameter(", ".join(_SELECTORS[:-1]) + f" or {_SELECTORS[-1]}")
    chosen = ArchiveSelection()
    await _by_ids(cloud, resource_type, params, chosen)
    for tag in params.many("tags"):
        where = _base(resource_type, params).add("seq IN (SELECT seq FROM asset_tags WHERE tag = ?)", tag)
        if not await _add(cloud, chosen, where):
            chosen.empty_tags.append(tag)
    for prefix in params.many("prefixes"):
        if not await _by_prefix(cloud, resource_type, params, chosen, prefix):
            chosen.empty_prefixes.append(prefix)
    for folder in params.many("asset_folders"):
        await _by_folder(cloud, _base(resource_type, params), chosen, folder)
    if expression := params.text("search_expression"):
        await _by_search(cloud, resource_type, params.text("type"), chosen, expression)
    if chosen.missing and not params.flag("allow_missing"):
        raise not_found(", ".join(chosen.missing))
    if not chosen.assets:
        raise ApiError(404, assumptions.ARCHIVE_EMPTY_TEXT)
    return chosen


def _base(resource_type: str, params: Params) -> Where:
    return _of_kind(resource_type, Where().add("type = ?", params.text("type", "upload")))


def _of_kind(resource_type: str, where: Where) -> Where:
    return where.add("resource_type = ?", resource_type) if resource_type in _RESOURCE_TYPES else where


async def _add(cloud: SandboxCloud, chosen: ArchiveSelection, where: Where) -> int:
    found = await assets.select(cloud.db, where, MOST + 1)
    chosen.add(found)
    return len(found)


async def _by_ids(cloud: SandboxCloud, resource_type: str, params: Params, chosen: ArchiveSelection) -> None:
    for public_id in params.many("public_ids"):
        if not await _add(cloud, chosen, _base(resource_type, params).add("public_id = ?", public_id)):
            chosen.missing.append(public_id)
    for name in params.many("fully_qualified_public_ids"):
        kind, _, rest = name.partition("/")
        delivery_type, _, public_id = rest.partition("/")
        if kind not in _RESOURCE_TYPES or not public_id:
            raise invalid_value("fully_qualified_public_ids", name)
        found = await assets.find(cloud.db, kind, delivery_type, public_id)
        chosen.add([found] if found else [])
        if found is None:
            chosen.missing.append(name)


async def _by_prefix(
    cloud: SandboxCloud, resource_type: str, params: Params, chosen: ArchiveSelection, prefix: str
) -> int:
    where = _base(resource_type, params).add(*starts_with("public_id", prefix))
    found = await _add(cloud, chosen, where)
    if cloud.dynamic_folders and assumptions.ARCHIVE_PREFIX_IS_ALSO_A_FOLDER:
        folder = prefix.strip("/")
        found += await _by_folder(cloud, _base(resource_type, params), chosen, folder, below=True) if folder else 0
    return found


async def _by_folder(
    cloud: SandboxCloud, where: Where, chosen: ArchiveSelection, folder: str, *, below: bool = False
) -> int:
    path = checked_folder(folder)
    if not cloud.dynamic_folders:
        return await _add(cloud, chosen, where.add(*starts_with("public_id", f"{path}/" if path else "")))
    if not (below or assumptions.ARCHIVE_FOLDERS_INCLUDE_SUBFOLDERS):
        return await _add(cloud, chosen, where.add("asset_folder = ?", path))
    condition, *bounds = starts_with("asset_folder", f"{path}/" if path else "")
    return await _add(cloud, chosen, where.add(f"(asset_folder = ? OR {condition})", path, *bounds))


async def _by_search(
    cloud: SandboxCloud, resource_type: str, kind: str, chosen: ArchiveSelection, expression: str
) -> None:
    """What a search finds; of all delivery types unless the call names one."""
    cursor: str | None = ""
    while cursor is not None:
        query = {"expression": expression, "fields": "asset_id", "max_results": _PAGE, "next_cursor": cursor}
        page = await cloud.part(AssetSearch).search(Params(query))
        ids = [entry["asset_id"] for entry in page["resources"]]
        where = _of_kind(resource_type, Where().one_of("asset_id", ids))
        chosen.add(await assets.select(cloud.db, where.add("type = ?", kind) if kind else where))
        cursor = page.get("next_cursor")
