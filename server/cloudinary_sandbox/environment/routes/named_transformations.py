"""Transformations: those in use, and the named ones."""

from dataclasses import dataclass

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets import replies
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_transformation
from cloudinary_sandbox.core.paging import page_size, read_cursor, write_cursor
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.core.transformation_text import info

_NAMED = "t_"
_MOST_DERIVED = 1000
"""A transformation that made so many derived files cannot be deleted."""


@dataclass(frozen=True)
class KnownTransformation:
    """A transformation the cloud knows; `shown` is its name in lists (`t_` in front of a named one's)."""

    name: str
    definition: str
    named: bool
    allowed_for_strict: bool
    used: bool

    @property
    def shown(self) -> str:
        """The name as lists show it and URLs use it."""
        return f"{_NAMED}{self.name}" if self.named else self.name

    def listed(self) -> JSON:
        """As a list shows it."""
        return {
            "name": self.shown,
            "allowed_for_strict": self.allowed_for_strict,
            "used": self.used,
            "named": self.named,
        }


async def _known(session: Session) -> dict[str, KnownTransformation]:
    """All transformations by the name that lists show: stored ones, and those that something was derived with."""
    used = {row[0] for row in await session.rows("SELECT DISTINCT transformation FROM derived")}
    found: dict[str, KnownTransformation] = {}
    for row in await session.rows("SELECT * FROM transformations"):
        shown = f"{_NAMED}{row['name']}" if row["named"] else row["name"]
        found[shown] = KnownTransformation(
            row["name"], row["definition"], bool(row["named"]), bool(row["allowed_for_strict"]), shown in used
        )
    for text in used - found.keys() - {""}:
        found[text] = KnownTransformation(text, text, named=False, allowed_for_strict=False, used=True)
    return found


async def _one(session: Session, asked: str) -> KnownTransformation:
    """The transformation that is meant: a definition, or a named one with or without its `t_`."""
    known = await _known(session)
    for text in (asked, f"{_NAMED}{asked}", read_transformation(asked)[0]):
        if text in known:
            return known[text]
    raise ApiError(404, f"Can't find transformation {asked}")


def _asked(call: ApiCall) -> str:
    return call.path.get("transformation") or call.params.required("transformation")


async def list_or_read(call: ApiCall) -> JSON:
    """All transformations, or with `transformation` that one."""
    if call.params.text("transformation"):
        return await read(call)
    known = await _known(call.cloud.db)
    if call.params.given("named"):
        named = call.params.flag("named")
        known = {name: item for name, item in known.items() if item.named == named}
    cursor = call.params.text("next_cursor")
    after = read_cursor(cursor, str)[0] if cursor else ""
    names = sorted(name for name in known if name > after)
    limit = page_size(call.params)
    following = {"next_cursor": write_cursor(names[limit - 1])} if len(names) > limit else {}
    return {"transformations": [known[name].listed() for name in names[:limit]], **following}


async def read(call: ApiCall) -> JSON:
    """One transformation with its parameters and what was derived with it."""
    item = await _one(call.cloud.db, _asked(call))
    cursor = call.params.text("next_cursor")
    limit = page_size(call.params)
    rows = await call.cloud.db.rows(
        "SELECT * FROM derived WHERE transformation = ? AND seq > ? ORDER BY seq LIMIT ?",
        item.shown, read_cursor(cursor, int)[0] if cursor else 0, limit + 1,
    )  # fmt: skip
    derived = [assets.read_derived(row) for row in rows]
    owners = {
        asset.seq: asset
        for asset in await assets.select(call.cloud.db, Where().one_of("seq", [entry.asset for entry in derived]))
    }
    entries: list[JSON] = []
    for entry in derived[:limit]:
        asset = owners[entry.asset]
        owner = {"public_id": asset.public_id, "resource_type": asset.resource_type, "type": asset.type}
        entries.append(owner | replies.derived(call.cloud, asset, entry))
    following = {"next_cursor": write_cursor(derived[limit - 1].seq)} if len(derived) > limit else {}
    return {**item.listed(), "info": info(item.definition), "derived": entries, **following}


async def create(call: ApiCall) -> JSON:
    """Make a named transformation, or allow an unnamed one."""
    name = (call.path.get("transformation") or call.params.text("name")).removeprefix(_NAMED)
    definition = call.params.text("transformation") or call.path.get("transformation", "")
    if not definition:
        raise missing_parameter("transformation")
    named = bool(name) and name != definition
    info(definition)
    async with call.cloud.db.change() as tx:
        key = name if named else definition
        if await tx.value("SELECT 1 FROM transformations WHERE name = ?", key):
            raise ApiError(409, "Transformation with that name already exists")
        await _store(tx, key, definition, named=named, strict=call.params.flag("allowed_for_strict", True))
    return {"message": "created"}


async def update(call: ApiCall) -> JSON:
    """Allow a transformation for strict use, or with `unsafe_update` give a named one another definition."""
    definition = call.params.text("unsafe_update")
    if definition:
        info(definition)
    async with call.cloud.db.change() as tx:
        item = await _one(tx, _asked(call))
        strict = call.params.flag("allowed_for_strict", item.allowed_for_strict)
        await _store(tx, item.name, definition or item.definition, named=item.named, strict=strict)
    return {"message": "updated"}


async def _store(tx: Session, name: str, definition: str, *, named: bool, strict: bool) -> None:
    await tx.run(
        "INSERT OR REPLACE INTO transformations (name, definition, named, allowed_for_strict) VALUES (?, ?, ?, ?)",
        name, definition, named, strict,
    )  # fmt: skip


async def delete(call: ApiCall) -> JSON:
    """Forget a transformation and delete what was derived with it; 403 when that are too many files."""
    async with call.cloud.db.change() as tx:
        item = await _one(tx, _asked(call))
        count = await tx.value("SELECT COUNT(*) FROM derived WHERE transformation = ?", item.shown)
        if count >= _MOST_DERIVED:
            raise ApiError(403, f"Cannot delete the transformation {item.shown}: too many derived resources ({count})")
        await tx.run("DELETE FROM transformations WHERE name = ?", item.name)
        rows = await tx.rows("SELECT * FROM derived WHERE transformation = ?", item.shown)
        freed = await assets.delete_derived(tx, [assets.read_derived(row) for row in rows])
    await call.cloud.files.drop(freed)
    return {"message": "deleted"}


ENDPOINTS = [
    Endpoint("GET", "/transformations", list_or_read),
    Endpoint("POST", "/transformations", create),
    Endpoint("PUT", "/transformations", update),
    Endpoint("DELETE", "/transformations", delete),
    Endpoint("GET", "/transformations/{transformation:path}", read),
    Endpoint("POST", "/transformations/{transformation:path}", create),
    Endpoint("PUT", "/transformations/{transformation:path}", update),
    Endpoint("DELETE", "/transformations/{transformation:path}", delete),
]
