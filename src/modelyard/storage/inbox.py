import asyncio
import threading
from collections.abc import Callable, Sequence

from modelyard.storage.group import Change

_MOST_LOOKS = 16


class Inbox:
    """Where changes gather before the writer is woken, once for all that an event loop finds to do.

    Waking the writer for each would make groups of one, each with a commit of its own, and have both threads ask for
    the interpreter at once. So the inbox is handed over when the loop has gone round once and nothing more has come: a
    few microseconds for who is alone, some turns of the loop under load.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, hand_over: Callable[[Sequence[Change]], None]) -> None:
        self.loop = loop
        self._hand_over = hand_over
        self._changes: list[Change] = []
        self._taking = threading.Lock()  # a database may be closed by another thread

    def add(self, change: Change) -> None:
        self._changes.append(change)
        if len(self._changes) == 1:
            self.loop.call_soon(self._look, 0, 0)

    def empty(self) -> None:
        """Hands over what is there."""
        with self._taking:
            changes, self._changes = self._changes, []
        if changes:
            self._hand_over(changes)

    def _look(self, before: int, looks: int) -> None:
        if len(self._changes) > before and looks < _MOST_LOOKS:
            self.loop.call_soon(self._look, len(self._changes), looks + 1)
        else:
            self.empty()
