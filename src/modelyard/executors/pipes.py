"""One thread that waits for all pipes: to start one for each would cost more than to read it."""

import logging
import os
import select
import threading
from collections.abc import Callable

log = logging.getLogger("modelyard.pipes")
Reader = Callable[[], bool]


class _Pipes:
    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._readers: dict[int, Reader] = {}
        threading.Thread(target=self._run, name="pipes", daemon=True).start()

    def add(self, descriptor: int, reader: Reader) -> None:
        self._readers[descriptor] = reader
        self._epoll.register(descriptor, select.EPOLLIN)

    def _run(self) -> None:
        while True:
            for descriptor, _ in self._epoll.poll():
                if not self._goes_on(self._readers[descriptor]):
                    self._epoll.unregister(descriptor)
                    del self._readers[descriptor]
                    os.close(descriptor)

    @staticmethod
    def _goes_on(reader: Reader) -> bool:
        try:
            return reader()
        except Exception:  # the other pipes have nothing to do with it
            log.exception("a pipe cannot be read")
            return False


_lock = threading.Lock()
_pipes: list[_Pipes] = []


def watch(descriptor: int, reader: Reader) -> None:
    """Has `reader` called when there is something to read, or the end, until it says no; then closes the pipe."""
    with _lock:
        if not _pipes:
            _pipes.append(_Pipes())
    _pipes[0].add(descriptor, reader)
