"""Conditional metadata: rules that make what one field takes depend on the values of others.

How rules work together is not documented in all detail; here they are taken in the order of their positions, and a
field that is enabled, or whose values are activated, by rules only is so as soon as one of them applies.
"""

import hashlib
import json
import secrets
import uuid
from typing import Any, cast

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.metadata import fields
from cloudinary_sandbox.metadata.field_values import checked_value, is_empty, refused
from cloudinary_tools.json_types import is_list, is_object

_RESULTS = frozenset({"enable", "activate_values", "apply_value", "set_mandatory"})
_LEAVES = frozenset({"populated", "includes", "equals"})


async def all_rules(session: Session) -> list[JSON]:
    """Every rule, in their order."""
    rows = await session.rows("SELECT definition FROM metadata_rules ORDER BY position")
    return [json.loads(row["definition"]) for row in rows]


async def create(session: Session, params: Params) -> JSON:
    """Make a rule; 400 for one that is not sound."""
    external_id = params.text("external_id") or secrets.token_hex(32)
    if await session.value("SELECT 1 FROM metadata_rules WHERE external_id = ?", external_id):
        raise bad_request(f"external id {external_id} already exists")
    position = await session.value("SELECT COALESCE(MAX(position), 0) + 1 FROM metadata_rules")
    for name in ("metadata_field_id", "name"):
        params.required(name)
    rule = await _changed(session, {"external_id": external_id, "position": position, "state": "active"}, params)
    await session.run("INSERT INTO metadata_rules VALUES (?, ?, ?)", external_id, position, json.dumps(rule))
    return rule


async def update(session: Session, external_id: str, params: Params) -> JSON:
    """Change what the call names of a rule."""
    row = await session.row("SELECT definition FROM metadata_rules WHERE external_id = ?", external_id)
    if row is None:
        raise _missing(external_id)
    rule = await _changed(session, json.loads(row["definition"]), params)
    text = json.dumps(rule)
    await session.run("UPDATE metadata_rules SET definition = ? WHERE external_id = ?", text, external_id)
    return rule


async def delete(session: Session, external_id: str) -> None:
    """Delete a rule, or the 404."""
    if not await session.run("DELETE FROM metadata_rules WHERE external_id = ?", external_id):
        raise _missing(external_id)


def _missing(external_id: str) -> ApiError:
    return ApiError(404, assumptions.METADATA_FIELD_NOT_FOUND_TEXT.format(external_id=external_id))


async def _changed(session: Session, rule: JSON, params: Params) -> JSON:
    known = await fields.all_fields(session)
    rule = {**rule, **{name: params.text(name) for name in ("metadata_field_id", "name", "state") if name in params}}
    rule |= {name: params.json(name) for name in ("condition", "result") if name in params}
    if rule["metadata_field_id"] not in known:
        raise invalid_value("metadata_field_id", rule["metadata_field_id"])
    if rule["state"] not in {"active", "inactive"}:
        raise invalid_value("state", rule["state"])
    _check_condition(rule.get("condition"), known)
    _check_result(rule.get("result"), known[rule["metadata_field_id"]])
    written = json.dumps(rule["condition"], sort_keys=True)
    digest = hashlib.md5(written.encode(), usedforsecurity=False).digest()
    return {**rule, "condition_signature": str(uuid.UUID(bytes=digest, version=3))}


def _check_condition(given: Any, known: dict[str, JSON]) -> None:
    node = given if is_object(given) else {}
    for word in ("and", "or"):
        if word in node and len(node) == 1 and isinstance(node[word], list) and node[word]:
            for item in cast("list[Any]", node[word]):
                _check_condition(item, known)
            return
    if node.get("metadata_field_id") not in known or len(node.keys() & _LEAVES) != 1 or len(node) != 2:
        raise invalid_value("condition", json.dumps(node))
    if "includes" in node and not isinstance(node["includes"], list):
        raise invalid_value("condition", json.dumps(node))


def _check_result(given: Any, field: JSON) -> None:
    result = given if is_object(given) else {}
    if not result or result.keys() - _RESULTS:
        raise invalid_value("result", json.dumps(result))
    activated: Any = result.get("activate_values")
    if activated not in (None, "all"):
        ids: Any = activated.get("external_ids") if is_object(activated) else None
        if field["type"] not in fields.LISTS or not isinstance(ids, list):
            raise invalid_value("result", json.dumps(result))
    applied: Any = result.get("apply_value")
    if applied is not None:
        checked_value(field, applied.get("value") if is_object(applied) else applied)


def _holds(condition: JSON, values: JSON) -> bool:
    if "and" in condition:
        return all(_holds(item, values) for item in condition["and"])
    if "or" in condition:
        return any(_holds(item, values) for item in condition["or"])
    value: Any = values.get(condition["metadata_field_id"])
    if "populated" in condition:
        return bool(condition["populated"]) != is_empty(value)
    held = _items(value)
    if "includes" in condition:
        return all(str(item) in held for item in condition["includes"])
    return not is_empty(value) and set(held) == set(_items(condition["equals"]))


def _items(value: Any) -> list[str]:
    items = value if is_list(value) else [value]
    return [str(item) for item in items]


def settle(values: JSON, known: dict[str, JSON], rules: list[JSON], *, clear_invalid: bool) -> JSON:
    """Apply the rules to the metadata of an asset: with what they apply, without what they forbid.

    400 for a value that they forbid, unless `clear_invalid`, and for one that is missing but mandatory.
    """
    values = dict(values)
    active = [rule for rule in rules if rule["state"] == "active" and rule["metadata_field_id"] in known]
    met = [rule for rule in active if _holds(rule["condition"], values)]
    for rule in met:
        _apply(values, known[rule["metadata_field_id"]], rule["result"].get("apply_value"))
    for key in {rule["metadata_field_id"] for rule in active}:
        field = known[key]
        mine = [rule["result"] for rule in active if rule["metadata_field_id"] == key]
        here = [rule["result"] for rule in met if rule["metadata_field_id"] == key]
        if not is_empty(values.get(key)) and not _allowed(field, values[key], mine, here):
            if not clear_invalid:
                raise refused(field, values[key])
            del values[key]
        if is_empty(values.get(key)) and any(result.get("set_mandatory") for result in here):
            raise bad_request(f"The metadata field {key} is mandatory")
    return values


def _apply(values: JSON, field: JSON, applied: Any) -> None:
    if applied is None:
        return
    given = applied if is_object(applied) else {"value": applied}
    key, value = field["external_id"], checked_value(field, given["value"])
    if is_empty(values.get(key)):
        values[key] = value
    elif given.get("mode") == "append" and field["type"] == "set":
        values[key] = list(dict.fromkeys([*values[key], *value]))


def _allowed(field: JSON, value: Any, mine: list[JSON], here: list[JSON]) -> bool:
    if any(result.get("enable") is False for result in here):
        return False
    if any(result.get("enable") for result in mine) and not any(result.get("enable") for result in here):
        return False
    activated: set[str] | None = None
    for result in here:
        given = result.get("activate_values")
        if given == "all":
            activated = {entry["external_id"] for entry in fields.entries(field)}
        elif given:
            before = set[str]() if given.get("mode") == "override" else activated or set[str]()
            activated = before | {str(item) for item in given["external_ids"]}
    return activated is None or set(_items(value)) <= activated
