from collections.abc import Sequence

from modelyard.domain import names
from modelyard.domain.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from modelyard.domain.experiments import DEFAULT_ID, DatasetUse, Experiment, Lifecycle
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import SYSTEM, Principal, Resource
from modelyard.domain.query import Filter, Order, View
from modelyard.formats import page_tokens
from modelyard.kit.clock import now_ms
from modelyard.services import paging
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events, experiment_search, run_inputs
from modelyard.storage import experiments as storage
from modelyard.storage.database import Database, Transaction

MOST_PER_PAGE = 50_000
MOST_DATASETS = 1_000


class Experiments:
    """Use cases of experiments. Every call raises PermissionDenied when the principal may not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure_default(self) -> None:
        """Makes the experiment that runs go to when nobody names one."""

        def work(transaction: Transaction) -> None:
            if storage.by_id(transaction, SYSTEM.workspace_id, int(DEFAULT_ID)) is None:
                storage.insert_one(transaction, SYSTEM.workspace_id, "Default", "", now_ms(), pk=int(DEFAULT_ID))
                events.record(transaction, event(SYSTEM, "experiment.created", _resource(DEFAULT_ID), name="Default"))

        await self._database.write(work)

    async def create(
        self, principal: Principal, name: str, location: str = "", tags: Sequence[tuple[str, str]] = ()
    ) -> Experiment:
        """Raises InvalidInput for a bad name, location or tag, AlreadyExists for a name taken, also in the trash."""
        authorize(principal, "experiments.create", Resource("experiment"))
        names.experiment_name(name)
        if location:
            names.artifact_location(location)
        for key, value in tags:
            _check_tag(key, value)

        def work(transaction: Transaction) -> Experiment:
            _refuse_taken(transaction, principal, name)
            made = storage.insert_one(transaction, principal.workspace_id, name, location, now_ms())
            storage.put_tags(transaction, principal.workspace_id, int(made), tags)
            events.record(transaction, event(principal, "experiment.created", _resource(made), name=name))
            return existing(transaction, principal, made)

        return await self._database.write(work)

    async def get(self, principal: Principal, experiment_id: str) -> Experiment:
        """Deleted ones too. Raises NotFound, or InvalidInput for an id that is not a number."""
        authorize(principal, "experiments.read", _resource(experiment_id))
        return await self._database.read(lambda transaction: existing(transaction, principal, experiment_id))

    async def get_by_name(self, principal: Principal, name: str) -> Experiment:
        """Deleted ones too. Raises NotFound."""
        authorize(principal, "experiments.read", Resource("experiment"))
        found = await self._database.read(
            lambda transaction: storage.by_name(transaction, principal.workspace_id, name)
        )
        if found is None:
            raise NotFound(f"Could not find experiment with name '{name}'")
        return found

    async def rename(self, principal: Principal, experiment_id: str, name: str) -> None:
        """Raises InvalidState for a deleted experiment, AlreadyExists for a taken name."""
        authorize(principal, "experiments.update", _resource(experiment_id))
        names.experiment_name(name)

        def work(transaction: Transaction) -> None:
            experiment = existing(transaction, principal, experiment_id)
            if experiment.lifecycle is not Lifecycle.ACTIVE:
                raise InvalidState(f"Cannot rename a non-active experiment. Restore experiment {experiment.id} first")
            if experiment.name != name:
                _refuse_taken(transaction, principal, name)
            storage.rename(transaction, int(experiment.id), name, now_ms())
            change = event(
                principal, "experiment.renamed", _resource(experiment.id), before=experiment.name, after=name
            )
            events.record(transaction, change)

        await self._database.write(work)

    async def delete(self, principal: Principal, experiment_id: str) -> None:
        """Moves the experiment and its runs to the trash. Raises NotFound unless it is active."""
        await self._move(principal, experiment_id, Lifecycle.ACTIVE, Lifecycle.DELETED)

    async def restore(self, principal: Principal, experiment_id: str) -> None:
        """Brings the experiment and all its runs back. Raises NotFound unless it is in the trash."""
        await self._move(principal, experiment_id, Lifecycle.DELETED, Lifecycle.ACTIVE)

    async def _move(self, principal: Principal, experiment_id: str, before: Lifecycle, after: Lifecycle) -> None:
        authorize(principal, "experiments.delete", _resource(experiment_id))

        def work(transaction: Transaction) -> None:
            experiment = existing(transaction, principal, experiment_id)
            if experiment.lifecycle is not before:
                raise NotFound(f"No Experiment with id={experiment_id} exists that is {before}")
            storage.move(transaction, int(experiment.id), after, now_ms())
            verb = "deleted" if after is Lifecycle.DELETED else "restored"
            events.record(transaction, event(principal, f"experiment.{verb}", _resource(experiment.id)))

        await self._database.write(work)

    async def set_tag(self, principal: Principal, experiment_id: str, key: str, value: str) -> None:
        """Adds or replaces a tag. Raises InvalidInput, or InvalidInput for a deleted experiment."""
        authorize(principal, "experiments.update", _resource(experiment_id))
        _check_tag(key, value)

        def work(transaction: Transaction) -> None:
            experiment = _active(transaction, principal, experiment_id)
            storage.put_tags(transaction, principal.workspace_id, int(experiment.id), [(key, value)])
            events.record(transaction, event(principal, "experiment.tagged", _resource(experiment.id), key=key))

        await self._database.write(work)

    async def delete_tag(self, principal: Principal, experiment_id: str, key: str) -> None:
        """Raises NotFound when there is no such tag."""
        authorize(principal, "experiments.update", _resource(experiment_id))

        def work(transaction: Transaction) -> None:
            experiment = _active(transaction, principal, experiment_id)
            if not storage.remove_tag(transaction, int(experiment.id), key):
                raise NotFound(f"No tag with name: {key} in experiment with id {experiment_id}")
            events.record(transaction, event(principal, "experiment.untagged", _resource(experiment.id), key=key))

        await self._database.write(work)

    async def search(
        self, principal: Principal, filter_: Filter, order: Sequence[Order], view: View, page: PageRequest
    ) -> Page[Experiment]:
        """Newest first unless ordered. Raises InvalidInput for a page over 50,000 or a foreign token."""
        authorize(principal, "experiments.read", Resource("experiment"))
        paging.check_limit(page, MOST_PER_PAGE)
        digest = page_tokens.digest_of("experiments", filter_, tuple(order), view)
        after = paging.start(page, digest)
        items, last = await self._database.read(
            lambda transaction: experiment_search.search(
                transaction, principal.workspace_id, view, filter_, order, after, page.limit
            )
        )
        return paging.finish(items, last, digest)

    async def datasets(self, principal: Principal, experiment_ids: Sequence[str]) -> Sequence[DatasetUse]:
        """What runs of these experiments read, up to 1,000 by name, digest and context. Unknown ones have none."""
        authorize(principal, "experiments.read", Resource("experiment"))
        numbers = [int(names.experiment_id(one)) for one in experiment_ids]
        return await self._database.read(
            lambda transaction: run_inputs.uses(transaction, principal.workspace_id, numbers, MOST_DATASETS)
        )


def existing(transaction: Transaction, principal: Principal, experiment_id: str) -> Experiment:
    """Raises NotFound, or InvalidInput for an id that is not a number."""
    found = storage.by_id(transaction, principal.workspace_id, int(names.experiment_id(experiment_id)))
    if found is None:
        raise NotFound(f"No Experiment with id={experiment_id} exists")
    return found


def inactive(experiment: Experiment) -> InvalidInput:
    """The refusal of a change within an experiment in the trash."""
    return InvalidInput(
        f"The experiment {experiment.id} must be in the 'active' state. Current state is {experiment.lifecycle}. "
        "Restore it first."
    )


def _active(transaction: Transaction, principal: Principal, experiment_id: str) -> Experiment:
    experiment = existing(transaction, principal, experiment_id)
    if experiment.lifecycle is not Lifecycle.ACTIVE:
        raise inactive(experiment)
    return experiment


def _refuse_taken(transaction: Transaction, principal: Principal, name: str) -> None:
    taken = storage.by_name(transaction, principal.workspace_id, name)
    if taken is None:
        return
    if taken.lifecycle is Lifecycle.DELETED:
        raise AlreadyExists(
            f"Experiment(name={name}) already exists. It is in the deleted state: restore it, or permanently delete it "
            "to create a new one."
        )
    raise AlreadyExists(f"Experiment(name={name}) already exists.")


def _check_tag(key: str, value: str) -> None:
    names.tag_key(key)
    names.experiment_tag_value(value)


def _resource(experiment_id: str) -> Resource:
    return Resource("experiment", experiment_id)
