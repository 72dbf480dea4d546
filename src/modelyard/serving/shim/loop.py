"""The replica's one loop: read what has come, predict what waits together, answer.

Nothing waits for company: requests gather only while the model is busy with others.
"""

from __future__ import annotations

import selectors
import signal
import socket
import time
import traceback
from collections import deque
from typing import Any

from . import frames
from .batches import Job, take
from .failures import BadInput, NotSupported, PredictionFailed, TooManyRows
from .model import Answer, Model, refusal

BUFFER = bytearray(1 << 18)  # one for all, as only one is read at a time
BACKLOG = 128


class Connection:
    """One of the server's; what it does not take at once is kept until it does."""

    def __init__(self, peer: socket.socket, selector: selectors.BaseSelector) -> None:
        peer.setblocking(False)
        self._peer = peer
        self._selector = selector
        self._frames = frames.Reader()
        self._answers: list[bytes] = []
        self._unsent = memoryview(b"")
        selector.register(peer, selectors.EVENT_READ, self)
        self.open = True

    def read(self) -> list[frames.Frame]:
        """What has come. Closes where the server is gone, or does not keep to the limits."""
        found: list[frames.Frame] = []
        try:
            while self.open:
                size = self._peer.recv_into(BUFFER)
                found += self._frames.feed(bytes(memoryview(BUFFER)[:size]))
                if not size:
                    self.close()
                if size < len(BUFFER):
                    break
        except BlockingIOError:
            pass
        except (OSError, frames.FrameTooLarge):
            self.close()
        return found

    def answer(self, number: int, answer: Answer) -> None:
        code, header, body = answer
        try:
            self._answers.append(frames.pack(code, number, header, body))
        except frames.FrameTooLarge as error:
            self.answer(number, refusal(PredictionFailed(f"The model's answer is too large: {error}")))

    def flush(self) -> None:
        """One write for all answers that are ready."""
        if not self.open or not (self._answers or self._unsent):
            return
        waiting = bool(self._unsent)
        data = memoryview(b"".join([self._unsent, *self._answers]))
        self._answers.clear()
        try:
            self._unsent = data[self._peer.send(data) :]
        except BlockingIOError:
            self._unsent = data
        except OSError:
            self.close()
            return
        if bool(self._unsent) != waiting:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
            self._selector.modify(self._peer, events, self)

    def finish(self) -> None:
        """The last words, however long they take."""
        self._peer.setblocking(True)
        self.flush()
        self.close()

    def close(self) -> None:
        if self.open:
            self.open = False
            self._selector.unregister(self._peer)
            self._peer.close()


class Loop:
    """On SIGTERM, what has been read is answered first."""

    def __init__(self, model: Model, path: str) -> None:
        self._model = model
        self._waiting: deque[Job] = deque()
        self._connections: set[Connection] = set()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen(BACKLOG)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._ending = False

    def run(self) -> None:
        """Until SIGTERM."""
        signal.set_wakeup_fd(self._wake.fileno())
        signal.signal(signal.SIGTERM, self._end)
        while not self._ending or self._waiting:
            self._look(None if not self._waiting else 0)
            self._flush()
            self._predict()
            self._flush()
        self._listener.close()
        for connection in self._connections:
            if connection.open:
                connection.finish()

    def _end(self, *_: Any) -> None:
        self._ending = True

    def _flush(self) -> None:
        for connection in self._connections:
            connection.flush()

    def _look(self, seconds: float | None) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._woken:
                self._woken.recv(64)
            elif isinstance(key.data, Connection):
                for frame in key.data.read():
                    self._take_in(key.data, frame)
                if not key.data.open:
                    self._forget(key.data)

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except OSError:
            return
        self._connections.add(Connection(peer, self._selector))

    def _forget(self, connection: Connection) -> None:
        """Nobody waits for its answers any more."""
        self._connections.discard(connection)
        self._model.leave(connection)
        self._waiting = deque(job for job in self._waiting if job.connection is not connection)

    def _take_in(self, connection: Connection, frame: frames.Frame) -> None:
        """Each request is read alone: one that is wrong is answered now and never joins others."""
        if frame.code in {frames.PREDICT, frames.NEXT}:
            try:
                self._waiting.append(self._model.job(connection, frame))
            except (BadInput, NotSupported, TooManyRows) as error:
                connection.answer(frame.number, refusal(error))
            except Exception as error:  # noqa: BLE001 - a request must not take the replica with it
                traceback.print_exc()
                told = f"The request could not be read for the model: {type(error).__name__}"
                connection.answer(frame.number, refusal(PredictionFailed(told)))
        elif frame.code == frames.CANCEL:
            self._waiting = deque(
                job for job in self._waiting if (job.connection, job.number) != (connection, frame.number)
            )
        elif frame.code == frames.STOP:
            self._model.stop(connection, frame)
        elif frame.code == frames.PROBE:
            connection.answer(frame.number, self._model.probe())
        elif frame.code == frames.DESCRIBE:
            connection.answer(frame.number, self._model.description())
        else:
            connection.answer(frame.number, refusal(BadInput(f"There is no operation {frame.code}")))

    def _predict(self) -> None:
        """One batch; those whose callers have given up are dropped."""
        now = time.monotonic()
        while self._waiting and 0 < self._waiting[0].deadline < now:
            self._waiting.popleft()
        if not self._waiting:
            return
        jobs = [job for job in take(self._waiting, self._model.most_rows) if not 0 < job.deadline < now]
        for job, answer in zip(jobs, self._model.answers(jobs)):
            job.connection.answer(job.number, answer)
