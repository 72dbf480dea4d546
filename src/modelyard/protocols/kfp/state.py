from dataclasses import dataclass

from modelyard.services.artifacts import Artifacts
from modelyard.services.pipeline_experiments import PipelineExperiments
from modelyard.services.pipeline_logs import PipelineLogs
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipelines import Pipelines
from modelyard.services.schedules import Schedules


@dataclass(frozen=True, slots=True)
class KfpState:
    """What the handlers work with. `canceled_as_failed`: a run that was terminated is reported as failed."""

    experiments: PipelineExperiments
    pipelines: Pipelines
    runs: PipelineRuns
    schedules: Schedules
    logs: PipelineLogs
    artifacts: Artifacts
    canceled_as_failed: bool
