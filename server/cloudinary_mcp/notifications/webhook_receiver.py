"""The webhook receiver beside a stdio server: who holds the port, who waits for it, who needs one of its own.

One process holds the configured port and stores for all that share the log. The others try to take it over once or
twice a second; one whose clouds the holder cannot verify receives on a port of its own meanwhile.
"""

import asyncio
import errno
import os
import random
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from cloudinary_mcp.notifications.log.protocol import LogError, NotificationLog, PortClaim
from cloudinary_mcp.notifications.uvicorn_socket import SocketServer, bind
from cloudinary_mcp.notifications.verify import VerificationKeys
from cloudinary_mcp.notifications.webhook_endpoint import WEBHOOK_PATH, WebhookEndpoint, WebhookTraffic

DEFAULT_PORT = 8788
_RETRY_SECONDS = (0.5, 1.0)
_TAKEN = {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}

Status = Literal["listening", "own port", "standby", "failed", "disabled", "stopped"]


@dataclass(frozen=True)
class WebhookReceiverState:
    """Where webhooks arrive now.

    `listening`: here, on the wanted port. `own port`: here, on another port, because whoever holds the wanted one
    cannot verify all of our clouds. `standby`: another process receives for us. `address` is the webhook's full URL in
    this process, None when it does not listen. `owner` is the process that holds the wanted port, if it is one of us.
    """

    status: Status
    address: str | None
    owner: PortClaim | None
    message: str


class WebhookReceiver:
    """Receives webhooks on a port of its own while entered: `async with WebhookReceiver(log, keys, port=8788)`.

    `state` and `traffic` say how it goes; a taken port is a state, not an error.

    `port` 0 takes any free port, None switches the receiver off. It binds loopback unless told otherwise; Cloudinary
    reaches it through a tunnel or proxy of the person's choice. `limits` as in `WebhookEndpoint`.
    """

    def __init__(
        self,
        log: NotificationLog,
        keys: Iterable[VerificationKeys],
        *,
        port: int | None = DEFAULT_PORT,
        host: str = "127.0.0.1",
        **limits: Any,
    ) -> None:
        self.app = WebhookEndpoint(log, keys, **limits)
        self._log = log
        self._host = host
        self._port = port
        self._instance = uuid.uuid4().hex
        self._main: SocketServer | None = None
        self._own: SocketServer | None = None
        self._nobody_seen = False
        self._watch: asyncio.Task[None] | None = None
        self._state = WebhookReceiverState("stopped", None, None, "The receiver has not started.")

    @property
    def state(self) -> WebhookReceiverState:
        """How it is now."""
        return self._state

    @property
    def traffic(self) -> WebhookTraffic:
        """What came in through this process."""
        return self.app.traffic

    async def __aenter__(self) -> Self:
        if self._port is None:
            self._state = WebhookReceiverState("disabled", None, None, "The receiver is switched off.")
        elif not self.app.keys:
            self._state = WebhookReceiverState("disabled", None, None, "No cloud has a secret to verify webhooks with.")
        else:
            try:
                await self._settle(self._port)
            except BaseException:
                await self._end()
                raise
            if not self._main:
                self._watch = asyncio.create_task(self._take_over(self._port), name="receiver-port-watch")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        if self._watch:
            self._watch.cancel()
            await asyncio.wait((self._watch,))
        main, self._main = self._main, None
        own, self._own = self._own, None
        self._state = WebhookReceiverState("stopped", None, None, "The receiver has ended.")
        await asyncio.gather(*(listener.close() for listener in (main, own) if listener))
        if main and self._port:
            with suppress(LogError):  # a claim that is left behind is recognised by its dead process
                await self._log.release_port(main.port, self._instance)

    async def _take_over(self, port: int) -> None:
        while not self._main:
            await asyncio.sleep(random.uniform(*_RETRY_SECONDS))  # noqa: S311 - so that not all try at once
            await self._settle(port)

    async def _settle(self, port: int) -> None:
        """Take the port; or find out who has it and what that means for us."""
        try:
            self._main = await SocketServer(self.app, bind(self._host, port), self.app.count).start()
        except OSError as error:
            await self._do_without(port, error)
        else:
            await self._claim_port(port)

    async def _claim_port(self, port: int) -> None:
        assert self._main
        message = f"Receiving webhooks on {self._main.address}."
        if port:
            try:
                await self._log.claim_port(port, self._instance, self.app.keys)
            except LogError as error:
                message += f" But {error}"
        if self._own:
            message += f" Also on {self._own.address}, as before."
        self._state = WebhookReceiverState("listening", self._main.address + WEBHOOK_PATH, None, message)

    async def _do_without(self, port: int, error: OSError) -> None:
        if error.errno not in _TAKEN:
            self._say("failed", None, f"Port {port} on {self._host} cannot be used ({error.strerror}).")
            return
        try:
            owner = await self._log.port_claim(port)
        except LogError as failure:
            self._say("failed", None, f"Port {port} is taken, and who has it is not known: {failure}")
            return
        if owner and not _alive(owner.pid):
            owner = None
        # Who has just taken the port needs a moment to say so: only the second look in vain counts.
        second_look, self._nobody_seen = self._nobody_seen, owner is None
        if owner and owner.clouds.issuperset(self.app.keys):
            self._say("standby", owner, f"Process {owner.pid} receives on port {port} for this one, too.")
        elif not owner and not second_look:
            self._say("standby", None, f"Port {port} is taken; looking who has it.")
        else:
            holder = f"process {owner.pid}, which does not know all of our clouds" if owner else "another program"
            await self._open_own(owner, f"Port {port} is taken by {holder}")

    async def _open_own(self, owner: PortClaim | None, why: str) -> None:
        if not self._own:
            try:
                self._own = await SocketServer(self.app, bind(self._host, 0), self.app.count).start()
            except OSError as error:
                self._say("failed", owner, f"{why}, and no other port can be opened ({error.strerror}).")
                return
        self._say("own port", owner, f"{why}; receiving on {self._own.address} until it is free.")

    def _say(self, status: Status, owner: PortClaim | None, message: str) -> None:
        address = self._own.address + WEBHOOK_PATH if self._own else None
        self._state = WebhookReceiverState(status, address, owner, message)


def _alive(pid: int) -> bool:
    """Whether a process exists; where that cannot be asked without harm (Windows), it is taken to exist."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
