"""Assets put straight into a sandbox's database: what is searched need not be uploaded."""

import asyncio
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.search.query import search_assets
from cloudinary_sandbox.service.composition import open_cloud

START = 1_700_000_000


def asset(number: int, **values: Any) -> SandboxAsset:
    """An asset that differs from others by its number; the higher, the newer."""
    made: dict[str, Any] = {
        "asset_id": f"{number:032x}",
        "resource_type": "image",
        "type": "upload",
        "public_id": f"a{number}",
        "version": 1,
        "version_id": "0" * 32,
        "format": "jpg",
        "bytes": 1000,
        "width": 40,
        "height": 30,
        "etag": "e",
        "created_at": START + number,
        "uploaded_at": START + number,
        "display_name": f"a{number}",
        "file": "none",
    }
    return SandboxAsset(**{**made, **values})


async def put(cloud: SandboxCloud, *found: SandboxAsset) -> None:
    """Store assets as they are."""
    async with cloud.db.change() as tx:
        for each in found:
            await assets.insert(tx, each)


async def search(cloud: SandboxCloud, expression: str = "", **params: Any) -> dict[str, Any]:
    """A raw search reply."""
    return await search_assets(cloud, Params({"expression": expression, **params}))


async def hits(cloud: SandboxCloud, expression: str = "", **params: Any) -> list[str]:
    """The public IDs that a search finds, in their order."""
    reply = await search(cloud, expression, **{"max_results": 500, **params})
    return [entry["public_id"] for entry in reply["resources"]]


class Searched:
    """One open sandbox for many examples, on an event loop of its own."""

    def __init__(self, runner: asyncio.Runner, cloud: SandboxCloud) -> None:
        self._runner = runner
        self._cloud = cloud

    def fill(self, *library: SandboxAsset) -> None:
        """Hold exactly these assets from now on."""

        async def run() -> None:
            await self._cloud.reset()
            await put(self._cloud, *library)

        self._runner.run(run())

    def find(self, expression: str) -> list[str]:
        """The public IDs that a search finds, in their order."""
        return self._runner.run(hits(self._cloud, expression))


@contextmanager
def open_searched(data_dir: Path) -> Generator[Searched]:
    """Open a sandbox for many examples."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        cloud = runner.run(stack.enter_async_context(open_cloud(SandboxOptions(data_dir=data_dir))))
        try:
            yield Searched(runner, cloud)
        finally:
            runner.run(stack.aclose())
