"""Constant load over HTTP: every answer is looked at, and every request that has none is a failure."""

import asyncio
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

PAUSE = 0.002
PATIENCE = 300.0
BODY = b'{"inputs": {"a": [1.0]}}'


@dataclass(slots=True)
class Load:
    """`connections` clients that keep their connections and ask again as soon as they have an answer, from a thread.

    `answers` counts by version; `failures` are sentences, of which there should be none. A client leaves for good when
    the server says that it closes the connection.
    """

    url: str
    endpoint: str
    connections: int = 16
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    left: int = 0
    _over: bool = False
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        self.more(self.connections)
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def more(self, number: int) -> None:
        """Waits until so many more answers have come."""
        wanted, until = self.answers.total() + number, time.monotonic() + PATIENCE
        while self.answers.total() < wanted and not self.failures:
            assert time.monotonic() < until, f"{self.answers.total()} answers, not {wanted}"
            time.sleep(0.01)
        self.check()

    def until_all_left(self) -> None:
        """Waits until the server has sent every client away."""
        until = time.monotonic() + PATIENCE
        while self.left < self.connections and not self.failures:
            assert time.monotonic() < until, f"{self.connections - self.left} are still there"
            time.sleep(0.01)
        self.check()

    def check(self) -> None:
        assert not self.failures, f"{len(self.failures)} of {self.answers.total()}: {self.failures[:5]}"

    async def _run(self) -> None:
        await asyncio.gather(*(self._ask() for _ in range(self.connections)))

    async def _ask(self) -> None:
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = f"POST /endpoints/{self.endpoint}/invocations HTTP/1.1\r\nHost: {address.netloc}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
        try:
            while not self._over:
                started = time.monotonic()
                writer.write(head.encode() + BODY)
                try:
                    stays = self._judge(*await _answer(reader))
                except (OSError, EOFError) as error:
                    self.failures.append(f"no answer: {error!r}")
                    return
                self.slowest = max(self.slowest, time.monotonic() - started)
                if not stays:
                    return
                await asyncio.sleep(PAUSE)
        finally:
            self.left += 1
            writer.transport.abort()

    def _judge(self, status: int, headers: dict[str, str], body: bytes) -> bool:
        """Whether the connection stays."""
        version = headers.get("x-model-version", "")
        if status != 200:
            self.failures.append(f"{status}: {body.decode()[:200]}")
        elif json.loads(body)["predictions"] != [float(version)]:
            self.failures.append(f"version {version} answered {body.decode()}")
        self.answers[version] += 1
        return headers.get("connection", "") != "close"


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))
