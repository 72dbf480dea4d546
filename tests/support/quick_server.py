"""A real server, forked from a process that has loaded everything: started in a tenth of the time, for many kills."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from modelyard.apps import settings, up
from modelyard.controllers import compaction
from modelyard.domain.errors import ModelyardError
from modelyard.services import purge
from modelyard.storage import checkpoints
from tests.support import failing_disk

READY_SECONDS = 600.0
REFUSED = 3
_CONTEXT = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class QuickServer:
    """A process of its own, from its start on."""

    process: BaseProcess
    log: Path
    _announced: Connection

    def url(self) -> str:
        """Once it is ready. Raises AssertionError with what it said when it does not become so."""
        found = self.url_unless_refused()
        assert found, self.log.read_text()
        return found

    def url_unless_refused(self) -> str:
        """Empty when it ended with a sentence that says why it cannot start."""
        assert self._announced.poll(READY_SECONDS), self.log.read_text()
        try:
            return str(self._announced.recv())
        except EOFError:
            self.process.join()
        assert self.process.exitcode == REFUSED, self.log.read_text()
        return ""

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        """In order."""
        if self.process.pid is not None:
            os.kill(self.process.pid, signal.SIGTERM)
        self.process.join()


def start(
    data_dir: Path, database: str = "", artifacts: str = "", *, hasty: bool = False, switch: Path | None = None
) -> QuickServer:
    """`hasty` merges chunks, moves SQLite's log and deletes for good all the time, in small steps.

    `switch` is that of a disk that may fail.
    """
    _CONTEXT.set_forkserver_preload(["tests.support.quick_server"])
    receiving, sending = _CONTEXT.Pipe(duplex=False)
    flags = {"data_dir": str(data_dir), "database": database, "artifacts": artifacts}
    log = data_dir.parent / "server.log"
    process = _CONTEXT.Process(target=_serve, args=(flags, log, sending, hasty, switch), daemon=True)
    process.start()
    sending.close()  # so that the end of the process is the end of the pipe
    return QuickServer(process, log, receiving)


@contextmanager
def running(data_dir: Path, database: str = "", artifacts: str = "", *, hasty: bool = False) -> Iterator[str]:
    """The URL of a server that is stopped in order at the end."""
    server = start(data_dir, database, artifacts, hasty=hasty)
    try:
        yield server.url()
    finally:
        server.stop()


def _serve(
    flags: dict[str, str],
    log: Path,
    announced: Connection,
    hasty: bool,  # noqa: FBT001 - of Process
    switch: Path | None,
) -> None:
    with log.open("ab") as stderr:
        os.dup2(stderr.fileno(), 2)
    if hasty:
        _hurry()
    if switch is not None:
        failing_disk.install(failing_disk.Switch(switch))
    chosen = {**flags, "port": "0", "log_format": "json", "log_level": "warning", "log_requests": "none"}
    try:
        up.run(settings.load(chosen, {}), lambda server, _: announced.send(server.url))
    except ModelyardError as error:
        print(f"refused: {error.message}", file=sys.stderr)
        sys.exit(REFUSED)


def _hurry() -> None:
    compaction.LOOK_EVERY = 0.1
    compaction.CHUNKS_WORTH_MERGING = 2
    purge.BATCH = purge.ROWS = purge.BLOBS = 3
    checkpoints.EVERY = 40
    checkpoints.LOOK_EVERY = 1
