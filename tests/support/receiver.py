"""A receiver of webhooks: a real HTTP server on this machine that remembers what it was sent."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["x-mlflow-delivery-id"]

    @property
    def event(self) -> str:
        return f"{self.document['entity']}.{self.document['action']}"

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read

    @property
    def data(self) -> dict[str, Any]:
        told: dict[str, Any] = self.document["data"]
        return told


Answering = Callable[[Received], int]


def taking(_: Received) -> int:
    return 204


@dataclass(slots=True)
class Receiver:
    """`answering` says the status for each message, and may take its time."""

    url: str
    answering: Answering = taking
    seen: list[Received] = field(default_factory=list)
    _new: queue.SimpleQueue[Received] = field(default_factory=queue.SimpleQueue)

    def next(self) -> Received:
        """The next one that has not been asked for; waits for it."""
        return self._new.get(timeout=PATIENCE)

    def keep(self, received: Received) -> int:
        self.seen.append(received)
        self._new.put(received)
        return self.answering(received)


@contextmanager
def receiver(
    answering: Answering = taking, headers: dict[str, str] | None = None, body: bytes = b""
) -> Iterator[Receiver]:
    """Listens on a free port while the context is open, and answers with these headers and this body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = {key.lower(): value for key, value in self.headers.items()}
            status = opened.keep(Received(self.path, sent, self.rfile.read(int(sent["content-length"]))))
            self.send_response(status)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            if body:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        opened = Receiver(f"http://127.0.0.1:{server.server_port}", answering)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield opened
        finally:
            server.shutdown()
            thread.join()
