"""What goes into a task, from what is known around it."""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_runs import Artifact, Failure, PipelineRun, Task, TaskState, Values
from modelyard.domain.pipeline_spec import (
    Component,
    Constant,
    Dag,
    FinalStatus,
    FromInput,
    FromTask,
    Json,
    Loop,
    Parameter,
    ParameterType,
    Source,
    TaskSpec,
)
from modelyard.formats.pipeline_spec import cel
from modelyard.formats.pipeline_spec.parameters import as_text, cast
from modelyard.formats.pipeline_spec.placeholders import Known, filled_within

ROOT = "root"
MOST_ROUNDS = 10_000
_INJECTED = (ParameterType.TASK_CONFIG,)
_STATUSES = {
    TaskState.SUCCEEDED: "SUCCEEDED",
    TaskState.CACHED: "SUCCEEDED",
    TaskState.CANCELED: "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Around:
    """What a task's sources can be: inputs of the component it is in, and the tasks beside it.

    `outer` looks further out for the item of a loop: the SDK forgets to pass on those that are used within a text.

    `complete` says COMPLETE in a final status where the documentation says SUCCEEDED, as KFP's own backend does.
    """

    given: Values
    outer: Callable[[str], Json]
    beside: Mapping[str, Task]
    words: Mapping[str, str]
    complete: bool = False


def of_run(run: PipelineRun, root: Component) -> Values:
    """Raises InvalidInput naming a parameter that is missing."""
    found = {name: value for name, value in run.parameters.items() if value is not None}
    return Values(_with_defaults(found, root, "The pipeline"))


def resolve(spec: TaskSpec, component: Component, around: Around) -> Values:
    """Raises InvalidInput naming an input that has no value or a wrong one."""
    found: dict[str, Json] = {}
    constants: dict[str, Constant] = {}
    for name, source in spec.parameters.items():
        if isinstance(source, Constant) and "{{$" in as_text(source.value):
            constants[name] = source
        elif (value := _value(source, spec, around)) is not None:
            found[name] = value
    for name, source in constants.items():
        known = Known({"inputs": {"parameterValues": dict(found)}}, around.words)
        value = _selected(filled_within(source.value, known), source.selector)
        if value is not None:
            found[name] = value
    what = f"Task '{spec.name}'"
    absent = frozenset({spec.loop.item_input} if spec.loop else ())
    return Values(
        _with_defaults(_typed(found, component, what), component, what, absent),
        _artifacts(spec, component, around, absent),
    )


def items(loop: Loop, given: Values, words: Mapping[str, str]) -> Sequence[Json] | Sequence[Artifact]:
    """What a loop runs for. Raises InvalidInput when that is no list."""
    if loop.over_artifacts:
        return given.artifacts.get(loop.items, ())
    value = given.parameters.get(loop.items) if loop.from_input else _raw(loop.items, given, words)
    if isinstance(value, str):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)
    if not isinstance(value, list):
        raise InvalidInput(f"The items of the loop must be a list, not {as_text(value)[:100]}")
    if len(value) > MOST_ROUNDS:
        raise InvalidInput(f"The loop has {len(value):,} items; it may have {MOST_ROUNDS:,}")
    return value


def of_iteration(
    loop: Loop, component: Component, given: Values, item: Json | Artifact, used: frozenset[str]
) -> Values:
    """The inputs of one round: the item, and of the others what is read within."""
    parameters = {name: value for name, value in given.parameters.items() if name in used}
    artifacts = {name: value for name, value in given.artifacts.items() if name in used}
    if isinstance(item, Artifact):
        return Values(parameters, artifacts | {loop.item_input: (item,)})
    wanted = component.inputs.parameters.get(loop.item_input, Parameter(ParameterType.STRUCT))
    return Values(parameters | {loop.item_input: cast(item, wanted, f"Loop item '{loop.item_input}'")}, artifacts)


