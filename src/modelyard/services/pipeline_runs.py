import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput, InvalidState, NotFound
from modelyard.domain.experiments import DEFAULT_ID, ExperimentOfPipelines, Lifecycle
from modelyard.domain.listing import Listed, Listing
from modelyard.domain.pipeline_runs import (
    Moment,
    NewPipelineRun,
    Origin,
    PipelineRun,
    PipelineRunDetail,
    RunState,
    Task,
    told_as_waiting,
)
from modelyard.domain.principals import Principal, Resource
from modelyard.formats.pipeline_spec import feasibility, reading
from modelyard.formats.run_parameters import Occasion, bound
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.kit.threads import in_thread
from modelyard.services import experiments, listings, pipelines
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events, pipeline_tasks
from modelyard.storage import pipeline_runs as storage
from modelyard.storage.database import Database, Transaction

_KIND = "pipeline_run"
_BY_HAND = Origin()


class PipelineRuns:
    """Use cases of runs of pipelines. Every call raises PermissionDenied when the principal may not, NotFound for an
    unknown id.

    Here it is written what is wanted; `changed` is set for the controller to see it.
    """

    def __init__(self, database: Database, changed: asyncio.Event) -> None:
        self._database = database
        self._changed = changed
        self._in_line: Callable[[], Collection[str]] = tuple

    def watch_line(self, in_line: Callable[[], Collection[str]]) -> None:
        """`in_line` answers the keys of tries, as the executor has them, that wait for a slot."""
        self._in_line = in_line

    async def create(self, principal: Principal, new: NewPipelineRun) -> PipelineRun:
        """Raises InvalidInput for a bad document or parameter, InvalidState for an archived experiment."""
        authorize(principal, "pipeline_runs.create", Resource(_KIND))
        if not new.document and not new.pipeline_id and not new.version_id:
            raise InvalidInput("Nothing to run: give a pipeline_spec, or a pipeline_version_reference")
        if new.document:
            _, document = await in_thread(reading.read, new.document)
            new = replace(new, document=document)
        run = await self._database.write(lambda transaction: begin(transaction, principal, new, now_ms()))
        self._changed.set()
        return run

    async def get(self, principal: Principal, run_id: str) -> PipelineRun:
        """With its document, without its tasks."""
        authorize(principal, "pipeline_runs.read", _resource(run_id))
        return await self._database.read(lambda transaction: existing(transaction, principal, run_id))

    async def detail(self, principal: Principal, run_id: str) -> PipelineRunDetail:
        """With its tasks."""
        authorize(principal, "pipeline_runs.read", _resource(run_id))
        found = await self._database.read(
            lambda transaction: PipelineRunDetail(
                existing(transaction, principal, run_id), pipeline_tasks.of_run(transaction, run_id)
            )
        )
        return replace(found, tasks=_as_they_stand(found.tasks, self._in_line()))

    async def task(self, principal: Principal, run_id: str, task_id: str) -> Task:
        """One task of a run."""
        authorize(principal, "pipeline_runs.read", _resource(run_id))

        def work(transaction: Transaction) -> Task:
            existing(transaction, principal, run_id)
            found = pipeline_tasks.one_of(transaction, run_id, task_id)
            if found is None:
                raise NotFound(f"The run {run_id} has no task {task_id}")
            return found

        (stands,) = _as_they_stand([await self._database.read(work)], self._in_line())
        return stands

    async def list(self, principal: Principal, listing: Listing) -> Listed[PipelineRun]:
        """Raises InvalidInput for what cannot be filtered or sorted by, or a foreign page token."""
        authorize(principal, "pipeline_runs.read", Resource(_KIND))
        return await listings.read(
            self._database,
            ("pipeline runs", principal.workspace_id),
            listing,
            lambda transaction, after: storage.find(transaction, principal.workspace_id, listing, after),
        )

    async def terminate(self, principal: Principal, run_id: str) -> None:
        """Asks for its end. One that has ended, or is about to, is left alone."""
        authorize(principal, "pipeline_runs.terminate", _resource(run_id))

        def work(transaction: Transaction) -> None:
            existing(transaction, principal, run_id)
            _cancel(transaction, principal, run_id)

        await self._database.write(work)
        self._changed.set()

    async def retry(self, principal: Principal, run_id: str) -> PipelineRun:
        """Does again what did not succeed, and keeps what did. Raises InvalidState unless it failed or was canceled."""
        authorize(principal, "pipeline_runs.retry", _resource(run_id))

        def work(transaction: Transaction) -> PipelineRun:
            run = existing(transaction, principal, run_id)
            row = storage.locked(transaction, run_id)
            if row is None or run.state not in (RunState.FAILED, RunState.CANCELED):
                raise InvalidState(f"The run {run_id} is {run.state}; one that failed or was cancelled can be retried")
            now = now_ms()
            storage.move(transaction, row, RunState.PENDING, now)
            pipeline_tasks.begin_again(transaction, principal.workspace_id, row.pk, run_id, now)
            events.record(transaction, event(principal, "pipeline_run.retried", _resource(run_id)))
            return existing(transaction, principal, run_id)

        run = await self._database.write(work)
        self._changed.set()
        return run

    async def archive(self, principal: Principal, run_id: str) -> None:
        """Once more does nothing."""
        await self._shelve(principal, run_id, archived=True)

    async def unarchive(self, principal: Principal, run_id: str) -> None:
        """Raises InvalidState when its experiment is archived. Once more does nothing."""
        await self._shelve(principal, run_id, archived=False)

    async def _shelve(self, principal: Principal, run_id: str, *, archived: bool) -> None:
        authorize(principal, "pipeline_runs.update", _resource(run_id))

        def work(transaction: Transaction) -> None:
            run = existing(transaction, principal, run_id)
            row = storage.locked(transaction, run_id)
            if row is None or run.archived == archived:
                return
            if not archived:
                open_experiment(transaction, principal, run.experiment_id)
            storage.change(transaction, row.pk, {"archived": int(archived)})
            verb = "archived" if archived else "unarchived"
            events.record(transaction, event(principal, f"pipeline_run.{verb}", _resource(run_id)))

        await self._database.write(work)

    async def delete(self, principal: Principal, run_id: str) -> None:
        """With its tasks. One that is under way is ended first, and gone for everybody until then."""
        authorize(principal, "pipeline_runs.delete", _resource(run_id))

        def work(transaction: Transaction) -> None:
            run = existing(transaction, principal, run_id)
            row = storage.locked(transaction, run_id)
            if row is None:
                return
            if run.state.ended:
                storage.remove(transaction, row)
            else:
                _cancel(transaction, principal, run_id)
                storage.change(transaction, row.pk, {"doomed": 1})
            events.record(transaction, event(principal, "pipeline_run.deleted", _resource(run_id), name=run.name))

        await self._database.write(work)
        self._changed.set()


