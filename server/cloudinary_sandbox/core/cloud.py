"""The sandbox cloud itself: what all services share, and the parts that each of them adds."""

import asyncio
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import anyio
from anyio import to_thread

from cloudinary_sandbox.core import identity as identities
from cloudinary_sandbox.core.chunks import ChunkedUploads
from cloudinary_sandbox.core.database import SandboxDatabase
from cloudinary_sandbox.core.errors import SandboxDataError
from cloudinary_sandbox.core.faults import FaultPlan
from cloudinary_sandbox.core.files import FileStore
from cloudinary_sandbox.core.identity import Identity
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.core.quota import Quota
from cloudinary_sandbox.core.schema import Schema

_LOGGED_REQUESTS = 1000


class CloudPart:
    """One service's share in a running cloud: made when the cloud opens, found with `cloud.part(…)`.

    Where a service has to act in the work of another (presets and structured metadata in an upload, say), the lower
    floor declares an abstract part, calls it, and does not know who provides it.
    """

    def __init__(self, cloud: "SandboxCloud") -> None:
        self._cloud = cloud

    async def reset(self) -> None:
        """Forget what is kept in memory; the tables are emptied by the cloud."""

    async def close(self) -> None:
        """End what goes on in the background."""


P = TypeVar("P", bound=CloudPart)


@dataclass
class SandboxCloud:
    """One running sandbox: options, identity, storage, quota, faults, the log of requests and the services' parts."""

    options: SandboxOptions
    identity: Identity
    db: SandboxDatabase
    files: FileStore
    quota: Quota
    faults: FaultPlan
    schemas: Sequence[Schema]
    is_new: bool = False
    chunks: ChunkedUploads = field(default_factory=ChunkedUploads)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_LOGGED_REQUESTS))
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _parts: list[CloudPart] = field(default_factory=list[CloudPart])
    _by_class: dict[type, CloudPart] = field(default_factory=dict[type, CloudPart])
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        options: SandboxOptions,
        schemas: Sequence[Schema],
        migrations: Sequence[str],
        parts: Sequence[type[CloudPart]],
    ) -> AsyncGenerator["SandboxCloud"]:
        """Open the data folder and hold it until the end.

        Args:
            options: where, and how the cloud is to behave.
            schemas: what each service keeps in the database.
            migrations: the SQL that brings the database from one version to the next.
            parts: what each service does for the cloud, made in this order.

        Raises:
            SandboxBusyError: another process has the folder.
            SandboxDataError: the folder cannot be written, or what is in it cannot be used.
        """
        folder = options.data_dir
        await to_thread.run_sync(_make_data_dir, folder)
        with identities.locked(folder):
            identity = identities.load(folder)
            is_new = identity is None
            if identity is None or identity.cloud_name != options.cloud_name:
                identity = Identity.new(options.cloud_name)
                identities.save(folder, identity)
            async with SandboxDatabase.open(folder / "cloud.sqlite", migrations) as db:
                cloud = cls(
                    options=options,
                    identity=identity,
                    db=db,
                    files=FileStore(folder),
                    quota=Quota(options.admin_quota, options.admin_window),
                    faults=FaultPlan.of(options.faults),
                    schemas=schemas,
                    is_new=is_new,
                )
                await cloud.files.sweep(await cloud._known_files())
                for make in parts:
                    cloud._register(make(cloud))
                try:
                    yield cloud
                finally:
                    await cloud.close()

    def _register(self, part: CloudPart) -> None:
        self._parts.append(part)
        for kind in type(part).__mro__:
            if issubclass(kind, CloudPart) and kind is not CloudPart:
                self._by_class[kind] = part

    def part(self, kind: type[P]) -> P:
        """Find the registered part of this class, which may be an abstract one that a service implements."""
        return cast("P", self._by_class[kind])

    @property
    def dynamic_folders(self) -> bool:
        """Whether asset folders are independent of public IDs."""
        return self.options.folder_mode == "dynamic"

    def secure(self, url: str) -> str:
        """Make the `secure_url` of a URL of this cloud: over TLS where it is served, else the same."""
        if not self.options.https:
            return url
        return self.identity.secure_address + url.removeprefix(self.identity.address)

    async def _known_files(self) -> set[str]:
        tables = [table for schema in self.schemas for table in schema.with_files]
        rows = [await self.db.rows(f"SELECT file FROM {table}") for table in tables]  # noqa: S608 - own names
        return {row["file"] for found in rows for row in found}

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
        for part in self._parts:
            await part.close()

    async def reset(self) -> None:
        """Forget all assets, settings, faults and counts; identity and port stay."""
        await self.settled()
        for part in self._parts:
            await part.reset()
        async with self.db.change() as tx:
            for table in (table for schema in self.schemas for table in schema.emptied):
                await tx.run(f"DELETE FROM {table}")  # noqa: S608 - own names
        await self.files.sweep(set())
        self.quota = Quota(self.options.admin_quota, self.options.admin_window)
        self.faults = FaultPlan.of(self.options.faults)
        self.chunks = ChunkedUploads()
        self.requests.clear()


def _make_data_dir(folder: Path) -> None:
    """Make a folder that only its owner may enter, and see that files can be made in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SandboxDataError(f"the data folder {folder} cannot be written: {error.strerror}") from None
