"""Putting structured metadata onto assets: values checked against their fields, and defaults for new assets."""

import json
from dataclasses import dataclass
from typing import Any

from cloudinary_sandbox.assets.asset_params import touch
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_metadata
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.metadata import fields
from cloudinary_sandbox.metadata.field_values import checked_value, is_empty
from cloudinary_sandbox.metadata.rules import all_rules, settle
from cloudinary_tools.json_types import is_list


@dataclass(frozen=True)
class CheckedMetadata:
    """What a call does to the metadata of an asset: checked values, empty ones of which clear their field."""

    given: JSON
    fields: dict[str, JSON]
    rules: list[JSON]
    clear_invalid: bool

    def put(self, asset: SandboxAsset, *, new: bool = False) -> None:
        """Merge them into an asset; a `new` one gets the defaults of the fields that it has no value of.

        400 when the asset then has what the rules of conditional metadata forbid.
        """
        values = {**(self._defaults() if new else {}), **self.given}
        if not values and not new:
            return
        merged = {key: value for key, value in {**asset.metadata, **values}.items() if not is_empty(value)}
        if self.rules:
            merged = settle(merged, self.fields, self.rules, clear_invalid=self.clear_invalid)
        if merged or asset.metadata:
            asset.metadata = merged
            touch(asset, "metadata_updated_at")

    def _defaults(self) -> JSON:
        return {
            key: field["default_value"]
            for key, field in self.fields.items()
            if field["default_value"] is not None and not field["default_disabled"]
        }


async def read_changes(session: Session, params: Params) -> CheckedMetadata:
    """Read the changes that `metadata` of a call asks for; 400 for unknown fields and for values that they do not take.

    With `clear_invalid` values that are not taken are left out instead. Fields with `allow_dynamic_list_values` get the
    entries that they lack, so `session` must be one that writes.
    """
    known = await fields.all_fields(session)
    given = read_metadata(params.raw("metadata")) if "metadata" in params else {}
    if unknown := [key for key in given if key not in known]:
        raise bad_request(f"Metadata External IDs do not exist: {json.dumps(unknown)}")
    values: JSON = {}
    for key, value in given.items():
        try:
            known[key] = await _with_new_entries(session, known[key], value)
            values[key] = "" if is_empty(value) else checked_value(known[key], value)
        except ApiError:
            if not params.flag("clear_invalid"):
                raise
            continue
        if is_empty(value) and known[key]["mandatory"]:
            raise bad_request(f"The metadata field {key} is mandatory and cannot be cleared")
    return CheckedMetadata(values, known, await all_rules(session), clear_invalid=params.flag("clear_invalid"))


async def _with_new_entries(session: Session, field: JSON, value: Any) -> JSON:
    if not field["allow_dynamic_list_values"] or is_empty(value):
        return field
    known = {entry["external_id"] for entry in fields.entries(field)}
    wanted = [str(item) for item in (value if is_list(value) else [value])]
    missing = [{"external_id": item, "value": item} for item in wanted if item not in known]
    if missing:
        field = fields.merged(field, missing)
        await fields.save(session, field)
    return field
