"""The fields of structured metadata and the lists of their values."""

from typing import Any

from starlette.responses import JSONResponse, Response

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import invalid_value, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.paging import descending
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.metadata import fields

_ORDERS = frozenset({"label", "external_id", "created_at"})


async def list_fields(call: ApiCall) -> JSON:
    """All fields, or those with the `external_ids`."""
    wanted = call.params.many("external_ids")
    return await _all(call.cloud.db, wanted)


async def _all(session: Session, wanted: list[str] | None = None) -> JSON:
    found = await fields.all_fields(session)
    return {"metadata_fields": [field for key, field in found.items() if not wanted or key in wanted]}


async def read(call: ApiCall) -> JSON:
    """One field."""
    return await fields.find(call.cloud.db, call.path["id"])


async def create(call: ApiCall) -> JSON:
    """Make a field."""
    async with call.cloud.db.change() as tx:
        return await fields.create(tx, call.params)


async def update(call: ApiCall) -> JSON:
    """Change a field."""
    async with call.cloud.db.change() as tx:
        return await fields.update(tx, call.path["id"], call.params)


async def delete(call: ApiCall) -> JSON:
    """Delete a field, and its values from all assets."""
    external_id = call.path["id"]
    path = f'$."{external_id}"'
    async with call.cloud.db.change() as tx:
        await fields.find(tx, external_id)
        await tx.run("DELETE FROM metadata_fields WHERE external_id = ?", external_id)
        await tx.run(
            "UPDATE assets SET metadata = json_remove(metadata, ?) WHERE json_type(metadata, ?) IS NOT NULL", path, path
        )
    return {"message": "ok"}


async def order(call: ApiCall) -> JSON:
    """Put the fields into the order of their labels, external ids or times of creation."""
    key = call.params.required("order_by")
    if key not in _ORDERS:
        raise invalid_value("order_by", key)
    async with call.cloud.db.change() as tx:
        rows = await tx.rows("SELECT external_id, created_at FROM metadata_fields")
        ages = {row["external_id"]: row["created_at"] for row in rows}
        found = list((await fields.all_fields(tx)).values())

        def rank(field: JSON) -> Any:
            return ages[field["external_id"]] if key == "created_at" else field[key].casefold()

        await _place(tx, sorted(found, key=rank, reverse=descending(call.params, default=False)))
        return await _all(tx)


async def reorder(call: ApiCall) -> JSON:
    """Put one field at a position."""
    position = call.params.integer("position", -1)
    async with call.cloud.db.change() as tx:
        moved = await fields.find(tx, call.path["id"])
        others = [field for key, field in (await fields.all_fields(tx)).items() if key != call.path["id"]]
        if not 0 <= position <= len(others):
            raise invalid_value("position", position)
        await _place(tx, [*others[:position], moved, *others[position:]])
        return await _all(tx)


async def _place(tx: Session, ordered: list[JSON]) -> None:
    rows = [(at, field["external_id"]) for at, field in enumerate(ordered)]
    await tx.run_many("UPDATE metadata_fields SET position = ? WHERE external_id = ?", rows)


async def _datasource(tx: Session, field: JSON) -> JSON:
    await fields.save(tx, field)
    return fields.listed(field)


async def update_datasource(call: ApiCall) -> JSON:
    """Add entries to a field's list, or rename some."""
    async with call.cloud.db.change() as tx:
        field = await fields.find(tx, call.path["id"])
        return await _datasource(tx, fields.merged(field, call.params.json("values")))


async def delete_entries(call: ApiCall) -> JSON:
    """Make entries inactive: assets keep them, no asset can get them."""
    return await _mark(call, "inactive")


async def restore_entries(call: ApiCall) -> JSON:
    """Make entries active again."""
    return await _mark(call, "active")


async def _mark(call: ApiCall, state: str) -> JSON:
    wanted = call.params.many("external_ids")
    if not wanted:
        raise missing_parameter("external_ids")
    async with call.cloud.db.change() as tx:
        field = await fields.find(tx, call.path["id"])
        return await _datasource(tx, fields.marked(field, wanted, state))


async def order_entries(call: ApiCall) -> JSON:
    """Put the entries of a field into the order of their values."""
    if call.params.required("order_by") != "value":
        raise invalid_value("order_by", call.params.text("order_by"))
    backwards = descending(call.params, default=False)
    async with call.cloud.db.change() as tx:
        field = await fields.find(tx, call.path["id"])
        values = sorted(fields.entries(field), key=lambda entry: entry["value"].casefold(), reverse=backwards)
        return await _datasource(tx, fields.with_entries(field, values))


async def search_entries(call: ApiCall) -> JSON:
    """The active entries of one field whose value holds (or with `exact_match` is) `term`."""
    term, exact = call.params.text("term").casefold(), call.params.flag("exact_match")
    field = await fields.find(call.cloud.db, call.path["id"])
    found = [
        entry
        for entry in fields.active(field)
        if (entry["value"].casefold() == term if exact else term in entry["value"].casefold())
    ]
    return fields.listed(fields.with_entries(field, found[: _most(call, 255)]))


async def search_all(call: ApiCall) -> Response:
    """The active entries of all fields whose value holds `term`: an array."""
    term = call.params.required("term").casefold()
    found: list[JSON] = []
    for field in (await fields.all_fields(call.cloud.db)).values():
        matches = fields.active(field) if field["type"] in fields.LISTS else []
        found += [
            {"field_id": field["external_id"], "id": entry["external_id"], "value": entry["value"]}
            for entry in matches
            if term in entry["value"].casefold()
        ]
    return JSONResponse(found[: _most(call, 100)])


def _most(call: ApiCall, default: int) -> int:
    most = call.params.integer("max_results", default)
    if most < 1:
        raise invalid_value("max_results", most)
    return most


ENDPOINTS = [
    Endpoint("GET", "/metadata_fields", list_fields),
    Endpoint("POST", "/metadata_fields", create),
    Endpoint("PUT", "/metadata_fields/order", order),
    Endpoint("POST", "/metadata_fields/datasource/search", search_all),
    Endpoint("GET", "/metadata_fields/{id:name}", read),
    Endpoint("PUT", "/metadata_fields/{id:name}", update),
    Endpoint("DELETE", "/metadata_fields/{id:name}", delete),
    Endpoint("PUT", "/metadata_fields/{id:name}/reorder", reorder),
    Endpoint("PUT", "/metadata_fields/{id:name}/datasource", update_datasource),
    Endpoint("DELETE", "/metadata_fields/{id:name}/datasource", delete_entries),
    Endpoint("POST", "/metadata_fields/{id:name}/datasource_restore", restore_entries),
    Endpoint("POST", "/metadata_fields/{id:name}/datasource/order", order_entries),
    Endpoint("PUT", "/metadata_fields/{id:name}/datasource/order", order_entries),
    Endpoint("POST", "/metadata_fields/{id:name}/datasource/search", search_entries),
]
