"""Values of structured metadata: what a field of a type, with its validation, takes."""

import json
import re
from datetime import date
from typing import Any

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_tools.json_types import is_list, is_object

_COMPARED = frozenset({"integer", "date"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_RULES: dict[str, frozenset[str]] = {
    "greater_than": _COMPARED,
    "less_than": _COMPARED,
    "strlen": frozenset({"string"}),
    "strregex": frozenset({"string"}),
    "in": frozenset({"string", "integer", "date"}),
}


def is_empty(value: object) -> bool:
    """Whether a value clears its field."""
    return value in ("", None, [])


def refused(field: JSON, value: object) -> ApiError:
    """Make the 400 for a value that a field does not take."""
    return bad_request(assumptions.METADATA_VALUE_TEXT.format(value=value, field=field["external_id"]))


def checked_value(field: JSON, value: Any) -> Any:
    """Check a value and give it the form in which an asset keeps it.

    That is text, a whole number, `YYYY-MM-DD`, an entry's external id or a list of those.
    """
    match field["type"]:
        case "string":
            if not isinstance(value, (str, int, float)) or isinstance(value, bool):
                raise refused(field, value)
            found: Any = str(value)
        case "integer":
            if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
                raise refused(field, value)
            found = int(value)
        case "date":
            found = _day(field, value)
        case "enum":
            return _entry(field, value)
        case _:
            items = value if is_list(value) else [value]
            return [_entry(field, item) for item in dict.fromkeys(map(str, items))]
    if field["validation"] and not _meets(field["validation"], found):
        raise refused(field, value)
    return found


def _day(field: JSON, value: Any) -> str:
    try:
        if not _DAY.fullmatch(str(value)):
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise refused(field, value) from None


def _entry(field: JSON, value: Any) -> str:
    for entry in field["datasource"]["values"]:
        if entry["external_id"] == str(value) and entry["state"] == "active":
            return entry["external_id"]
    raise refused(field, value)


def _meets(rule: JSON, value: Any) -> bool:
    match rule["type"]:
        case "and":
            return all(_meets(item, value) for item in rule["rules"])
        case "greater_than":
            return value > rule["value"] or (bool(rule.get("equals")) and value == rule["value"])
        case "less_than":
            return value < rule["value"] or (bool(rule.get("equals")) and value == rule["value"])
        case "strlen":
            return rule.get("min", 0) <= len(value) <= rule.get("max", len(value))
        case "in":
            return value in rule["value"]
        case _:
            return re.search(_pattern(rule), value) is not None


def _pattern(rule: JSON) -> str:
    return rule["regex"] if "regex" in rule else rule["value"]


def checked_validation(kind: str, given: Any) -> JSON | None:
    """Check a field's `validation`: null, a rule, or `{"type": "and", "rules": […]}`; 400 for one that does not fit."""
    if given is None:
        return None
    rule = given if is_object(given) else {}
    name = rule.get("type")
    if name == "and" and isinstance(rule.get("rules"), list) and rule["rules"]:
        return {"type": "and", "rules": [checked_validation(kind, item) for item in rule["rules"]]}
    if kind not in _RULES.get(str(name), frozenset()) or not _is_sound(kind, rule):
        raise invalid_value("validation", json.dumps(given))
    return rule


def _is_sound(kind: str, rule: JSON) -> bool:
    bare: JSON = {"external_id": "validation", "type": kind, "validation": None}
    try:
        match rule["type"]:
            case "strlen":
                bounds = [rule[name] for name in ("min", "max") if name in rule]
                return bool(bounds) and all(isinstance(item, int) and item >= 0 for item in bounds)
            case "strregex":
                return bool(re.compile(_pattern(rule)))
            case "in":
                rule["value"] = [checked_value(bare, item) for item in rule["value"]]
            case _:
                rule["value"] = checked_value(bare, rule["value"])
    except (ApiError, KeyError, TypeError, re.error):
        return False
    return True
