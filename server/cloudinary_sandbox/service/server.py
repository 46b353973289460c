"""Running a sandbox cloud: its socket, its uvicorn server, its end."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import uvicorn
from anyio import to_thread
from starlette.types import ASGIApp

from cloudinary_sandbox.core import identity as identities
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.service.app import build_app
from cloudinary_sandbox.service.composition import open_cloud

if TYPE_CHECKING:
    from cloudinary_sandbox.core.certificates import Certificates


class RunningSandbox:
    """A sandbox that answers on loopback. Made by `SandboxServer.open`."""

    def __init__(self, cloud: SandboxCloud, app: ASGIApp) -> None:
        self.cloud = cloud
        self.app = app

    def __repr__(self) -> str:
        return f"<sandbox {self.cloud.identity.cloud_name} at {self.address}>"

    @property
    def cloudinary_url(self) -> str:
        """The CLOUDINARY_URL that reaches it; it holds the API secret."""
        return self.cloud.identity.cloudinary_url

    @property
    def address(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        return self.cloud.identity.address

    @property
    def certificate_authority(self) -> Path | None:
        """The PEM file of the authority that clients must trust to use TLS; None when it is not served."""
        options = self.cloud.options
        return _certificates(options.data_dir).authority if options.https else None

    @property
    def control_secret(self) -> str:
        """What the control routes want in `X-Sandbox-Secret`."""
        return self.cloud.identity.control_secret

    @classmethod
    @asynccontextmanager
    async def open(cls, options: SandboxOptions) -> AsyncGenerator["RunningSandbox"]:
        """Run a sandbox in this event loop until the block ends.

        Raises:
            SandboxBusyError: another process (or this one) already runs one on the same data folder.
            SandboxDataError: the data folder cannot be written, is damaged, or was made by a newer version.
            OSError: the port that the options want is taken.
        """
        # The sandbox lives in a task of its own: a cancelled caller must not tear it down halfway, and what goes wrong
        # in the caller's block must reach it as it is, not in a group.
        started: asyncio.Future[RunningSandbox] = asyncio.get_running_loop().create_future()
        finish = asyncio.Event()
        living = asyncio.create_task(cls._live(options, started, finish))
        try:
            await asyncio.wait([living, started], return_when=asyncio.FIRST_COMPLETED)
            if started.done():
                yield started.result()
        finally:
            finish.set()
            with anyio.CancelScope(shield=True):
                await living

    @classmethod
    async def _live(
        cls, options: SandboxOptions, started: "asyncio.Future[RunningSandbox]", finish: asyncio.Event
    ) -> None:
        async with open_cloud(options) as cloud:
            known = cloud.identity
            with ExitStack() as sockets:
                listeners = [sockets.enter_context(_bound(options.port or known.port, required=bool(options.port)))]
                if options.https:
                    listeners.append(sockets.enter_context(_bound(known.https_port, required=False)))
                ports = [listener.getsockname()[1] for listener in listeners]
                cloud.identity = known.with_port(ports[0], ports[1] if options.https else known.https_port)
                if cloud.identity != known:
                    identities.save(options.data_dir, cloud.identity)
                app = build_app(cloud)
                waiting = len(listeners)

                def ready() -> None:
                    nonlocal waiting
                    waiting -= 1
                    if not waiting:
                        started.set_result(cls(cloud, app))

                tls = [None, await to_thread.run_sync(_certificates, options.data_dir) if options.https else None]
                async with anyio.create_task_group() as tasks:
                    for listener, files in zip(listeners, tls, strict=False):
                        server = _Server(_config(app, files), finish, ready=ready, ending=cloud.closing.set)
                        tasks.start_soon(server.serve, [listener])


def _certificates(folder: Path) -> "Certificates":
    from cloudinary_sandbox.core.certificates import certificates  # 150 ms and 9 MB, which only TLS needs

    return certificates(folder)


def _config(app: ASGIApp, files: "Certificates | None") -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
        ssl_certfile=files.certificate if files else None,
        ssl_keyfile=files.key if files else None,
    )


@contextmanager
def _bound(port: int, *, required: bool) -> Generator[socket.socket]:
    """A socket on loopback at this port; at a free one when somebody has taken it, unless it is required."""
    # Named as TCP, the protocol lets asyncio switch Nagle's algorithm off, which costs 40 ms an answer otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            if required:
                raise
            listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        listener.setblocking(False)
        yield listener


class _Server(uvicorn.Server):
    """A uvicorn that leaves the process's signals alone, says when it is ready, and ends at once when told to."""

    def __init__(
        self, config: uvicorn.Config, finish: asyncio.Event, ready: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._finish = finish
        self._ready = ready
        self._ending = ending

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._ready()

    async def main_loop(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(super().main_loop)
            await self._finish.wait()
            self._ending()
            tasks.cancel_scope.cancel()
