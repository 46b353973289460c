"""Serve an ASGI app with uvicorn on a socket that we have bound ourselves.

uvicorn alone would end the process when a port is taken, take over its signals, log what clients do wrong, and wait for
ever for the rest of a request; none of that happens here.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Self, cast

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from cloudinary_mcp.notifications.verify import Refusal

REQUEST_TIMEOUT = 15.0
"""Seconds for a client to send a whole request, headers and body."""
MAX_CONNECTIONS = 256
_GRACE = 2
_logger = logging.getLogger(__name__)
_logger.setLevel(logging.ERROR)  # below that, uvicorn speaks of its clients' mistakes


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; `OSError` when the port is taken or not ours to take.

    It listens at once: with SO_REUSEADDR two sockets can be bound to one port as long as neither listens.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere this would let two processes share the port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(256)
        found.setblocking(False)
    except BaseException:
        found.close()
        raise
    return found


class _DeadlineProtocol(H11Protocol):
    """uvicorn waits for ever for the rest of a request; this gives the client `timeout` seconds.

    Beyond `most` connections the one that has waited longest to send a whole request is closed, so that connections
    opened and left do not keep others out; where none waits, the new one is. What never becomes a request is counted
    with `refuse` and not logged, or any client could fill the log. By default the limits are `REQUEST_TIMEOUT` and
    `MAX_CONNECTIONS`.
    """

    def __init__(
        self,
        *args: Any,
        refuse: Callable[[Refusal], None],
        timeout: float | None = None,
        most: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._timeout = timeout or REQUEST_TIMEOUT
        self._most = most or MAX_CONNECTIONS
        self.logger = _logger
        self._refuse = refuse
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._most:
            self._refuse(Refusal.BUSY)
            others = cast("set[_DeadlineProtocol]", self.connections)  # one server has one kind of them
            waiting = [other for other in others if other.waits_since]
            if not waiting:
                transport.abort()
                return
            min(waiting, key=lambda other: other.waits_since).transport.abort()
        self._start()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        state = self.conn.their_state
        if state is h11.SEND_BODY or (state is h11.IDLE and self.conn.trailing_data[0]):
            self._start()
        else:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(Refusal.MALFORMED)
        super().send_400_response(msg)

    @property
    def waits_since(self) -> float:
        """When the client began to keep us waiting for a whole request; 0 when it does not."""
        return float(self._deadline.when()) if self._deadline else 0.0

    def _start(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._timeout, self._expire)

    def _expire(self) -> None:
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(Refusal.SLOW)
        self.transport.abort()

    def _stop(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


def with_deadlines(
    refuse: Callable[[Refusal], None], *, timeout: float | None = None, most: int | None = None
) -> type[asyncio.Protocol]:
    """The value of uvicorn's `http` option that gives clients deadlines; see `_DeadlineProtocol`."""
    return cast("type[asyncio.Protocol]", partial(_DeadlineProtocol, refuse=refuse, timeout=timeout, most=most))


class _QuietServer(uvicorn.Server):
    """uvicorn inside somebody else's process: leaves the signals alone, says when it serves, and sleeps when idle."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()
        self.ending = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    async def main_loop(self) -> None:
        await self.ending.wait()  # uvicorn's own wakes ten times a second


class SocketServer:
    """An ASGI app on one bound socket, from `start` to `close`. `refuse` hears of what never became a request."""

    def __init__(self, app: ASGIApp, bound: socket.socket, refuse: Callable[[Refusal], None]) -> None:
        self.host: str = bound.getsockname()[0]
        self.port: int = bound.getsockname()[1]
        self._socket = bound
        self._server = _QuietServer(
            uvicorn.Config(
                cast("Any", app),
                http=with_deadlines(refuse),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,  # uvicorn's main loop would keep it up to date
                timeout_graceful_shutdown=_GRACE,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> Self:
        """Serve; returns when requests are answered."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name=f"receiver-{self.port}")
        started = asyncio.create_task(self._server.serving.wait())
        try:
            await asyncio.wait((self._task, started), return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                self._task.result()
        except BaseException:
            self._abort()
            raise
        finally:
            started.cancel()
        return self

    async def close(self) -> None:
        """Take no more connections, let running requests end (2 s), and give the port back."""
        if not self._task:
            self._socket.close()
            return
        self._server.ending.set()
        try:
            await asyncio.wait((self._task,), timeout=_GRACE + 3)
        finally:
            self._abort()

    def _abort(self) -> None:
        for server in getattr(self._server, "servers", ()):
            server.close()
        self._socket.close()
        if self._task:
            self._task.cancel()

    @property
    def address(self) -> str:
        """Where it listens, as `http://host:port`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
