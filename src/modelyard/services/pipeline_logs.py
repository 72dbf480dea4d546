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
_PIECE = 1 << 16
_LARGEST_PIECE = 256 << 10
_NOTHING_YET = b""


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
        """What it has printed in its latest try; with `follow`, until it has ended. Raises NotFound when nothing."""
        live = self._live(task)
        if task.log or live is None:  # it is kept soon after the end
            return await self._kept(principal, task)
        return self._printed(principal, task, live, follow=follow)

    async def piece(self, principal: Principal, task: Task, offset: int) -> Piece:
        """Up to 256 KiB of what its latest try has printed, from a byte on."""
        live = self._live(task)
        if task.log and not task.cached_from:
            file = await self._artifacts.get(principal, log_path(task.run_id, task.id, task.attempt))
            stop = min(offset + _LARGEST_PIECE, file.blob.size)
            found = b""
            if offset < stop:
                found = b"".join([one async for one in await self._artifacts.read(file, offset, stop)])
            return _told(found, offset, over=stop >= file.blob.size)
        if task.state.ended or live is None:
            whole = b"".join([one async for one in await self._kept(principal, task)])
            return _told(whole[offset:], offset, over=task.state.ended)
        return _told(await in_thread(_read, live, offset, _LARGEST_PIECE), offset, over=False)

    async def _kept(self, principal: Principal, task: Task) -> AsyncIterator[bytes]:
        if task.cached_from:
            return _said(f"The outputs were taken from cache: from the task {task.cached_from}\n")
        if not task.log:
            return _said("")
        _, content = await self._artifacts.open(principal, log_path(task.run_id, task.id, task.attempt))
        return content

    async def _printed(self, principal: Principal, task: Task, path: Path, *, follow: bool) -> AsyncIterator[bytes]:
        at = 0
        while True:
            latest = await self._runs.task(principal, task.run_id, task.id) if follow else task
            over = not follow or latest.state.ended or latest.attempt != task.attempt
            while piece := await in_thread(_read, path, at):
                at += len(piece)
                yield piece
            if over:
                return
            await asyncio.sleep(LOOK_EVERY)


def _told(found: bytes, offset: int, *, over: bool) -> Piece:
    """Cut before a character that is not whole yet."""
    cut = len(found)
    while not over and cut > max(0, len(found) - 4) and found[cut - 1 : cut] >= b"\x80":
        cut -= 1
    kept = found[:cut] if cut or over else found
    return Piece(kept.decode("utf-8", "replace"), offset + len(kept), over)


def _read(path: Path, at: int, most: int = _PIECE) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(at)
            return stream.read(most)
    except FileNotFoundError:  # not begun, or kept and cleared away meanwhile
        return _NOTHING_YET


async def _said(text: str) -> AsyncIterator[bytes]:
    if text:
        yield text.encode()
