from modelyard.domain import names
from modelyard.domain.errors import NotFound
from modelyard.domain.experiments import ARCHIVED_TAG, NOTE_TAG, ExperimentOfPipelines, Lifecycle
from modelyard.domain.listing import Listed, Listing
from modelyard.domain.principals import Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.services import experiments as tracking
from modelyard.services import listings
from modelyard.services.authorize import authorize
from modelyard.services.experiments import Experiments
from modelyard.services.journal import event
from modelyard.storage import events, experiment_listing, pipeline_runs, schedules
from modelyard.storage import experiments as storage
from modelyard.storage.database import Database, Transaction

_KIND = "experiment"


class PipelineExperiments:
    """What those do with experiments who run pipelines in them; they are the experiments of tracking.

    Every call raises PermissionDenied when the principal may not, NotFound for an unknown id and for one in the trash.
    """

    def __init__(self, database: Database, experiments: Experiments) -> None:
        self._database = database
        self._experiments = experiments

    async def create(self, principal: Principal, name: str, description: str) -> ExperimentOfPipelines:
        """Raises InvalidInput for a bad name, AlreadyExists for a name taken."""
        tags = [(NOTE_TAG, description)] if description else []
        return ExperimentOfPipelines(await self._experiments.create(principal, name, tags=tags))

    async def get(self, principal: Principal, experiment_id: str) -> ExperimentOfPipelines:
        """As those see it who run pipelines in it."""
        authorize(principal, "experiments.read", Resource(_KIND, experiment_id))
        return await self._database.read(lambda transaction: _existing(transaction, principal, experiment_id))

    async def list(self, principal: Principal, listing: Listing) -> Listed[ExperimentOfPipelines]:
        """Raises InvalidInput for what cannot be filtered or sorted by, or a foreign page token."""
        authorize(principal, "experiments.read", Resource(_KIND))
        return await listings.read(
            self._database,
            ("experiments of pipelines", principal.workspace_id),
            listing,
            lambda transaction, after: experiment_listing.find(transaction, principal.workspace_id, listing, after),
        )

    async def archive(self, principal: Principal, experiment_id: str) -> None:
        """With its runs; its schedules are disabled."""
        authorize(principal, "experiments.update", Resource(_KIND, experiment_id))

        def work(transaction: Transaction) -> None:
            pk = int(_existing(transaction, principal, experiment_id).experiment.id)
            storage.put_tags(transaction, principal.workspace_id, pk, [(ARCHIVED_TAG, "true")])
            pipeline_runs.archive_all(transaction, pk)
            schedules.disable_all(transaction, pk, now_ms())
            events.record(transaction, event(principal, "experiment.archived", Resource(_KIND, str(pk))))

        await self._database.write(work)

    async def unarchive(self, principal: Principal, experiment_id: str) -> None:
        """Its runs stay archived, its schedules disabled."""
        authorize(principal, "experiments.update", Resource(_KIND, experiment_id))

        def work(transaction: Transaction) -> None:
            pk = int(_existing(transaction, principal, experiment_id).experiment.id)
            storage.remove_tag(transaction, pk, ARCHIVED_TAG)
            events.record(transaction, event(principal, "experiment.unarchived", Resource(_KIND, str(pk))))

        await self._database.write(work)

    async def delete(self, principal: Principal, experiment_id: str) -> None:
        """Moves it to the trash under another name, since here a name is free once its experiment is deleted.

        Its schedules are disabled.
        """
        authorize(principal, "experiments.delete", Resource(_KIND, experiment_id))

        def work(transaction: Transaction) -> None:
            experiment, now = _existing(transaction, principal, experiment_id).experiment, now_ms()
            pk, name = int(experiment.id), f" (deleted {now})"
            storage.rename(transaction, pk, experiment.name[: names.EXPERIMENT_NAME_LENGTH - len(name)] + name, now)
            storage.move(transaction, pk, Lifecycle.DELETED, now)
            schedules.disable_all(transaction, pk, now)
            gone = event(principal, "experiment.deleted", Resource(_KIND, experiment.id), name=experiment.name)
            events.record(transaction, gone)

        await self._database.write(work)


def _existing(transaction: Transaction, principal: Principal, experiment_id: str) -> ExperimentOfPipelines:
    if not experiment_id.isdecimal():
        raise NotFound(f"There is no experiment {experiment_id}")
    found = tracking.existing(transaction, principal, experiment_id)
    if found.lifecycle is not Lifecycle.ACTIVE:
        raise NotFound(f"The experiment {experiment_id} was deleted")
    newest = pipeline_runs.newest_by_experiment(transaction, [int(found.id)])
    return ExperimentOfPipelines(found, newest.get(int(found.id)))
