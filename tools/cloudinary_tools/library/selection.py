"""Which assets a call is about: one asset by any of its names, or a selection resolved to exact asset_ids."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import quote as quote_url

from cloudinary_tools.client import CloudError, literal
from cloudinary_tools.client.reply_types.assets import AssetEntry, AssetFields, AssetListReply, AssetReply, flat_context
from cloudinary_tools.client.reply_types.folders import FolderSearchReply
from cloudinary_tools.library.names import (
    MANAGED_TYPES,
    RESOURCE_TYPES,
    AssetName,
    check_type,
    look_for,
    name_asset,
    named,
)
from cloudinary_tools.search.expression import beginning, check, quoted
from cloudinary_tools.search.pages import INDEX_LAGS, search_all, search_page
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.results import Problem, plural, quote

IDS_PER_CALL = 100
"""Asset names that one Admin API call takes (Admin API reference)."""
URL_BYTES = 30_000
"""Bytes of names in one call's address; httpx makes none of more than 65,536."""
PAGE = 500
MAX_SELECTED = 1000
"""Assets one plan may hold."""
NEEDED = "asset_id,public_id,resource_type,type,version,bytes,backup,format"
_SEARCHED = ("version", "bytes", "backup_bytes", "format")
STATE = ("tags", "context", "metadata", "asset_folder", "access_control", "moderation_status")
"""What can be edited of many assets at once, and is read beforehand where a change may replace it."""
FOLDERS_READ = 4
"""Folders that are listed one by one, which is exact; more are searched for, which takes fewer calls."""
FOLDERS_SEARCHED = 50
"""Folders named in one search."""
_WIDEST = "Give all=true to delete_assets, or expression='bytes>=0', if everything is meant."


def state_of(entry: AssetFields) -> dict[str, Any]:
    """The editable values of an asset in one form: what is not set is empty."""
    return {
        "tags": list(entry.get("tags") or ()),
        "context": flat_context(entry.get("context")),
        "metadata": entry.get("metadata") or {},
        "asset_folder": entry.get("asset_folder") or "",
        "access_control": list(entry.get("access_control") or ()),
        "moderation_status": entry.get("moderation_status") or "",
    }


@dataclass(frozen=True, slots=True)
class PlannedAsset:
    """What a plan keeps of an asset: its names and the version that was seen."""

    asset_id: str
    public_id: str
    resource_type: str
    type: str
    version: int
    bytes: int = 0
    backup: bool = False
    format: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its editable values (`STATE` and the display name), where they were read."""

    @classmethod
    def from_entry(
        cls, entry: AssetEntry | AssetReply, resource_type: str = "image", type: str = "upload", *, state: bool = False
    ) -> "PlannedAsset":
        """Read an asset's entry or details; the types are those of the listing, for an entry that leaves them out."""
        return cls(
            asset_id=entry["asset_id"],
            public_id=entry["public_id"],
            resource_type=entry.get("resource_type", resource_type),
            type=entry.get("type", type),
            version=entry.get("version") or 0,
            bytes=entry.get("bytes") or 0,
            backup=bool(entry.get("backup") or entry.get("backup_bytes")),
            format=entry.get("format"),
            values={**state_of(entry), "display_name": entry.get("display_name") or ""} if state else {},
        )

    @property
    def kind(self) -> str:
        """Its resource type."""
        return self.resource_type

    @property
    def targets(self) -> tuple[str, ...]:
        """Its names in the table of changing calls."""
        return (f"asset:{self.asset_id}", self.label)

    @property
    def facts(self) -> dict[str, Any]:
        """What a journal keeps of an asset that goes: what it is, and its values where they were read."""
        kept = ("asset_id", "public_id", "resource_type", "type", "version", "bytes", "format", "backup")
        return {**{name: getattr(self, name) for name in kept}, **self.values}

    @property
    def key(self) -> str:
        """What stands for this asset in a plan."""
        return self.asset_id

    @property
    def label(self) -> str:
        """Resource type, delivery type and public_id in one."""
        return f"{self.resource_type}/{self.type}/{self.public_id}"


