"""What the controller of pipelines reads and writes, beside the use cases of everybody."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from modelyard.domain.errors import InvalidInput, InvalidState, NotFound
from modelyard.domain.events import Event
from modelyard.domain.pipeline_runs import Failure, PipelineRun, RunState, Task, TaskState
from modelyard.domain.principals import SYSTEM, Principal, Resource
from modelyard.formats.pipeline_spec import reading
from modelyard.kit.clock import now_ms
from modelyard.kit.threads import in_thread
from modelyard.services import pipeline_tracking
from modelyard.services.artifacts import OURS, Artifacts, location_path
from modelyard.services.journal import event
from modelyard.storage import events, files, pipeline_documents, pipeline_tasks
from modelyard.storage import pipeline_runs as storage
from modelyard.storage.database import Database, Transaction
from modelyard.storage.pipeline_leftovers import FOLDER

_PIECE = 1 << 20


class PipelineWork:
    """The controller's door. `changed` is set whenever a run was created, cancelled or retried."""

    def __init__(self, database: Database, artifacts: Artifacts, changed: asyncio.Event) -> None:
        self._database = database
        self._artifacts = artifacts
        self._documents: dict[str, bytes] = {}
        self.changed = changed

    async def open_runs(self) -> Sequence[PipelineRun]:
        """Those that have not ended, of all workspaces, the oldest first, with their documents."""

        def work(transaction: Transaction) -> Sequence[PipelineRun]:
            found = storage.open_runs(transaction)
            wanted = {digest for _, digest in found}
            new = pipeline_documents.read(transaction, sorted(wanted - self._documents.keys()))
            self._documents = {
                digest: body for digest, body in (self._documents | dict(new)).items() if digest in wanted
            }
            return [storage.with_document(run, self._documents[digest]) for run, digest in found]

        return await self._database.read(work)

    async def claim(self, run_id: str) -> int:
        """A fencing token larger than any before: whoever has an older one can record nothing more. Raises NotFound."""
        fence = await self._database.write(lambda transaction: storage.claim(transaction, run_id))
        if fence is None:
            raise NotFound(f"There is no run {run_id} of a pipeline")
        return fence

    async def tasks(self, run_id: str) -> Sequence[Task]:
        """In the order in which they came up."""
        return await self._database.read(lambda transaction: pipeline_tasks.of_run(transaction, run_id))

    async def state(self, run_id: str) -> RunState | None:
        """None for one that is gone."""
        return await self._database.read(lambda transaction: storage.state_of(transaction, run_id))

    async def record(
        self,
        run: PipelineRun,
        fence: int,
        tasks: Sequence[Task],
        run_state: RunState | None = None,
        error: Failure | None = None,
        at: int | None = None,
    ) -> None:
        """Adds or replaces tasks and moves the run on, in one transaction.

        A run that is to be cancelled moves to its end only. Raises InvalidState when the fence is stale.
        """
        moment = now_ms() if at is None else at

        def work(transaction: Transaction) -> None:
            row = storage.locked(transaction, run.id)
            if row is None or row.fence != fence:
                raise InvalidState(f"Somebody else looks after the run {run.id}; what was to be recorded is not")
            pipeline_tasks.put(transaction, row.workspace_id, row.pk, tasks, moment)
            if row.tracking_run_id:
                pipeline_tracking.end_abandoned(transaction, run.workspace_id, row.tracking_run_id, tasks, moment)
            before = RunState(row.state)
            if run_state is None or not _follows(before, run_state):
                return
            storage.move(transaction, row, run_state, moment, error)
            events.record(transaction, _moved(run, run_state, error))
            if run_state.ended and row.tracking_run_id:
                pipeline_tracking.end(transaction, run.workspace_id, row.tracking_run_id, run_state, moment)
            if run_state.ended and row.doomed:
                storage.remove(transaction, row)

        await self._database.write(work)

    async def cached(self, run: PipelineRun, fingerprint: str) -> Task | None:
        """The newest task that succeeded with it, in runs of pipelines of the same name in the same workspace."""
        pipeline = reading.parse(run.document).name
        return await self._database.read(
            lambda transaction: pipeline_tasks.reusable(transaction, run.workspace_id, pipeline, fingerprint)
        )

    async def take(self, run: PipelineRun, task: Task, found: Task) -> bool:
        """Whether all is still there that `found` put out; then it is the task's too, and stays as long as this run.

        One transaction decides, in which nobody deletes the run that it was found in: as long as that is there, what it
        refers to is, and when it goes, whoever collects its files sees that we refer to them.
        """
        made = [one.uri for artifacts in found.outputs.artifacts.values() for one in artifacts if _is_ours(one.uri)]
        if not made:
            return True
        taken = replace(task, state=TaskState.CACHED, outputs=found.outputs)

        def work(transaction: Transaction) -> bool:
            row = storage.locked(transaction, run.id)
            if row is None or not storage.held(transaction, found.run_id):
                return False
            if not all(_is_kept(transaction, run.workspace_id, uri) for uri in made):
                return False
            pipeline_tasks.link(transaction, row.workspace_id, row.pk, taken)
            return True

        return await self._database.write(work)

    async def put_artifact(self, run: PipelineRun, relative: str, source: Path) -> str:
        """Keeps a file, or a directory with all in it, in place of what was there; answers its URI.

        Links lead nowhere. Raises InvalidInput for a path that is not safe or what is neither, NotFound, StorageFull.
        """
        path = f"{FOLDER}/{run.id}/{relative}"
        found = await in_thread(_files_of, source)
        await self._artifacts.delete(_system(run), path)
        for name, file in found.items():
            await self._artifacts.put(_system(run), f"{path}/{name}" if name else path, _pieces(file))
        return f"{OURS}:/{path}"

    async def fetch_artifact(self, run: PipelineRun, uri: str, target: Path) -> None:
        """Makes `target`, which must not be there yet, a read-only copy of the file or directory.

        Raises NotFound, InvalidInput for what is kept elsewhere, AlreadyExists, Corrupt, StorageFull.
        """
        await self._artifacts.fetch(_system(run), location_path(uri), target)

    async def put_log(self, run: PipelineRun, task: Task, path: Path) -> str:
        """Keeps what the task's latest try printed; answers its digest."""
        kept = await self._artifacts.put(_system(run), log_path(run.id, task.id, task.attempt), _pieces(path))
        return kept.blob.digest

    async def tracking_run(self, run: PipelineRun) -> str:
        """The id of the run that mlflow code in the steps is nested under; it is made the first time."""

        def work(transaction: Transaction) -> str:
            row = storage.locked(transaction, run.id)
            if row is None:
                raise NotFound(f"There is no run {run.id} of a pipeline")
            if not row.tracking_run_id:
                started = pipeline_tracking.start(transaction, run)
                storage.change(transaction, row.pk, {"tracking_run_id": started})
                return started
            return str(row.tracking_run_id)

        return await self._database.write(work)


