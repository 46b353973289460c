"""A local cloud that speaks Cloudinary's REST API and delivers files.

`SandboxServer.open(options)` runs one in the current event loop; `running(data_dir)` finds one that another process
runs. Importing this package is cheap: what a sandbox needs is loaded when one is opened.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cloudinary_sandbox.core.errors import SandboxDataError
from cloudinary_sandbox.core.identity import SandboxBusyError, running
from cloudinary_sandbox.core.options import MediaLimits, SandboxOptions

if TYPE_CHECKING:
    from cloudinary_sandbox.service.server import RunningSandbox

__all__ = ["MediaLimits", "SandboxBusyError", "SandboxDataError", "SandboxOptions", "SandboxServer", "running"]


class SandboxServer:
    """Opens sandboxes. What comes back has `cloudinary_url`, `address`, `control_secret`, `app` and `cloud`."""

    @staticmethod
    @asynccontextmanager
    async def open(options: SandboxOptions) -> AsyncGenerator["RunningSandbox"]:
        """Run a sandbox in this event loop until the block ends.

        Raises:
            SandboxBusyError: one runs on the data folder already; `running(data_dir)` gives its URL.
            SandboxDataError: the data folder cannot be written, is damaged, or was made by a newer version.
            OSError: the port that the options want is taken.
        """
        from cloudinary_sandbox.service.server import RunningSandbox

        async with RunningSandbox.open(options) as sandbox:
            yield sandbox
