"""A sandbox cloud in a thread of its own, for programs and tests whose own thread must stay free."""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets import replies
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.service.server import RunningSandbox

T = TypeVar("T")
_SHOWN = frozenset({"tags", "context", "metadata", "moderations"})


class ThreadedSandbox:
    """A running sandbox cloud, from outside its thread: where it is, what it holds, and which calls are to fail."""

    def __init__(self, sandbox: RunningSandbox, loop: asyncio.AbstractEventLoop) -> None:
        self._sandbox = sandbox
        self._loop = loop

    def __repr__(self) -> str:
        return repr(self._sandbox)

    @property
    def cloudinary_url(self) -> str:
        """The CLOUDINARY_URL that reaches it; it holds the API secret."""
        return self._sandbox.cloudinary_url

    @property
    def address(self) -> str:
        """Where it listens, `http://127.0.0.1:PORT`: the `upload_prefix` of an SDK."""
        return self._sandbox.address

    @property
    def cloud_name(self) -> str:
        """The name of the cloud."""
        return self._sandbox.cloud.identity.cloud_name

    @property
    def api_key(self) -> str:
        """The API key."""
        return self._sandbox.cloud.identity.api_key

    @property
    def api_secret(self) -> str:
        """The API secret."""
        return self._sandbox.cloud.identity.api_secret

    @property
    def control_secret(self) -> str:
        """What the control routes under `/sandbox/` want in `X-Sandbox-Secret`."""
        return self._sandbox.control_secret

    @property
    def data_dir(self) -> Path:
        """The folder that holds its data."""
        return self._sandbox.cloud.options.data_dir

    @property
    def assets(self) -> list[JSON]:
        """All assets, the oldest first, as a listing of the Admin API shows them, with tags, context and metadata."""
        return self._call(self._assets())

    async def _assets(self) -> list[JSON]:
        cloud = self._sandbox.cloud
        return [replies.listed(cloud, asset, _SHOWN) for asset in await assets.select(cloud.db, Where())]

    @property
    def requests(self) -> list[JSON]:
        """The calls that came since it started or was reset, each with `method`, `path` and `status`."""
        return self._call(self._requests())

    async def _requests(self) -> list[JSON]:
        return [dict(entry) for entry in self._sandbox.cloud.requests]

    @property
    def faults(self) -> list[JSON]:
        """The planned failures that have not come yet."""
        return self._call(self._faults())

    async def _faults(self) -> list[JSON]:
        return self._sandbox.cloud.faults.listed()

    def plan_fault(
        self,
        path: str = "*",
        *,
        action: Literal["error", "hang", "cut", "html", "truncate", "delay"] = "error",
        method: str = "*",
        times: int = 1,
        status: int = 500,
        **more: Any,
    ) -> None:
        """Make the next calls fail whose method and path match.

        Args:
            path: a glob over the whole path; `*` also crosses slashes.
            action: `error` answers `status` as JSON, `html` answers it as a page, `hang` never answers, `cut` closes
                the connection in the middle of the real answer, `truncate` answers half of its JSON, `delay` waits.
            method: a glob over the HTTP method.
            times: how many calls fail.
            status: the HTTP status of `error` and `html`.
            more: `message`, `delay` (seconds), `after` (fail only when the call has had its effect), `retry_after` and
                `reset` (seconds, which become headers).
        """
        plan = {"path": path, "action": action, "method": method, "times": times, "status": status, **more}
        self._call(self._plan_fault(plan))

    async def _plan_fault(self, plan: JSON) -> None:
        self._sandbox.cloud.faults.add(plan)

    def clear_faults(self) -> None:
        """Forget the planned failures that have not come yet."""
        self._call(self._clear_faults())

    async def _clear_faults(self) -> None:
        self._sandbox.cloud.faults.clear()

    def set_quota(self, *, limit: int | None = None, used: int | None = None) -> None:
        """Set how many Admin API calls an hour allows, and how many of them are spent; None leaves it."""
        self._call(self._set_quota(limit, used))

    async def _set_quota(self, limit: int | None, used: int | None) -> None:
        self._sandbox.cloud.quota.set(limit, used)

    def reset(self) -> None:
        """Forget all assets, settings, faults and counts; address and credentials stay."""
        self._call(self._sandbox.cloud.reset())

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def sandbox_in_thread(options: SandboxOptions) -> Generator[ThreadedSandbox]:
    """Run a sandbox in a thread with an event loop of its own until the block ends.

    Raises what `SandboxServer.open` raises.
    """
    running: list[tuple[RunningSandbox, asyncio.AbstractEventLoop]] = []
    failed: list[BaseException] = []
    settled = threading.Event()
    finish = asyncio.Event()

    async def run() -> None:
        async with RunningSandbox.open(options) as sandbox:
            running.append((sandbox, asyncio.get_running_loop()))
            settled.set()
            await finish.wait()

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failed.append(error)
        finally:
            settled.set()

    thread = threading.Thread(target=work, name="cloudinary-sandbox")
    thread.start()
    settled.wait()
    for sandbox, loop in running:
        try:
            yield ThreadedSandbox(sandbox, loop)
        finally:
            loop.call_soon_threadsafe(finish.set)
            thread.join()
    thread.join()
    if failed:
        raise failed[0]
