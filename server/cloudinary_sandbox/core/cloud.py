"""The sandbox cloud itself: everything that the routes share."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio import to_thread

from cloudinary_sandbox.assets.models import Asset
from cloudinary_sandbox.core import identity as identities
from cloudinary_sandbox.core import library_schema as library
from cloudinary_sandbox.core.chunks import ChunkedUploads
from cloudinary_sandbox.core.database import SandboxDatabase
from cloudinary_sandbox.core.faults import Faults
from cloudinary_sandbox.core.files import FileStore
from cloudinary_sandbox.core.identity import Identity
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.core.quota import Quota
from cloudinary_sandbox.core.renderer import Renderer, rendering_package
from cloudinary_sandbox.notifications import schema as notifications
from cloudinary_sandbox.notifications.service import Notifier
from cloudinary_sandbox.search.schema import TABLES

_LOGGED_REQUESTS = 1000


@dataclass
class SandboxCloud:
    """One running sandbox: options, identity, storage, quota, faults and the hooks of later parts."""

    options: SandboxOptions
    identity: Identity
    db: SandboxDatabase
    files: FileStore
    quota: Quota
    faults: Faults
    chunks: ChunkedUploads
    notifier: Notifier
    render: Renderer = rendering_package
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_LOGGED_REQUESTS))
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @classmethod
    @asynccontextmanager
    async def open(cls, options: SandboxOptions) -> AsyncGenerator["SandboxCloud"]:
        """Open the data folder and hold it until the end; `SandboxBusyError` when another process has it."""
        folder = options.data_dir
        await to_thread.run_sync(lambda: folder.mkdir(mode=0o700, parents=True, exist_ok=True))
        with identities.locked(folder):
            identity = identities.load(folder)
            if identity is None or identity.cloud_name != options.cloud_name:
                identity = Identity.new(options.cloud_name)
                identities.save(folder, identity)
            async with SandboxDatabase.open(folder / "cloud.sqlite") as db:
                files = FileStore(folder)
                known = "SELECT file FROM assets UNION SELECT file FROM derived UNION SELECT file FROM backups"
                await files.sweep({row["file"] for row in await db.rows(known)})
                cloud = cls(
                    options=options,
                    identity=identity,
                    db=db,
                    files=files,
                    quota=Quota(options.admin_quota),
                    faults=Faults.of(options.faults),
                    chunks=ChunkedUploads(),
                    notifier=Notifier.of(options, identity, db),
                )
                try:
                    yield cloud
                finally:
                    await cloud.close()

    @property
    def dynamic_folders(self) -> bool:
        """Whether asset folders are independent of public IDs."""
        return self.options.folder_mode == "dynamic"

    def folder_of(self, asset: Asset) -> str:
        """The path of the folder that an asset is in."""
        return asset.asset_folder if self.dynamic_folders else asset.folder

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beyond the call that started it; the cloud waits for it when it closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until no spawned work is left."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Let spawned work finish, but not for long."""
        self.closing.set()
        with anyio.move_on_after(5):
            await self.settled()
        for task in list(self._tasks):
            task.cancel()
        await self.notifier.close()

    async def reset(self) -> None:
        """Forget all assets, settings, faults and counts; identity and port stay."""
        await self.settled()
        await self.notifier.reset()
        tables = ("assets", "folders", "presets", "transformations", "upload_mappings", "streaming_profiles", *TABLES)
        tables += (*notifications.TABLES, *library.TABLES)
        async with self.db.change() as tx:
            for table in tables:
                await tx.run(f"DELETE FROM {table}")  # noqa: S608 - own names
        await self.files.sweep(set())
        self.quota = Quota(self.options.admin_quota)
        self.faults = Faults.of(self.options.faults)
        self.chunks = ChunkedUploads()
        self.requests.clear()
