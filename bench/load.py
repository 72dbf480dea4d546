"""A keep-alive HTTP/1.1 load generator that costs a hundredth of the servers it drives.

Clients are generators that yield pre-rendered requests and receive bodies; one epoll thread runs them all.
"""

import json
import select
import socket
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Client = Generator[bytes, bytes, None]
_MOST_IDLE = 2.0  # uvicorn closes after 5 s


@dataclass(slots=True)
class Outcome:
    """Seconds per request in order of completion, what went wrong, and how long it all took."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        return (len(self.latencies) - len(self.errors)) / self.elapsed

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Target:
    """A server to send to, and requests to it as bytes."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._head = f"Host: {self.address[0]}:{self.address[1]}\r\nAccept: */*\r\n"

    def post(self, path: str, body: object) -> bytes:
        sent = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        )
        return head.encode() + sent

    def get(self, path: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode()


class Connection:
    """One keep-alive connection that opens itself again when the server has closed it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._last = 0.0

    def send(self, request: bytes) -> int:
        """Returns the socket's number."""
        if self._socket is None or time.perf_counter() - self._last > _MOST_IDLE:
            self.close()
            self._socket = socket.create_connection(self._target.address, timeout=300)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._buffer = bytearray()
        self._socket.sendall(request)
        return self._socket.fileno()

    def receive(self) -> tuple[int, bytes] | None:
        """Status and body once a whole answer has come, else None after reading what is there."""
        if self._socket is None:
            raise ConnectionError("not connected")
        part = self._socket.recv(1 << 18)
        if not part:
            raise ConnectionError(f"closed by the server after {bytes(self._buffer[:200])!r}")
        self._buffer += part
        answer = _whole_answer(self._buffer)
        if answer is not None:
            self._last = time.perf_counter()
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _whole_answer(buffer: bytearray) -> tuple[int, bytes] | None:
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    status, start, head = int(buffer[9:12]), end + 4, bytes(buffer[:end]).lower()
    at = head.find(b"content-length:")
    if at < 0:
        return _chunked(status, buffer, start)
    size = int(head[at + 15 :].split(b"\r\n", 1)[0])
    if len(buffer) < start + size:
        return None
    body = bytes(buffer[start : start + size])
    del buffer[: start + size]
    return status, body


def _chunked(status: int, buffer: bytearray, position: int) -> tuple[int, bytes] | None:
    if not buffer.endswith(b"0\r\n\r\n"):  # one request at a time, so nothing follows the last chunk
        return None
    parts = []
    while True:
        line = buffer.find(b"\r\n", position)
        size = int(bytes(buffer[position:line]).split(b";")[0], 16)
        if size == 0:
            break
        parts.append(bytes(buffer[line + 2 : line + 2 + size]))
        position = line + 4 + size
    buffer.clear()
    return status, b"".join(parts)


class Session:
    """One client that asks one thing after the other, on a connection that stays open as that of real clients does."""

    def __init__(self, target: Target) -> None:
        self._connection = Connection(target)

    def call(self, request: bytes) -> bytes:
        """Raises RuntimeError unless it is answered with 200."""
        self._connection.send(request)
        while (answer := self._connection.receive()) is None:
            pass
        if answer[0] != 200:
            raise RuntimeError(f"HTTP {answer[0]}: {answer[1][:300]!r}")
        return answer[1]


def drive(target: Target, clients: Sequence[Client]) -> Outcome:
    """Runs every client to its end, each on its own connection; answers other than 200 are noted as errors."""
    outcome = Outcome()
    poll = select.epoll()
    running: dict[int, tuple[Connection, Client, float]] = {}
    known: dict[Connection, int] = {}
    begun = time.perf_counter()

    def ask(connection: Connection, client: Client, request: bytes) -> None:
        sent = time.perf_counter()
        number = connection.send(request)
        if known.get(connection) != number:
            poll.register(number, select.EPOLLIN)
            known[connection] = number
        running[number] = (connection, client, sent)

    for client in clients:
        ask(Connection(target), client, next(client))
    while running:
        for number, _ in poll.poll(1.0):
            connection, client, sent = running[number]
            answer = connection.receive()
            if answer is None:
                continue
            outcome.latencies.append(time.perf_counter() - sent)
            if answer[0] != 200:
                outcome.errors.append(f"HTTP {answer[0]}: {answer[1][:200]!r}")
            try:
                request = client.send(answer[1])
            except StopIteration:
                del running[number]
                connection.close()
                continue
            ask(connection, client, request)
    outcome.elapsed = time.perf_counter() - begun
    poll.close()
    return outcome
