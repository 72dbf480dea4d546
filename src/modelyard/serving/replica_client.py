import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, PredictionFailed, TooLarge, Unavailable
from modelyard.formats.inference import InferenceRequest, Tensor
from modelyard.serving import frames, messages

CONNECTIONS = 16
WAITING = 1000
CONTROL_TIMEOUT = 10.0
RETRY_INTERVAL = 0.02
SOCKET_PATH_LIMIT = 100  # what sun_path holds everywhere
T = TypeVar("T")


class ReplicaLost(Unavailable):
    """The connection to a replica died before its answer came; another one may be asked."""


@dataclass(frozen=True, slots=True)
class Prediction:
    predictions: bytes
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a replica predicted to show that it works; `probed` is None when the model has no logged example."""

    probed: str | None
    rows: int


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def exchange(self, frame: bytes) -> tuple[bytes, bytes]:
        self._writer.write(frame)
        await self._writer.drain()
        return await frames.read(self._reader)

    def usable(self) -> bool:
        return not self._writer.is_closing() and not self._reader.at_eof()

    def abort(self) -> None:
        self._writer.transport.abort()


class ReplicaClient:
    """Asks one replica over its Unix socket, a connection per request in flight.

    Connections open when needed, so a replica that was restarted on the same socket is simply found again.
    """

    def __init__(self, socket: Path, *, connections: int = CONNECTIONS, waiting: int = WAITING) -> None:
        if len(str(socket).encode()) > SOCKET_PATH_LIMIT:
            raise InvalidInput(f"The socket path {socket} is over {SOCKET_PATH_LIMIT} bytes; use a shorter directory")
        self.socket = socket
        self._idle: list[_Connection] = []
        self._slots = asyncio.Semaphore(connections)
        self._most = connections + waiting
        self._in_flight = 0
        self._closed = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    async def infer(self, request: InferenceRequest, seconds: float) -> Prediction:
        """One prediction.

        Raises InvalidInput, PredictionFailed, TooLarge, DeadlineExceeded after `seconds`, ReplicaLost when the
        replica is gone, Unavailable when too many requests wait already.
        """
        if self._in_flight >= self._most:
            raise Unavailable(f"{self._in_flight} requests wait for this replica already; try again later")
        header, parts = messages.ask(request)
        answer, body = await self._counted(header, parts, seconds)
        outputs = messages.tensors(answer, body)
        return Prediction(predictions=b"" if outputs else body, outputs=outputs)

    async def probe(self, seconds: float) -> Probe:
        """Let the replica predict the model's logged example. Raises as `infer` does."""
        _, body = await self._counted(b'{"op":"probe"}', (), seconds)
        answer = msgspec.json.decode(body, type=messages.ProbeAnswer)
        return Probe(answer.probed, answer.rows)

    async def describe(self) -> messages.Description:
        _, body = await self._counted(b'{"op":"metadata"}', (), CONTROL_TIMEOUT)
        return msgspec.json.decode(body, type=messages.Description)

    async def healthy(self) -> bool:
        """Whether the process answers; a prediction in progress does not delay it."""
        try:
            await self._counted(b'{"op":"health"}', (), CONTROL_TIMEOUT)
        except (Unavailable, DeadlineExceeded):
            return False
        return True

    async def until_listening(self, seconds: float) -> None:
        """Wait until the model is loaded and its socket answers. Raises DeadlineExceeded."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if await self.healthy():
                        return
                    await asyncio.sleep(RETRY_INTERVAL)
        except TimeoutError:
            raise DeadlineExceeded(f"The model was not loaded within {seconds:g} s") from None

    async def drained(self) -> None:
        """Wait until nothing is in flight."""
        await self._empty.wait()

    def close(self) -> None:
        """Take no more requests and drop idle connections; those in use close when their answer has come."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()

    async def _counted(self, header: bytes, parts: tuple[bytes, ...], seconds: float) -> tuple[messages.Answer, bytes]:
        try:
            frame = frames.pack(header, parts)
        except frames.FrameTooLarge:
            raise TooLarge(f"A request to a model may have at most {frames.BODY_LIMIT} bytes") from None
        self._in_flight += 1
        self._empty.clear()
        try:
            async with asyncio.timeout(seconds):
                return _open(*await self._exchange(frame))
        except TimeoutError:
            raise DeadlineExceeded(f"The model did not answer within {seconds:g} s") from None
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._empty.set()

    async def _exchange(self, frame: bytes) -> tuple[bytes, bytes]:
        async with self._slots:
            if self._closed:
                raise ReplicaLost("The model's process was replaced; try again")
            try:
                return await self._ask(self._idle_connection() or await self._connect(), frame)
            except frames.FrameTooLarge:
                raise PredictionFailed(f"The model's answer is over {frames.BODY_LIMIT} bytes") from None
            except (OSError, asyncio.IncompleteReadError):
                raise ReplicaLost("The model's process ended before it answered; try again") from None

    async def _ask(self, connection: _Connection, frame: bytes) -> tuple[bytes, bytes]:
        reusable = False
        try:
            answer = await connection.exchange(frame)
            reusable = not self._closed
        finally:
            # A connection whose answer was not read would give it to the next request.
            if reusable:
                self._idle.append(connection)
            else:
                connection.abort()
        return answer

    def _idle_connection(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable():
                return connection
            connection.abort()
        return None

    async def _connect(self) -> _Connection:
        return _Connection(*await asyncio.open_unix_connection(self.socket))


_ERRORS = {"invalid_input": InvalidInput, "prediction_failed": PredictionFailed, "unavailable": ReplicaLost}


def _open(header: bytes, body: bytes) -> tuple[messages.Answer, bytes]:
    answer = msgspec.json.decode(header, type=messages.Answer)
    if not answer.ok:
        raise _ERRORS.get(answer.error, PredictionFailed)(answer.message)
    return answer, body
