from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import (
    Constant,
    Dag,
    FinalStatus,
    FromInput,
    FromTask,
    Loop,
    OutputOf,
    Retry,
    Source,
    TaskSpec,
)
from modelyard.formats.pipeline_spec.fields import Fields

LONGEST_BACKOFF = 3600.0
_AFTER_ALL = "ALL_UPSTREAM_TASKS_COMPLETED"


def dag(entry: Fields) -> Dag:
    """The tasks of a component and what they put out for it."""
    outputs = entry.inner("outputs")
    return Dag(
        tasks={name: _task(name, task) for name, task in entry.entries("tasks")},
        parameters={name: _parameter_outputs(output) for name, output in outputs.entries("parameters")},
        artifacts={
            name: _selected(output.rows("artifactSelectors"), "outputArtifactKey")
            for name, output in outputs.entries("artifacts")
        },
    )


def constant(entry: Fields) -> Constant:
    """A value known when the pipeline was compiled, also as older SDKs wrote it."""
    old = entry.inner("constantValue")
    for name in ("stringValue", "intValue", "doubleValue"):
        if name in old:
            value = old.get(name)
            return Constant(int(old.number(name)) if name == "intValue" else value)
    return Constant(entry.get("constant"))


def _task(name: str, entry: Fields) -> TaskSpec:
    trigger, caching, inputs = entry.inner("triggerPolicy"), entry.inner("cachingOptions"), entry.inner("inputs")
    return TaskSpec(
        name=name,
        display_name=entry.inner("taskInfo").text("name") or name,
        component=entry.inner("componentRef").needed("name"),
        parameters={key: source(given) for key, given in inputs.entries("parameters")},
        artifacts={key: _artifact_sources(given) for key, given in inputs.entries("artifacts")},
        depends_on=entry.texts("dependentTasks"),
        condition=trigger.text("condition"),
        even_after_failure=trigger.get("strategy") in (_AFTER_ALL, 2),
        loop=_loop(entry),
        retry=_retry(entry.inner("retryPolicy")),
        caching=caching.flag("enableCache"),
        cache_key=caching.text("cacheKey"),
    )


def source(entry: Fields) -> Source:
    """Where the value of a parameter comes from."""
    selector = entry.text("parameterExpressionSelector")
    if "taskOutputParameter" in entry:
        output = entry.inner("taskOutputParameter")
        return FromTask(output.needed("producerTask"), output.needed("outputParameterKey"), selector)
    if "componentInputParameter" in entry:
        return FromInput(entry.needed("componentInputParameter"), selector)
    if "taskFinalStatus" in entry:
        return FinalStatus(entry.inner("taskFinalStatus").needed("producerTask"), selector)
    if "runtimeValue" in entry:
        runtime = entry.inner("runtimeValue")
        if "runtimeParameter" in runtime:
            return FromInput(runtime.needed("runtimeParameter"), selector)
        return Constant(constant(runtime).value, selector)
    known = "taskOutputParameter, componentInputParameter, runtimeValue or taskFinalStatus"
    raise InvalidInput(f"{entry.path} says nowhere where its value comes from; it must have {known}")


def _artifact_sources(entry: Fields) -> Sequence[Source]:
    if "taskOutputArtifact" in entry:
        output = entry.inner("taskOutputArtifact")
        return (FromTask(output.needed("producerTask"), output.needed("outputArtifactKey")),)
    if "componentInputArtifact" in entry:
        return (FromInput(entry.needed("componentInputArtifact")),)
    raise InvalidInput(f"{entry.path} must have taskOutputArtifact or componentInputArtifact")


def _parameter_outputs(entry: Fields) -> Sequence[OutputOf]:
    if "valueFromParameter" in entry:
        return _selected([entry.inner("valueFromParameter")], "outputParameterKey")
    return _selected(entry.inner("valueFromOneof").rows("parameterSelectors"), "outputParameterKey")


def _selected(selectors: Sequence[Fields], key: str) -> Sequence[OutputOf]:
    return tuple(OutputOf(selector.needed("producerSubtask"), selector.needed(key)) for selector in selectors)


def _loop(entry: Fields) -> Loop | None:
    limit = int(entry.inner("iteratorPolicy").number("parallelismLimit"))
    if "parameterIterator" in entry:
        iterator = entry.inner("parameterIterator")
        items = iterator.inner("items")
        given = "inputParameter" in items
        found = items.needed("inputParameter") if given else items.needed("raw")
        return Loop(iterator.needed("itemInput"), found, from_input=given, parallelism=limit)
    if "artifactIterator" in entry:
        iterator = entry.inner("artifactIterator")
        name = iterator.inner("items").needed("inputArtifact")
        return Loop(iterator.needed("itemInput"), name, from_input=True, over_artifacts=True, parallelism=limit)
    return None


def _retry(entry: Fields) -> Retry:
    return Retry(
        most=max(0, int(entry.number("maxRetryCount"))),
        backoff=entry.seconds("backoffDuration", 0.0),
        factor=entry.number("backoffFactor") or 2.0,
        longest=entry.seconds("backoffMaxDuration", LONGEST_BACKOFF) or LONGEST_BACKOFF,
    )
