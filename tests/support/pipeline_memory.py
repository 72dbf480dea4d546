"""What the controller of pipelines works with, in memory: the door to the store, and an executor of plain processes."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from modelyard.domain.errors import InvalidState, NotFound
from modelyard.domain.pipeline_runs import Failure, Moment, PipelineRun, RunState, Task, TaskState, Values
from modelyard.domain.task_launch import Ended, Ending, Launch
from modelyard.formats.pipeline_spec import reading


class MemoryWork:
    """Behaves as services.pipeline_work.PipelineWork does; `records` keeps what each call changed."""

    def __init__(self, store: Path) -> None:
        self.changed = asyncio.Event()
        self.runs: dict[str, PipelineRun] = {}
        self.fences: dict[str, int] = {}
        self.stored: dict[str, dict[str, Task]] = {}
        self.records: list[tuple[str, list[Task], RunState | None]] = []
        self._store = store

    def add(self, run: PipelineRun) -> None:
        self.runs[run.id] = run
        self.stored.setdefault(run.id, {})
        self.changed.set()

    def set_state(self, run_id: str, state: RunState) -> None:
        self.runs[run_id] = replace(self.runs[run_id], state=state)
        self.changed.set()

    def retry(self, run_id: str) -> None:
        for task in self.stored[run_id].values():
            if not task.state.produced:
                again = replace(
                    task, state=TaskState.PENDING, started_at=None, ended_at=None, error=None, outputs=Values()
                )
                self.stored[run_id][task.id] = _with_moment(again, task, 0)
        self.set_state(run_id, RunState.PENDING)

    async def open_runs(self) -> Sequence[PipelineRun]:
        return [run for run in self.runs.values() if not run.state.ended]

    async def claim(self, run_id: str) -> int:
        self.fences[run_id] = self.fences.get(run_id, 0) + 1
        return self.fences[run_id]

    async def tasks(self, run_id: str) -> Sequence[Task]:
        return list(self.stored[run_id].values())

    async def state(self, run_id: str) -> RunState | None:
        return self.runs[run_id].state

    async def record(
        self,
        run: PipelineRun,
        fence: int,
        tasks: Sequence[Task],
        run_state: RunState | None = None,
        error: Failure | None = None,
        at: int | None = None,
    ) -> None:
        if self.fences[run.id] != fence:
            raise InvalidState("the fence is stale")
        self.records.append((run.id, list(tasks), run_state))
        known = self.stored[run.id]
        for task in tasks:
            known[task.id] = _with_moment(task, known.get(task.id), at or 0)
        if run_state is not None:
            self.runs[run.id] = replace(self.runs[run.id], state=run_state, error=error)

    async def cached(self, run: PipelineRun, fingerprint: str) -> Task | None:
        name = reading.parse(run.document).name
        found = [
            task
            for run_id, tasks in self.stored.items()
            for task in tasks.values()
            if task.fingerprint == fingerprint and task.state.produced
            if reading.parse(self.runs[run_id].document).name == name
        ]
        return max(found, key=lambda task: task.ended_at or 0, default=None)

    async def put_artifact(self, run: PipelineRun, relative: str, source: Path) -> str:
        target = self._store / run.id / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(source, target)
        return f"mlflow-artifacts:/pipelines/{run.id}/{relative}"

    async def fetch_artifact(self, run: PipelineRun, uri: str, target: Path) -> None:
        source = self.place_of(uri)
        if not source.exists():
            raise NotFound(f"nothing at {uri}")
        _copy(source, target)

    async def exists(self, uri: str) -> bool:
        return self.place_of(uri).exists()

    def place_of(self, uri: str) -> Path:
        return self._store / uri.removeprefix("mlflow-artifacts:/pipelines/")

    async def put_log(self, run: PipelineRun, task: Task, path: Path) -> str:
        return f"log of {len(path.read_bytes())} bytes"

    async def tracking_run(self, run: PipelineRun) -> str:
        return f"tracking-{run.id}"


class ProcessExecutor:
    """Each step as a plain process, four at once."""

    def __init__(self) -> None:
        self.started: list[Launch] = []
        self.most = 0
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ended: asyncio.Queue[Ended] = asyncio.Queue()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._canceled: set[str] = set()
        self._slots = asyncio.Semaphore(4)

    async def start(self, launch: Launch) -> None:
        self.started.append(launch)
        self._tasks[launch.key] = asyncio.create_task(self._run(launch))

    async def next_ended(self) -> Ended:
        return await self._ended.get()

    async def cancel(self, key: str) -> None:
        self._canceled.add(key)
        if key in self._running:
            self._running[key].kill()

    async def adopt(self, key: str, folder: Path) -> Ended | None:
        return None

    def follow(self, key: str, folder: Path, offset: int = 0) -> AsyncIterator[bytes]:
        raise AssertionError("nobody follows here")

    def running(self) -> Sequence[str]:
        return list(self._running)

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        for process in self._running.values():
            process.kill()
            await process.wait()

    async def _run(self, launch: Launch) -> None:
        async with self._slots:
            ended = await self._tried(launch)
        self._ended.put_nowait(ended)

    async def _tried(self, launch: Launch) -> Ended:
        if launch.key in self._canceled:
            return Ended(launch.key, Ending.CANCELED)
        command = list(launch.command)
        if launch.python is not None:
            source = launch.folder / "ephemeral_component.py"
            source.write_text(launch.python.source)
            command = [sys.executable, "-m", "kfp.dsl.executor_main", "--component_module_path", str(source)]
            command += ["--executor_input", launch.executor_input, "--function_to_execute", launch.python.function]
        env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "_KFP_RUNTIME": "true", **launch.env}
        with (launch.folder / "log").open("wb") as log:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, stdout=log, stderr=log, env=env, cwd=launch.folder
                )
            except OSError as error:
                return Ended(launch.key, Ending.REFUSED, detail=str(error))
        self._running[launch.key] = process
        self.most = max(self.most, len(self._running))
        code = await process.wait()
        del self._running[launch.key]
        if launch.key in self._canceled:
            return Ended(launch.key, Ending.CANCELED)
        return Ended(launch.key, Ending.EXITED, code, tail=(launch.folder / "log").read_text()[-1000:])


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def _with_moment(task: Task, before: Task | None, at: int) -> Task:
    history = before.history if before else ()
    if before is None or before.state is not task.state:
        history = (*history, Moment(at, task.state, task.error))
    return replace(task, history=history)
