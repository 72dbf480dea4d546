import asyncio
import itertools
import time
from typing import cast

from modelyard.serving.shim import frames
from modelyard.serving.shim.frames import Frame, FrameTooLarge


class Link(asyncio.Protocol):
    """One connection to a replica with many requests under way; an answer is known by its request's number."""

    def __init__(self) -> None:
        self._reader = frames.Reader()
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._numbers = itertools.count(1)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._full = False
        self._emptied = asyncio.Event()
        self._owing = 0.0

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def ready(self) -> bool:
        """Whether a request can be sent at once; what cannot is not piled up here a second time."""
        return self.open and not self._full

    @property
    def stalled(self) -> float:
        """For how many seconds nothing was answered, since somebody gave up waiting; 0 when nobody did."""
        return time.monotonic() - self._owing if self._owing else 0.0

    async def writable(self) -> None:
        """Wait until the replica reads again."""
        while self._full and self.open:
            await self._emptied.wait()

    async def ask(self, code: int, header: bytes, body: bytes, deadline: float) -> Frame:
        """The answer, if it comes before the `deadline` on the clock `time.monotonic`.

        Whoever is cancelled meanwhile has it not predicted. Raises FrameTooLarge, TimeoutError, ConnectionError.
        """
        if self._transport is None:
            raise ConnectionResetError
        number = next(self._numbers) & 0xFFFFFFFF
        frame = frames.pack(code, number, header, body, deadline)
        answer: asyncio.Future[Frame] = self._loop.create_future()
        self._waiting[number] = answer
        self._transport.write(frame)
        timer = self._loop.call_later(deadline - time.monotonic(), self._expire, number)
        try:
            return await answer
        except asyncio.CancelledError:
            if self._waiting.pop(number, None) is not None and self._transport is not None:
                self._transport.write(frames.pack(frames.CANCEL, number))
            raise
        finally:
            timer.cancel()

    def tell(self, code: int, header: bytes) -> None:
        """What is not answered."""
        if self._transport is not None:
            self._transport.write(frames.pack(code, 0, header))

    def _expire(self, number: int) -> None:
        answer = self._waiting.pop(number, None)
        if answer is not None and not answer.done():
            answer.set_exception(TimeoutError())
            self._owing = self._owing or time.monotonic()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._owing = 0.0
        try:
            for frame in self._reader.feed(data):
                answer = self._waiting.pop(frame.number, None)
                if answer is not None and not answer.done():
                    answer.set_result(frame)
        except FrameTooLarge:
            self.close()

    def pause_writing(self) -> None:
        self._full = True
        self._emptied.clear()

    def resume_writing(self) -> None:
        self._full = False
        self._emptied.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        self.resume_writing()
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError())
