import asyncio
import itertools
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from modelyard.domain.errors import (
    DeadlineExceeded,
    InvalidInput,
    ModelyardError,
    NotSupported,
    PredictionFailed,
    TooLarge,
    Unavailable,
)
from modelyard.formats.inference import Form, InferenceRequest, Tensor
from modelyard.serving import launch, messages
from modelyard.serving.link import Link
from modelyard.serving.shim import frames, health
from modelyard.serving.shim.frames import Frame, FrameTooLarge

WAITING = 1000
CONTROL_TIMEOUT = 10.0
RETRY_INTERVAL = 0.01
SOCKET_PATH_LIMIT = 100  # what sun_path holds everywhere
_ERRORS: dict[int, type[ModelyardError]] = {
    frames.INVALID: InvalidInput,
    frames.FAILED: PredictionFailed,
    frames.UNSUPPORTED: NotSupported,
    frames.TOO_LARGE: TooLarge,
}
_WELL = (frames.DONE, frames.ENDED)


class ReplicaLost(Unavailable):
    """The connection to a replica died before its answer came; another one may be asked."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """`predictions` as JSON text, or `outputs` when tensors were asked with.

    `whole` predictions are all that was answered, by a transformer that answers in its own way.
    """

    predictions: bytes
    outputs: tuple[Tensor, ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """What a replica predicted to show that it works; `probed` is None when the model has no logged example."""

    probed: str | None
    rows: int


class ReplicaClient:
    """Asks one replica: all requests over one connection to its Unix socket.

    It is opened when needed, so a replica that was started again on the same socket is simply found again.
    """

    def __init__(self, socket: Path, *, waiting: int = WAITING) -> None:
        self.socket = socket
        self._health = launch.health_socket(socket)
        if len(str(self._health).encode()) > SOCKET_PATH_LIMIT:
            raise InvalidInput(f"The socket path {socket} is over {SOCKET_PATH_LIMIT} bytes; use a shorter directory")
        self._most = waiting
        self._link: Link | None = None
        self._connecting = asyncio.Lock()
        self._in_flight = 0
        self._closed = False
        self._names = itertools.count(1)
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def stalled(self) -> float:
        """For how many seconds it has answered nothing since somebody gave up waiting for it."""
        return 0.0 if self._link is None else self._link.stalled

    async def infer(self, request: InferenceRequest, seconds: float) -> Prediction:
        """One prediction.

        Raises InvalidInput, NotSupported, PredictionFailed, TooLarge, DeadlineExceeded after `seconds`, ReplicaLost
        when the replica is gone, Unavailable when too many requests wait already.
        """
        if self._in_flight >= self._most:
            raise Unavailable(f"{self._in_flight} requests wait for this replica already; try again later")
        header, body = messages.ask(request)
        return _prediction(request, await self._ask(frames.PREDICT, header, body, seconds))

    async def stream(self, request: InferenceRequest, deadline: float) -> AsyncGenerator[Prediction, None]:
        """The pieces of one answer as the model makes them, until the `deadline` on the clock `time.monotonic`.

        The next one is made when it is asked for; whoever asks no more should close the iterator. Raises as `infer`.
        """
        if self._in_flight >= self._most:
            raise Unavailable(f"{self._in_flight} requests wait for this replica already; try again later")
        link: Link | None = None
        name = str(next(self._names))
        header, body = messages.ask(request, name)
        allowed = deadline - time.monotonic()
        self._begin()
        try:
            answer = await self._ask(frames.PREDICT, header, body, allowed)
            link = self._link
            while answer.code != frames.ENDED:
                yield _prediction(request, answer)
                answer = await self._ask(frames.NEXT, name.encode(), b"", deadline - time.monotonic(), link)
        except DeadlineExceeded:
            raise DeadlineExceeded(f"The model had not said all within {allowed:.3g} s") from None
        finally:
            if (used := link or self._link) is not None:
                used.tell(frames.STOP, name.encode())
            self._end()

    async def probe(self, seconds: float) -> Probe:
        """Let the replica predict the model's logged example. Raises as `infer` does."""
        answer = await self._ask(frames.PROBE, b"", b"", seconds)
        found = msgspec.json.decode(answer.body, type=messages.ProbeAnswer)
        return Probe(found.probed, found.rows)

    async def describe(self) -> messages.Description:
        """What the replica is; asked in turn with the predictions."""
        answer = await self._ask(frames.DESCRIBE, b"", b"", CONTROL_TIMEOUT)
        return msgspec.json.decode(answer.body, type=messages.Description)

    async def healthy(self) -> bool:
        """Whether the process answers; a prediction in progress does not delay it."""
        try:
            async with asyncio.timeout(CONTROL_TIMEOUT):
                reader, writer = await asyncio.open_unix_connection(self._health)
                try:
                    return await reader.read(len(health.ALIVE)) == health.ALIVE
                finally:
                    writer.transport.abort()
        except (OSError, TimeoutError):
            return False

    async def until_listening(self, seconds: float) -> None:
        """Wait until the model is loaded and its socket answers. Raises DeadlineExceeded."""
        try:
            async with asyncio.timeout(seconds):
                while not await self.healthy():  # noqa: ASYNC110 - a file that appears wakes nobody
                    await asyncio.sleep(RETRY_INTERVAL)
        except TimeoutError:
            raise DeadlineExceeded(f"The model was not loaded within {seconds:g} s") from None

    async def drained(self) -> None:
        """Wait until nothing is in flight."""
        await self._empty.wait()

    def close(self) -> None:
        """Take no more requests; the connection closes when the answers under way have come."""
        self._closed = True
        self._part()

    async def _ask(self, code: int, header: bytes, body: bytes, seconds: float, link: Link | None = None) -> Frame:
        deadline = time.monotonic() + seconds
        self._begin()
        try:
            if link is None:
                link = self._link
                if self._closed or link is None or not link.ready:
                    link = await self._linked(seconds)
            answer = await link.ask(code, header, body, deadline)
        except TimeoutError:
            raise _late(seconds) from None
        except OSError:
            raise ReplicaLost("The model's process ended before it answered; try again") from None
        except FrameTooLarge:
            raise TooLarge(f"A request to a model may have at most {frames.BODY_LIMIT} bytes") from None
        finally:
            self._end()
        if answer.code not in _WELL:
            if time.monotonic() >= deadline:  # it gave up because of that, and said so before we noticed
                raise _late(seconds)
            raise _ERRORS.get(answer.code, PredictionFailed)(answer.body.decode("utf-8", "replace"))
        return answer

    def _begin(self) -> None:
        self._in_flight += 1
        self._empty.clear()

    def _end(self) -> None:
        self._in_flight -= 1
        if not self._in_flight:
            self._empty.set()
            if self._closed:
                self._part()

    async def _linked(self, seconds: float) -> Link:
        """A connection that takes a request now. Raises TimeoutError, OSError, ReplicaLost."""
        async with asyncio.timeout(seconds):
            async with self._connecting:
                if self._closed:
                    raise ReplicaLost("The model's process was replaced; try again")
                if self._link is None or not self._link.open:
                    self._link = await self._connect()
            await self._link.writable()
        return self._link

    async def _connect(self) -> Link:
        _, link = await asyncio.get_running_loop().create_unix_connection(Link, str(self.socket))
        return link

    def _part(self) -> None:
        if self._link is not None and not self._in_flight:
            self._link.close()
            self._link = None


def _prediction(request: InferenceRequest, answer: Frame) -> Prediction:
    if answer.header:
        return Prediction(b"", messages.tensors(answer.header, answer.body))
    return Prediction(answer.body, (), whole=request.form is Form.DOCUMENT)


def _late(seconds: float) -> DeadlineExceeded:
    return DeadlineExceeded(f"The model did not answer within {seconds:.3g} s")
