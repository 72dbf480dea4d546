"""A replica that starts in an instant: `python -S light_replica.py SOCKET SPEC`; needs nothing but Python.

It reads lines `id rows` and answers `id ok|invalid|failed text`. SPEC is a JSON object: `value` is what it predicts;
`seconds` that each answer takes; `fails` of ten answers are errors; `refuses` of ten say that the request is wrong;
`broken` ends it before it listens; `crashes` after so many answers; `loading` seconds it takes. (light.py takes
`preparing` seconds before it starts it.)
"""

import heapq
import json
import os
import select
import socket
import sys
import time
from typing import Any


class Replica:
    def __init__(self, path: str, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        self.poller = select.epoll()
        self.poller.register(self.listener, select.EPOLLIN)
        self.poller.register(0, select.EPOLLIN | select.EPOLLHUP)
        self.connections: dict[int, socket.socket] = {}
        self.received: dict[int, bytes] = {}
        self.due: list[tuple[float, int, int, str]] = []
        self.count = 0

    def run(self) -> None:
        while True:
            for number, _ in self.poller.poll(max(0.0, self.due[0][0] - time.monotonic()) if self.due else -1):
                if number == 0:
                    sys.exit(0)  # our server is gone
                elif number == self.listener.fileno():
                    self.accept()
                else:
                    self.read(number)
            while self.due and self.due[0][0] <= time.monotonic():
                self.answer(*heapq.heappop(self.due)[1:])

    def accept(self) -> None:
        connection, _ = self.listener.accept()
        self.connections[connection.fileno()] = connection
        self.received[connection.fileno()] = b""
        self.poller.register(connection, select.EPOLLIN)

    def read(self, number: int) -> None:
        data = self.connections[number].recv(1 << 16)
        if not data:
            self.poller.unregister(number)
            self.connections.pop(number).close()
            return
        *lines, self.received[number] = (self.received[number] + data).split(b"\n")
        for line in lines:
            self.count += 1
            if self.count > self.spec.get("crashes", self.count):
                os._exit(9)
            key = line.decode().partition(" ")[0]
            heapq.heappush(self.due, (time.monotonic() + self.spec.get("seconds", 0), self.count, number, key))

    def answer(self, place: int, number: int, key: str) -> None:
        said = "ok"
        if place % 10 < self.spec.get("fails", 0):
            said = "failed"
        elif place % 10 < self.spec.get("refuses", 0):
            said = "invalid"
        if number in self.connections:
            self.connections[number].sendall(f"{key} {said} {json.dumps(self.spec.get('value'))}\n".encode())


def main(path: str, spec: dict[str, Any]) -> None:
    time.sleep(spec.get("loading", 0))
    if spec.get("broken"):
        print('{"reason": "LoadFailed", "message": "the model is broken"}')
        sys.exit(3)
    Replica(path, spec).run()


main(sys.argv[1], json.loads(sys.argv[2]))
