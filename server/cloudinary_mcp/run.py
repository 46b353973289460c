"""Put settings, clouds, the sandbox and the MCP server together, and serve over stdio or HTTP."""

import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from cloudinary_mcp import keyring_store
from cloudinary_mcp.embedded_sandbox import (
    SANDBOX,
    introduce_receiver,
    sandbox_dir,
    sandbox_instructions,
    sandbox_url,
)
from cloudinary_mcp.local_files import NoLocalFiles
from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds, Settings
from cloudinary_sandbox.core.sample_media import sample_media
from cloudinary_tools.config import CloudConfig, ConfigError


@asynccontextmanager
async def configured(
    settings: Settings, environ: Mapping[str, str], sandbox: bool
) -> AsyncGenerator[tuple[Settings, Clouds]]:
    """The settings and clouds to serve; under the sandbox, its cloud alone and its sample media as allowed folder.

    `ConfigError` when the sandbox's data folder cannot be written or used.
    """
    if not sandbox:
        yield settings, clouds_of(settings, environ)
        return
    async with sandbox_url(sandbox_dir(settings)) as url, sample_media() as samples:
        changes: dict[str, object] = {"allow_dir": [*settings.allow_dir, samples]}
        if "receiver_port" not in settings.model_fields_set:
            changes["receiver_port"] = 0
        yield settings.model_copy(update=changes), Clouds({SANDBOX: CloudConfig.from_url(url, SANDBOX)})


def clouds_of(settings: Settings, environ: Mapping[str, str]) -> Clouds:
    """The clouds of the environment, whose CLOUDINARY_URL may lie in the system's keyring."""
    if name := environ.get(keyring_store.VARIABLE):
        try:
            environ = {**environ, "CLOUDINARY_URL": keyring_store.load(name)}
        except ConfigError as error:
            return Clouds({}, str(error))
    return Clouds.from_environment(environ, settings.region)


async def serve_stdio(settings: Settings, environ: Mapping[str, str], sandbox: bool) -> None:
    """Serve one client over stdin and stdout until it closes them."""
    # a thread reads stdin and nothing can wake it, so an orderly end would wait for another line; SIGTERM does the same
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    async with configured(settings, environ, sandbox) as (effective, clouds):
        introduce = introduce_receiver(settings) if sandbox else None
        about = sandbox_instructions(effective.allow_dir) if sandbox else ""
        await CloudinaryServer(effective, clouds, introduce=introduce, about=about).run_stdio_async()


async def serve_http(settings: Settings, environ: Mapping[str, str], sandbox: bool) -> None:
    """Serve Streamable HTTP until interrupted. `ConfigError` for an address that would be open to strangers."""
    from cloudinary_mcp.protocol.http import serve

    async with configured(settings, environ, sandbox) as (effective, clouds):
        introduce = introduce_receiver(settings) if sandbox else None
        about = sandbox_instructions(()) if sandbox else ""
        await serve(
            CloudinaryServer(effective, clouds, files=NoLocalFiles(), introduce=introduce, about=about), effective
        )
