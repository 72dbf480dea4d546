"""What tasks of runs print: while they run from where their executor writes it, afterwards from where it is kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.errors import NotFound
from modelyard.domain.pipeline_runs import Task
from modelyard.domain.principals import Principal
from modelyard.kit.threads import in_thread
from modelyard.services.artifacts import Artifacts
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import log_path

LiveLog = Callable[[Task], Path | None]
"""Where a task's latest try prints to on this machine, if it does."""
LOOK_EVERY = 0.25
_PIECE = 256 << 10
_CACHED = "The outputs were taken from cache: from the task {}\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """`over`: nothing will be added."""

    text: str
    next_offset: int
    over: bool


class PipelineLogs:
    """`live` tells where a task that is under way prints to."""

    def __init__(self, runs: PipelineRuns, artifacts: Artifacts, live: LiveLog) -> None:
        self._runs = runs
        self._artifacts = artifacts
        self._live = live

    async def find(self, principal: Principal, run_id: str, named: str) -> Task:
        """The task with this id, or the newest step of this name. Raises NotFound."""
        detail = await self._runs.detail(principal, run_id)
        found = [task for task in detail.tasks if named in (task.id, task.name)]
        if not found:
            raise NotFound(f"The run {run_id} has no task {named}")
        return found[-1]

    async def read(self, principal: Principal, task: Task, *, follow: bool = False) -> AsyncIterator[bytes]:
        """What it has printed in its latest try; with `follow`, until it has ended."""
        if task.cached_from:
            return _said(_CACHED.format(task.cached_from))
        return self._pieces(principal, task, follow=follow)

    async def piece(self, principal: Principal, task: Task, offset: int) -> Piece:
        """Up to 256 KiB of what its latest try has printed, from a byte on."""
        if task.cached_from:
            return _told(_CACHED.format(task.cached_from).encode()[offset:], offset, over=True)
        found = await self._part(principal, task, offset)
        return _told(found, offset, over=task.state.ended and len(found) < _PIECE)

    async def _pieces(self, principal: Principal, task: Task, *, follow: bool) -> AsyncIterator[bytes]:
        at = 0
        while True:
            latest = await self._runs.task(principal, task.run_id, task.id) if follow else task
            while part := await self._part(principal, latest, at):
                at += len(part)
                yield part
            if not follow or latest.state.ended or latest.attempt != task.attempt:
                return
            await asyncio.sleep(LOOK_EVERY)

    async def _part(self, principal: Principal, task: Task, at: int) -> bytes:
        """Where it is kept, or where it was printed to: that is there until it is kept, and a little longer."""
        if not task.log:
            live = self._live(task)
            return b"" if live is None else await in_thread(_read, live, at)
        file = await self._artifacts.get(principal, log_path(task.run_id, task.id, task.attempt))
        stop = min(at + _PIECE, file.blob.size)
        if at >= stop:
            return b""
        return b"".join([one async for one in await self._artifacts.read(file, at, stop)])


def _told(found: bytes, offset: int, *, over: bool) -> Piece:
    """Cut before a character that is not whole yet."""
    cut = len(found)
    while not over and cut > max(0, len(found) - 4) and found[cut - 1 : cut] >= b"\x80":
        cut -= 1
    kept = found[:cut] if cut or over else found
    return Piece(kept.decode("utf-8", "replace"), offset + len(kept), over)


def _read(path: Path, at: int) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(at)
            return stream.read(_PIECE)
    except FileNotFoundError:  # nothing was printed, or all of it is gone
        return b""


async def _said(text: str) -> AsyncIterator[bytes]:
    yield text.encode()
