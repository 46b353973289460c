"""Upload presets: list, read, create, update, delete."""

import json
import uuid
from collections.abc import Callable
from typing import Any, cast

from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import ApiError, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import random_name
from cloudinary_sandbox.core.notation import read_headers, read_json, read_pairs, read_rectangles, read_tags
from cloudinary_sandbox.core.paging import descending, page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.core.transformation_text import components, eager_info
from cloudinary_sandbox.environment.presets import FLAGS, UploadPreset, find_preset, read_preset

_ORDERS = {"name": "name", "id": "id", "created_at": "created_at, id"}
_NO_SETTINGS = frozenset({"name", "unsigned", "timestamp", "api_key", "signature"})


async def list_presets(call: ApiCall) -> JSON:
    """All presets, their settings as they were sent."""
    order = call.params.text("order_by", "name")
    if order not in _ORDERS:
        raise invalid_value("order_by", order)
    way = "DESC" if descending(call.params, default=False) else "ASC"
    sql = f"SELECT * FROM presets ORDER BY {_ORDERS[order].replace(',', f' {way},')} {way} LIMIT ? OFFSET ?"  # noqa: S608
    limit = page_size(call.params)
    cursor = call.params.text("next_cursor")
    offset = read_cursor(cursor, int)[0] if cursor else 0
    presets = [read_preset(row) for row in await call.cloud.db.rows(sql, limit + 1, offset)]
    following = {"next_cursor": write_cursor(offset + limit)} if len(presets) > limit else {}
    return {"presets": [_shown(preset, _written(preset.settings)) for preset in presets[:limit]], **following}


def _written(settings: JSON) -> JSON:
    """Settings as a list of presets shows them: booleans, and else the text that a form would carry."""
    return {name: Params(settings).flag(name) if name in FLAGS else _text(value) for name, value in settings.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in cast("list[object]", value)):
        return ",".join(str(item) for item in cast("list[object]", value))
    return json.dumps(value, separators=(",", ":"))


def _shown(preset: UploadPreset, settings: JSON) -> JSON:
    return {
        "name": preset.name,
        "unsigned": preset.unsigned,
        "external_id": preset.external_id,
        "settings": settings,
    }


async def read(call: ApiCall) -> JSON:
    """One preset, its settings taken apart."""
    preset = _one(call, await find_preset(call.cloud.db, call.path["preset"]))
    flags = Params(preset.settings)
    settings = {key: _READERS[key](value) if key in _READERS else value for key, value in preset.settings.items()}
    return _shown(preset, settings | {key: flags.flag(key) for key in settings if key in FLAGS})


def _json(name: str) -> Callable[[Any], Any]:
    return lambda value: read_json(name, value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "tags": read_tags,
    "context": lambda value: read_pairs("context", value),
    "transformation": components,
    "eager": eager_info,
    "allowed_formats": read_tags,
    "headers": read_headers,
    "face_coordinates": lambda value: read_rectangles("face_coordinates", value),
    "custom_coordinates": lambda value: read_rectangles("custom_coordinates", value),
    "auto_tagging": float,
    **{name: _json(name) for name in ("access_control", "responsive_breakpoints", "regions", "auto_transcription")},
}
"""How the details of a preset show the settings that are more than a text or a boolean."""


def _one(call: ApiCall, preset: UploadPreset | None) -> UploadPreset:
    if preset is None:
        raise ApiError(404, f"Can't find upload preset with name {call.path['preset']}")
    return preset


def _settings(call: ApiCall) -> JSON:
    settings = {
        key: value
        for key, value in call.params.values.items()
        if key not in _NO_SETTINGS and value not in (None, "", [], {})
    }
    if "transformation" in settings and isinstance(settings["transformation"], str):
        components(settings["transformation"])
    return settings


async def create(call: ApiCall) -> JSON:
    """Make a preset, in the place of the one that has its name; without a name it is given one."""
    name = call.params.text("name") or random_name(8)
    settings, external_id = _settings(call), uuid.uuid4().hex
    async with call.cloud.db.change() as tx:
        if present := await find_preset(tx, name):
            external_id = present.external_id
            await tx.run("DELETE FROM presets WHERE id = ?", present.id)
        await tx.run(
            "INSERT INTO presets (name, external_id, unsigned, settings, created_at) VALUES (?, ?, ?, ?, ?)",
            name, external_id, call.params.flag("unsigned"), json.dumps(settings), clock.now(),
        )  # fmt: skip
    return {"message": "created", "name": name, "external_id": external_id}


async def update(call: ApiCall) -> JSON:
    """Change a preset."""
    settings = _settings(call)
    async with call.cloud.db.change() as tx:
        preset = _one(call, await find_preset(tx, call.path["preset"]))
        kept = {} if assumptions.PRESET_UPDATE_REPLACES else preset.settings
        await tx.run(
            "UPDATE presets SET unsigned = ?, settings = ? WHERE id = ?",
            call.params.flag("unsigned", preset.unsigned), json.dumps({**kept, **settings}), preset.id,
        )  # fmt: skip
    return {"message": "updated", "external_id": preset.external_id}


async def delete(call: ApiCall) -> JSON:
    """Remove a preset."""
    async with call.cloud.db.change() as tx:
        preset = _one(call, await find_preset(tx, call.path["preset"]))
        await tx.run("DELETE FROM presets WHERE id = ?", preset.id)
    return {"message": "deleted", "external_id": preset.external_id}


ENDPOINTS = [
    Endpoint("GET", "/upload_presets", list_presets),
    Endpoint("POST", "/upload_presets", create),
    Endpoint("GET", "/upload_presets/{preset:path}", read),
    Endpoint("PUT", "/upload_presets/{preset:path}", update),
    Endpoint("DELETE", "/upload_presets/{preset:path}", delete),
]
