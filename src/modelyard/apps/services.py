"""All use cases over one database and one store."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.tables import ReadTable
from modelyard.domain.webhooks import Courier
from modelyard.services.artifacts import Artifacts
from modelyard.services.charts import Charts
from modelyard.services.deletion import Deletion
from modelyard.services.direct_access import DirectAccess
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints, ReadLog
from modelyard.services.events import Events
from modelyard.services.experiments import Experiments
from modelyard.services.graphs import Graphs
from modelyard.services.jobs import Jobs
from modelyard.services.logged_models import LoggedModels
from modelyard.services.manifests import Manifests
from modelyard.services.model_documents import ModelDocuments
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.outside_models import OutsideModels
from modelyard.services.pipeline_experiments import PipelineExperiments
from modelyard.services.pipeline_lineage import PipelineLineage
from modelyard.services.pipeline_logs import LiveLog, PipelineLogs
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.services.pipelines import Pipelines
from modelyard.services.recent_points import RecentPoints
from modelyard.services.rollouts import Rollouts
from modelyard.services.run_batches import RunBatches
from modelyard.services.run_log import RunLog
from modelyard.services.run_overviews import RunOverviews
from modelyard.services.run_trees import RunTrees
from modelyard.services.runs import Runs
from modelyard.services.schedules import Schedules
from modelyard.services.series import Series
from modelyard.services.tables import Tables
from modelyard.services.trigger_firings import TriggerFirings
from modelyard.services.triggers import Triggers
from modelyard.services.webhooks import Webhooks
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    experiments: Experiments
    runs: Runs
    run_log: RunLog
    series: Series
    charts: Charts
    trees: RunTrees
    overviews: RunOverviews
    batches: RunBatches
    models: Models
    versions: ModelVersions
    documents: ModelDocuments
    logged_models: LoggedModels
    artifacts: Artifacts
    tables: Tables
    direct_access: DirectAccess
    endpoints: Endpoints
    rollouts: Rollouts
    outside_models: OutsideModels
    graphs: Graphs
    manifests: Manifests
    endpoint_reports: EndpointReports
    endpoint_changes: EndpointChanges
    events: Events
    jobs: Jobs
    deletion: Deletion
    webhooks: Webhooks
    pipelines: Pipelines
    pipeline_runs: PipelineRuns
    pipeline_experiments: PipelineExperiments
    pipeline_work: PipelineWork
    pipeline_logs: PipelineLogs
    lineage: PipelineLineage
    schedules: Schedules
    triggers: Triggers
    trigger_firings: TriggerFirings


@dataclass(frozen=True, slots=True)
class Readers:
    """Where what endpoints and tasks of pipelines print is read while they run, and what reads tables of strangers."""

    endpoint_log: ReadLog
    task_log: LiveLog
    table: ReadTable


def over(
    database: Database,
    blobs: Blobs,
    largest_file: int,
    readers: Readers,
    courier: Courier,
    presign: bool,  # noqa: FBT001 - one of many parts
    model_roots: tuple[Path, ...] = (),
) -> Services:
    """Services that share what they must; `presign` lets clients go to the store themselves, where it can sign.

    `model_roots` are directories that models may be served from.
    """
    changes = EndpointChanges(database)
    happened = asyncio.Event()

    def moved() -> None:
        changes.moved()
        happened.set()

    versions = ModelVersions(database, moved)
    jobs = Jobs(database)
    recent = RecentPoints(database)
    runs, run_log = Runs(database), RunLog(database)
    experiments, artifacts = Experiments(database), Artifacts(database, blobs, largest_file)
    outside = OutsideModels(database, model_roots, largest_file)
    endpoints, rollouts = Endpoints(database, versions, changes, readers.endpoint_log, outside), Rollouts(changes)
    graphs = Graphs(database, changes)
    wanted = asyncio.Event()
    pipeline_runs = PipelineRuns(database, wanted)
    return Services(
        experiments=experiments,
        runs=runs,
        run_log=run_log,
        series=Series(database, recent),
        charts=Charts(database, recent),
        trees=RunTrees(database),
        overviews=RunOverviews(database),
        batches=RunBatches(runs, run_log),
        models=Models(database),
        versions=versions,
        documents=ModelDocuments(versions, artifacts),
        logged_models=LoggedModels(database),
        artifacts=artifacts,
        tables=Tables(artifacts, blobs, readers.table),
        direct_access=DirectAccess(artifacts, blobs.presigned if presign else None),
        endpoints=endpoints,
        rollouts=rollouts,
        outside_models=outside,
        graphs=graphs,
        manifests=Manifests(endpoints, rollouts, graphs),
        endpoint_reports=EndpointReports(database, changes),
        endpoint_changes=changes,
        events=Events(database),
        jobs=jobs,
        deletion=Deletion(database, blobs, jobs),
        webhooks=Webhooks(database, courier),
        pipelines=Pipelines(database),
        pipeline_runs=pipeline_runs,
        pipeline_experiments=PipelineExperiments(database, experiments),
        pipeline_work=PipelineWork(database, artifacts, wanted),
        lineage=PipelineLineage(database),
        pipeline_logs=PipelineLogs(pipeline_runs, artifacts, readers.task_log),
        schedules=Schedules(database, wanted),
        triggers=Triggers(database, happened),
        trigger_firings=TriggerFirings(database, wanted, happened),
    )
