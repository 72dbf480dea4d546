"""What a DAG and a loop put out, from what is in them."""

from collections.abc import Sequence

from modelyard.controllers.pipelines.nodes import Node
from modelyard.domain.pipeline_runs import Artifact, Failure, RunState, Task, TaskState, Values
from modelyard.domain.pipeline_spec import Json, OutputOf

ABORTED, DEADLINE, PRECONDITION = 10, 4, 9
_ENDINGS = {TaskState.SUCCEEDED: RunState.SUCCEEDED, TaskState.FAILED: RunState.FAILED}


def of_dag(node: Node) -> Values:
    """An output with several sources is that of the first which has it."""
    parameters: dict[str, Json] = {}
    artifacts: dict[str, Sequence[Artifact]] = {}
    if node.dag is None:
        return Values()
    for name, sources in node.dag.parameters.items():
        for source in sources:
            found = _producer(node, source)
            if found is not None and source.output in found.outputs.parameters:
                parameters[name] = found.outputs.parameters[source.output]
                break
    for name, sources in node.dag.artifacts.items():
        for source in sources:
            found = _producer(node, source)
            if found is not None and source.output in found.outputs.artifacts:
                artifacts[name] = found.outputs.artifacts[source.output]
                break
    return Values(parameters, artifacts)


def of_loop(node: Node) -> Values:
    """Lists, in the order of the items: of parameters what each round put out, of artifacts all of them in one."""
    rounds = [child.task.outputs for _, child in sorted(node.children.items(), key=lambda item: int(item[0]))]
    outputs = node.component.outputs
    parameters: dict[str, Json] = {
        name: [one.parameters[name] for one in rounds if name in one.parameters] for name in outputs.parameters
    }
    artifacts = {
        name: tuple(artifact for one in rounds for artifact in one.artifacts.get(name, ()))
        for name in outputs.artifacts
    }
    return Values(parameters, artifacts)


def ending(node: Node) -> tuple[TaskState, Failure | None]:
    """How a task with tasks of its own has ended: as the worst of them did."""
    canceled = False
    for child in node.children.values():
        task = child.task
        if task.state is TaskState.FAILED:
            return TaskState.FAILED, Failure(_code(task), f"{_named(task)} failed: {_message(task)}")
        canceled = canceled or task.state is TaskState.CANCELED
    return (TaskState.CANCELED if canceled else TaskState.SUCCEEDED), None


def unfit(before: Sequence[Task]) -> Failure | None:
    """Why a task cannot run: something before it did not succeed."""
    for task in before:
        if not task.state.produced:
            return Failure(PRECONDITION, f"Not started: task '{task.name}' was {task.state.lower()}")
    return None


def of_run(root: Node, *, canceled: bool, overdue: bool) -> tuple[RunState, Failure | None]:
    """How a run has ended with its root; `overdue` when its time was over."""
    if overdue:
        return RunState.FAILED, Failure(DEADLINE, "The run took longer than its pipeline allows")
    if canceled:
        return RunState.CANCELED, root.task.error
    return _ENDINGS.get(root.task.state, RunState.CANCELED), root.task.error


def _producer(node: Node, source: OutputOf) -> Task | None:
    child = node.children.get(source.task)
    return child.task if child is not None and child.task.state.produced else None


def _named(task: Task) -> str:
    return f"Task '{task.name}'" if task.iteration is None else f"Iteration {task.iteration} of '{task.name}'"


def _message(task: Task) -> str:
    """The first line: the end of a log stays with the task it is of."""
    return task.error.message.partition("\n")[0] if task.error is not None else "for an unknown reason"


def _code(task: Task) -> int:
    return task.error.code if task.error is not None else ABORTED
