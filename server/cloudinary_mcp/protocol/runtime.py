"""What lives as long as the server (`Runtime`), and what a tool is given during one call (`ToolCall`)."""

import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskGroup
from typing_extensions import TypeVar

from cloudinary_mcp.changes.kept_files import KeptFiles
from cloudinary_mcp.changes.past import OwnChanges
from cloudinary_mcp.changes.recorder import ChangeRecorder
from cloudinary_mcp.changes.retention import prune_regularly
from cloudinary_mcp.settings import Clouds, Settings
from cloudinary_mcp.state.protocol import ChangeSet, Principal, StateStore
from cloudinary_mcp.state.sqlite import SqliteState
from cloudinary_tools.client import CloudinaryClient, JsonObject, NotFound, Progress, Reply
from cloudinary_tools.client.reply_types.account import ConfigReply
from cloudinary_tools.config import CloudConfig, ConfigError, ConfigName
from cloudinary_tools.toolkit.context import BackgroundUpload, Budget, Files
from cloudinary_tools.toolkit.journal import Change, Recorded
from cloudinary_tools.toolkit.plan_permit import PlanPermit
from cloudinary_tools.toolkit.plans import AnyPlan
from cloudinary_tools.toolkit.registry import ToolFunction
from cloudinary_tools.toolkit.results import Problem, size

if TYPE_CHECKING:
    from cloudinary_mcp.notifications.service import IntroduceReceiver, NotificationService, OnNotification

logger = logging.getLogger(__name__)

T = TypeVar("T", default=JsonObject)

CloudFactory = Callable[[CloudConfig], CloudinaryClient]
ANSWER_GRACE = 5
"""Seconds past a call's budget after which it is cut off: the budget lets well-behaved tools end before."""
START_AFTER = 0.2
"""Seconds after which notifications are taken if nobody asks for them before: the first answers come first."""
MAX_ENDED = 20
"""Finished uploads whose outcome is remembered."""


LOCAL = "local"
"""The principal of stdio and loopback."""


class BackgroundUploads:
    """Uploads that may take longer than the tool call that began them; they end with the server.

    At most `at_once` run, whether their call still waits for them or not; each holds pieces of files in memory.
    """

    def __init__(self, tasks: TaskGroup, at_once: int) -> None:
        self._tasks = tasks
        self._at_once = at_once
        self._slots = anyio.Semaphore(at_once)
        self._uploads: dict[str, _RunningUpload] = {}

    async def finish_within(
        self, seconds: float, work: Callable[[Progress], Awaitable[Mapping[str, Any]]], report: Progress
    ) -> dict[str, Any] | BackgroundUpload:
        """Run the work; after `seconds` it goes on in the background. Cancelled before that, it is cancelled too.

        A `Problem` when as many as may run are running all that time; then nothing was begun.
        """
        deadline = anyio.current_time() + seconds
        if not await self._has_slot(seconds):
            raise Problem(
                f"{self._at_once} uploads are running already; nothing of this one was sent.",
                hint="Ask for them by their upload_id, and call again when one has ended.",
                retryable=True,
            )
        running = _RunningUpload(BackgroundUpload(f"u{secrets.token_hex(4)}", 0, None, None, None))
        running.report = report
        self._tasks.start_soon(self._run, running, work)
        try:
            with anyio.move_on_after(deadline - anyio.current_time()):
                await running.ended.wait()
        except anyio.get_cancelled_exc_class():
            running.scope.cancel()
            raise
        running.report = None
        upload = running.upload
        if upload.error:
            raise upload.error
        if upload.result is not None:
            return dict(upload.result)
        self._uploads[upload.id] = running
        for old in [key for key, entry in self._uploads.items() if entry.ended.is_set()][:-MAX_ENDED]:
            del self._uploads[old]
        return upload

    async def _has_slot(self, seconds: float) -> bool:
        try:
            self._slots.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(seconds) as waiting:
                await self._slots.acquire()
            return not waiting.cancelled_caught
        return True

    async def _run(self, running: "_RunningUpload", work: Callable[[Progress], Awaitable[Mapping[str, Any]]]) -> None:
        try:
            await running.run(work)
        finally:
            self._slots.release()

    async def wait(self, upload_id: str, seconds: float) -> BackgroundUpload:
        """The state of an upload, waiting up to `seconds` for its end."""
        running = self._uploads.get(upload_id)
        if running is None:
            raise Problem(
                f"There is no upload {upload_id!r}: it never was, or the server restarted, which ends uploads.",
                hint="list_assets shows what arrived.",
            )
        with anyio.move_on_after(max(seconds, 0)):
            await running.ended.wait()
        return running.upload


@dataclass(slots=True)
class _RunningUpload:
    upload: BackgroundUpload
    report: Progress | None = None
    ended: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def run(self, work: Callable[[Progress], Awaitable[Mapping[str, Any]]]) -> None:
        try:
            with self.scope:
                self.upload = replace(self.upload, result=await work(self._note))
        except Exception as error:  # noqa: BLE001 - kept for whoever asks for the outcome, and raised there
            self.upload = replace(self.upload, error=error)
        finally:
            self.ended.set()

    async def _note(self, sent: int, total: int) -> None:
        self.upload = replace(self.upload, sent=sent, total=total)
        if self.report:
            await self.report(sent, total)


