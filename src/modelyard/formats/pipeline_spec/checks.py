"""What a pipeline must hold together: names that exist, no circles, sources that a value can come from."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import (
    Component,
    Dag,
    FinalStatus,
    FromTask,
    ParameterType,
    PipelineSpec,
    Source,
    TaskSpec,
)


def check(spec: PipelineSpec) -> None:
    """Raises InvalidInput naming what does not hold, and where."""
    for name, parameter in spec.root.inputs.parameters.items():
        if parameter.type is ParameterType.TASK_FINAL_STATUS:
            raise InvalidInput(
                f"The pipeline's input '{name}' is a PipelineTaskFinalStatus, which only a task within it can be given"
            )
    dags: dict[str, Dag] = {}
    for component in (spec.root, *spec.components.values()):
        if isinstance(component.body, Dag):
            _check_dag(component, component.body, spec.components)
            dags[component.name] = component.body
    _no_circle(
        {name: {task.component for task in dag.tasks.values()} & dags.keys() for name, dag in dags.items()},
        "Components contain each other in a circle",
    )


def upstream(task: TaskSpec) -> Sequence[str]:
    """The tasks of the same DAG that a task waits for."""
    return list(dict.fromkeys([*task.depends_on, *(name for name, _ in _producers(task))]))


def _producers(task: TaskSpec) -> Iterator[tuple[str, str]]:
    for where, source in _sources(task):
        if isinstance(source, FromTask | FinalStatus):
            yield source.task, where


def _sources(task: TaskSpec) -> Iterator[tuple[str, Source]]:
    for name, source in task.parameters.items():
        yield f"inputs.parameters.{name}", source
    for name, sources in task.artifacts.items():
        for source in sources:
            yield f"inputs.artifacts.{name}", source


def _check_dag(component: Component, dag: Dag, components: Mapping[str, Component]) -> None:
    path = f"{component.name}.dag.tasks"
    for task in dag.tasks.values():
        if task.component not in components:
            raise InvalidInput(f"{path}.{task.name} is of the component '{task.component}', which is not in components")
        _check_task(dag, task, components, f"{path}.{task.name}")
    for kind, outputs in (("parameters", dag.parameters), ("artifacts", dag.artifacts)):
        for name, selected in outputs.items():
            for one in selected:
                _check_output(dag, one.task, one.output, components, f"{component.name}.dag.outputs.{kind}.{name}")
    _no_circle({task.name: upstream(task) for task in dag.tasks.values()}, f"Tasks in {path} wait for each other")


def _check_task(dag: Dag, task: TaskSpec, components: Mapping[str, Component], path: str) -> None:
    for name in task.depends_on:
        if name not in dag.tasks:
            raise InvalidInput(f"{path}.dependentTasks names '{name}', which is no task beside it")
    for where, source in _sources(task):
        if isinstance(source, FromTask):
            _check_output(dag, source.task, source.output, components, f"{path}.{where}")
        elif isinstance(source, FinalStatus) and source.task not in dag.tasks:
            raise InvalidInput(f"{path}.{where} is the status of '{source.task}', which is no task beside it")


def _check_output(dag: Dag, task: str, output: str, components: Mapping[str, Component], where: str) -> None:
    if task not in dag.tasks:
        raise InvalidInput(f"{where} comes from task '{task}', which is no task beside it")
    producer = components.get(dag.tasks[task].component)
    if producer is None:
        return  # told where that task is looked at
    if output not in producer.outputs.parameters and output not in producer.outputs.artifacts:
        raise InvalidInput(f"{where} is output '{output}' of task '{task}', which {producer.name} does not have")


def _no_circle(edges: Mapping[str, Sequence[str] | set[str]], problem: str) -> None:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        raise InvalidInput(f"{problem}: {' - '.join(reversed(error.args[1]))}") from None
