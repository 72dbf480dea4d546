from dataclasses import dataclass

from modelyard.services.artifacts import Artifacts
from modelyard.services.direct_access import DirectAccess
from modelyard.services.experiments import Experiments
from modelyard.services.logged_models import LoggedModels
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.services.series import Series
from modelyard.services.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class MlflowState:
    """The services that the handlers call."""

    experiments: Experiments
    runs: Runs
    run_log: RunLog
    series: Series
    artifacts: Artifacts
    direct_access: DirectAccess
    models: Models
    versions: ModelVersions
    logged_models: LoggedModels
    webhooks: Webhooks
