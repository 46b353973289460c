"""`list_assets`: one page of assets, newest first, under one cursor whatever is listed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import literal
from cloudinary_tools.client.reply_types.assets import AssetEntry, AssetListReply
from cloudinary_tools.client.reply_types.folders import FolderSearchReply
from cloudinary_tools.library.asset_view import AssetData, asset_data, asset_line, columns_and_rows, url_pattern
from cloudinary_tools.library.names import RESOURCE_TYPES, check_type
from cloudinary_tools.search.expression import quoted
from cloudinary_tools.toolkit.concurrency import USED_UP, together
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.cursors import foreign, pack, resume
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import MAX_ANSWER_BYTES, Problem, ToolResult, plural, visible, without_nulls

STARVED = f"Before the page was full, {USED_UP}; go on with next_cursor."
FLAGS = {"tags": "tags", "context": "context", "metadata": "metadata", "moderation": "moderations"}
"""Fields that a listing only gives when asked, and the flag that asks (Admin API reference)."""

ListField = Literal[
    "asset_id", "url", "tags", "context", "metadata", "moderation", "display_name", "asset_folder", "version",
    "access_control", "type",
]  # fmt: skip


class AssetPage(TypedDict, total=False):
    """One page of a listing. Each of `assets` has its values in the order of `columns`; what all share is said once."""

    count: int
    resource_type: str
    type: str
    url_pattern: str
    columns: list[str]
    assets: list[list[Any]]
    next_cursor: str
    note: str
    rate_limit: str


@tool(kind="read", title="List assets")
async def list_assets(
    ctx: ToolContext,
    resource_type: Annotated[Literal["image", "video", "raw", "all"], Field(description="raw: any other file")] = "all",
    type: Annotated[str, Field(description="Delivery type: upload, private, authenticated, fetch, …")] = "upload",
    prefix: Annotated[str | None, Field(description="Start of the public_id")] = None,
    tag: Annotated[str | None, Field(description="Exact tag")] = None,
    folder: Annotated[str | None, Field(description="Exact folder path, / for the root; without subfolders")] = None,
    moderation: Annotated[str | None, Field(description="status or kind/status: pending, aws_rek/rejected")] = None,
    context: Annotated[str | None, Field(description="key or key=value")] = None,
    order: Annotated[Literal["desc", "asc"], Field(description="By created_at")] = "desc",
    max_results: Annotated[int, Field(ge=1, le=500, description="Page size")] = 50,
    next_cursor: Annotated[str | None, Field(description="From the last page; carries its filters")] = None,
    fields: Annotated[list[ListField], Field(description="Extra fields")] = [],
) -> ToolResult[AssetPage]:
    """List assets page by page, newest first, by at most one of prefix, tag, folder, moderation, context."""
    query: dict[str, Any] = {
        "resource_type": resource_type, "type": type or "upload", "prefix": prefix, "tag": tag, "folder": folder,
        "moderation": moderation, "context": context, "order": order, "max_results": max_results, "fields": fields,
    }  # fmt: skip
    if next_cursor:
        query = _resumed(next_cursor, query)
    state: dict[str, dict[str, Any]] = query.pop("at", {})
    chosen = [name for name in ("prefix", "tag", "folder", "moderation", "context") if query[name]]
    if len(chosen) > 1:
        raise Problem(
            f"A listing takes one filter, not {' and '.join(chosen)}.", hint="search_assets combines conditions."
        )
    check_type(query["type"])
    if query["folder"] == "":
        raise Problem("An empty folder names none.", hint="The root folder is '/'.")
    if query["moderation"] and query["moderation"].rpartition("/")[2] not in MODERATION_STATES:
        raise Problem(
            f"moderation cannot be {query['moderation']!r}.",
            hint=f"Give a status, one of {', '.join(MODERATION_STATES)}, or kind/status such as aws_rek/rejected.",
        )
    listings = [_Listing(ctx, query, kind, state.get(kind, {})) for kind in await _kinds(ctx, query)]
    entries = await _merge(listings, query)
    note = await _no_such_folder(ctx, query["folder"]) if query["folder"] and not entries and not state else ""
    return _answer(ctx, query, listings, entries, note)


async def _no_such_folder(ctx: ToolContext, folder: str) -> str:
    """Where the folder is instead, for a path under which nothing was found; empty when it is only empty."""
    path = folder.strip("/")
    if not path or not ctx.budget.allows():
        return ""
    search = {"expression": f"name={quoted(path.rpartition('/')[2])}", "max_results": FOLDERS_NAMED}
    found = await ctx.admin("POST", "folders", "search", reply=FolderSearchReply, json=search)
    paths = [entry["path"] for entry in found["folders"]]
    if path in paths:
        return ""
    there = f"; there is {' and '.join(map(visible, paths))}" if paths else ""
    return f"There is no folder {visible(path)}{there}."


FOLDERS_NAMED = 5
"""Folders that are named instead of one that is not there."""


MODERATION_STATES = ("pending", "approved", "rejected", "queued", "aborted")

_DEFAULTS: dict[str, Any] = {
    "resource_type": "all", "type": "upload", "prefix": None, "tag": None, "folder": None, "moderation": None,
    "context": None, "order": "desc", "max_results": 50, "fields": [],
}  # fmt: skip


async def _kinds(ctx: ToolContext, query: Mapping[str, Any]) -> tuple[str, ...]:
    if query["folder"] and await ctx.folder_mode() == "dynamic":
        return ("folder",)
    return RESOURCE_TYPES if query["resource_type"] == "all" else (query["resource_type"],)


class _Listing:
    """One upstream listing, read page by page and resumed behind the last asset that was handed out."""

    def __init__(self, ctx: ToolContext, query: Mapping[str, Any], kind: str, state: Mapping[str, Any]) -> None:
        self.kind = kind
        self._ctx, self._query = ctx, query
        self._page_cursor: str | None = state.get("c")
        self._next: str | None = None
        self._last: list[str] | None = state.get("l")
        self._rows: list[AssetEntry] = []
        self.ended = bool(state.get("e"))
        self._loaded = False
        self.starved = False
        """The call's budget did not reach to its next asset."""

    @property
    def head(self) -> AssetEntry | None:
        """The next asset, None when another page has to be loaded or nothing is left."""
        return self._rows[0] if self._rows else None

    async def load(self) -> None:
        """Fetch pages until there is a next asset or the end, as the call's budget allows."""
        while not self._rows and not self.ended:
            if self._loaded and not self._next:
                self.ended = True
                return
            if not self._ctx.budget.allows():
                self.starved = True
                return
            if self._loaded:
                self._page_cursor, self._last = self._next, None
            page = await self._ctx.admin("GET", *self._path(), reply=AssetListReply, params=self._params())
            self._loaded, self._next = True, page.get("next_cursor")
            self._rows = self._behind_last([row for row in page["resources"] if self._wanted(row)])

    def take(self) -> AssetEntry:
        row = self._rows.pop(0)
        self._last = [row["asset_id"], row.get("created_at") or ""]
        return row

    @property
    def state(self) -> dict[str, Any]:
        """Where to go on: the page's cursor and the last asset of it that was handed out."""
        if self.ended or (self._loaded and not self._rows and not self._next):
            return {"e": 1}
        if self._loaded and not self._rows:
            return {"c": self._next}
        return without_nulls({"c": self._page_cursor, "l": self._last})

    def _behind_last(self, rows: list[AssetEntry]) -> list[AssetEntry]:
        if not self._last:
            return rows
        asset_id, created = self._last
        for index, row in enumerate(rows):
            if row["asset_id"] == asset_id:
                return rows[index + 1 :]
        newest_first = self._query["order"] == "desc"
        return [row for row in rows if ((row.get("created_at") or "") < created) == newest_first]

    @property
    def _start(self) -> str:
        """With fixed folders, how the public_ids in the folder begin; empty for the root."""
        path = str(self._query["folder"] or "").strip("/")
        return f"{path}/" if path else ""

    def _wanted(self, row: AssetEntry) -> bool:
        query = self._query
        if query["folder"] and self.kind != "folder" and "/" in row["public_id"].removeprefix(self._start):
            return False
        kinds = RESOURCE_TYPES if query["resource_type"] == "all" else (query["resource_type"],)
        if self.kind == "folder" and row.get("resource_type") not in kinds:
            return False
        by_path = query["folder"] is None and query["tag"] is None and query["moderation"] is None
        return by_path or row.get("type", query["type"]) == query["type"]

    def _path(self) -> tuple[str, ...]:
        query = self._query
        if self.kind == "folder":
            return ("resources", "by_asset_folder")
        if query["tag"]:
            return ("resources", self.kind, "tags", literal(query["tag"]))
        if query["moderation"]:
            kind, _, status = query["moderation"].rpartition("/")
            return ("resources", self.kind, "moderations", kind or "manual", status)
        if query["context"]:
            return ("resources", self.kind, "context")
        return ("resources", self.kind, query["type"])

    def _params(self) -> dict[str, Any]:
        query = self._query
        params: dict[str, Any] = {
            "max_results": query["max_results"],
            "next_cursor": self._page_cursor,
            "direction": query["order"],
            **{flag: True for name, flag in FLAGS.items() if name in query["fields"]},
        }
        if self.kind == "folder":
            params["asset_folder"] = query["folder"].strip("/")
        elif query["folder"]:
            params["prefix"] = self._start or None
        elif query["context"]:
            key, _, value = query["context"].partition("=")
            params |= {"key": key, "value": value or None}
        elif query["prefix"]:
            params["prefix"] = query["prefix"]
        return params


