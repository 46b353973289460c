"""`search_assets`: find assets by an expression or by filters, count them, group them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client.reply_types.assets import AssetEntry
from cloudinary_tools.client.reply_types.search import SearchReply
from cloudinary_tools.library.asset_view import ROW, AssetData, asset_data, asset_line, columns_and_rows, url_pattern
from cloudinary_tools.search.expression import FIELDS, check, known_field
from cloudinary_tools.search.filters import compile_filters, needs_folder_mode, read_number
from cloudinary_tools.search.pages import INDEX_LAGS, search_page
from cloudinary_tools.suggestions import did_you_mean
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.cursors import pack, resume
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import (
    MAX_ANSWER_BYTES,
    Problem,
    ToolResult,
    inline,
    plural,
    visible,
    without_nulls,
)

_LONGEST_KEY = 20
"""Characters of a range's name (Search API reference)."""
RECENT = 60
"""Seconds: where the newest hit is younger, even newer ones may be missing."""
_COUNTED = ("format", "resource_type", "type")
_MEASURED = ("bytes", "image_pixels", "video_pixels", "duration")
_UPSTREAM = {"url": ("secure_url",), "moderation": ("moderation_status", "moderation_kind")}
"""What to ask Cloudinary for where a field of ours is called something else."""

SearchField = Literal[
    "asset_id", "url", "tags", "context", "metadata", "moderation", "display_name", "asset_folder", "version"
]


class SearchResult(TypedDict, total=False):
    """One page of hits. Each of `assets` has its values in the order of `columns`; what all share is said once."""

    expression: str
    total_count: int
    count: int
    resource_type: str
    type: str
    url_pattern: str
    columns: list[str]
    assets: list[list[Any]]
    aggregations: dict[str, dict[str, int]]
    next_cursor: str
    note: str
    rate_limit: str


@tool(kind="read", title="Search assets")
async def search_assets(
    ctx: ToolContext,
    expression: Annotated[
        str | None, Field(description="Such as tags=cat AND (bytes>1000000 OR created_at>7d) AND NOT format:png")
    ] = None,
    filters: Annotated[
        dict[str, Any],
        Field(description='{tags, folder, text, format, public_id: "a/*", bytes: ">1mb", created: "7d", exclude: {…}}'),
    ] = {},
    sort_by: Annotated[list[str], Field(description="field:asc or field:desc; default created_at:desc")] = [],
    fields: Annotated[list[SearchField], Field(description="Extra fields")] = [],
    aggregate: Annotated[
        list[str], Field(description="Count by format, resource_type, type, or ranges: bytes:1mb,5mb")
    ] = [],
    max_results: Annotated[int, Field(ge=0, le=500, description="0: only count")] = 50,
    next_cursor: Annotated[str | None, Field(description="Alone; carries its query")] = None,
) -> ToolResult[SearchResult]:
    """Find, count or group assets by expression, filters or both; changes show after seconds. More filters: any_tag,
    resource_type, type, context, metadata, moderation, width, height, duration, uploaded. A list: any of, tags: all.
    """
    query: dict[str, Any] = {
        "expression": await _expression(ctx, expression, filters),
        "sort_by": _sorting(sort_by),
        "fields": fields,
        "aggregate": [_aggregation(text) for text in aggregate],
        "max_results": max_results,
    }
    if next_cursor:
        query = resume("search_assets", next_cursor, query, _DEFAULTS)
    reply = await _ask(ctx, query)
    return _answer(ctx, query, reply)


LONGEST = 8_000
"""Characters of an expression: every page's cursor and answer repeats it."""
_DEFAULTS: dict[str, Any] = {"expression": "", "sort_by": [], "fields": [], "aggregate": [], "max_results": 50}


