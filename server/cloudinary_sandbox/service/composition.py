"""The one place that knows all services: what the cloud consists of."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from cloudinary_sandbox.assets import registration as assets
from cloudinary_sandbox.backups import registration as backups
from cloudinary_sandbox.compose import registration as compose
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.delivery import registration as delivery
from cloudinary_sandbox.environment import registration as environment
from cloudinary_sandbox.metadata import registration as metadata
from cloudinary_sandbox.notifications import registration as notifications
from cloudinary_sandbox.search import registration as search
from cloudinary_sandbox.service.samples import add_samples

# The tables of assets come first, since others refer to them; delivery URLs come last, since any address may be one.
SERVICES = tuple(
    module.SERVICE for module in (assets, backups, metadata, environment, notifications, search, compose, delivery)
)
ENDPOINTS = [endpoint for service in SERVICES for endpoint in service.endpoints]
PUBLIC_PAGES = [page for service in SERVICES for page in service.public_pages]
CONTROL_ROUTES = {name: route for service in SERVICES for name, route in service.control_routes.items()}

MIGRATIONS = (" ".join(service.schema.sql for service in SERVICES),)
"""What brings the database from one version to the next. Append to it; what stands here has run in people's folders."""


@asynccontextmanager
async def open_cloud(options: SandboxOptions) -> AsyncGenerator[SandboxCloud]:
    """Open the cloud in a data folder, with all services, until the block ends; it has no socket yet.

    `SandboxBusyError` when another process has the folder, `SandboxDataError` when it cannot be used.
    """
    schemas = [service.schema for service in SERVICES]
    parts = [part for service in SERVICES for part in service.parts]
    async with SandboxCloud.open(options, schemas, MIGRATIONS, parts) as cloud:
        if cloud.is_new and not options.empty:
            await add_samples(cloud)
        yield cloud
