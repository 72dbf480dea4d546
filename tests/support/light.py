"""Replicas of models that need no library: real processes which start in an instant, so that tests can have many."""

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from modelyard.controllers.replicas import Progress, Replica, ReplicaFailed
from modelyard.domain.endpoints import Revision
from modelyard.domain.errors import DeadlineExceeded, InvalidInput, PredictionFailed
from modelyard.executors.processes import LocalProcesses, Process
from modelyard.formats.inference import InferenceRequest
from modelyard.serving import launch
from modelyard.serving.metadata import Metadata
from modelyard.serving.replica_client import Prediction, ReplicaClient, ReplicaLost

PROGRAM = Path(__file__).with_name("light_replica.py")
_ERRORS = {"invalid": InvalidInput, "failed": PredictionFailed}


def uri(**spec: object) -> str:
    """The address of a model that behaves as `spec` says: see light_replica.py."""
    return f"mlflow-artifacts:/light/{json.dumps(spec).encode().hex()}"


class LightClient:
    """Asks a light replica over one connection."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.asked = 0
        self.stalled = 0.0
        self._keys = itertools.count()
        self._waiting: dict[str, asyncio.Future[Prediction]] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    @property
    def lost(self) -> bool:
        return self._streams is None

    async def connect(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                self._streams = await asyncio.open_unix_connection(self.socket)
                self._reading = asyncio.create_task(self._read(self._streams[0]))
                return
            await asyncio.sleep(0.002)

    async def infer(self, request: InferenceRequest, seconds: float) -> Prediction:
        if self._streams is None:
            raise ReplicaLost("The replica is gone")
        key = str(next(self._keys))
        future: asyncio.Future[Prediction] = asyncio.get_running_loop().create_future()
        self._waiting[key] = future
        self._empty.clear()
        self.asked += 1
        self._streams[1].write(f"{key} {request.payload.decode()}\n".encode())
        try:
            return await asyncio.wait_for(future, max(seconds, 0))
        except TimeoutError:
            raise DeadlineExceeded("The model did not answer in time") from None
        finally:
            self._waiting.pop(key, None)
            if not self._waiting:
                self._empty.set()

    async def drained(self) -> None:
        await self._empty.wait()
        self._cut()

    def close(self) -> None:
        """Takes no more; what is in flight is answered."""

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                key, said, text = line.decode().rstrip("\n").split(" ", 2)
                future = self._waiting.get(key)
                if future is None or future.done():
                    continue
                if said == "ok":
                    future.set_result(Prediction(text.encode(), ()))
                else:
                    future.set_exception(_ERRORS[said](f"the model said {said}"))
        self._cut()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ReplicaLost("The replica ended before it answered"))

    def _cut(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


class LightLauncher:
    """Starts light replicas; `prepared` and `started` are the revisions it was asked to, in order."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._processes = LocalProcesses(os.environ)
        self._count = itertools.count()
        self.prepared: list[Revision] = []
        self.started: list[int] = []
        self.running = 0
        self.most_running = 0

    async def prepare(self, revision: Revision, progress: Progress) -> tuple[int, Mapping[str, Any]]:
        progress("preparing")
        self.prepared.append(revision)
        spec = json.loads(bytes.fromhex(revision.location.rpartition("/")[2]))
        await asyncio.sleep(spec.get("preparing", 0))
        return revision.number, spec

    async def start(self, name: str, prepared: tuple[int, Mapping[str, Any]]) -> Replica:
        number, spec = prepared
        self.started.append(number)
        socket = self._home / f"{next(self._count)}.sock"
        argv = (sys.executable, "-S", "-E", str(PROGRAM), str(socket), json.dumps(dict(spec)))
        process = await self._processes.start(argv, {}, self._home, self._home / f"{name}.log")
        client = LightClient(socket)
        connecting = asyncio.create_task(client.connect())
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({connecting, ended}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await process.stop(0)
            raise
        finally:
            connecting.cancel()
            ended.cancel()
        if client.lost:
            code, tail = await process.wait(), process.tail(20)
            raise ReplicaFailed(launch.failure(code, tail), "\n".join(tail))
        self._counted(process)
        return Replica(process, cast("ReplicaClient", client), Metadata("light"), "probed", runtime="light")

    def shared_memory(self) -> int:
        return 0

    def _counted(self, process: Process) -> None:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        task = asyncio.ensure_future(process.wait())
        task.add_done_callback(lambda _: setattr(self, "running", self.running - 1))
