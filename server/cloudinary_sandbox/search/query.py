"""One search: its parameters, its page, its count and its aggregations."""

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any, cast

from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_json
from cloudinary_sandbox.core.paging import write_cursor
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.search import replies
from cloudinary_sandbox.search.fields import sort_key
from cloudinary_sandbox.search.index import catch_up
from cloudinary_sandbox.search.parser import parse
from cloudinary_sandbox.search.sql import QueryPlan, Sql, plan
from cloudinary_tools.json_types import is_list, is_object

_DEFAULT_PAGE = 50
_MAX_PAGE = 500
_COUNTED = frozenset({"format", "resource_type", "type"})
_MEASURED = {
    "bytes": Sql("d.bytes"),
    "image_pixels": Sql("CASE d.resource_type WHEN 'image' THEN d.pixels END"),
    "video_pixels": Sql("CASE d.resource_type WHEN 'video' THEN d.pixels END"),
    "duration": Sql("d.duration"),
}
_KEY = re.compile(r"[A-Za-z0-9_-]{1,20}")


@dataclass(frozen=True, slots=True)
class SortOrder:
    """One key of the order."""

    name: str
    descending: bool


async def search_assets(cloud: SandboxCloud, params: Params) -> JSON:
    """Answer a search. 400 for an expression or a parameter that cannot be read."""
    started = time.perf_counter()
    expression = params.text("expression")
    found = plan(parse(expression), expression, dynamic_folders=cloud.dynamic_folders)
    limit = page_size(params, _DEFAULT_PAGE)
    orders = read_orders(params)
    keys = [_sort_key(found, order) for order in orders]
    wanted = _aggregations(params)
    extras = frozenset(params.csv("with_field"))
    if unknown := sorted(extras - set(replies.EXTRAS)):
        raise invalid_value("with_field", unknown[0])
    fields = frozenset(params.csv("fields"))
    await catch_up(cloud)
    seal = digest(expression, orders)
    page, cursor = await _page(cloud, found, orders, keys, limit, params.text("next_cursor"), seal)
    sql = f"SELECT count(*) FROM {found.counting} WHERE {found.where.text}"  # noqa: S608 - own text
    reply: JSON = {"total_count": await cloud.db.value(sql, *found.where.values), "time": 0}
    reply["resources"] = [await replies.entry(cloud, asset, extras, fields) for asset in page]
    if wanted:
        reply["aggregations"] = {name: await _aggregated(cloud, found, name, ranges) for name, ranges in wanted}
    if cursor:
        reply["next_cursor"] = cursor
    reply["time"] = round((time.perf_counter() - started) * 1000)
    return reply


def page_size(params: Params, default: int) -> int:
    """Read `max_results`: between 0 and 500, 400 for anything else."""
    size = params.integer("max_results", default)
    if not 0 <= size <= _MAX_PAGE:
        raise invalid_value("max_results", f"{size}, must be between 0 and {_MAX_PAGE}")
    return size


def read_orders(params: Params) -> tuple[SortOrder, ...]:
    """Read `sort_by`: single-key objects, as JSON text, or as `name,asc`; the newest first where there is none."""
    given = params.raw("sort_by")
    if not given:
        return (SortOrder("created_at", descending=True),)
    return tuple(order for item in _items(given) for order in _orders(item, given))


def _items(given: object) -> list[object]:
    if is_list(given):
        return given
    if isinstance(given, str) and given.startswith(("[", "{")):
        value = read_json("sort_by", given)
        return value if is_list(value) else [value]
    return [given]


def _orders(item: object, given: object) -> list[SortOrder]:
    if isinstance(item, str) and item.startswith("{"):
        item = read_json("sort_by", item)
    if isinstance(item, str):
        name, _, direction = item.replace(",", " ").strip().partition(" ")
        item = {name: direction.strip() or "asc"}
    if not isinstance(item, dict):
        raise invalid_value("sort_by", json.dumps(given))
    orders: list[SortOrder] = []
    for name, direction in cast("JSON", item).items():
        if direction not in {"asc", "desc"}:
            raise invalid_value("sort_by", f"{name} {direction}")
        orders.append(SortOrder(name, direction == "desc"))
    return orders


def digest(expression: str, orders: tuple[SortOrder, ...]) -> str:
    """Make the digest that ties a cursor to its query."""
    text = json.dumps([expression, [(order.name, order.descending) for order in orders]])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _sort_key(found: QueryPlan, order: SortOrder) -> str:
    if order.name == "created_at":
        return f"{found.order}.created_at"
    key = sort_key(order.name, descending=order.descending)
    if key is None:
        raise invalid_value("sort_by", order.name)
    return key


