from collections.abc import Mapping

from modelyard.domain.errors import NotFound
from modelyard.domain.lineage import Made, Traced, Yield
from modelyard.domain.pipeline_runs import Artifact
from modelyard.domain.principals import Principal, Resource
from modelyard.services.authorize import authorize
from modelyard.services.pipeline_runs import existing
from modelyard.storage import pipeline_lineage as storage
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