async def _expression(ctx: ToolContext, expression: str | None, filters: Mapping[str, Any]) -> str:
    given = (expression or "").strip()
    check(given)
    if not filters:
        return _not_too_long(given)
    mode = await ctx.folder_mode() if needs_folder_mode(filters) else "dynamic"
    meant = compile_filters(filters, mode)
    return _not_too_long(f"({given}) AND {meant}" if given and meant else given or meant)


def _not_too_long(expression: str) -> str:
    if len(expression) > LONGEST:
        raise Problem(
            f"The search expression has {len(expression):,} characters; at most {LONGEST:,} are taken.",
            hint="Search for fewer values at once, or by a tag, a folder or a prefix.",
        )
    return expression


def _sorting(given: list[str]) -> list[dict[str, str]]:
    keys: list[dict[str, str]] = []
    for text in given:
        name, _, direction = text.replace(" ", ":").partition(":")
        if not known_field(name):
            raise Problem(
                f"Assets cannot be sorted by {name!r}{did_you_mean(name, FIELDS, otherwise='.')}",
                hint="Sort by a field such as created_at:desc, bytes:desc or public_id:asc.",
            )
        if direction.lower() not in {"", "asc", "desc"}:
            raise Problem(f"sort_by {text!r}: the direction is asc or desc.")
        keys.append({name: direction.lower() or "desc"})
    return keys


def _aggregation(text: str) -> str | dict[str, Any]:
    """`format`, or `bytes:1mb,5mb` as the ranges between these sizes."""
    name, colon, sizes = text.partition(":")
    if name in _COUNTED and not colon:
        return name
    if name not in _MEASURED or not sizes:
        example = f"{name}:1mb,5mb" if name in _MEASURED else ""
        fault = f"; ranges are needed: {example}" if example else did_you_mean(name, (*_COUNTED, *_MEASURED))
        raise Problem(
            f"Cannot count by {text!r}{fault or '.'}",
            hint=f"Use {', '.join(_COUNTED)}, or {', '.join(_MEASURED)} with the limits between ranges.",
        )
    limits = sorted({read_number(part): part.strip() for part in sizes.split(",")}.items())
    labels = [label.replace(".", "_") for _, label in limits]
    ranges: list[dict[str, Any]] = [{"key": f"below-{labels[0]}", "to": limits[0][0]}]
    for (low, _), (high, _), one, other in zip(limits, limits[1:], labels, labels[1:], strict=False):
        ranges.append({"key": f"{one}-{other}", "from": low, "to": high})
    ranges.append({"key": f"from-{labels[-1]}", "from": limits[-1][0]})
    if any(len(each["key"]) > _LONGEST_KEY for each in ranges):
        raise Problem(f"Cannot count by {text!r}: its numbers are too long.", hint="Write units, such as 200mb or 5k.")
    return {"type": name, "ranges": ranges}


async def _ask(ctx: ToolContext, query: Mapping[str, Any]) -> SearchReply:
    extra = [name for field in query["fields"] for name in _UPSTREAM.get(field, (field,))]
    return await search_page(
        ctx,
        query["expression"],
        fields=[*ROW, *extra],
        sort_by=query["sort_by"] or None,
        aggregate=_grouping(query) or None,
        max_results=query["max_results"],
        next_cursor=query.get("cursor"),
    )


def _grouping(query: Mapping[str, Any]) -> list[Any]:
    """What to count by: once, with the first page."""
    return [] if "cursor" in query else query["aggregate"]


