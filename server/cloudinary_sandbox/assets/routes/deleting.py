"""Deleting assets and derived files by the Admin API."""

from urllib.parse import urlsplit

from cloudinary_sandbox.assets import change_notifications
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.models import DerivedFile
from cloudinary_sandbox.assets.removal import delete_assets
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.conditions import Where, starts_with
from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_eager
from cloudinary_sandbox.core.paging import read_cursor, write_cursor
from cloudinary_sandbox.core.router import Endpoint

_MOST = 1000
_MAX_IDS = 100


async def delete_resources(call: ApiCall) -> JSON:
    """Delete by public IDs, by prefix, or all of a delivery type."""
    where = Where().add("resource_type = ?", call.resource_type).add("type = ?", call.path["type"])
    params = call.params
    if ids := params.many("public_ids", _MAX_IDS):
        return await _delete(call, where.one_of("public_id", ids), ids)
    if prefix := params.text("prefix"):
        return await _delete(call, where.add(*starts_with("public_id", prefix)))
    if params.flag("all"):
        return await _delete(call, where)
    raise bad_request(assumptions.DELETE_SELECTOR_TEXT)


async def delete_by_tag(call: ApiCall) -> JSON:
    """Delete the assets with a tag."""
    where = Where().add("resource_type = ?", call.resource_type)
    return await _delete(call, where.add("seq IN (SELECT seq FROM asset_tags WHERE tag = ?)", call.path["tag"]))


async def delete_by_asset_ids(call: ApiCall) -> JSON:
    """Delete by asset_ids."""
    ids = call.params.many("asset_ids", _MAX_IDS)
    if not ids:
        call.params.required("asset_ids")
    return await _delete(call, Where().one_of("asset_id", ids), ids, "asset_id")


async def _delete(call: ApiCall, where: Where, ids: list[str] | None = None, key: str = "public_id") -> JSON:
    """Delete up to 1000 assets, or only what was derived of them (`keep_original`, by some `transformations`).

    The reply names each by the `key` of the call, also of `ids` the missing ones.
    """
    params = call.params
    keep_original = params.flag("keep_original")
    chosen = {item[0] for item in read_eager(params.raw("transformations"))} if "transformations" in params else None
    keep_original = keep_original or chosen is not None
    if cursor := params.text("next_cursor"):
        where.add("seq > ?", read_cursor(cursor, int)[0])
    deleted: JSON = {}
    counts: JSON = {}
    freed: list[str] = []
    async with call.cloud.db.change() as tx:
        found = await assets.select(tx, where, _MOST + 1)
        for asset in found[:_MOST]:
            derived = _doomed(await assets.derived_of(tx, asset), chosen)
            freed += await (
                assets.delete_derived(tx, derived) if keep_original else delete_assets(call.cloud, tx, [asset])
            )
            deleted[getattr(asset, key)] = "deleted"
            counts[getattr(asset, key)] = _counts(0 if keep_original else 1, len(derived))
    await call.cloud.files.drop(freed)
    if not keep_original:
        await call.notify(*change_notifications.deleted(call.cloud, found[:_MOST]))
    for missing in set(ids or ()) - {getattr(asset, key) for asset in found}:
        deleted[missing], counts[missing] = "not_found", _counts(0, 0)
    reply: JSON = {"deleted": deleted, "deleted_counts": counts, "partial": len(found) > _MOST}
    if len(found) > _MOST:
        reply["next_cursor"] = write_cursor(found[_MOST - 1].seq)
    return reply


def _doomed(derived: list[DerivedFile], transformations: set[str] | None) -> list[DerivedFile]:
    return [item for item in derived if transformations is None or item.transformation in transformations]


def _counts(original: int, derived: int) -> JSON:
    return dict(zip(assumptions.DELETED_COUNT_KEYS, (original, derived), strict=True))


async def delete_derived(call: ApiCall) -> JSON:
    """Delete derived files by their ids."""
    ids = call.params.many("derived_resource_ids", _MAX_IDS)
    if not ids:
        call.params.required("derived_resource_ids")
    where = Where().one_of("id", ids)
    async with call.cloud.db.change() as tx:
        rows = await tx.rows(f"SELECT * FROM derived WHERE {where.sql}", *where.values)  # noqa: S608 - own text
        found = [assets.read_derived(row) for row in rows]
        freed = await assets.delete_derived(tx, found)
    await call.cloud.files.drop(freed)
    present = {item.id for item in found}
    return {
        "deleted": {item: "deleted" if item in present else "not_found" for item in ids},
        "invalidation": {"took": 0.0, "urls": []},
        "unauthorized": [],
    }


async def invalidate(call: ApiCall) -> JSON:
    """Take URLs out of the caches of a delivery network, of which the sandbox has none: nothing is stale anywhere."""
    urls = call.params.many("urls")
    if not urls:
        call.params.required("urls")
    own = f"/{call.cloud.identity.cloud_name}/"
    known = [url for url in urls if urlsplit(url).path.startswith(own)]
    foreign = [url for url in urls if url not in known]
    return {"cdn_invalidated": bool(known), "took": 0.0, "urls": known, "unauthorized_urls": foreign}


ENDPOINTS = [
    Endpoint("DELETE", "/resources/{rt}/{type}", delete_resources),
    Endpoint("DELETE", "/resources/{rt}/tags/{tag:path}", delete_by_tag),
    Endpoint("DELETE", "/resources", delete_by_asset_ids),
    Endpoint("DELETE", "/derived_resources", delete_derived),
    Endpoint("DELETE", "/derived_resources/invalidate_by_urls", invalidate),
]
