"""Put settings, clouds, sandbox and server together and run them."""

import json
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import anyio
import anyio.to_thread

from cloudinary_mcp.app import CloudinaryServer
from cloudinary_mcp.files import NoFiles
from cloudinary_mcp.settings import Clouds, Settings
from cloudinary_tools.config import CloudConfig

SANDBOX = "sandbox"
LOOK_AGAIN = 0.5
"""Seconds between looks whether the process that runs the shared sandbox has ended."""


def sandbox_dir(settings: Settings) -> Path:
    """Where the sandbox keeps its data."""
    return settings.data_dir / SANDBOX


@asynccontextmanager
async def sample_media() -> AsyncGenerator[Path]:
    """The folder with the free sample photographs of the package."""
    with as_file(files("cloudinary_mcp") / "samples") as folder:
        yield folder


@asynccontextmanager
async def sandbox_url(data_dir: Path) -> AsyncGenerator[str]:
    """The CLOUDINARY_URL of the sandbox on a data folder: another process's if it runs there, else one of our own.

    When that other process ends, this one takes the sandbox over at the same address.
    """
    from cloudinary_mcp.sandbox import SandboxBusyError, SandboxOptions, SandboxServer, running

    options = SandboxOptions(data_dir=data_dir)
    ready, finish = anyio.Event(), anyio.Event()
    url = ""

    async def keep_one() -> None:
        nonlocal url
        while not finish.is_set():
            with suppress(SandboxBusyError):
                async with SandboxServer.open(options) as own:
                    url = own.cloudinary_url
                    ready.set()
                    await finish.wait()
            if not url and (found := await anyio.to_thread.run_sync(running, data_dir)):
                url = found
                ready.set()
            with anyio.move_on_after(LOOK_AGAIN):
                await finish.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_one)
        await ready.wait()
        try:
            yield url
        finally:
            finish.set()


@asynccontextmanager
async def configured(
    settings: Settings, environ: Mapping[str, str], sandbox: bool
) -> AsyncGenerator[tuple[Settings, Clouds]]:
    """The settings and clouds to serve; under the sandbox, its cloud alone and its sample media as allowed folder."""
    if not sandbox:
        yield settings, Clouds.from_environment(environ, settings.region)
        return
    async with sandbox_url(sandbox_dir(settings)) as url, sample_media() as samples:
        allowed = settings.model_copy(update={"allow_dir": [*settings.allow_dir, samples]})
        yield allowed, Clouds({SANDBOX: CloudConfig.from_url(url, SANDBOX)})


async def serve_stdio(settings: Settings, environ: Mapping[str, str], sandbox: bool) -> None:
    """Serve one client over stdin and stdout until it closes them."""
    async with configured(settings, environ, sandbox) as (effective, clouds):
        await CloudinaryServer(effective, clouds).run_stdio_async()


async def serve_http(settings: Settings, environ: Mapping[str, str], sandbox: bool) -> None:
    """Serve Streamable HTTP until interrupted. `ConfigError` for an address that would be open to strangers."""
    from cloudinary_mcp.http import serve

    async with configured(settings, environ, sandbox) as (effective, clouds):
        await serve(CloudinaryServer(effective, clouds, files=NoFiles()), effective)


async def run_sandbox(
    settings: Settings, port: int, folder_mode: Literal["dynamic", "fixed"], faults: tuple[str, ...]
) -> None:
    """Run the sandbox alone until interrupted; its CLOUDINARY_URL is the only line on stdout."""
    from cloudinary_mcp.sandbox import SandboxBusyError, SandboxOptions, SandboxServer, running

    data_dir = sandbox_dir(settings)
    options = SandboxOptions(
        data_dir=data_dir, port=port, folder_mode=folder_mode, faults=tuple(json.loads(fault) for fault in faults)
    )
    try:
        async with SandboxServer.open(options) as own:
            sys.stdout.write(f"CLOUDINARY_URL={own.cloudinary_url}\n")
            sys.stdout.flush()
            sys.stderr.write(f"The sandbox cloud runs at {own.address}; its data is in {data_dir}. Ctrl-C ends it.\n")
            await anyio.sleep_forever()
    except SandboxBusyError:
        url = await anyio.to_thread.run_sync(running, data_dir)
        sys.stdout.write(f"CLOUDINARY_URL={url}\n")
        sys.stderr.write(f"A sandbox cloud runs on {data_dir} already; this is its URL.\n")