def _answer(ctx: ToolContext, query: dict[str, Any], reply: SearchReply) -> ToolResult[SearchResult]:
    config, rate = ctx.cloud.config, ctx.cloud.rate_limit
    entries = reply["resources"][query.get("skip", 0) :]
    kinds, types = ({str(entry.get(name)) for entry in entries} for name in ("resource_type", "type"))
    one_kind, one_type = (found.pop() if len(found) == 1 else None for found in (kinds, types))
    extra = {*query["fields"], *(["resource_type"] if not one_kind else []), *(["type"] if not one_type else [])}
    rows = _fitting([asset_data(config, _zulu(entry), extra) for entry in entries])
    columns, values = columns_and_rows(rows)
    result = SearchResult(
        **without_nulls(
            {
                "expression": query["expression"],
                "resource_type": one_kind,
                "type": one_type,
                "url_pattern": url_pattern(config, one_kind, one_type) if rows and one_type else None,
                "columns": columns,
                "aggregations": reply.get("aggregations"),
                "next_cursor": _cursor(query, reply, len(rows), cut=len(rows) < len(entries)),
                "note": _note(query, reply, entries),
                "rate_limit": f"{rate.remaining} of {rate.limit} Admin API calls left this hour" if rate else None,
            }
        ),
        total_count=reply["total_count"],
        count=len(rows),
        assets=values,
    )
    return ToolResult(result, _text(result, rows))


def _zulu(entry: AssetEntry) -> AssetEntry:
    """Search writes moments with an offset; everything else of ours with a Z."""
    return {**entry, "created_at": (entry.get("created_at") or "").replace("+00:00", "Z")}


def _fitting(rows: list[AssetData]) -> list[AssetData]:
    room = MAX_ANSWER_BYTES
    for index, row in enumerate(rows):
        room -= 20 + len(str(row).encode())
        if room < 0 and index:
            return rows[:index]
    return rows


def _cursor(query: dict[str, Any], reply: SearchReply, shown: int, *, cut: bool) -> str | None:
    """Where to go on: behind the rows that were cut off this page, or on Cloudinary's next page."""
    if cut:
        return pack("search_assets", {**query, "skip": query.get("skip", 0) + shown})
    following = reply.get("next_cursor")
    if not following:
        return None
    rest = {name: value for name, value in query.items() if name != "skip"}
    return pack("search_assets", {**rest, "cursor": following})


def _note(query: Mapping[str, Any], reply: SearchReply, entries: list[AssetEntry]) -> str | None:
    notes = [
        f"Assets have no field {name!r}{did_you_mean(name, FIELDS, otherwise='.')}"
        for name in check(query["expression"])
        if not known_field(name)
    ]
    if _grouping(query) and not reply.get("aggregations"):
        notes.append("The plan of this cloud gives no aggregations.")
    if not reply["total_count"]:
        if {"folder", "asset_folder"} & set(check(query["expression"])):
            notes.append("Only one of folder and asset_folder finds anything: filters {folder: …} picks the right one.")
        notes.append(INDEX_LAGS)
    elif any(_age(entry) < RECENT for entry in entries):
        notes.append(INDEX_LAGS)
    return " ".join(notes) or None


def _age(entry: AssetEntry) -> float:
    try:
        created = datetime.fromisoformat(str(entry.get("created_at")))
    except ValueError:
        return RECENT
    return (datetime.now(UTC) - created).total_seconds()


def _text(result: SearchResult, rows: list[AssetData]) -> str:
    total = result.get("total_count", 0)
    meant = f" for {visible(result['expression'])}" if "expression" in result else ""
    shared = [value for value in (result.get("resource_type"), result.get("type")) if value]
    kind = f" ({'/'.join(shared)})" if shared else ""
    shown = "" if len(rows) == total else f", {len(rows):,} here"
    more = ", more follow" if "next_cursor" in result else ""
    lines = [f"{plural(total, 'asset')} found{meant}{shown}{more}{kind}."]
    lines += [f"By {name}: {inline(counts)}." for name, counts in result.get("aggregations", {}).items()]
    if "url_pattern" in result:
        lines.append(f"URL: {result['url_pattern']}")
    lines += [asset_line(row) for row in rows]
    lines += [f"next_cursor: {result['next_cursor']}"] if "next_cursor" in result else []
    lines += [text for name in ("note", "rate_limit") if (text := result.get(name))]
    return "\n".join(str(line) for line in lines)