class Runtime:
    """The clouds' clients, the state and the running uploads of one server."""

    def __init__(
        self,
        settings: Settings,
        clouds: Clouds,
        make: CloudFactory,
        files: Files,
        tasks: TaskGroup,
        state: StateStore,
    ) -> None:
        self.settings = settings
        self.clouds = clouds
        self.files = files
        self.state = state
        most = int(settings.keep_deleted * 1_000_000) if settings.journal_values == "on" else 0
        self.kept_files = KeptFiles(settings.data_dir, most)
        self.notifications: NotificationService | None = None
        self.notifications_problem = "This server takes no notifications: start it with the toolset notifications."
        self._wanted, self._settled = anyio.Event(), anyio.Event()
        self._ending, self._notifications_ended = anyio.Event(), anyio.Event()
        self.uploads = BackgroundUploads(tasks, settings.max_uploads)
        self._make = make
        self._open: dict[str, CloudinaryClient] = {}
        self._folder_modes: dict[str, str] = {}

    def principal(self, client: str) -> Principal:
        """Who calls. On stdio and loopback everybody is the one who started the server."""
        return Principal(LOCAL, client)

    def cloud(self, name: str | None) -> CloudinaryClient:
        """The client of a cloud; a `Problem` says how to set credentials when there are none."""
        if self.clouds.problem:
            raise Problem(self.clouds.problem)
        names = self.clouds.names
        if name is None and len(names) > 1:
            raise Problem(f"Say which cloud: {', '.join(names)}.")
        key = names[0] if name is None else name
        if key not in self.clouds.configs:
            raise Problem(f"There is no cloud {key!r} here: {', '.join(names)}.")
        if key not in self._open:
            self._open[key] = self._make(self.clouds.configs[key])
        return self._open[key]

    async def folder_mode(self, cloud: CloudinaryClient, ask: Callable[[], Awaitable[ConfigReply]]) -> str:
        """`dynamic` or `fixed`; a cloud that does not say counts as dynamic, the default of newer ones."""
        name = cloud.config.name
        if name not in self._folder_modes:
            try:
                settings = (await ask()).get("settings")
            except NotFound:
                settings = None
            self._folder_modes[name] = (settings.get("folder_mode") if settings else None) or "dynamic"
        return self._folder_modes[name]

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        clouds: Clouds,
        make: CloudFactory,
        files: Files,
        on_notification: "OnNotification | None",
        introduce: "IntroduceReceiver | None" = None,
    ) -> "AsyncGenerator[Runtime]":
        """Run until the server ends; then uploads are cancelled and connections closed.

        Notifications are taken when there is an `on_notification` to hand them to.
        """
        state = SqliteState(settings.data_dir)
        try:
            async with anyio.create_task_group() as tasks:
                runtime = cls(settings, clouds, make, files, tasks, state)
                room = int(settings.journal_size * 1_000_000)
                tasks.start_soon(prune_regularly, state, runtime.kept_files, settings.journal_days, room)
                if on_notification and clouds.configs:
                    tasks.start_soon(runtime._take_notifications, on_notification, introduce)
                else:
                    runtime._settled.set()
                try:
                    yield runtime
                finally:
                    runtime._ending.set()
                    runtime._wanted.set()
                    if on_notification and clouds.configs:
                        await runtime._notifications_ended.wait()
                    for cloud in runtime._open.values():
                        await cloud.aclose()
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await state.aclose()

    async def settled(self) -> None:
        """Wait until notifications are taken, or cannot be: their machinery starts when the server already answers."""
        self._wanted.set()
        await self._settled.wait()

    async def _take_notifications(
        self, on_notification: "OnNotification", introduce: "IntroduceReceiver | None"
    ) -> None:
        with anyio.move_on_after(START_AFTER):
            await self._wanted.wait()
        try:
            if self._ending.is_set():
                return
            from cloudinary_mcp.notifications.service import NotificationService

            async with NotificationService.open(
                self.settings, self.clouds, self.cloud, on_notification, introduce
            ) as self.notifications:
                self._settled.set()
                await self._ending.wait()
        except ConfigError as error:
            self._lose_notifications(f"Notifications are not taken: {error}")
        except Exception as error:  # whatever fails here is told, and the tools go on
            logger.error("notifications failed", exc_info=error)
            self._lose_notifications(
                f"Notifications are no longer taken: the server itself failed ({type(error).__name__})."
            )
        finally:
            self._settled.set()
            self._notifications_ended.set()

    def _lose_notifications(self, why: str) -> None:
        self.notifications, self.notifications_problem = None, why
        logger.warning("%s", why)


