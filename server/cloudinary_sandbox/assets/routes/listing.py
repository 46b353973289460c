"""Lists of assets: all, by tag, by context, by moderation, by folder, by ids."""

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets import replies
from cloudinary_sandbox.assets.folders import all_folders
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.conditions import Where, starts_with
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import checked_folder
from cloudinary_sandbox.core.paging import descending, page_size
from cloudinary_sandbox.core.router import Endpoint

_MAX_IDS = 100
_EXTRAS = ("tags", "context", "metadata", "moderations")


async def resource_types(call: ApiCall) -> JSON:
    """The resource types there are."""
    return {"resource_types": ["image", "video", "raw"]}


async def resources(call: ApiCall) -> JSON:
    """Assets of a resource type, and of a delivery type when the path or a parameter names one."""
    where = Where().add("resource_type = ?", call.resource_type)
    if kind := call.path.get("type") or call.params.text("type"):
        where.add("type = ?", kind)
    if ids := call.params.many("public_ids", _MAX_IDS):
        return await _chosen(call, where.one_of("public_id", ids))
    if prefix := call.params.text("prefix"):
        where.add(*starts_with("public_id", prefix))
        return await _page(call, where, key="public_id")
    return await _page(call, where, starting=True)


async def by_tag(call: ApiCall) -> JSON:
    """Assets with a tag."""
    where = Where().add("resource_type = ?", call.resource_type)
    return await _page(call, where.add("seq IN (SELECT seq FROM asset_tags WHERE tag = ?)", call.path["tag"]))


async def by_context(call: ApiCall) -> JSON:
    """Assets that have a key in their context, with a certain value when one is given."""
    key, value = call.params.required("key"), call.params.text("value")
    where = Where().add("resource_type = ?", call.resource_type)
    if value:
        where.add("seq IN (SELECT seq FROM asset_context WHERE key = ? AND value = ?)", key, value)
    else:
        where.add("seq IN (SELECT seq FROM asset_context WHERE key = ?)", key)
    return await _page(call, where, always=frozenset({"context"}))


async def by_moderation(call: ApiCall) -> JSON:
    """Assets whose moderation of a kind has a certain status."""
    where = Where().add("resource_type = ?", call.resource_type)
    where.add(
        "seq IN (SELECT seq FROM asset_moderations WHERE kind = ? AND status = ?)",
        call.path["kind"],
        call.path["status"],
    )
    return await _page(call, where)


async def by_asset_folder(call: ApiCall) -> JSON:
    """Assets of all kinds directly in a folder."""
    if not call.cloud.dynamic_folders:
        raise bad_request("by_asset_folder needs dynamic folder mode")
    if not call.params.given("asset_folder"):
        call.params.required("asset_folder")
    folder = checked_folder(call.params.text("asset_folder"))
    db = call.cloud.db
    # Unlike everywhere else, this call takes the folder's name in any case.
    meant = {path for path in await all_folders(db) if path.casefold() == folder.casefold()}
    where = Where().one_of("asset_folder", sorted(meant | {folder}))
    total = await db.value(f"SELECT COUNT(*) FROM assets WHERE bytes > 0 AND {where.sql}", *where.values)  # noqa: S608 - own text
    return await _page(call, where, default=assumptions.ASSET_FOLDER_PAGE_SIZE) | {"total_count": total}


async def by_container(call: ApiCall) -> JSON:
    """Assets directly in the folder with this external id."""
    if call.params.text("sort_by", "uploaded_at") != "uploaded_at":
        raise invalid_value("sort_by", call.params.text("sort_by"))
    external_id = call.path["folder"]
    path = await call.cloud.db.value("SELECT path FROM folders WHERE external_id = ?", external_id)
    if path is None or not call.cloud.dynamic_folders:
        raise ApiError(404, f"Can't find folder with id {external_id}")
    return await _page(call, Where().add("asset_folder = ?", path), key="uploaded_at")


async def by_asset_ids(call: ApiCall) -> JSON:
    """The assets with these asset_ids; unknown ones are left out."""
    ids = call.params.many("asset_ids", _MAX_IDS)
    if not ids:
        call.params.required("asset_ids")
    return await _chosen(call, Where().one_of("asset_id", ids))


def _entries(call: ApiCall, found: list[SandboxAsset], always: frozenset[str] = frozenset()) -> list[JSON]:
    extras = always | frozenset(name for name in _EXTRAS if call.params.flag(name))
    chosen = frozenset(call.params.csv("fields"))
    return [replies.listed(call.cloud, asset, extras, chosen) for asset in found]


async def _chosen(call: ApiCall, where: Where) -> JSON:
    found = await assets.select(call.cloud.db, where, order="created_at DESC, seq DESC")
    return {"resources": _entries(call, found)}


async def _page(
    call: ApiCall,
    where: Where,
    *,
    key: str = "created_at",
    default: int = assumptions.DEFAULT_PAGE_SIZE,
    starting: bool = False,
    always: frozenset[str] = frozenset(),
) -> JSON:
    newest_first = descending(call.params, default=key != "public_id")
    if "start_at" in call.params:
        if not starting:
            raise bad_request("start_at cannot be used in this list")
        moment = clock.read_moment("start_at", call.params.text("start_at"))
        where.add(f"created_at {'<=' if newest_first else '>='} ?", moment)
    found, cursor = await assets.page(
        call.cloud.db,
        where,
        key=key,
        descending=newest_first,
        limit=page_size(call.params, default),
        cursor=call.params.text("next_cursor") or None,
        key_type=str if key == "public_id" else int,
    )
    return {"resources": _entries(call, found, always), **({"next_cursor": cursor} if cursor else {})}


ENDPOINTS = [
    Endpoint("GET", "/resources", resource_types),
    Endpoint("GET", "/resources/{rt}", resources),
    Endpoint("GET", "/resources/{rt}/{type}", resources),
    Endpoint("GET", "/resources/{rt}/tags/{tag:path}", by_tag),
    Endpoint("GET", "/resources/{rt}/context", by_context),
    Endpoint("GET", "/resources/{rt}/moderations/{kind:name}/{status:name}", by_moderation),
    Endpoint("GET", "/resources/by_asset_folder", by_asset_folder),
    Endpoint("GET", "/resources/by_asset_ids", by_asset_ids),
    Endpoint("GET", "/resources/by_container_id/{folder:name}", by_container),
]