async def _page(
    cloud: SandboxCloud,
    found: QueryPlan,
    orders: tuple[SortOrder, ...],
    keys: list[str],
    limit: int,
    cursor: str,
    seal: str,
) -> tuple[list[SandboxAsset], str | None]:
    """The assets of one page, and the cursor of the next one if there is more."""
    if not limit:
        return [], None
    keys = [*keys, f"{found.order}.seq"]
    orders = (*orders, SortOrder("seq", orders[0].descending))
    after = _after(orders, keys, cursor, seal)
    names = ", ".join(f"{key} AS k{number}" for number, key in enumerate(keys))
    way = ", ".join(f"{key} {'DESC' if order.descending else 'ASC'}" for key, order in zip(keys, orders, strict=True))
    rows = await cloud.db.rows(
        f"SELECT d.document, {names} FROM {found.source} WHERE {found.where.text} AND {after.text} "  # noqa: S608
        f"ORDER BY {way} LIMIT ?",
        *found.where.values,
        *after.values,
        limit + 1,
    )
    page = [SandboxAsset(**json.loads(row["document"])) for row in rows[:limit]]
    if len(rows) <= limit:
        return page, None
    last = rows[limit - 1]
    return page, write_cursor(seal, *(last[f"k{number}"] for number in range(len(keys))))


def _after(orders: tuple[SortOrder, ...], keys: list[str], cursor: str, seal: str) -> Sql:
    """What lies behind a cursor's position."""
    if not cursor:
        return Sql("1")
    given, *position = read_position(cursor, len(keys) + 1)
    if given != seal:
        raise invalid_value("next_cursor", f"{cursor}, which belongs to another query")
    if len({order.descending for order in orders}) == 1:
        sign = "<" if orders[0].descending else ">"
        return Sql(f"({', '.join(keys)}) {sign} ({', '.join('?' * len(keys))})", tuple(position))
    arms: list[str] = []
    values: list[Any] = []
    for depth, order in enumerate(orders):
        same = "".join(f"{key} = ? AND " for key in keys[:depth])
        arms.append(f"({same}{keys[depth]} {'<' if order.descending else '>'} ?)")
        values += position[: depth + 1]
    return Sql(f"({' OR '.join(arms)})", tuple(values))


def read_position(cursor: str, length: int) -> list[Any]:
    """Read the parts of a cursor of ours; a 400 for any other text."""
    try:
        position: object = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        position = None
    parts = position if is_list(position) else []
    if len(parts) != length or not all(isinstance(part, (str, int, float)) for part in parts):
        raise invalid_value("next_cursor", cursor)
    return parts


_Ranges = list[tuple[str, float | None, float | None]]


def _aggregations(params: Params) -> list[tuple[str, _Ranges | None]]:
    given = params.json("aggregate") if str(params.raw("aggregate")).startswith(("[", "{")) else params.raw("aggregate")
    items = given if is_list(given) else [given] if given else []
    return [_aggregation(item) for item in items]


def _aggregation(item: object) -> tuple[str, _Ranges | None]:
    if isinstance(item, str):
        if item not in _COUNTED:
            raise invalid_value("aggregate", item)
        return item, None
    values = item if is_object(item) else {}
    name, ranges = values.get("type"), values.get("ranges")
    if name not in _MEASURED or not isinstance(ranges, list) or not ranges:
        raise invalid_value("aggregate", json.dumps(item))
    read: _Ranges = []
    for each in cast("list[object]", ranges):
        known = each if is_object(each) else {}
        key, low, high = known.get("key"), known.get("from"), known.get("to")
        numbers = [end for end in (low, high) if end is not None]
        good = isinstance(key, str) and _KEY.fullmatch(key) and numbers
        if not good or not all(isinstance(end, (int, float)) for end in numbers):
            raise invalid_value("aggregate", json.dumps(each))
        read.append((cast("str", key), low, high))
    return name, read


async def _aggregated(cloud: SandboxCloud, found: QueryPlan, name: str, ranges: _Ranges | None) -> JSON:
    """Counts per value, the most frequent first, or per range (from its beginning up to, not with, its end)."""
    if ranges is None:
        rows = await cloud.db.rows(
            f"SELECT d.{name}, count(*) FROM {found.source} WHERE {found.where.text} AND d.{name} IS NOT NULL "  # noqa: S608
            f"GROUP BY 1 ORDER BY 2 DESC, 1",
            *found.where.values,
        )
        return {row[0]: row[1] for row in rows}
    measure = _MEASURED[name].text
    counts: JSON = {}
    for key, low, high in ranges:
        bounds = [(f"{measure} >= ?", low), (f"{measure} < ?", high)]
        given = [(text, end) for text, end in bounds if end is not None]
        counts[key] = await cloud.db.value(
            f"SELECT count(*) FROM {found.source} WHERE {found.where.text} AND "  # noqa: S608 - own text
            + " AND ".join(text for text, _ in given),
            *found.where.values,
            *(end for _, end in given),
        )
    return counts
