"""Bringing the search index up to date with the assets, as late as the sandbox is told to."""

import dataclasses
import json
import time
from collections.abc import Iterator
from typing import Any

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import last_segment
from cloudinary_sandbox.search.predicates import words_of
from cloudinary_sandbox.search.replies import format_of
from cloudinary_tools.json_types import is_list, is_object

_BATCH = 500
_WAITING = "SELECT seq FROM search_queue WHERE changed_at <= ? ORDER BY changed_at LIMIT ?"


async def catch_up(cloud: SandboxCloud) -> None:
    """Index every change that is at least `search_lag` seconds old."""
    until = time.time() - cloud.options.search_lag if cloud.options.search_lag else float("inf")
    while await cloud.db.value(_WAITING, until, 1) is not None:
        async with cloud.db.change() as tx:
            await _index(tx, [row["seq"] for row in await tx.rows(_WAITING, until, _BATCH)])


async def _index(tx: Session, changed: list[int]) -> None:
    numbers = [(seq,) for seq in changed]
    for table in ("search_documents", "search_values", "search_words", "search_queue"):
        await tx.run_many(f"DELETE FROM {table} WHERE seq = ?", numbers)  # noqa: S608 - own names
    documents: list[JSON] = []
    values: list[tuple[Any, ...]] = []
    words: set[tuple[Any, ...]] = set()
    for asset in await assets.select(tx, Where().one_of("seq", changed), deleted=True):
        document = _document(asset)
        documents.append(document)
        position = (document["active"], asset.created_at, asset.seq)
        for name, value, number in {*_values(asset, document)}:
            found = words_of(value)
            values.append((name, value, *position, f" {' '.join(found)} ", number))
            words.update((name, word, *position) for word in found)
    if documents:
        columns = list(documents[0])
        statement = f"INSERT INTO search_documents ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
        await tx.run_many(statement, [tuple(document.values()) for document in documents])
    await tx.run_many("INSERT OR IGNORE INTO search_values VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    await tx.run_many("INSERT INTO search_words VALUES (?, ?, ?, ?, ?)", list(words))


def _document(asset: SandboxAsset) -> JSON:
    analysis: JSON = asset.extra.get("analysis", {})
    deleted = asset.placeholder and not asset.bytes
    width, height = asset.width or 0, asset.height or 0
    return {
        "seq": asset.seq,
        "active": 0 if deleted else 1,
        "status": "deleted" if deleted else "active",
        **{name: getattr(asset, name) for name in _COPIED},
        "format": format_of(asset) or None,
        "filename": last_segment(asset.public_id),
        "pixels": width * height or None,
        "aspect_ratio": round(width / height, 5) if width and height else None,
        "duration": asset.facts.get("duration"),
        "pages": asset.facts.get("pages"),
        "face_count": len(analysis["faces"]) if "faces" in analysis else None,
        "quality_score": analysis.get("quality_score"),
        "illustration_score": analysis.get("illustration_score"),
        "transparent": _yes_no(asset.facts.get("has_alpha")),
        "grayscale": _yes_no(asset.facts.get("grayscale")),
        "updated_at": _moment(asset.extra.get("last_updated", {}).get("updated_at")) or asset.uploaded_at,
        "taken_at": _taken_at(analysis),
        "document": json.dumps({name: getattr(asset, name) for name in _FIELDS}),
    }


_FIELDS = [item.name for item in dataclasses.fields(SandboxAsset)]
_COPIED = (
    "asset_id", "public_id", "resource_type", "type", "folder", "asset_folder", "display_name",
    "access_mode", "etag", "version", "bytes", "width", "height", "created_at", "uploaded_at",
)  # fmt: skip


def _yes_no(value: object) -> str | None:
    return None if value is None else "true" if value else "false"


def _moment(value: object) -> int | None:
    if not value:
        return None
    try:
        return int(clock.read_moment("date", value))
    except ApiError:
        return None


def _taken_at(analysis: JSON) -> int | None:
    """When a camera says the picture was taken: `2024:01:15 10:00:00` in its metadata."""
    known: JSON = analysis.get("image_metadata") or analysis.get("exif") or {}
    date, _, day_time = str(known.get("DateTimeOriginal", "")).partition(" ")
    return _moment(f"{date.replace(':', '-')} {day_time}".strip())


def _values(asset: SandboxAsset, document: JSON) -> Iterator[tuple[str, str, float | None]]:
    """The values that have no column, as (field, text, number or None)."""
    metadata = {key: [_text(item) for item in _items(value)] for key, value in asset.metadata.items()}
    labels = [*asset.tags, *asset.context.values(), *(text for found in metadata.values() for text in found)]
    for text in (asset.public_id, asset.display_name, *labels):
        yield "", text, None
    for tag in asset.tags:
        yield "tags", tag, None
    yield "filename", document["filename"], None
    yield "display_name", asset.display_name, None
    for key, text in asset.context.items():
        yield f"context.{key}", text, _number(text)
        yield "context", key, None
        yield "context", text, None
    for key, found in metadata.items():
        for text in found:
            yield f"metadata.{key}", text, _number(text)
            yield "metadata", text, None
    for state in asset.moderation:
        yield "moderation_kind", state["kind"], None
        yield "moderation_status", state["status"], None
    for kind, moment in asset.extra.get("last_updated", {}).items():
        yield f"last_updated.{kind}", moment, _moment(moment)
    yield from _analysed(asset.extra.get("analysis", {}))


def _analysed(analysis: JSON) -> Iterator[tuple[str, str, float | None]]:
    for name, _ in analysis.get("predominant", {}).get("google", []):
        yield "colors", name, None
    for family in ("image_metadata", "quality_analysis", "accessibility_analysis"):
        known: object = analysis.get(family)
        if is_object(known):
            for key, value in known.items():
                yield f"{family}.{key}", _text(value), _number(_text(value))
    if "faces" in analysis:
        yield "image_analysis.face_count", str(len(analysis["faces"])), float(len(analysis["faces"]))


def _items(value: object) -> list[object]:
    return value if is_list(value) else [value]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