class ToolCall:
    """The `ToolContext` of one call: its cloud, its budget of seconds and Admin API calls, and its progress."""

    def __init__(
        self,
        runtime: Runtime,
        cloud: ConfigName | None,
        report: Callable[..., Awaitable[None]],
        principal: Principal | None = None,
        permit: PlanPermit | None = None,
        recorder: ChangeRecorder | None = None,
    ) -> None:
        self._runtime = runtime
        self._cloud = cloud
        self._report = report
        self._principal = principal or runtime.principal("")
        self._permit = permit
        self._recorder = recorder
        self._told = -1.0
        self._scope: anyio.CancelScope | None = None
        self.uploads = runtime.uploads
        self.files = runtime.files
        self.budget = Budget(runtime.settings.call_seconds, runtime.settings.call_admin_limit)

    @property
    def cloud(self) -> CloudinaryClient:
        """The client of the cloud this call is for; while a plan is carried out, with the leave for exactly that."""
        client = self._runtime.cloud(self._cloud)
        return client.permitted(self._permit) if self._permit else client

    @property
    def config_name(self) -> ConfigName | None:
        """How the call named its cloud; None when there is only one."""
        return self._cloud

    @property
    def notifications(self) -> "NotificationService":
        """The notifications that arrived."""
        if self._runtime.notifications is None:
            raise Problem(self._runtime.clouds.problem or self._runtime.notifications_problem)
        return self._runtime.notifications

    def extend(self, seconds: float) -> None:
        """Let this call take that many seconds from now: waiting is its purpose."""
        if self._scope:
            self._scope.deadline = max(self._scope.deadline, anyio.current_time() + seconds + ANSWER_GRACE)

    async def run(self, function: ToolFunction, *values: Any, **arguments: Any) -> Any:
        """Run a tool's function; one that does not end by itself in time is cancelled with a `TimeoutError`."""
        with anyio.fail_after(self.budget.seconds_left + ANSWER_GRACE) as self._scope:
            return await function(self, *values, **arguments)

    def permitted(self, permit: PlanPermit, recorder: ChangeRecorder) -> "ToolCall":
        """The same call as it carries out a plan that was agreed to, with what is left of its budget."""
        call = ToolCall(self._runtime, self._cloud, self._report, self._principal, permit, recorder)
        call.budget, call._told = self.budget, self._told
        return call

    def recorder(self, change_set: ChangeSet, permit: PlanPermit) -> ChangeRecorder:
        """What writes this call's changes into the journal, as the settings ask."""
        files = self._runtime.kept_files
        return ChangeRecorder(
            self._runtime.state.changes,
            change_set,
            permit,
            keep_values=self._runtime.settings.journal_values == "on",
            keep=files.keeping(self.cloud) if files.most else None,
        )

    def with_kept_copies(self, plan: AnyPlan) -> AnyPlan:
        """The plan, which also says what of it is kept in the data folder before it goes."""
        most = self._runtime.kept_files.most
        lost = [item for item in plan.having("destroys") if item.bytes and not item.backup]
        if not most or not lost:
            return plan
        large = sum(item.bytes > most for item in lost)
        said = [f"Copies of {len(lost) - large:,} are kept first, so that they can be brought back."]
        if large:
            said.append(f"{large:,} are larger than {size(most)} (--keep-deleted): no copy of them is kept.")
        return replace(plan, warnings=(*plan.warnings, *said))

    @property
    def past_changes(self) -> OwnChanges:
        """What the caller changed before."""
        return OwnChanges(self._runtime.state.changes, self._principal, self._runtime.kept_files)

    @property
    def kept_up_to(self) -> int:
        """Bytes of an original that is kept before it goes; 0 when none is."""
        return self._runtime.kept_files.most

    def recorded(self, changes: Sequence[Change]) -> Recorded:
        """The block in which these changes are made; they are in the journal before it begins."""
        if self._recorder is None:
            raise Problem("Nothing was agreed to, so nothing was changed.")
        return self._recorder.recorded(changes)

    def renewed(self) -> "ToolCall":
        """The same call with a full budget: a person has answered in between."""
        return ToolCall(self._runtime, self._cloud, self._report, self._principal)

    async def admin(self, method: str, *path: str, reply: type[T] | None = None, **request: Any) -> T:
        """One Admin API call, counted against this call's budget."""
        self._count_admin_call()
        return await self.cloud.admin(method, path, reply=reply, **request)

    async def admin_reply(self, method: str, *path: str, reply: type[T], **request: Any) -> Reply[T]:
        """One Admin API call with what comes beside its answer, counted likewise."""
        self._count_admin_call()
        return await self.cloud.admin_reply(method, path, reply=reply, **request)

    def _count_admin_call(self) -> None:
        if not self.budget.admin_calls:
            raise Problem(
                f"This call used up its {self._runtime.settings.call_admin_limit} Admin API calls.",
                hint="Ask for less at once; the limit is CLOUDINARY_MCP_CALL_ADMIN_LIMIT.",
            )
        self.budget.admin_calls -= 1

    async def folder_mode(self) -> str:
        """`dynamic` or `fixed`, asked once per cloud."""

        async def ask() -> ConfigReply:
            return await self.admin("GET", "config", reply=ConfigReply, params={"settings": True})

        return await self._runtime.folder_mode(self.cloud, ask)

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Report progress to the client; one that is not larger than the last is left out, as MCP asks."""
        if done > self._told:
            self._told = done
            await self._report(done, total, message)
