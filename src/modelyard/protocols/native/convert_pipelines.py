"""Ours to the wire's and back, pure."""

from collections.abc import Sequence

from msgspec import Raw

from modelyard.domain import pipeline_runs as runs
from modelyard.domain import pipelines
from modelyard.domain.errors import NotFound
from modelyard.domain.lineage import CacheSource, Made, Traced, Yield
from modelyard.domain.listing import Listed
from modelyard.domain.schedules import NewSchedule, Plan, Schedule
from modelyard.protocols.native import convert_starters
from modelyard.protocols.native import wire_pipelines as wire

_NAMELESS = "There is no pipeline without an id; give that of a pipeline"


def uploaded(sent: wire.CreatePipeline | wire.AddVersion | wire.StartRun) -> bytes:
    return sent.archive or sent.document.encode("utf-8", "replace")


def pipeline(one: pipelines.Pipeline) -> wire.Pipeline:
    return wire.Pipeline(one.id, one.name, one.display_name, one.description, one.created_at, dict(one.tags))


def pipeline_page(found: Listed[pipelines.Pipeline]) -> wire.Pipelines:
    return wire.Pipelines([pipeline(one) for one in found.items], found.total, found.next_token)


def version(one: pipelines.PipelineVersion, *, whole: bool = True) -> wire.PipelineVersion:
    return wire.PipelineVersion(
        id=one.id,
        pipeline_id=one.pipeline_id,
        name=one.name,
        display_name=one.display_name,
        description=one.description,
        created_at=one.created_at,
        tags=dict(one.tags),
        document=Raw(one.document) if whole and one.document else None,
    )


def version_page(found: Listed[pipelines.PipelineVersion]) -> wire.PipelineVersions:
    return wire.PipelineVersions([version(one, whole=False) for one in found.items], found.total, found.next_token)


def run(one: runs.PipelineRun) -> wire.PipelineRun:
    return wire.PipelineRun(
        id=one.id,
        experiment_id=one.experiment_id,
        name=one.name,
        description=one.description,
        state=one.state,
        archived=one.archived,
        user=one.user,
        pipeline=one.pipeline,
        pipeline_id=one.pipeline_id,
        version_id=one.version_id,
        schedule_id=one.schedule_id,
        trigger_id=one.trigger_id,
        tracking_run_id=one.tracking_run_id,
        parameters=dict(one.parameters),
        error=_failure(one.error),
        created_at=one.created_at,
        scheduled_at=one.scheduled_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        history=_history(one.history),
    )


def document(one: runs.PipelineRun) -> wire.PipelineDocument:
    return wire.PipelineDocument(Raw(one.document))


def run_page(found: Listed[runs.PipelineRun]) -> wire.PipelineRuns:
    return wire.PipelineRuns([run(one) for one in found.items], found.total, found.next_token)


def detail(one: runs.PipelineRunDetail) -> wire.PipelineRunDetail:
    return wire.PipelineRunDetail(run(one.run), [task(each) for each in one.tasks])


def task(one: runs.Task) -> wire.Task:
    return wire.Task(
        id=one.id,
        parent_id=one.parent_id,
        name=one.name,
        display_name=one.display_name or one.name,
        kind=one.kind,
        state=one.state,
        iteration=one.iteration,
        attempt=one.attempt,
        created_at=one.created_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        inputs=_values(one.inputs),
        outputs=_values(one.outputs),
        error=_failure(one.error),
        cached_from=one.cached_from,
        history=_history(one.history),
    )


def new_run(sent: wire.StartRun) -> runs.NewPipelineRun:
    """Raises NotFound when it names nothing to run."""
    document = uploaded(sent)
    if not document and not sent.pipeline_id and not sent.version_id:
        raise NotFound(_NAMELESS)
    return runs.NewPipelineRun(
        name=sent.name,
        experiment_id=sent.experiment_id,
        description=sent.description,
        document=document,
        pipeline_id=sent.pipeline_id,
        version_id=sent.version_id,
        parameters=sent.parameters,
    )


def schedule(one: Schedule) -> wire.Schedule:
    plan = one.plan
    return wire.Schedule(
        **convert_starters.told(one),
        cron=plan.cron,
        every=plan.every,
        start_at=plan.start_at,
        end_at=plan.end_at,
        catch_up=plan.catch_up,
        max_concurrency=plan.most_at_once,
        parameters=dict(plan.parameters),
        next_at=one.next_at,
    )


def schedule_page(found: Listed[Schedule]) -> wire.Schedules:
    return wire.Schedules([schedule(one) for one in found.items], found.total, found.next_token)


def new_schedule(sent: wire.CreateSchedule) -> NewSchedule:
    """Raises NotFound when it names nothing to run."""
    if not sent.pipeline_id and not sent.version_id:
        raise NotFound(_NAMELESS)
    plan = Plan(
        cron=sent.cron,
        every=sent.every,
        start_at=sent.start_at,
        end_at=sent.end_at,
        catch_up=sent.catch_up,
        most_at_once=sent.max_concurrency,
        parameters=sent.parameters,
    )
    return NewSchedule(**convert_starters.asked(sent), plan=plan)


def traced(one: Traced) -> wire.ArtifactLineage:
    uses = [wire.Use(use.run_id, use.run_name, use.task_id, use.task_name, use.direction, use.name) for use in one.uses]
    return wire.ArtifactLineage(one.id, one.uri, one.schema_title, uses, _models(one.models))


def yielded(one: Yield) -> wire.RunLineage:
    return wire.RunLineage([artifact(each) for each in one.artifacts], _models(one.models))


def artifact(one: runs.Artifact) -> wire.PipelineArtifact:
    return wire.PipelineArtifact(one.id, one.name, one.schema_title, one.uri, dict(one.metadata))


def cache_source(one: CacheSource) -> wire.CacheSource:
    return wire.CacheSource(one.run_id, one.run_name, one.task_id, one.task_name)


def _models(made: Sequence[Made]) -> list[wire.MadeModel]:
    return [wire.MadeModel(one.model, one.version, one.source, list(one.endpoints)) for one in made]


def _values(values: runs.Values) -> wire.Values:
    made = {name: [artifact(one) for one in many] for name, many in values.artifacts.items()}
    return wire.Values(dict(values.parameters), made)


def _history(moments: Sequence[runs.Moment]) -> list[wire.Moment]:
    return [wire.Moment(one.at, one.state, _failure(one.error)) for one in moments]


def _failure(one: runs.Failure | None) -> wire.TaskFailure | None:
    return None if one is None else wire.TaskFailure(one.code, one.message)
