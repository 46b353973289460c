"""The fields of structured metadata: their definitions, kept as JSON, and their lists of values."""

import json
import re
import secrets
import time
from typing import Any, cast

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.metadata.field_values import checked_validation, checked_value
from cloudinary_tools.json_types import is_list, is_object

TYPES = ("string", "integer", "date", "enum", "set")
LISTS = frozenset({"enum", "set"})
MOST_ENTRIES = 3000
_ID = re.compile(r"[\w-]{1,255}")


async def all_fields(session: Session) -> dict[str, JSON]:
    """Every field by its external id, in their order."""
    rows = await session.rows("SELECT definition FROM metadata_fields ORDER BY position, created_at")
    return {field["external_id"]: field for field in (json.loads(row["definition"]) for row in rows)}


async def find(session: Session, external_id: str) -> JSON:
    """One field, or the 404."""
    row = await session.row("SELECT definition FROM metadata_fields WHERE external_id = ?", external_id)
    if row is None:
        raise ApiError(404, assumptions.METADATA_FIELD_NOT_FOUND_TEXT.format(external_id=external_id))
    return json.loads(row["definition"])


async def save(session: Session, field: JSON) -> None:
    """Store a changed definition."""
    text = json.dumps(field)
    await session.run("UPDATE metadata_fields SET definition = ? WHERE external_id = ?", text, field["external_id"])


async def create(session: Session, params: Params) -> JSON:
    """Make a field; 400 for a definition that is not sound, or an external id that is taken."""
    kind = params.required("type")
    if kind not in TYPES:
        raise invalid_value("type", kind)
    external_id = params.text("external_id") or secrets.token_hex(10)
    if not _ID.fullmatch(external_id):
        raise invalid_value("external_id", external_id)
    if await session.value("SELECT 1 FROM metadata_fields WHERE external_id = ?", external_id):
        raise bad_request(f"external id {external_id} already exists")
    params.required("label")
    field: JSON = {"external_id": external_id, "type": kind}
    if kind in LISTS:
        if "datasource" not in params:
            raise missing_parameter("datasource")
        field["datasource"] = {"values": []}
    elif "datasource" in params:
        raise bad_request(f"A field of type {kind} has no datasource")
    field = _changed({**field, **_BLANK}, params)
    await session.run(
        "INSERT INTO metadata_fields (external_id, position, created_at, definition)"
        " SELECT ?, COALESCE(MAX(position), -1) + 1, ?, ? FROM metadata_fields",
        external_id, time.time(), json.dumps(field),
    )  # fmt: skip
    return field


async def update(session: Session, external_id: str, params: Params) -> JSON:
    """Change what the call names of a field; external id and type stay."""
    field = _changed(await find(session, external_id), params)
    await save(session, field)
    return field


_BLANK: JSON = {
    "label": "", "mandatory": False, "default_value": None, "default_disabled": False, "validation": None,
    "restrictions": {"readonly_ui": False}, "allow_dynamic_list_values": False,
}  # fmt: skip


def _changed(field: JSON, params: Params) -> JSON:
    field = dict(field)
    if "label" in params:
        field["label"] = params.text("label")
    for name in ("mandatory", "default_disabled"):
        if params.given(name):
            field[name] = params.flag(name)
    if params.given("allow_dynamic_list_values") and field["type"] in LISTS:
        field["allow_dynamic_list_values"] = params.flag("allow_dynamic_list_values")
    if "restrictions" in params.values:
        field["restrictions"] = params.json("restrictions")
    if "validation" in params.values:
        field["validation"] = checked_validation(field["type"], params.json("validation"))
    if "datasource" in params:
        given: object = params.json("datasource")
        field = merged(field, given.get("values") if is_object(given) else None)
    if "default_value" in params.values:
        given = params.raw("default_value")
        field["default_value"] = None if given in (None, "", []) else _by_value(field, given)
    if field["default_value"] is not None:
        try:
            field["default_value"] = checked_value(field, field["default_value"])
        except ApiError as error:
            raise bad_request(f"default_value is invalid: {error.message}") from None
    if field["mandatory"] and field["default_value"] is None:
        raise bad_request(f"default_value is required for the mandatory field {field['external_id']}")
    return field


def _by_value(field: JSON, given: Any) -> Any:
    """A default value of a list, whose entries may be named by their values: their external ids may not be known."""
    if field["type"] not in LISTS:
        return given
    ids = {entry["value"]: entry["external_id"] for entry in reversed(active(field))}
    ids |= {external_id: external_id for external_id in ids.values()}
    items = given if is_list(given) else [given]
    named = [ids.get(str(item), item) for item in items]
    return named if isinstance(given, list) else named[0]


def entries(field: JSON) -> list[JSON]:
    """The entries of a field's list; 400 for a field that has none."""
    if field["type"] not in LISTS:
        raise bad_request(f"The field {field['external_id']} of type {field['type']} has no datasource")
    return field["datasource"]["values"]


def active(field: JSON) -> list[JSON]:
    """The entries that may be used."""
    return [entry for entry in entries(field) if entry["state"] == "active"]


def listed(field: JSON) -> JSON:
    """The active entries as every call on a datasource answers them."""
    return {"values": [{name: entry[name] for name in ("external_id", "value")} for entry in active(field)]}


def with_entries(field: JSON, values: list[JSON]) -> JSON:
    """The field with these entries, whose positions are their places."""
    if len(values) > MOST_ENTRIES:
        raise bad_request(f"A datasource holds at most {MOST_ENTRIES} values, not {len(values)}")
    placed = [{**entry, "position": at} for at, entry in enumerate(values)]
    return {**field, "datasource": {"values": placed}}


def merged(field: JSON, given: Any) -> JSON:
    """The field with entries added or, where their external id is known, renamed."""
    if not isinstance(given, list):
        raise invalid_value("values", json.dumps(given))
    known = {entry["external_id"]: dict(entry) for entry in entries(field)}
    for item in cast("list[Any]", given):
        entry: JSON = item if is_object(item) else {"value": item}
        value = entry.get("value")
        if not isinstance(value, (str, int, float)) or value == "":
            raise invalid_value("values", json.dumps(entry))
        external_id = str(entry.get("external_id") or secrets.token_hex(10))
        known[external_id] = {**known.get(external_id, {"state": "active"}), "external_id": external_id}
        known[external_id]["value"] = str(value)
    return with_entries(field, list(known.values()))


def marked(field: JSON, wanted: list[str], state: str) -> JSON:
    """The field with these entries active or inactive; 400 for one that it does not have."""
    known = {entry["external_id"] for entry in entries(field)}
    if unknown := [item for item in wanted if item not in known]:
        raise bad_request(f"Datasource entries do not exist: {json.dumps(unknown)}")
    values = [{**entry, "state": state} if entry["external_id"] in wanted else entry for entry in entries(field)]
    return with_entries(field, values)
