"""Looking at and arranging the cloud of a server under test."""

from typing import Any

from cloudinary_tools.client import BytesSource
from tests.support import World


async def details(w: World, public_id: str, kind: str = "image") -> dict[str, Any]:
    """An asset as the cloud shows it."""
    return await w.cloud.admin("GET", ("resources", kind, "upload", public_id))


async def raw_asset(w: World, public_id: str, content: bytes = b"words") -> dict[str, Any]:
    """Put a raw asset into the cloud."""
    source = BytesSource(content, public_id.rsplit("/", 1)[-1])
    return dict(await w.cloud.upload(source, {"public_id": public_id}, resource_type="raw"))
