"""All use cases over one database and one store."""

from collections.abc import Callable
from dataclasses import dataclass

from modelyard.domain.webhooks import Courier
from modelyard.services.artifacts import Artifacts
from modelyard.services.charts import Charts
from modelyard.services.deletion import Deletion
from modelyard.services.endpoints import Endpoints
from modelyard.services.events import Events
from modelyard.services.experiments import Experiments
from modelyard.services.jobs import Jobs
from modelyard.services.logged_models import LoggedModels
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.recent_points import RecentPoints
from modelyard.services.run_log import RunLog
from modelyard.services.run_trees import RunTrees
from modelyard.services.runs import Runs
from modelyard.services.series import Series
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
    models: Models
    versions: ModelVersions
    logged_models: LoggedModels
    artifacts: Artifacts
    endpoints: Endpoints
    events: Events
    jobs: Jobs
    deletion: Deletion
    webhooks: Webhooks


def over(
    database: Database, blobs: Blobs, largest_file: int, read_log: Callable[[str, int], str], courier: Courier
) -> Services:
    """`read_log(name, lines)` gives the last lines that an endpoint's replicas wrote."""
    versions = ModelVersions(database)
    jobs = Jobs(database)
    recent = RecentPoints(database)
    return Services(
        experiments=Experiments(database),
        runs=Runs(database),
        run_log=RunLog(database),
        series=Series(database, recent),
        charts=Charts(database, recent),
        trees=RunTrees(database),
        models=Models(database),
        versions=versions,
        logged_models=LoggedModels(database),
        artifacts=Artifacts(database, blobs, largest_file),
        endpoints=Endpoints(database, versions, read_log),
        events=Events(database),
        jobs=jobs,
        deletion=Deletion(database, blobs, jobs),
        webhooks=Webhooks(database, courier),
    )
