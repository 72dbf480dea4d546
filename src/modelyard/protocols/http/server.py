import asyncio
import logging
import socket
import time
from collections.abc import Callable
from email.utils import formatdate

from modelyard.protocols.http.backlog import BACKLOG
from modelyard.protocols.http.connection import Connection
from modelyard.protocols.http.dispatcher import Dispatcher

log = logging.getLogger("modelyard.http")
KEEP_ALIVE = 75.0
"""Seconds: longer than the idle time of clients' connection pools, or they would meet closed connections."""

LONGEST_PAUSE = 600.0
"""Seconds after which a client that reads nothing of its answer is given up: what makes the answer waits for it."""

_TICK = 1.0
_LEAVING = 2.0
_CALM = 0.1


class Server:
    """HTTP/1.1 on a socket that is bound already; `grace` is how many seconds running requests get when it stops."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        grace: float,
        keep_alive: float = KEEP_ALIVE,
        longest_pause: float = LONGEST_PAUSE,
    ) -> None:
        self.connections: set[Connection] = set()
        self.date = _date()
        self.draining = False
        self.handle = dispatcher.handle
        self._grace = grace
        self._keep_alive = keep_alive
        self._longest_pause = longest_pause
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

    def stop(self) -> None:
        """Finish what runs; the second time, do not wait for it."""
        if self.draining:
            self._hurry.set()
        self.draining = True
        self._stopping.set()

    async def serve(self, bound: socket.socket, listening: Callable[[], None]) -> None:
        """Until it was stopped; `listening` is called once when clients may come."""
        listener = await asyncio.get_running_loop().create_server(lambda: Connection(self), sock=bound, backlog=BACKLOG)
        listening()
        while not await _happens(self._stopping, _TICK):
            self.date = _date()
            for connection in self._quiet_for(self._keep_alive):
                connection.shut()
            for connection in self._full_for(self._longest_pause):
                connection.cancel()
        await self._ask_to_leave()
        listener.close()
        await self._drain()

    async def _ask_to_leave(self) -> None:
        """Answers say that the connection ends; to close it at once might meet a request that is on its way."""
        until = time.monotonic() + _LEAVING
        while not await _happens(self._hurry, _CALM) and time.monotonic() < until:
            if len(self._quiet_for(_CALM)) == len(self.connections):
                return

    def _quiet_for(self, seconds: float) -> list[Connection]:
        moment = time.monotonic() - seconds
        return [connection for connection in self.connections if connection.is_quiet_since(moment)]

    def _full_for(self, seconds: float) -> list[Connection]:
        moment = time.monotonic() - seconds
        return [connection for connection in self.connections if connection.is_full_since(moment)]

    async def _drain(self) -> None:
        for connection in list(self.connections):
            connection.shut()
        until = time.monotonic() + self._grace
        while self.connections and time.monotonic() < until:
            if await _happens(self._hurry, 0.05):
                break
        if self.connections:
            log.warning("%d requests were not finished in time", len(self.connections))
        for connection in list(self.connections):
            connection.cancel()


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _date() -> bytes:
    return f"date: {formatdate(usegmt=True)}\r\n".encode()