@dataclass(frozen=True, slots=True)
class Selected:
    """Exact assets, the given names that no asset has, and the Admin API calls that finding them took."""

    assets: tuple[PlannedAsset, ...]
    missing: tuple[str, ...] = ()
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """Some assets of one cloud, by exactly one of: ids, prefix, tag, folder, search expression, everything of a type.

    Without a resource type, ids, prefix, tag and `all` mean images, without a delivery type `upload`; a folder and an
    expression then mean assets of every kind. `recursive` adds a folder's subfolders.
    """

    public_ids: Sequence[str] = ()
    asset_ids: Sequence[str] = ()
    prefix: str | None = None
    tag: str | None = None
    folder: str | None = None
    recursive: bool = False
    expression: str | None = None
    all: bool = False
    resource_type: str | None = None
    type: str | None = None

    def __post_init__(self) -> None:
        selectors = {
            "public_ids": bool(self.public_ids) or bool(self.asset_ids),
            "prefix": self.prefix is not None,
            "tag": self.tag is not None,
            "folder": self.folder is not None,
            "expression": self.expression is not None,
            "all": self.all,
        }
        check_type(self.type)
        chosen = [name for name, given in selectors.items() if given]
        if len(chosen) != 1:
            raise Problem(
                f"Say which assets in one way, not by {' and '.join(chosen)}."
                if chosen
                else "Say which assets: public_ids, asset_ids, prefix, tag, folder or expression."
            )
        for name in ("prefix", "tag", "folder", "expression"):
            if getattr(self, name) is not None and not str(getattr(self, name)).strip():
                raise Problem(f"An empty {name} would select everything.", hint=_WIDEST)
        if self.recursive and (self.folder is None or not self.folder.strip("/ ")):
            raise Problem("recursive goes with a folder other than the root.", hint=_WIDEST)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The resource types that are looked at."""
        if self.resource_type == "all" or (self.resource_type is None and self._anywhere):
            return RESOURCE_TYPES
        return (self.resource_type or "image",)

    @property
    def delivery(self) -> str | None:
        """The delivery type that is looked at; None for every one."""
        return self.type or (None if self._anywhere or self.tag is not None else "upload")

    @property
    def _anywhere(self) -> bool:
        return self.folder is not None or self.expression is not None

    @property
    def explicit(self) -> bool:
        """Whether every asset is named, and few enough to be confirmed without a plan."""
        return bool(self.public_ids or self.asset_ids) and len(self.public_ids) + len(self.asset_ids) <= IDS_PER_CALL

    @property
    def notes(self) -> tuple[str, ...]:
        """What a plan should say about how the assets are found."""
        return (INDEX_LAGS,) if self.expression is not None or self.recursive else ()

    def __str__(self) -> str:
        kind = f"{self.kinds[0]} assets" if len(self.kinds) == 1 else "assets"
        kind += f" of type {self.type}" if self.type and self.prefix is None and not self.all else ""
        if self.public_ids or self.asset_ids:
            return plural(len(self.public_ids) + len(self.asset_ids), "named asset")
        if self.tag is not None:
            return f"{kind} with the tag {quote(self.tag)}"
        if self.folder is not None:
            below = " and the folders below" if self.recursive else ""
            return f"{kind} in the folder {quote(self.folder.strip('/') or '/')}{below}"
        if self.expression is not None:
            return f"{kind} found by {quote(self.expression)}"
        if self.prefix is not None:
            return f"{kind} (type {self.delivery}) whose public_id starts with {quote(self.prefix)}"
        return f"all {kind} of type {self.delivery}"

    async def resolve(self, ctx: ToolContext, most: int = MAX_SELECTED, *, state: bool = False) -> Selected:
        """List exactly what is selected now, with the editable values where `state` asks for them.

        `Problem` when it is more than `most`, or than the call can read.
        """
        before = ctx.budget.admin_calls
        if self.public_ids or self.asset_ids:
            assets, missing = await self._named(ctx, most, state)
            return Selected(assets, missing, before - ctx.budget.admin_calls)
        found: dict[str, PlannedAsset] = {}
        async with aclosing(self._found(ctx, state)) as matching:
            async for asset in matching:
                if asset.resource_type not in self.kinds or self.delivery not in (None, asset.type):
                    continue
                found[asset.asset_id] = asset
                if len(found) > most:
                    raise too_many(self, most)
        return Selected(tuple(found.values()), (), before - ctx.budget.admin_calls)

    async def left_out(self, ctx: ToolContext, found: int) -> str:
        """What matches too but was not looked at, being of another resource type or delivery type; one search call."""
        if self.public_ids or self.asset_ids:
            return ""
        if self._anywhere and self.kinds == RESOURCE_TYPES and self.delivery is None:
            return ""
        unseen = [kind for kind in RESOURCE_TYPES if kind not in self.kinds]
        unseen += [delivery for delivery in MANAGED_TYPES if delivery != (self.delivery or "upload")]
        kinds = ", ".join(unseen)
        if self.recursive:  # the folders below would have to be named one by one
            return f"Not looked at: {kinds}."
        try:
            page = await search_page(ctx, self._scope, max_results=0)
        except (CloudError, Problem):
            return f"Not looked at: {kinds}."
        more = (page.get("total_count") or 0) - found
        return f"Not looked at: {plural(more, 'more asset')} that would match ({kinds})." if more > 0 else ""

    @property
    def _scope(self) -> str:
        """The selection as a search expression, whatever the resource type and the delivery type."""
        if self.expression is not None:
            return self.expression
        if self.tag is not None:
            return f"tags={quoted(self.tag)}"
        if self.folder is not None:
            path = self.folder.strip("/")
            return f"asset_folder={quoted(path)}"
        return f"public_id:{beginning(self.prefix)}" if self.prefix is not None else ""

    def _found(self, ctx: ToolContext, state: bool) -> AsyncGenerator[PlannedAsset]:
        if self.expression is not None:
            return self._searched(ctx, self.expression, state)
        if self.folder is not None:
            return self._in_folder(ctx, self.folder.strip("/"), state)
        return self._listed(ctx, self.prefix, state)

    async def _listed(self, ctx: ToolContext, prefix: str | None, state: bool) -> AsyncGenerator[PlannedAsset]:
        for kind in self.kinds:
            delivery = self.delivery or "upload"
            tagged = ("resources", kind, "tags", literal(self.tag or ""))
            path = tagged if self.tag is not None else ("resources", kind, delivery)
            async for entry in _pages(ctx, path, {"prefix": prefix}, state):
                yield PlannedAsset.from_entry(entry, kind, delivery, state=state)

    async def _searched(self, ctx: ToolContext, expression: str, state: bool) -> AsyncGenerator[PlannedAsset]:
        check(expression)  # before anything is put around it, so that an error points at the right spot
        if len(self.kinds) == 1:
            expression = f"({expression}) AND resource_type={self.kinds[0]}"
        fields = (*_SEARCHED, *STATE, "display_name") if state else _SEARCHED
        async with aclosing(search_all(ctx, expression, fields=fields)) as rows:
            async for row in rows:
                yield PlannedAsset.from_entry(row, state=state)

    async def _in_folder(self, ctx: ToolContext, path: str, state: bool) -> AsyncGenerator[PlannedAsset]:
        if await ctx.folder_mode() == "fixed":
            start = f"{path}/" if path else ""
            async for asset in self._listed(ctx, start or None, state):
                if self.recursive or "/" not in asset.public_id.removeprefix(start):
                    yield asset
            return
        folders = [path, *(await folders_below(ctx, path) if self.recursive else ())]
        if len(folders) <= FOLDERS_READ:
            for folder in folders:
                async for entry in _pages(ctx, ("resources", "by_asset_folder"), {"asset_folder": folder}, state):
                    yield PlannedAsset.from_entry(entry, state=state)
            return
        for some in in_batches(folders, FOLDERS_SEARCHED):
            async with aclosing(
                self._searched(ctx, f"asset_folder:({' OR '.join(map(quoted, some))})", state)
            ) as matching:
                async for asset in matching:
                    yield asset

    async def _named(
        self, ctx: ToolContext, most: int, state: bool
    ) -> tuple[tuple[PlannedAsset, ...], tuple[str, ...]]:
        if len(self.public_ids) + len(self.asset_ids) > most:
            raise Problem(f"One call takes at most {most:,} assets.", hint="Split the list.")
        if self.resource_type == "all" and self.public_ids:
            raise Problem("public_ids need one resource_type: image, video or raw.")
        config = ctx.cloud.config
        kind = self.resource_type if self.resource_type != "all" else None
        names = {name: given for given in self.public_ids if (name := name_asset(config, given, kind, self.type))}
        also = [other for name in names if (other := name.with_extension)]
        found = await _at_their_places(ctx, [*names, *also], state)
        assets: dict[str, PlannedAsset] = {}
        absent: list[AssetName] = []
        for name in names:
            meant = [asset for each in (name, name.with_extension) if each and (asset := found.get(str(each)))]
            if len(meant) > 1:
                raise Problem(
                    f"The URL {quote(names[name])} may mean {' or '.join(asset.label for asset in meant)}.",
                    hint="Name the one that is meant by its public_id.",
                )
            assets |= {asset.asset_id: asset for asset in meant}
            absent += [] if meant else [name]
        missing = sorted(name.public_id for name in absent)
        for asset_id in self.asset_ids:
            name_asset(config, "", asset_id=asset_id)
        by_id = await assets_by_id(ctx, self.asset_ids, state=state)
        assets |= by_id
        missing += sorted(set(self.asset_ids) - by_id.keys())
        return tuple(assets.values()), tuple(missing)


async def where_instead(ctx: ToolContext, selection: Selection, missing: Sequence[str]) -> str:
    """A hint for names without an asset: where the first of them exists instead. It is not taken from there."""
    if selection.public_ids and missing:
        name = name_asset(ctx.cloud.config, missing[0], selection.resource_type, selection.type)
        if hits := await look_for(ctx, [name]):
            return f"There is {named(hits)}: name it like that."
    return "list_assets shows what is there."


async def _at_their_places(ctx: ToolContext, names: Iterable[AssetName], state: bool) -> dict[str, PlannedAsset]:
    """The assets that have exactly these names, by `image/upload/PUBLIC_ID`; up to 100 of one kind a call."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in names:
        groups.setdefault((name.resource_type, name.type), []).append(name.public_id)
    found: dict[str, PlannedAsset] = {}
    for (resource_type, type), ids in groups.items():
        found |= {asset.label: asset for asset in await named_assets(ctx, resource_type, type, ids, state=state)}
    return found


