from collections.abc import Mapping, Sequence

from modelyard.domain.errors import NotFound
from modelyard.domain.lineage import CacheSource, Made, Traced, Yield
from modelyard.domain.pipeline_runs import Artifact
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.run_comparison import RunComparison, compared
from modelyard.services.authorize import authorize
from modelyard.services.pipeline_runs import existing
from modelyard.storage import pipeline_lineage as storage
from modelyard.storage import pipeline_runs as stored_runs
from modelyard.storage import pipeline_tasks, run_tree, runs
from modelyard.storage.database import Database, Transaction

DEEPEST = 50
MOST = 1000


class PipelineLineage:
    """What came of what. Every call raises PermissionDenied when the principal may not, NotFound for an unknown id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_run(self, principal: Principal, run_id: str) -> Yield:
        """The artifacts of its tasks, and model versions registered of these or by mlflow code in its steps."""
        authorize(principal, "pipeline_runs.read", Resource("pipeline_run", run_id))

        def work(transaction: Transaction) -> Yield:
            run = existing(transaction, principal, run_id)
            made: dict[str, Artifact] = {
                artifact.id: artifact
                for task in pipeline_tasks.of_run(transaction, run_id)
                for artifacts in task.outputs.artifacts.values()
                for artifact in artifacts
            }
            uris = [artifact.uri for artifact in made.values()]
            models = storage.registered_of(transaction, principal.workspace_id, uris)
            tracked = _tracked(transaction, principal, run.tracking_run_id)
            models += storage.registered_by(transaction, principal.workspace_id, tracked)
            return Yield(tuple(made.values()), tuple(_once(models).values()))

        return await self._database.read(work)

    async def of_cached(self, principal: Principal, run_id: str, task_id: str) -> CacheSource:
        """Whose outputs a cached task took. Raises NotFound for one that is not cached, or when that run is gone."""
        authorize(principal, "pipeline_runs.read", Resource("pipeline_run", run_id))

        def work(transaction: Transaction) -> CacheSource:
            existing(transaction, principal, run_id)
            task = pipeline_tasks.one_of(transaction, run_id, task_id)
            if task is None or not task.cached_from:
                raise NotFound(f"The run {run_id} has no task {task_id} that took the outputs of another")
            found = storage.cache_source(transaction, principal.workspace_id, task.fingerprint, task.cached_from)
            if found is None:
                raise NotFound(f"The run of the task {task.cached_from}, which these outputs are from, is deleted")
            return found

        return await self._database.read(work)

    async def side_by_side(self, principal: Principal, run_ids: Sequence[str]) -> RunComparison:
        """Tasks, values and artifacts of runs. Raises NotFound when there is none of them."""
        authorize(principal, "pipeline_runs.read", Resource("pipeline_run"))

        def work(transaction: Transaction) -> RunComparison:
            found = stored_runs.named(transaction, principal.workspace_id, run_ids)
            if not found:
                raise NotFound(f"There is no run of a pipeline with one of the ids {', '.join(run_ids)}")
            return compared(found, pipeline_tasks.of_runs(transaction, [run.id for run in found]))

        return await self._database.read(work)

    async def of_artifact(self, principal: Principal, artifact_id: str) -> Traced:
        """Who made and who read it, and the model versions whose files it is."""
        authorize(principal, "pipeline_runs.read", Resource("pipeline_run"))

        def work(transaction: Transaction) -> Traced:
            uses, uri, schema_title = storage.uses(transaction, principal.workspace_id, artifact_id)
            if not uses:
                raise NotFound(f"No task has made or read an artifact {artifact_id}")
            models = storage.registered_of(transaction, principal.workspace_id, [uri])
            return Traced(artifact_id, uri, schema_title, uses, models)

        return await self._database.read(work)


def _tracked(transaction: Transaction, principal: Principal, tracking_run_id: str) -> list[str]:
    """The tracking run of a run and those nested in it."""
    row = runs.row_of(transaction, principal.workspace_id, tracking_run_id) if tracking_run_id else None
    if row is None:
        return []
    return [one.id for one in run_tree.below(transaction, principal.workspace_id, row.pk, DEEPEST, MOST)]


def _once(models: list[Made]) -> Mapping[tuple[str, int], Made]:
    return {(one.model, one.version): one for one in models}
