"""The sandbox cloud beside the server: its data folder, its URL, the process that runs it; and the sandbox alone."""

import json
import sqlite3
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import anyio
import anyio.to_thread

from cloudinary_mcp.settings import Settings
from cloudinary_tools.config import ConfigError

if TYPE_CHECKING:
    from cloudinary_mcp.notifications.service import IntroduceReceiver

SANDBOX = "sandbox"
LOOK_AGAIN = 0.5
"""Seconds between looks whether the process that runs the shared sandbox has ended."""


def sandbox_dir(settings: Settings) -> Path:
    """Where the sandbox keeps its data."""
    return settings.data_dir / SANDBOX


def make_data_dir(folder: Path) -> None:
    """Make a data folder that only its owner may enter; `ConfigError` when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(f"the data folder {folder} cannot be written: {error.strerror}") from None


@asynccontextmanager
async def sample_media() -> AsyncGenerator[Path]:
    """The folder with the free sample photographs of the package."""
    with as_file(files("cloudinary_mcp") / "samples") as folder:
        yield folder


@asynccontextmanager
async def sandbox_url(data_dir: Path) -> AsyncGenerator[str]:
    """The CLOUDINARY_URL of the sandbox on a data folder: another process's if it runs there, else one of our own.

    When that other process ends, this one takes the sandbox over at the same address. `ConfigError` for data that
    cannot be read.
    """
    from cloudinary_sandbox import SandboxBusyError, SandboxOptions, SandboxServer, running

    options = SandboxOptions(data_dir=data_dir)
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
            except sqlite3.Error as error:
                problem = _data_unusable(data_dir, error)
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


def _data_unusable(data_dir: Path, error: BaseException) -> ConfigError:
    return ConfigError(
        f"the sandbox's data in {data_dir} cannot be used ({error}): choose another --data-dir, or remove that folder"
    )


def introduce_receiver(data_dir: Path) -> "IntroduceReceiver":
    """Tell the sandbox on a data folder where webhooks are received: it then sends every notification there."""

    async def introduce(address: str) -> bool:
        import httpx

        from cloudinary_sandbox.core.identity import load

        if not (identity := load(data_dir)):
            return False
        headers = {"X-Sandbox-Secret": identity.control_secret}
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                told = await client.post(
                    f"{identity.address}/sandbox/receivers", json={"url": address}, headers=headers
                )
            except httpx.HTTPError:  # the sandbox is starting anew; it is told again soon
                return False
        return told.is_success

    return introduce


async def run_sandbox(
    settings: Settings, port: int, folder_mode: Literal["dynamic", "fixed"], faults: tuple[str, ...]
) -> None:
    """Run the sandbox alone until interrupted; its CLOUDINARY_URL is the only line on stdout.

    `ConfigError` for a data folder, a port or a fault plan that cannot be used.
    """
    from cloudinary_sandbox import SandboxBusyError, SandboxOptions, SandboxServer, running

    data_dir = sandbox_dir(settings)
    make_data_dir(data_dir)
    options = SandboxOptions(
        data_dir=data_dir, port=port, folder_mode=folder_mode, faults=tuple(_checked_fault(fault) for fault in faults)
    )
    try:
        async with SandboxServer.open(options) as own:
            sys.stdout.write(f"CLOUDINARY_URL={own.cloudinary_url}\n")
            sys.stdout.flush()
            sys.stderr.write(f"The sandbox cloud runs at {own.address}; its data is in {data_dir}. Ctrl-C ends it.\n")
            await anyio.sleep_forever()
    except* OSError as errors:
        raise ConfigError(f"port {port} cannot be listened on: {errors.exceptions[0]}") from None
    except* sqlite3.Error as errors:
        raise _data_unusable(data_dir, errors.exceptions[0]) from None
    except* SandboxBusyError:
        url = await anyio.to_thread.run_sync(running, data_dir)
        sys.stdout.write(f"CLOUDINARY_URL={url}\n")
        sys.stderr.write(f"A sandbox cloud runs on {data_dir} already; this is its URL.\n")


def _checked_fault(plan: str) -> dict[str, object]:
    from cloudinary_sandbox.core.errors import ApiError
    from cloudinary_sandbox.core.faults import FaultRule

    try:
        values = json.loads(plan)
        FaultRule.read(values)
    except ApiError as error:
        raise ConfigError(f"--fault {plan}: {error.message}") from None
    except (ValueError, AttributeError):
        raise ConfigError(f"--fault {plan} is no JSON object") from None
    return values