async def folders_below(ctx: ToolContext, path: str) -> list[str]:
    """The paths of all folders below one, however deep, parents first; 500 a call, by the index of folders."""
    paths: list[str] = []
    cursor = None
    while True:
        query = {"expression": f"path:{beginning(f'{path}/')}", "max_results": PAGE, "sort_by": [{"path": "asc"}]}
        sent = query | ({"next_cursor": cursor} if cursor else {})
        page = await ctx.admin("POST", "folders", "search", reply=FolderSearchReply, json=sent)
        paths += [entry["path"] for entry in page["folders"]]
        if not (cursor := page.get("next_cursor")):
            return [found for found in paths if found.startswith(f"{path}/")]


def _fields(state: bool) -> str:
    return ",".join((NEEDED, *STATE, "display_name")) if state else NEEDED


async def _pages(
    ctx: ToolContext, path: Sequence[str], params: Mapping[str, Any], state: bool
) -> AsyncGenerator[AssetEntry]:
    """Every entry of a listing."""
    cursor = None
    while True:
        query = {**params, "max_results": PAGE, "next_cursor": cursor, "fields": _fields(state)}
        page = await ctx.admin("GET", *path, reply=AssetListReply, params=query)
        for entry in page["resources"]:
            yield entry
        if not (cursor := page.get("next_cursor")):
            return


