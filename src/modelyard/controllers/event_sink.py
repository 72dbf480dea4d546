import asyncio
import contextlib
import logging

from modelyard.controllers.courier import HttpCourier
from modelyard.domain.serving_options import PayloadLog
from modelyard.serving.payloads.entry import Entry
from modelyard.serving.payloads.events import events_of

log = logging.getLogger("modelyard.payloads")
MOST_WAITING = 1000
SIDE_BY_SIDE = 4


class EventSink:
    """Sends logged payloads as CloudEvents, each once; what comes faster than receivers take it is dropped and counted.

    Receivers are called as webhooks are: to public addresses only, unless the server was told otherwise.
    """

    def __init__(self, courier: HttpCourier, source: str) -> None:
        self._courier = courier
        self._source = source
        self._queue: asyncio.Queue[tuple[Entry, PayloadLog]] = asyncio.Queue(MOST_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self.sent = 0
        self.dropped = 0
        self.refused = 0

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._send(), name=f"event sink {at}") for at in range(SIDE_BY_SIDE)]

    async def stop(self) -> None:
        """What still waits is not sent."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def offer(self, entry: Entry, options: PayloadLog) -> None:
        """Takes an entry to send, if there is room. To be called on the event loop."""
        try:
            self._queue.put_nowait((entry, options))
        except asyncio.QueueFull:
            self.dropped += 1

    async def _send(self) -> None:
        while True:
            entry, options = await self._queue.get()
            for event in events_of(entry, options.mode, self._source):
                answer = await self._courier.post(options.sink, event.headers, event.body)
                if answer.status is not None and 200 <= answer.status < 300:
                    self.sent += 1
                else:
                    self.refused += 1
                    log.debug("an event for %s was not taken: %s", entry.endpoint, answer.error or answer.status)
