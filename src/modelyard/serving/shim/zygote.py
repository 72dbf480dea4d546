"""A process that has imported what models of one environment need, and becomes a replica by a fork.

It never loads a model and holds no credentials. Over a socket the server tells it what to import and what to fork;
it tells the server who was born, and who died how.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import traceback
from typing import Any, NoReturn

from . import libraries, lifeline, replica

MESSAGE = 1 << 16


def main(descriptor: str) -> NoReturn:
    """Until the server closes the socket."""
    held = lifeline.tie()
    Zygote(socket.socket(fileno=int(descriptor)), held).run()
    os._exit(0)


class Zygote:
    def __init__(self, server: socket.socket, lifeline: int) -> None:
        self._server = server
        self._lifeline = lifeline
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(server, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def run(self) -> None:
        signal.set_wakeup_fd(self._wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    self._reap()
                elif not self._obey():
                    return

    def _obey(self) -> bool:
        """One order; false when there will be no more."""
        order, descriptors, _, _ = socket.recv_fds(self._server, MESSAGE, 2)
        if not order:
            return False
        told = json.loads(order)
        if "modules" in told:
            _import(told["modules"])
        else:
            self._fork(told, descriptors)
        return True

    def _fork(self, order: dict[str, Any], descriptors: list[int]) -> None:
        """The child's standard input is its lifeline, and its words go to its log."""
        child = os.fork()
        if not child:
            self._become_replica(order["plan"], order["folder"], *descriptors)
        handle = os.pidfd_open(child)
        told = {"number": order["number"], "born": child}
        socket.send_fds(self._server, [json.dumps(told).encode()], [handle])
        for descriptor in (*descriptors, handle):
            os.close(descriptor)

    def _become_replica(self, plan: str, folder: str, stdin: int, log: int) -> NoReturn:
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            for end in (self._server, self._wake, self._woken):
                end.close()
            for source, target in ((stdin, 0), (log, 1), (log, 2)):
                os.dup2(source, target)
            for descriptor in (stdin, log, self._lifeline):
                os.close(descriptor)
            os.chdir(folder)
            replica.main(plan)
        except BaseException:  # noqa: BLE001 - whatever it is, the code of the zygote must not go on in the child
            traceback.print_exc()
        finally:
            os._exit(1)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(ended.si_pid, signal.SIGKILL)  # what it started ends with it
            _, status = os.waitpid(ended.si_pid, 0)
            told = {"died": ended.si_pid, "code": os.waitstatus_to_exitcode(status)}
            self._server.send(json.dumps(told).encode())


def _import(modules: list[str]) -> None:
    libraries.load((*modules, f"{__package__}.loop"))
    # What is there now is shared by all forks; a collection in one of them would copy it.
    gc.collect()
    gc.freeze()
