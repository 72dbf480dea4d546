"""Tracking of runs of pipelines: a run of its own for each, and those that mlflow code in its steps starts below it."""

from collections.abc import Mapping, Sequence

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.pipeline_runs import PipelineRun, RunState, Task, TaskState
from modelyard.domain.principals import SYSTEM, Principal, Resource
from modelyard.domain.runs import Run, RunChange, RunStatus
from modelyard.formats.pipeline_spec import reading
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.services.journal import event
from modelyard.storage import run_changes, run_starts, run_tree
from modelyard.storage.database import Transaction

LINK_TAG = "modelyard.pipelineRunId"
TASK_TAG = "modelyard.pipelineTaskId"
TRY_TAG = "modelyard.pipelineTaskTry"
_ENDED_AS = {
    RunState.SUCCEEDED: RunStatus.FINISHED,
    RunState.FAILED: RunStatus.FAILED,
    RunState.CANCELED: RunStatus.KILLED,
}


def tags_in(task: Task, parent: str) -> Mapping[str, str]:
    """What is put on the runs that a step starts; `parent` is its pipeline run's own."""
    return {
        "mlflow.parentRunId": parent,
        LINK_TAG: task.run_id,
        TASK_TAG: task.id,
        TRY_TAG: str(task.attempt),
    }


def start(transaction: Transaction, run: PipelineRun) -> str:
    """The id of its own. Raises InvalidInput when the experiment has been deleted meanwhile."""
    new = Run(hex_id(), run.experiment_id, run.name, run.user, RunStatus.RUNNING, Lifecycle.ACTIVE, now_ms(), None, "")
    tags = {
        "mlflow.runName": run.name,
        "mlflow.user": run.user,
        "mlflow.source.type": "PROJECT",
        "mlflow.source.name": reading.parse(run.document).name,
        LINK_TAG: run.id,
    }
    created = event(_system(run.workspace_id), "run.created", Resource("run", new.id), experiment=run.experiment_id)
    (outcome,) = run_starts.start(transaction, [run_starts.Start(run.workspace_id, new, tags, created)])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome.id


def end(transaction: Transaction, workspace_id: int, own: str, state: RunState, at: int) -> None:
    """Its own, and what steps have left open. One that has been deleted meanwhile stays as it is."""
    left = run_tree.open_below(transaction, workspace_id, own, (TASK_TAG,))
    _end(transaction, workspace_id, {own: _ENDED_AS[state], **dict.fromkeys(left, _ENDED_AS[state])}, at)


def end_abandoned(transaction: Transaction, workspace_id: int, own: str, tasks: Sequence[Task], at: int) -> None:
    """What tries have left open that did not succeed: a step that does may have left it for a later one."""
    suspects = {task.id: task for task in tasks if task.attempt or _has_not_succeeded(task)}
    if not suspects:
        return
    found = run_tree.open_below(transaction, workspace_id, own, (TASK_TAG, TRY_TAG))
    ended: dict[str, RunStatus] = {}
    for run_id, tags in found.items():
        task = suspects.get(tags.get(TASK_TAG, ""))
        if task is not None and (_has_not_succeeded(task) or tags.get(TRY_TAG) != str(task.attempt)):
            ended[run_id] = RunStatus.FAILED if task.error else RunStatus.KILLED
    _end(transaction, workspace_id, ended, at)


def _has_not_succeeded(task: Task) -> bool:
    return task.state in (TaskState.FAILED, TaskState.CANCELED)


def _end(transaction: Transaction, workspace_id: int, ended: Mapping[str, RunStatus], at: int) -> None:
    entries = [
        run_changes.Entry(
            workspace_id,
            run_id,
            RunChange(status, at),
            event(_system(workspace_id), "run.updated", Resource("run", run_id)),
        )
        for run_id, status in ended.items()
    ]
    if entries:
        run_changes.update(transaction, entries)


def _system(workspace_id: int) -> Principal:
    return Principal(SYSTEM.name, workspace_id)
