"""The sandbox cloud beside the server: its data folder, its URL, the process that runs it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from cloudinary_mcp.settings import Settings
from cloudinary_tools.config import ConfigError

if TYPE_CHECKING:
    from cloudinary_mcp.notifications.service import IntroduceReceiver

SANDBOX = "sandbox"
LOOK_AGAIN = 0.5
"""Seconds between looks whether the process that runs the shared sandbox has ended."""


def sandbox_instructions(folders: Sequence[Path]) -> str:
    """Tell the assistant what a sandbox is, what a new one holds, and which local folders it may upload from."""
    told = (
        "This cloud is a sandbox on the person's own machine, for trying things out. A new one holds the picture "
        "`sample` and a folder `samples` with five photographs, a film (samples/flight) and a PDF (samples/handout)."
    )
    return f"{told} Files can be uploaded from {', '.join(map(str, folders))}." if folders else told


def sandbox_dir(settings: Settings) -> Path:
    """Where the sandbox keeps its data."""
    return settings.data_dir / SANDBOX


@asynccontextmanager
async def sandbox_url(data_dir: Path) -> AsyncGenerator[str]:
    """The CLOUDINARY_URL of the sandbox on a data folder: another process's if it runs there, else one of our own.

    When that other process ends, this one takes the sandbox over at the same address. `ConfigError` for a folder
    that cannot be written, or whose data cannot be used.
    """
    from cloudinary_sandbox import SandboxBusyError, SandboxDataError, SandboxOptions, SandboxServer, running

    options = SandboxOptions(data_dir=data_dir, empty=False)
    ready, finish = anyio.Event(), anyio.Event()
    url = ""
    problem: ConfigError | None = None

    async def run_or_wait() -> None:
        nonlocal url, problem
        while not finish.is_set():
            try:
                async with SandboxServer.open(options) as own:
                    url = own.cloudinary_url
                    ready.set()
                    await finish.wait()
            except SandboxBusyError:
                pass
            except SandboxDataError as error:
                problem = ConfigError(str(error))
                if not url:
                    ready.set()
                    return
            if not url and (found := await anyio.to_thread.run_sync(running, data_dir)):
                url = found
                ready.set()
            with anyio.move_on_after(LOOK_AGAIN):
                await finish.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_or_wait)
        await ready.wait()
        if url:
            try:
                yield url
            finally:
                finish.set()
    if not url and problem:
        raise problem


def introduce_receiver(settings: Settings) -> "IntroduceReceiver":
    """Tell the sandbox of these settings where webhooks are received: it then sends every notification there.

    It also sends the header that webhooks must carry, where the settings ask for one.
    """
    data_dir = sandbox_dir(settings)
    wanted = settings.webhook_header.get_secret_value() if settings.webhook_header else ""
    name, _, value = wanted.partition(":")
    receiver = {"headers": {name.strip(): value.strip()}} if name.strip() else {}

    async def introduce(address: str) -> bool:
        import httpx

        from cloudinary_sandbox.core.identity import load

        if not (identity := load(data_dir)):
            return False
        headers = {"X-Sandbox-Secret": identity.control_secret}
        # plain http to this machine: reading the certificates would only take time
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:  # noqa: S501
            try:
                told = await client.post(
                    f"{identity.address}/sandbox/receivers", json={"url": address, **receiver}, headers=headers
                )
            except httpx.HTTPError:  # the sandbox is starting anew; it is told again soon
                return False
        return told.is_success

    return introduce
