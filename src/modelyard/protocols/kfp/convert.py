"""Theirs to ours and back, pure."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw

from modelyard.domain.errors import InvalidInput
from modelyard.domain.experiments import ExperimentOfPipelines
from modelyard.domain.pipeline_runs import (
    Artifact,
    Failure,
    Moment,
    NewPipelineRun,
    PipelineRun,
    PipelineRunDetail,
    RunState,
    Task,
    TaskKind,
    TaskState,
    Values,
)
from modelyard.domain.pipelines import NewPipeline, NewVersion, Pipeline, PipelineVersion
from modelyard.protocols.kfp import times, wire

_PLATFORMS = b'"platforms"'
_CANCELED = Failure(1, "The run was terminated")
_TASK_STATES = {TaskState.WAITING: "PENDING", TaskState.CACHED: "SUCCEEDED"}
"""Where their word is another one."""


def storage_state(*, archived: bool) -> str:
    return "ARCHIVED" if archived else "AVAILABLE"


def experiment(one: ExperimentOfPipelines) -> wire.Experiment:
    return wire.Experiment(
        experiment_id=one.experiment.id,
        display_name=one.experiment.name,
        description=one.description,
        created_at=times.text(one.experiment.created_at),
        storage_state=storage_state(archived=one.archived),
        last_run_created_at=times.text(one.last_run_at),
    )


def pipeline(one: Pipeline) -> wire.Pipeline:
    return wire.Pipeline(
        pipeline_id=one.id,
        display_name=one.display_name,
        name=one.name,
        description=one.description,
        created_at=times.text(one.created_at),
        tags=dict(one.tags),
    )


def version(one: PipelineVersion) -> wire.PipelineVersion:
    return wire.PipelineVersion(
        pipeline_id=one.pipeline_id,
        pipeline_version_id=one.id,
        display_name=one.display_name,
        name=one.name,
        description=one.description,
        created_at=times.text(one.created_at),
        package_url=wire.Url(one.package_url) if one.package_url else None,
        code_source_url=one.code_url,
        pipeline_spec=_spec(one.document),
        tags=dict(one.tags),
    )


def new_pipeline(sent: wire.Pipeline) -> NewPipeline:
    return NewPipeline(sent.name or sent.display_name, sent.display_name, sent.description, sent.tags)


def new_version(sent: wire.PipelineVersion) -> NewVersion:
    """Raises InvalidInput without a pipeline: nothing is fetched from a URL for whoever asks."""
    if sent.pipeline_spec is None:
        raise InvalidInput(
            "pipeline_spec is missing. The server fetches no pipeline from a package_url: send it as pipeline_spec, or "
            "upload the file"
        )
    return NewVersion(
        document=json.dumps(sent.pipeline_spec).encode(),
        name=sent.name or sent.display_name,
        display_name=sent.display_name,
        description=sent.description,
        package_url=sent.package_url.pipeline_url if sent.package_url else "",
        code_url=sent.code_source_url,
        tags=sent.tags,
    )


def source(
    spec: Any, reference: wire.PipelineVersionReference | None, version_id: str
) -> tuple[bytes, wire.PipelineVersionReference]:
    """What to run: a document, or what names a version. Raises InvalidInput for both."""
    named = reference or wire.PipelineVersionReference(pipeline_version_id=version_id)
    if spec is None:
        return b"", named
    if named.pipeline_id or named.pipeline_version_id:
        raise InvalidInput("Give either a pipeline_spec or a pipeline_version_reference, not both")
    return json.dumps(spec).encode(), named


def new_run(sent: wire.Run) -> NewPipelineRun:
    document, named = source(sent.pipeline_spec, sent.pipeline_version_reference, sent.pipeline_version_id)
    config = sent.runtime_config or wire.RuntimeConfig()
    return NewPipelineRun(
        name=sent.display_name,
        experiment_id=sent.experiment_id,
        description=sent.description,
        document=document,
        pipeline_id=named.pipeline_id,
        version_id=named.pipeline_version_id,
        parameters=config.parameters,
        pipeline_root=config.pipeline_root,
        service_account=sent.service_account,
    )


def run(one: PipelineRun, *, canceled_as_failed: bool, tasks: Sequence[Task] | None = None) -> wire.Run:
    """With details where its tasks are given."""
    state = _run_state(one.state, canceled_as_failed=canceled_as_failed)
    named = wire.PipelineVersionReference(one.pipeline_id, one.version_id)
    return wire.Run(
        experiment_id=one.experiment_id,
        run_id=one.id,
        display_name=one.name,
        storage_state=storage_state(archived=one.archived),
        description=one.description,
        pipeline_spec=None if one.pipeline_id else _spec(one.document),
        pipeline_version_reference=named if one.pipeline_id else None,
        runtime_config=runtime_config(one.parameters, one.pipeline_root),
        service_account=one.service_account,
        created_at=times.text(one.created_at),
        scheduled_at=times.text(one.scheduled_at),
        finished_at=times.text(one.ended_at),
        state=state,
        error=_status(one.error or (_CANCELED if state != one.state else None)),
        run_details=None if tasks is None else wire.RunDetails(task_details=_task_details(tasks)),
        recurring_run_id=one.schedule_id,
        state_history=_history(one.history),
    )


def detail(one: PipelineRunDetail, *, canceled_as_failed: bool) -> wire.Run:
    return run(one.run, canceled_as_failed=canceled_as_failed, tasks=one.tasks)


def runtime_config(parameters: Mapping[str, Any], root: str) -> wire.RuntimeConfig | None:
    return wire.RuntimeConfig(dict(parameters), root) if parameters or root else None


def spec_of(document: bytes) -> Any:
    return _spec(document)


def _run_state(state: RunState, *, canceled_as_failed: bool) -> str:
    """Clients of kfp wait for ever for a run that was terminated, unless they are told that it failed."""
    return "FAILED" if canceled_as_failed and state is RunState.CANCELED else state.value


def _spec(document: bytes) -> Any:
    """As it is, or beside its platforms where it has some."""
    if not document:
        return None
    if _PLATFORMS not in document:
        return Raw(document)
    whole = json.loads(document)
    platforms = whole.pop("platforms", None)
    return {"pipeline_spec": whole, "platform_spec": {"platforms": platforms}} if platforms else whole


def _task_details(tasks: Sequence[Task]) -> list[wire.TaskDetail]:
    children: dict[str, list[wire.ChildTask]] = defaultdict(list)
    for task in tasks:
        if task.parent_id:
            children[task.parent_id].append(wire.ChildTask(task_id=task.id))
    return [_task(task, children.get(task.id, [])) for task in tasks]


def _task(one: Task, children: list[wire.ChildTask]) -> wire.TaskDetail:
    process = one.id if one.kind is TaskKind.STEP else ""
    return wire.TaskDetail(
        run_id=one.run_id,
        task_id=one.id,
        display_name=one.display_name or one.name,
        create_time=times.text(one.created_at),
        start_time=times.text(one.started_at),
        end_time=times.text(one.ended_at),
        executor_detail=wire.ExecutorDetail(main_job=process) if process else None,
        state=_TASK_STATES.get(one.state, one.state.value),
        error=_status(one.error),
        inputs=_ids(one.inputs),
        outputs=_ids(one.outputs),
        parent_task_id=one.parent_id,
        state_history=_history(one.history),
        pod_name=process,
        child_tasks=children,
        cached=one.state is TaskState.CACHED,
        input_parameters=dict(one.inputs.parameters),
        output_parameters=dict(one.outputs.parameters),
        input_artifacts=_artifacts(one.inputs),
        output_artifacts=_artifacts(one.outputs),
    )


def _ids(values: Values) -> dict[str, wire.ArtifactList]:
    return {name: wire.ArtifactList([one.id for one in many]) for name, many in values.artifacts.items()}


def _artifacts(values: Values) -> dict[str, list[wire.Artifact]]:
    return {name: [_artifact(one) for one in many] for name, many in values.artifacts.items()}


def _artifact(one: Artifact) -> wire.Artifact:
    return wire.Artifact(one.id, one.name, one.schema_title, one.uri, dict(one.metadata))


def _history(moments: Sequence[Moment]) -> list[wire.RuntimeStatus]:
    return [
        wire.RuntimeStatus(times.text(one.at), _TASK_STATES.get(one.state, one.state), _status(one.error))  # type: ignore[call-overload]
        for one in moments
    ]


def _status(error: Failure | None) -> wire.Status | None:
    return None if error is None else wire.Status(error.code, error.message)
