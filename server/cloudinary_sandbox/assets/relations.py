"""Relations between assets; every one holds in both directions."""

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.paging import read_cursor, write_cursor


async def relate(session: Session, one: SandboxAsset, other: SandboxAsset) -> bool:
    """Relate two assets; False when they are related already."""
    pairs = [(one.seq, other.seq), (other.seq, one.seq)]
    made = [await session.run("INSERT OR IGNORE INTO relations VALUES (?, ?)", *pair) for pair in pairs]
    return any(made)


async def unrelate(session: Session, one: SandboxAsset, other: SandboxAsset) -> bool:
    """End the relation of two assets; False when there is none."""
    pairs = [(one.seq, other.seq), (other.seq, one.seq)]
    ended = [await session.run("DELETE FROM relations WHERE asset = ? AND related = ?", *pair) for pair in pairs]
    return any(ended)


async def related(session: Session, asset: SandboxAsset, limit: int, cursor: str) -> JSON:
    """One page of what an asset is related to, as its details show it; deleted assets are left out."""
    after = read_cursor(cursor, int)[0] if cursor else 0
    where = Where().add("seq > ?", after).add("seq IN (SELECT related FROM relations WHERE asset = ?)", asset.seq)
    found = await assets.select(session, where, limit + 1)
    entries = [
        {
            "asset_id": other.asset_id,
            "public_id": other.public_id,
            "resource_type": other.resource_type,
            "type": other.type,
        }
        for other in found[:limit]
    ]
    following = {"related_next_cursor": write_cursor(found[limit - 1].seq)} if len(found) > limit else {}
    return {"related_assets": entries, **following}
