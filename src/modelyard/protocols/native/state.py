from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from modelyard.domain.endpoint_status import KeptPayload, Lately, Stretch
from modelyard.protocols.native import wire
from modelyard.services.artifacts import Artifacts
from modelyard.services.charts import Charts
from modelyard.services.deletion import Deletion
from modelyard.services.endpoints import Endpoints
from modelyard.services.events import Events
from modelyard.services.experiments import Experiments
from modelyard.services.graphs import Graphs
from modelyard.services.jobs import Jobs
from modelyard.services.manifests import Manifests
from modelyard.services.model_documents import ModelDocuments
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.pipeline_lineage import PipelineLineage
from modelyard.services.pipeline_logs import PipelineLogs
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipelines import Pipelines
from modelyard.services.rollouts import Rollouts
from modelyard.services.run_batches import RunBatches
from modelyard.services.run_overviews import RunOverviews
from modelyard.services.run_trees import RunTrees
from modelyard.services.runs import Runs
from modelyard.services.schedules import Schedules
from modelyard.services.series import Series
from modelyard.services.tables import Tables
from modelyard.services.trigger_firings import TriggerFirings
from modelyard.services.triggers import Triggers


@dataclass(frozen=True, slots=True)
class NativeState:
    """What the handlers of the native API work with.

    `traffic` is what the data plane knows of an endpoint's revisions, `history` the same in stretches of some seconds,
    `payloads` reads the newest that were kept; `draining` says that the server is going down.
    """

    server: wire.Server
    experiments: Experiments
    runs: Runs
    series: Series
    charts: Charts
    trees: RunTrees
    overviews: RunOverviews
    batches: RunBatches
    artifacts: Artifacts
    tables: Tables
    models: Models
    versions: ModelVersions
    documents: ModelDocuments
    endpoints: Endpoints
    rollouts: Rollouts
    graphs: Graphs
    manifests: Manifests
    traffic: Callable[[str], Mapping[int, Lately]]
    history: Callable[[str, int], Mapping[int, Sequence[Stretch]]]
    payloads: Callable[[str, int], Awaitable[Sequence[KeptPayload]]]
    events: Events
    draining: Callable[[], bool]
    jobs: Jobs
    deletion: Deletion
    pipelines: Pipelines
    pipeline_runs: PipelineRuns
    pipeline_logs: PipelineLogs
    lineage: PipelineLineage
    schedules: Schedules
    triggers: Triggers
    trigger_firings: TriggerFirings