def final_status(task: Task, run_name: str, *, complete: bool) -> Json:
    """A PipelineTaskFinalStatus."""
    state = _STATUSES.get(task.state, str(task.state))
    error: dict[str, Json] = {} if task.error is None else _status(task.error)
    return {
        "state": "COMPLETE" if complete and state == "SUCCEEDED" else state,
        "pipelineJobResourceName": run_name,
        "pipelineTaskName": task.name,
        "error": error,
    }


def _status(failure: Failure) -> dict[str, Json]:
    return {"code": failure.code, "message": failure.message}


def _value(source: Source, spec: TaskSpec, around: Around) -> Json:
    """None when there is none."""
    match source:
        case Constant():
            value = source.value
        case FromInput():
            value = around.given.parameters.get(source.name)
            if value is None:
                value = around.outer(source.name)
        case FromTask():
            producer = around.beside[source.task]
            value = producer.outputs.parameters.get(source.output)
            if value is None and producer.state.produced and source.output in producer.outputs.artifacts:
                raise InvalidInput(f"Task '{spec.name}' reads artifact '{source.output}' of '{source.task}' as a value")
        case FinalStatus():
            name = around.words["pipeline_job_resource_name"]
            value = final_status(around.beside[source.task], name, complete=around.complete)
    return _selected(value, source.selector)


def _selected(value: Json, selector: str) -> Json:
    if value is None or not selector:
        return value
    return cel.evaluate(selector, {"string_value": as_text(value), "value": value})


def _typed(found: Mapping[str, Json], component: Component, what: str) -> dict[str, Json]:
    known = component.inputs.parameters
    return {
        name: cast(value, known[name], f"{what}: parameter '{name}'") if name in known else value
        for name, value in found.items()
    }


def _with_defaults(
    found: Mapping[str, Json], component: Component, what: str, absent: frozenset[str] = frozenset()
) -> dict[str, Json]:
    """What is optional and has neither value nor default stays away, so that a function's own default applies.

    So does what a DAG lacks: the SDK declares inputs that nothing in it reads, and gives them no value.
    """
    strict = not isinstance(component.body, Dag) or component.name == ROOT
    values = dict(found)
    for name, parameter in component.inputs.parameters.items():
        if name in values or name in absent:
            continue
        if parameter.default is not None:
            values[name] = cast(parameter.default, parameter, f"{what}: the default of parameter '{name}'")
        elif strict and not parameter.optional and not parameter.has_default and parameter.type not in _INJECTED:
            raise InvalidInput(f"{what} has no value for its parameter '{name}'")
    return values


def _artifacts(
    spec: TaskSpec, component: Component, around: Around, absent: frozenset[str]
) -> dict[str, Sequence[Artifact]]:
    found: dict[str, Sequence[Artifact]] = {}
    for name, sources in spec.artifacts.items():
        artifacts: list[Artifact] = []
        for source in sources:
            if isinstance(source, FromInput):
                artifacts += around.given.artifacts.get(source.name, ())
            elif isinstance(source, FromTask):
                artifacts += around.beside[source.task].outputs.artifacts.get(source.output, ())
        kind = component.inputs.artifacts.get(name)
        if artifacts or (kind is not None and kind.many and _ended_well(sources, around)):
            found[name] = tuple(artifacts)
    for name, kind in component.inputs.artifacts.items():
        if name not in found and name not in absent and not kind.optional:
            raise InvalidInput(f"Task '{spec.name}' has no artifact for its input '{name}'")
    return found


def _ended_well(sources: Sequence[Source], around: Around) -> bool:
    """A loop over nothing puts out an empty list, which is a value; a task that failed puts out none."""
    return all(not isinstance(source, FromTask) or around.beside[source.task].state.produced for source in sources)


def _raw(text: str, given: Values, words: Mapping[str, str]) -> Json:
    known = Known({"inputs": {"parameterValues": dict(given.parameters)}}, words)
    try:
        return filled_within(json.loads(text), known)
    except ValueError:
        return filled_within(text, known)
