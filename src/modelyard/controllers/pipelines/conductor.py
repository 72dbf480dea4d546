"""Looks after one run: asks the planner, records what it says, and has it done."""

import asyncio
import contextlib
import json
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from modelyard.controllers.pipelines import bounds, capacity, downward, launches, results, transfer, volumes
from modelyard.controllers.pipelines.bounds import Bound
from modelyard.controllers.pipelines.changes import Changes
from modelyard.controllers.pipelines.failures import said
from modelyard.controllers.pipelines.fill import Fill
from modelyard.controllers.pipelines.folders import Folders, StepFolder, key_of, task_of
from modelyard.controllers.pipelines.launches import Materials
from modelyard.controllers.pipelines.planner import Planner
from modelyard.controllers.pipelines.secrets import LookUp, Secrets
from modelyard.controllers.pipelines.volumes import Volumes
from modelyard.controllers.pipelines.words import words_of
from modelyard.domain.errors import InvalidState, ModelyardError, StorageFull, Unavailable
from modelyard.domain.pipeline_runs import Failure, PipelineRun, Task, TaskKind, Values
from modelyard.domain.pipeline_spec import Claim, Component, Container, Importer, PipelineSpec
from modelyard.domain.task_launch import Ended, Ending, Needs, TaskExecutor
from modelyard.formats.pipeline_spec import feasibility, reading
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.services import pipeline_tracking
from modelyard.services.pipeline_work import PipelineWork

log = logging.getLogger("modelyard.pipelines")
UNKNOWN, DEADLINE, EXHAUSTED, PRECONDITION = 2, 4, 8, 9
_CODES = {Ending.TIMED_OUT: DEADLINE, Ending.OUT_OF_MEMORY: EXHAUSTED, Ending.REFUSED: PRECONDITION}
_UNSURE = (Ending.EXITED, Ending.SIGNALED)
_LEFT = (*_UNSURE, Ending.TIMED_OUT, Ending.OUT_OF_MEMORY)
"""Something behind in its volumes, perhaps."""
AGAIN, SOON = 1.0, 1.0


@dataclass(frozen=True, slots=True)
class Means:
    """What runs are carried out with. `tracking_url` is where steps find this server."""

    work: PipelineWork
    executor: TaskExecutor
    folders: Folders
    secrets: Secrets
    volumes: Volumes
    tracking_url: str
    reuse_for: float = math.inf  # seconds
    capacity: Needs = field(default_factory=Needs)  # nothing in it: any amount
    complete_dialect: bool = False


Event = Callable[[], None]