def log_path(run_id: str, task_id: str, attempt: int) -> str:
    """Where among the artifacts the log of a try is kept."""
    return f"{FOLDER}/{run_id}/logs/{task_id}.{attempt}.log"


def _is_ours(uri: str) -> bool:
    return uri.startswith(f"{OURS}:")


def _is_kept(transaction: Transaction, workspace_id: int, uri: str) -> bool:
    try:
        return bool(files.walk(transaction, workspace_id, location_path(uri), limit=1))
    except InvalidInput:
        return False


def _follows(before: RunState, after: RunState) -> bool:
    if before.ended or before is after:
        return False
    return after.ended or before is not RunState.CANCELING


def _moved(run: PipelineRun, state: RunState, error: Failure | None) -> Event:
    message = error.message[:500] if error else ""
    return event(_system(run), "pipeline_run.moved", Resource("pipeline_run", run.id), state=state, error=message)


def _files_of(source: Path) -> dict[str, Path]:
    """By relative path; empty for a file's own."""
    if source.is_symlink():
        raise InvalidInput(f"{source.name} is a link; an artifact must be a file or a directory")
    if source.is_file():
        return {"": source}
    if not source.is_dir():
        raise NotFound(f"There is no file or directory {source.name}")
    found: dict[str, Path] = {}
    for folder, _, names in os.walk(source):
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                found[file.relative_to(source).as_posix()] = file
    return found


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    """Holds no file open while it waits for whoever takes them."""
    offset = 0
    while piece := await in_thread(_read_at, path, offset):
        yield piece
        offset += len(piece)
        if len(piece) < _PIECE:
            return


def _read_at(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(_PIECE)


def _system(run: PipelineRun) -> Principal:
    return Principal(SYSTEM.name, run.workspace_id)