async def named_assets(
    ctx: ToolContext, kind: str, delivery: str, public_ids: Iterable[str], *, state: bool = False
) -> list[PlannedAsset]:
    """Look up public_ids of one resource type and delivery type, 100 a call; what is not there is left out."""
    found: list[PlannedAsset] = []
    for ids in _by_address(dict.fromkeys(public_ids)):
        query = {"public_ids": ids, "max_results": PAGE, "fields": _fields(state)}
        page = await ctx.admin("GET", "resources", kind, delivery, reply=AssetListReply, params=query)
        found += [PlannedAsset.from_entry(entry, kind, delivery, state=state) for entry in page["resources"]]
    return found


def _by_address(names: Iterable[str]) -> Iterator[list[str]]:
    """As many names as one call and its address take; at least one."""
    batch: list[str] = []
    room = URL_BYTES
    for name in names:
        cost = len(quote_url(name, errors="replace")) + len("&public_ids[]=")
        if batch and (cost > room or len(batch) == IDS_PER_CALL):
            yield batch
            batch, room = [], URL_BYTES
        batch.append(name)
        room -= cost
    if batch:
        yield batch


async def assets_by_id(ctx: ToolContext, asset_ids: Iterable[str], *, state: bool = False) -> dict[str, PlannedAsset]:
    """Look up asset_ids, 100 a call; what is not there is left out."""
    found: dict[str, PlannedAsset] = {}
    for ids in in_batches(dict.fromkeys(asset_ids), IDS_PER_CALL):
        query = {"asset_ids": ids, "max_results": PAGE, "fields": _fields(state)}
        page = await ctx.admin("GET", "resources", "by_asset_ids", reply=AssetListReply, params=query)
        found |= {entry["asset_id"]: PlannedAsset.from_entry(entry, state=state) for entry in page["resources"]}
    return found


def in_batches(items: Iterable[str], count: int) -> Iterator[list[str]]:
    """Lists of at most `count`."""
    rest = iter(items)
    while batch := list(islice(rest, count)):
        yield batch


def too_many(selection: Selection, most: int) -> Problem:
    """What is said of a selection that holds more than may be planned at once."""
    return Problem(
        f"More than {most:,} assets match ({selection}); one plan holds at most {most:,}.",
        hint="Narrow it: a longer prefix, a tag, a folder, or one resource_type at a time.",
    )