class Conductor:
    """One run's. `ended` tells it of a try; `cancel` asks for the run's end."""

    def __init__(self, run: PipelineRun, means: Means) -> None:
        self.run = run
        self._means = means
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._jobs: set[asyncio.Task[None]] = set()
        self._unwanted: set[str] = set()
        self._tracking: asyncio.Task[str] | None = None
        self._planner: Planner | None = None
        self._shared: Sequence[Bound] = ()
        self._fill = Fill(means.executor.cancel)

    async def conduct(self) -> None:
        """Until the run has ended. Raises InvalidState when somebody else has taken it over."""
        work, spec = self._means.work, reading.parse(self.run.document)
        fence = await work.claim(self.run.id)
        tasks = await work.tasks(self.run.id)
        planner = self._planner = Planner(
            spec,
            self.run,
            tasks,
            now_ms,
            hex_id,
            words=words_of(self.run, spec, self._workspace(spec)),
            complete=self._means.complete_dialect,
        )
        self._shared = volumes.of_workspace(spec, planner.words.get("workspace_path", ""))
        for task_id in planner.begin(await self._refusal(spec)):
            self._do(self._adopt, planner.task(task_id))
        for task in tasks:
            if task.state.ended and not task.log:  # we were ended before we could keep it
                self._do(self._keep_log, task)
        try:
            while not await self._step(planner, fence):
                await self._wait(planner)
        finally:
            await self._stop()
        await asyncio.to_thread(self._means.folders.remove, self.run.id)

    def cancel(self) -> None:
        self._tell(lambda: self._plan().cancel())

    def _workspace(self, spec: PipelineSpec) -> str:
        if "workspace" not in spec.config:
            return ""
        workspace = self._means.folders.workspace(self.run.id)
        _make([workspace])
        return str(workspace)

    async def _refusal(self, spec: PipelineSpec) -> str:
        component = feasibility.must_mount(spec)
        reason = await self._means.executor.cannot_mount() if component else ""
        return f"The component '{component}' has volumes, which cannot be mounted here: {reason}" if reason else ""

    def knows(self, task_id: str) -> bool:
        return self._planner is not None and self._planner.knows(task_id)

    def ended(self, ended: Ended) -> None:
        self._do(self._settle, ended)

    async def drop(self) -> None:
        """Ends what still runs of it: the run is somebody else's now, or nobody's."""
        for key in self._means.executor.running():
            if self.knows(task_of(key)[0]):
                await self._means.executor.cancel(key)

    async def _step(self, planner: Planner, fence: int) -> bool:
        """Records what has changed and has it done; whether the run has ended."""
        changes = planner.take()
        ended = changes.state is not None and changes.state.ended
        if ended:
            await self._finish()  # who sees the end can see all logs
            changes.tasks |= planner.take().tasks
        if changes:
            await self._record(changes, fence)
        for task_id in changes.cancel:
            self._do(self._cancel, planner.task(task_id))
        for task_id in changes.start:
            self._do(self._start, planner.task(task_id))
        return ended

    async def _finish(self) -> None:
        """Waits for what is done beside the rest, and takes what is told."""
        while self._jobs or not self._events.empty():
            if self._jobs:
                await asyncio.wait(self._jobs)
            while not self._events.empty():
                self._events.get_nowait()()

    async def _record(self, changes: Changes, fence: int) -> None:
        while True:
            try:
                tasks = list(changes.tasks.values())
                await self._means.work.record(self.run, fence, tasks, changes.state, changes.error)
            except (Unavailable, StorageFull) as error:
                log.warning("run %s: what happened cannot be recorded: %s; trying again", self.run.id, error.message)
                await asyncio.sleep(AGAIN)
            else:
                return

    async def _wait(self, planner: Planner) -> None:
        """For what is told next, or for a pause to be over; takes all that has been told."""
        now, due = now_ms(), planner.next_due()
        deadline = planner.deadline()
        moments = [moment for moment in (due, deadline) if moment is not None]
        timeout = max(0.0, (min(moments) - now) / 1000) if moments else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                (await self._events.get())()
        while not self._events.empty():
            self._events.get_nowait()()
        now = now_ms()
        if due is not None and due <= now:
            planner.wake()
        if deadline is not None and deadline <= now:
            planner.cancel(overdue=True)

    def _tell(self, event: Event) -> None:
        self._events.put_nowait(event)

    def _do(self, work: Callable[..., Awaitable[None]], what: Task | Ended) -> None:
        async def done() -> None:
            try:
                await work(what)
            except (Unavailable, StorageFull) as error:
                log.warning("run %s: %s; trying again", self.run.id, error.message)
                await asyncio.sleep(AGAIN)
                self._do(work, what)
            except (ModelyardError, OSError) as error:
                self._fail(what, Failure(PRECONDITION, str(error)))
            except Exception as error:
                log.exception("run %s: a task could not be carried out", self.run.id)
                self._fail(what, Failure(UNKNOWN, f"{type(error).__name__}: {error}"))

        job = asyncio.create_task(done())
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    def _fail(self, what: Task | Ended, failure: Failure) -> None:
        task_id, attempt = (what.id, what.attempt) if isinstance(what, Task) else task_of(what.key)

        def failed() -> None:
            if self._plan().task(task_id).attempt == attempt:
                self._plan().failed(task_id, failure, final=isinstance(what, Task))

        self._tell(failed)

    def _plan(self) -> Planner:
        if self._planner is None:
            raise InvalidState(f"The run {self.run.id} is not under way")
        return self._planner

    async def _start(self, task: Task) -> None:
        planner, work = self._plan(), self._means.work
        component = planner.component(task.id)
        values = await self._done_here(planner, task, component)
        if values is not None:
            self._tell(lambda: planner.succeeded(task.id, values))
            return
        if task.fingerprint and await self._reused(task):
            return
        folder = self._folder(task)
        _make(launches.directories(task, component, folder))
        paths = await transfer.fetch(work, self.run, task, folder, planner.words.get("workspace_path", ""))
        look_up = partial(planner.value_for, task.id)
        mounts = self._means.volumes.mounts(component, folder, look_up)
        unmounted = [mount.path for mount in mounts] if mounts and await self._means.executor.cannot_mount() else []
        env = {**await self._environment(task), **self._of_platform(component, task, look_up)}
        materials = Materials(folder, paths, planner.words, env, look_up, () if unmounted else mounts)
        launch = launches.launch_of(key_of(task), task, component, materials)
        needs, left_out = capacity.fitted(launch.needs, self._means.capacity)
        if left_out := [*left_out, *unmounted, *capacity.ignored(component)]:
            _note(folder.log, f"Not on this machine, and left out: {', '.join(left_out)}")
        if launch.key in self._unwanted:
            self._tell(lambda: planner.canceled(task.id))
            return
        self._fill.watch(launch.key, [*self._bounds(task), bounds.of_step(folder.path)])
        await self._means.executor.start(replace(launch, needs=needs))
        if launch.key in self._unwanted:
            await self._means.executor.cancel(launch.key)

    async def _reused(self, task: Task) -> bool:
        """Whether an earlier task's outputs could be taken."""
        found = await self._means.work.cached(self.run, task.fingerprint)
        if found is None or now_ms() - (found.ended_at or 0) > 1000 * self._means.reuse_for:
            return False
        if not await transfer.taken(self._means.work, self.run, task, found, self._means.folders.root):
            return False
        origin = found.cached_from or found.id
        self._tell(lambda: self._plan().succeeded(task.id, found.outputs, cached_from=origin))
        return True

    async def _done_here(self, planner: Planner, task: Task, component: Component) -> Values | None:
        """What a task puts out that needs no process; None for one that does."""
        if isinstance(component.body, Importer):
            return await transfer.imported(self._means.work, self.run, task, component, planner.words)
        if not isinstance(component.body, Claim):
            return None
        claims = self._means.volumes.claims
        if component.body.delete:
            await asyncio.to_thread(claims.delete, task, self._means.folders.deleted(self.run.id, task.id))
            return Values()
        return Values({"name": claims.create(task, planner.words["pipeline_job_resource_name"])})

    def _of_platform(self, component: Component, task: Task, look_up: LookUp) -> Mapping[str, str]:
        body = component.body
        if not isinstance(body, Container) or not body.platform:
            return {}
        own = downward.environment(body.platform, task, key_of(task))
        return own | (self._means.secrets.environment(body.platform, look_up) if component.applies("ENV") else {})

    async def _environment(self, task: Task) -> Mapping[str, str]:
        """What makes ordinary mlflow code in a step land under the run's own."""
        if self._tracking is None:
            self._tracking = asyncio.create_task(self._means.work.tracking_run(self.run))
        parent = await asyncio.shield(self._tracking)
        return {
            "MLFLOW_TRACKING_URI": self._means.tracking_url,
            "MLFLOW_EXPERIMENT_ID": self.run.experiment_id,
            "MLFLOW_RUN_CONTEXT": json.dumps(pipeline_tracking.tags_in(task, parent)),
        }

    async def _adopt(self, task: Task) -> None:
        """Finds out what became of a try that was under way when we were not.

        One that failed when we were gone may have failed for that, such as by printing to nobody: it is made again.
        """
        planner = self._plan()
        key = key_of(task)
        if task.kind is TaskKind.IMPORT:
            told = None
        else:
            told = await self._means.executor.adopt(key, self._means.folders.of_key(self.run.id, key))
        if told is None or (told.alone and told.ending in _UNSURE and told.code):
            self._tell(lambda: planner.lost(task.id))
        else:
            await self._settle(told)

    async def _cancel(self, task: Task) -> None:
        if task.kind is TaskKind.IMPORT:
            self._tell(lambda: self._plan().canceled(task.id))
            return
        self._unwanted.add(key_of(task))  # it may be about to start
        await self._means.executor.cancel(key_of(task))

    async def _settle(self, ended: Ended) -> None:
        """A try has ended: what it left is kept, then the planner hears of it."""
        planner = self._plan()
        task_id, attempt = task_of(ended.key)
        task = planner.task(task_id)
        if task.attempt != attempt or task.state.ended:
            return
        overfull = self._fill.ended(ended.key)
        if ended.ending in _LEFT and not overfull and (bound := self._bounds(task)):
            overfull = await asyncio.to_thread(bounds.overfull, bound)
        if overfull and not planner.canceling:
            told = f"{overfull}\n{said(ended)}" if ended.code else overfull
            self._tell(lambda: planner.failed(task_id, Failure(EXHAUSTED, told)))
        elif ended.ending is Ending.LOST:
            self._tell(lambda: planner.lost(task_id))
        elif ended.ending is Ending.CANCELED:
            self._tell(lambda: planner.canceled(task_id) if planner.canceling else planner.lost(task_id))
        elif ended.ending is Ending.EXITED and ended.code == 0:
            await self._succeed(planner, task)
        else:
            failure = Failure(_CODES.get(ended.ending, UNKNOWN), said(ended))
            final = ended.ending is Ending.REFUSED
            self._tell(lambda: planner.failed(task_id, failure, final=final))
        self._do(self._keep_log, task)

    async def _succeed(self, planner: Planner, task: Task) -> None:
        folder = self._folder(task)
        try:
            found = await results.read(folder, planner.component(task.id))
            kept = await transfer.keep(self._means.work, self.run, task, found.artifacts)
        except (Unavailable, StorageFull):
            raise
        except (ModelyardError, OSError) as error:
            failure = Failure(UNKNOWN, str(error))
            self._tell(lambda: planner.failed(task.id, failure))
            return
        values = Values(found.parameters, kept.artifacts)
        self._tell(lambda: planner.succeeded(task.id, values))

    async def _keep_log(self, task: Task) -> None:
        """Beside the rest: what comes next need not wait for it, and where it is kept is recorded with that.

        Until then who asks is told what is in the folder.
        """
        folder = self._folder(task)
        if folder.has_log():
            printed = await self._means.work.put_log(self.run, task, folder.log)
            self._plan().logged(task.id, task.attempt, printed)
            asyncio.get_running_loop().call_later(SOON, self._tell, lambda: None)  # by then, if nothing comes before

    def _bounds(self, task: Task) -> Sequence[Bound]:
        """Of the volumes of a task that have a size, and of the directory that all tasks share."""
        component, look_up = self._plan().component(task.id), partial(self._plan().value_for, task.id)
        return [*self._means.volumes.bounds(component, self._folder(task), look_up), *self._shared]

    def _folder(self, task: Task) -> StepFolder:
        return StepFolder(self._means.folders.of_key(self.run.id, key_of(task)))

    async def _stop(self) -> None:
        self._fill.stop()
        jobs = [*self._jobs, *([self._tracking] if self._tracking else [])]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


def _note(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _make(folders: Iterable[Path]) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
