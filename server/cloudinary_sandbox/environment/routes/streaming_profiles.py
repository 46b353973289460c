"""Streaming profiles: the predefined ones and those of the account."""

import hashlib
import json
import re
import sqlite3
import uuid
from typing import Any, cast

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.core.transformation_text import info
from cloudinary_tools.json_types import is_object

# Our own ladder of (width, height, bit rate): only the names of the predefined profiles are documented.
_LADDER = {
    "sd": ["640x360:1000k", "480x270:500k"],
    "hd": ["1280x720:3500k", "960x540:2000k", "640x360:1000k"],
    "full_hd": ["1920x1080:5500k", "1280x720:3500k", "960x540:2000k", "640x360:1000k"],
    "4k": ["3840x2160:18000k", "2560x1440:12000k", "1920x1080:5500k", "1280x720:3500k", "640x360:1000k"],
    "full_hd_wifi": ["1920x1080:5500k", "1280x720:3500k", "960x540:2000k"],
    "full_hd_lean": ["1920x1080:4500k", "1280x720:2500k", "640x360:800k"],
    "hd_lean": ["1280x720:2500k", "640x360:800k"],
}


_DISPLAY_NAMES = {
    "sd": "SD (480p)",
    "hd": "HD (720p)",
    "full_hd": "Full HD (1080p)",
    "4k": "4K (2160p)",
    "full_hd_wifi": "Full HD WiFi (1080p)",
    "full_hd_lean": "Full HD Lean (1080p)",
    "hd_lean": "HD Lean (720p)",
}
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def _predefined(name: str) -> JSON:
    steps = [step.replace("x", ":").split(":") for step in _LADDER[name]]
    return {
        "name": name,
        "display_name": _DISPLAY_NAMES[name],
        "predefined": True,
        "external_id": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
        "representations": [f"c_limit,w_{width},h_{height},br_{rate}" for width, height, rate in steps],
    }


def _own(row: sqlite3.Row) -> JSON:
    values: JSON = dict(row)
    predefined = values["name"] in _LADDER
    return {**values, "predefined": predefined, "representations": json.loads(values["representations"])}


def _shown(profile: JSON) -> JSON:
    return {**profile, "representations": [{"transformation": info(text)} for text in profile["representations"]]}


async def _profiles(session: Session) -> dict[str, JSON]:
    own = [_own(row) for row in await session.rows("SELECT * FROM streaming_profiles ORDER BY name")]
    return {name: _predefined(name) for name in _LADDER} | {profile["name"].lower(): profile for profile in own}


async def _one(call: ApiCall, session: Session) -> JSON:
    name = call.path["profile"]
    profile = (await _profiles(session)).get(name.lower())
    if profile is None:
        raise ApiError(404, f"Can't find streaming profile with name {name}")
    return profile


def _representations(call: ApiCall) -> list[str]:
    value = call.params.json("representations")
    if value is None:
        raise missing_parameter("representations")
    if not isinstance(value, list):
        raise invalid_value("representations", value)
    texts: list[str] = []
    for item in cast("list[Any]", value):
        text = item.get("transformation") if is_object(item) else None
        if not isinstance(text, str):
            raise invalid_value("representations", repr(item))
        info(text)
        texts.append(text)
    return texts


async def list_profiles(call: ApiCall) -> JSON:
    """All profiles."""
    shown = ("name", "display_name", "predefined", "external_id")
    return {"data": [{key: profile[key] for key in shown} for profile in (await _profiles(call.cloud.db)).values()]}


async def read(call: ApiCall) -> JSON:
    """One profile with its representations taken apart."""
    return {"data": _shown(await _one(call, call.cloud.db))}


async def _store(
    tx: Session, name: str, display_name: str, representations: list[str], external_id: str | None = None
) -> None:
    await tx.run(
        "INSERT OR REPLACE INTO streaming_profiles (name, display_name, external_id, representations)"
        " VALUES (?, ?, ?, ?)",
        name, display_name, external_id or uuid.uuid4().hex, json.dumps(representations),
    )  # fmt: skip


async def create(call: ApiCall) -> JSON:
    """Make a profile."""
    name, representations = call.params.required("name"), _representations(call)
    if not _NAME.fullmatch(name):
        raise invalid_value("name", name)
    call.path["profile"] = name
    async with call.cloud.db.change() as tx:
        if name.lower() in await _profiles(tx):
            raise ApiError(409, f"Streaming profile with name {name} already exists")
        await _store(tx, name, call.params.text("display_name", name), representations)
        return {"data": _shown(await _one(call, tx))}


async def update(call: ApiCall) -> JSON:
    """Change a profile, also a predefined one."""
    async with call.cloud.db.change() as tx:
        present = await _one(call, tx)
        representations = _representations(call) if "representations" in call.params else present["representations"]
        display_name = call.params.text("display_name", present["display_name"])
        await _store(tx, present["name"], display_name, representations, present["external_id"])
        return {"message": "updated", "data": _shown(await _one(call, tx))}


async def delete(call: ApiCall) -> JSON:
    """Remove a profile; a changed predefined one gets its first form back, an unchanged one cannot be removed."""
    async with call.cloud.db.change() as tx:
        profile = await _one(call, tx)
        if not await tx.run("DELETE FROM streaming_profiles WHERE name = ?", profile["name"]):
            raise bad_request(assumptions.PREDEFINED_PROFILE_TEXT.format(name=profile["name"]))
    return {"message": "deleted"}


ENDPOINTS = [
    Endpoint("GET", "/streaming_profiles", list_profiles),
    Endpoint("POST", "/streaming_profiles", create),
    Endpoint("GET", "/streaming_profiles/{profile:name}", read),
    Endpoint("PUT", "/streaming_profiles/{profile:name}", update),
    Endpoint("DELETE", "/streaming_profiles/{profile:name}", delete),
]