def begin(
    transaction: Transaction,
    principal: Principal,
    new: NewPipelineRun,
    scheduled_at: int,
    origin: Origin = _BY_HAND,
) -> PipelineRun:
    """Stores a run that waits for the controller.

    Raises as `create` does. `document` is in the form that is kept.
    """
    document, version_id, pipeline_id = new.document, new.version_id, new.pipeline_id
    if not document:
        version = pipelines.chosen_version(transaction, principal, pipeline_id, version_id)
        document, version_id, pipeline_id = version.document, version.id, version.pipeline_id
    spec = reading.parse(document)
    feasibility.check(spec)
    experiment = open_experiment(transaction, principal, new.experiment_id or DEFAULT_ID)
    run_id, now = hex_id(), now_ms()
    occasion = Occasion(run_id, now, scheduled_at, origin.index)
    run = PipelineRun(
        id=run_id,
        workspace_id=principal.workspace_id,
        experiment_id=experiment,
        name=names.run_name(new.name) or f"Run of {spec.name}",
        description=names.free_text(new.description, "description"),
        state=RunState.PENDING,
        user=principal.name,
        created_at=now,
        scheduled_at=scheduled_at,
        pipeline=spec.name,
        pipeline_id=pipeline_id,
        version_id=version_id,
        schedule_id=origin.schedule_id,
        trigger_id=origin.trigger_id,
        service_account=new.service_account,
        pipeline_root=new.pipeline_root,
        parameters=bound(spec.root.inputs.parameters, new.parameters, occasion),
        history=(Moment(now, RunState.PENDING),),
        document=document,
    )
    storage.insert_one(transaction, run)
    created = event(
        principal, "pipeline_run.created", _resource(run.id), pipeline=spec.name, version=version_id, name=run.name
    )
    events.record(transaction, created)
    return run


def existing(transaction: Transaction, principal: Principal, run_id: str) -> PipelineRun:
    """With its document. Raises NotFound."""
    found = storage.by_id(transaction, principal.workspace_id, run_id)
    if found is None:
        raise NotFound(f"There is no run {run_id} of a pipeline")
    return found


def _as_they_stand(tasks: Sequence[Task], in_line: Collection[str]) -> Sequence[Task]:
    """To be in line is not recorded: that would be two more transactions for each step of a large run."""
    if not in_line:
        return tasks
    waiting = frozenset(in_line)
    return [told_as_waiting(task) if f"{task.id}.{task.attempt}" in waiting else task for task in tasks]


def _cancel(transaction: Transaction, principal: Principal, run_id: str) -> None:
    row = storage.locked(transaction, run_id)
    if row is None or RunState(row.state).ended or row.state == RunState.CANCELING:
        return
    storage.move(transaction, row, RunState.CANCELING, now_ms())
    events.record(transaction, event(principal, "pipeline_run.canceled", _resource(run_id)))


def open_experiment(transaction: Transaction, principal: Principal, experiment_id: str) -> str:
    """Its id. Raises InvalidInput when it is in the trash, InvalidState when it is archived."""
    experiment = experiments.existing(transaction, principal, experiment_id)
    if experiment.lifecycle is not Lifecycle.ACTIVE:
        raise experiments.inactive(experiment)
    if ExperimentOfPipelines(experiment).archived:
        raise InvalidState(f"The experiment {experiment.id} is archived; unarchive it first")
    return experiment.id


def _resource(run_id: str) -> Resource:
    return Resource(_KIND, run_id)
