"""A process that has imported what steps of one environment need, and becomes a step by a fork.

It runs no code of a step and holds no credentials. Over a socket the server tells it what to import, what to fork and
whom to end; it tells the server who was born, and who died how. When the server is gone, all its steps are, too.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from typing import Any, NoReturn

from . import confine, marker, step, tree

MESSAGE = 1 << 16
INTERVAL = 0.1
PATIENCE = 5.0  # with what was killed and does not end, as when a disk does not answer
MEMORY, PROCESSES = "memory", "processes"


def main(descriptor: str) -> NoReturn:
    """Until the server closes the socket, or ends."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends when its steps have
    confine.adopt_orphans()
    zygote = Zygote(socket.socket(fileno=int(descriptor)))
    try:
        zygote.run()
    finally:
        zygote.end_all()
        os._exit(0)


class Step:
    """`why` says who ends it, if not itself; `spared` are those who were asked to end and may take their time."""

    def __init__(self, folder: str, memory: int, processes: int) -> None:
        self.folder = folder
        self.memory = memory
        self.processes = processes
        self.why = ""
        self.spared: set[int] = set()
        self.code: int | None = None

    @property
    def ended_by_itself(self) -> bool:
        """What was killed may have been so because the server has ended; then its lifeline does it."""
        return self.code != -signal.SIGKILL


class Zygote:
    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self._steps: dict[int, Step] = {}
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(server, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._looked = time.monotonic()

    def run(self) -> None:
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            for key, _ in self._selector.select(INTERVAL if self._steps else None):
                if key.fileobj is self._woken:
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                    self._reap()
                elif not self._obey():
                    return
            if time.monotonic() - self._looked >= INTERVAL:
                self._look()
                self._looked = time.monotonic()

    def end_all(self) -> None:
        """Without markers for those that had not ended: nobody knows how they would have."""
        self._reap()
        running = [pid for pid, step_ in self._steps.items() if step_.code is None]
        self._steps.clear()
        tree.kill(running)
        self._sweep()

    def _obey(self) -> bool:
        """One order; false when there will be no more."""
        try:
            order, descriptors, _, _ = socket.recv_fds(self._server, MESSAGE, 3)
        except ConnectionError:
            return False
        if not order:
            return False
        told = json.loads(order)
        if "modules" in told:
            _import(told["modules"])
        elif "signal" in told:
            self._end(told["pid"], told["signal"], told["why"])
        else:
            self._fork(told, descriptors)
        return True

    def _fork(self, order: dict[str, Any], descriptors: list[int]) -> None:
        child = os.fork()
        if not child:
            self._selector.close()
            for end in (self._server, self._wake, self._woken):
                end.close()
            step.become(order["folder"], *descriptors)
        self._steps[child] = Step(order["folder"], order["memory"], order["processes"])
        handle = os.pidfd_open(child)
        told = {"number": order["number"], "born": child}
        socket.send_fds(self._server, [json.dumps(told).encode()], [handle])
        for descriptor in (*descriptors, handle):
            os.close(descriptor)

    def _end(self, pid: int, number: int, why: str) -> None:
        step_ = self._steps.get(pid)
        if step_ is None:
            return
        step_.why = step_.why or why
        everybody = tree.members([pid] if step_.code is None else step_.spared)
        if number == signal.SIGKILL:
            tree.kill(everybody)
            step_.spared.clear()
            self._finish_those_without_company()
        else:
            step_.spared.update(everybody)
            tree.tell(everybody, number)

    def _reap(self) -> None:
        """Ends are told when nothing is left of a step: what lost its parent became our child, and is no step."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            step_ = self._steps.get(pid)
            if step_ is not None and step_.code is None:
                step_.code = os.waitstatus_to_exitcode(status)
        self._finish_those_without_company()

    def _finish_those_without_company(self) -> None:
        ended = {pid: step_ for pid, step_ in self._steps.items() if step_.code is not None}
        if not ended:
            return
        ours = set(tree.children(os.getpid()))
        for step_ in ended.values():
            step_.spared.intersection_update(tree.members(step_.spared & ours))
        self._sweep()
        for pid, step_ in ended.items():
            if not step_.spared and step_.code is not None:
                del self._steps[pid]
                if step_.why or (step_.ended_by_itself and not marker.exists(step_.folder)):
                    marker.write(step_.folder, step_.code, step_.why, self._server.fileno())
                with contextlib.suppress(ConnectionError):  # that nobody hears it is seen elsewhere
                    self._server.send(json.dumps({"died": pid, "code": step_.code, "why": step_.why}).encode())

    def _sweep(self) -> None:
        until = time.monotonic() + PATIENCE
        while strays := self._strays():
            tree.kill(strays)
            for pid in strays:
                with contextlib.suppress(ChildProcessError):
                    while not os.waitpid(pid, os.WNOHANG)[0]:
                        if time.monotonic() > until:
                            return
                        time.sleep(0.0005)

    def _strays(self) -> list[int]:
        spared = set().union(*(step_.spared for step_ in self._steps.values()))
        known = {pid for pid, step_ in self._steps.items() if step_.code is None}
        return [pid for pid in tree.children(os.getpid()) if pid not in known and pid not in spared]

    def _look(self) -> None:
        for pid, step_ in self._steps.items():
            if step_.code is not None or step_.why:
                continue
            members = tree.members([pid])
            if len(members) > step_.processes:
                step_.why = PROCESSES
            elif step_.memory and tree.memory(members, step_.memory) > step_.memory:
                step_.why = MEMORY
            else:
                continue
            tree.kill([pid])


def _import(modules: list[str]) -> None:
    """Best effort: a step imports what is missing, and says so if it cannot."""
    for name in modules:
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - libraries may raise anything
            print(f"{name} was not imported: {error!r}", flush=True)
    step.warm()
    sys.stdout.flush()
    # What is there now is shared by all forks; a collection in one of them would copy it.
    gc.collect()
    gc.freeze()
