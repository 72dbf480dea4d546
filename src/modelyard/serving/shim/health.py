"""Whether the process lives, told beside the loop: a prediction that is going on does not delay it."""

from __future__ import annotations

import contextlib
import socket
import threading

ALIVE = b"alive"


def listen(path: str) -> None:
    """Whoever connects is told."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=_answer, args=(listener,), name="health", daemon=True).start()


def _answer(listener: socket.socket) -> None:
    while True:
        with contextlib.suppress(OSError), listener.accept()[0] as peer:
            peer.sendall(ALIVE)