async def _merge(listings: list[_Listing], query: Mapping[str, Any]) -> list[AssetEntry]:
    """The next assets of all listings together by creation time, as many as fit one answer."""
    merged: list[AssetEntry] = []
    room = MAX_ANSWER_BYTES
    pick = max if query["order"] == "desc" else min
    weighed = ("public_id", *query["fields"])
    while len(merged) < query["max_results"] and room > 0:
        await _load_all([listing for listing in listings if not listing.head and not listing.ended])
        waiting = [listing for listing in listings if listing.head]
        if not waiting or any(listing.starved for listing in listings):
            break
        listing = waiting[0] if len(waiting) == 1 else pick(waiting, key=_created)
        row = listing.take()
        row.setdefault("resource_type", listing.kind)
        merged.append(row)
        room -= 115
        for name in weighed:
            room -= len(str(row.get(name, "")).encode())
    return merged


def _created(listing: _Listing) -> str:
    return (listing.head.get("created_at") if listing.head else None) or ""


async def _load_all(listings: Sequence[_Listing]) -> None:
    """Load the next pages of several listings at once: on a real network each takes as long as all of them."""
    if len(listings) == 1:
        await listings[0].load()
    elif listings:
        await together([listing.load for listing in listings])


def _answer(
    ctx: ToolContext, query: Mapping[str, Any], listings: list[_Listing], entries: list[AssetEntry], note: str
) -> ToolResult[AssetPage]:
    config = ctx.cloud.config
    kinds = {entry.get("resource_type") for entry in entries}
    one_kind = kinds.pop() if len(kinds) == 1 else None
    extra = set(query["fields"])
    if not one_kind:
        extra.add("resource_type")
    if len({entry.get("type") for entry in entries}) > 1:
        extra.add("type")
    rows = [asset_data(config, entry, extra) for entry in entries]
    states = {listing.kind: listing.state for listing in listings}
    ended = all("e" in state for state in states.values())
    cursor = None if ended else pack("list_assets", {**_asked(query), "at": states})
    rate = ctx.cloud.rate_limit
    columns, values = columns_and_rows(rows)
    page = AssetPage(
        **without_nulls(
            {
                "count": len(rows),
                "resource_type": one_kind,
                "type": query["type"] if "type" not in extra else None,
                "url_pattern": url_pattern(config, one_kind, query["type"]) if rows else None,
                "columns": columns,
                "next_cursor": cursor,
                "note": STARVED if any(listing.starved for listing in listings) else note,
                "rate_limit": f"{rate.remaining} of {rate.limit} Admin API calls left this hour" if rate else None,
            }
        ),
        assets=values,
    )
    return ToolResult(page, _text(page, rows))


def _text(page: AssetPage, rows: list[AssetData]) -> str:
    more = "more follow" if "next_cursor" in page else "no more"
    shared = f" ({page['resource_type']}/{page.get('type', '')})" if "resource_type" in page else ""
    if not shared and "type" in page:
        shared = f" of type {page['type']}"
    lines = [f"{plural(len(rows), 'asset')}{shared}, {more}."]
    if rows:
        lines.append(f"URL: {page.get('url_pattern', '')}")
    lines += [asset_line(row) for row in rows]
    if "next_cursor" in page:
        lines.append(f"next_cursor: {page['next_cursor']}")
    if "note" in page:
        lines.append(page["note"])
    if "rate_limit" in page:
        lines.append(page["rate_limit"])
    return "\n".join(lines)


def _asked(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value != _DEFAULTS[name]}


def _resumed(cursor: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The query that a cursor goes on with, and `at`: where each listing stands."""
    defaults: dict[str, Any] = {**_DEFAULTS, "at": {}}
    query = resume("list_assets", cursor, {**asked, "at": {}}, defaults)
    if query.keys() != defaults.keys() or not all(isinstance(state, dict) for state in query["at"].values()):
        raise foreign("list_assets")
    return query
