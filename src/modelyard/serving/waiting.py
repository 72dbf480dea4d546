import asyncio
import contextlib
from collections import deque

from modelyard.domain.errors import Overloaded


class Queue:
    """Requests that wait for something to change; who came first is woken first.

    Whoever was woken looks whether it can go on, and if not, waits again at the front.
    """

    __slots__ = ("_most", "_name", "_waiting")

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._waiting: deque[asyncio.Future[bool]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    async def wait(self, seconds: float, *, again: bool = False) -> bool:
        """Whether it was woken within `seconds`. Raises Overloaded when no more may wait."""
        if not again and len(self._waiting) >= self._most:
            raise Overloaded(f"{len(self._waiting)} requests wait for '{self._name}' already; try again later")
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        if again:
            self._waiting.appendleft(woken)
        else:
            self._waiting.append(woken)
        limit = loop.call_later(max(seconds, 0), self._expire, woken)
        try:
            return await woken
        except asyncio.CancelledError:
            if not woken.cancelled() and woken.result():
                self.wake(1)  # it was this one's turn, and is the next one's now
            self._leave(woken)
            raise
        finally:
            limit.cancel()

    def wake(self, number: int) -> None:
        """Lets the first `number` look again."""
        while number > 0 and self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(True)
                number -= 1

    def wake_all(self) -> None:
        self.wake(len(self._waiting))

    def _expire(self, woken: asyncio.Future[bool]) -> None:
        self._leave(woken)
        if not woken.done():
            woken.set_result(False)

    def _leave(self, woken: asyncio.Future[bool]) -> None:
        with contextlib.suppress(ValueError):
            self._waiting.remove(woken)
