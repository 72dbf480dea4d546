from collections.abc import Sequence
from typing import Any

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.logged_models import DatasetChoice, LoggedModel, LoggedModelStatus, NewLoggedModel
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.query import Filter, Order
from modelyard.formats import page_tokens
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import friendly_name, hex_id
from modelyard.services import experiments, paging
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events, logged_model_search
from modelyard.storage import logged_models as storage
from modelyard.storage.database import Database, Transaction
from modelyard.storage.logged_model_search import LoggedModelQuery

MOST_PER_PAGE = 10_000
MOST_DATASETS = 100


class LoggedModels:
    """Use cases of models logged in runs.

    Every call raises PermissionDenied when the principal may not, NotFound for a model that is not there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, principal: Principal, new: NewLoggedModel) -> LoggedModel:
        """A pending model with a place for its files. A name is made up when there is none.

        Raises NotFound for an unknown experiment, InvalidInput for one in the trash and for a bad name, param or tag.
        """
        authorize(principal, "logged_models.create", _resource(""))
        name = names.logged_model_name(new.name) if new.name else friendly_name()
        names.free_text(new.model_type, "model_type")
        names.free_text(new.source_run_id, "source_run_id")
        params, tags = _checked_params(new.params), _checked_tags(new.tags)

        def work(transaction: Transaction) -> LoggedModel:
            experiment = experiments.existing(transaction, principal, new.experiment_id)
            if experiment.lifecycle is not Lifecycle.ACTIVE:
                raise experiments.inactive(experiment)
            model_id, now = f"m-{hex_id()}", now_ms()
            model = LoggedModel(
                id=model_id,
                experiment_id=experiment.id,
                name=name,
                artifact_uri=f"{experiment.artifact_location.rstrip('/')}/models/{model_id}/artifacts",
                created_at=now,
                updated_at=now,
                model_type=new.model_type,
                source_run_id=new.source_run_id,
                params=dict(params),
                tags=dict(tags),
            )
            pk = storage.insert_one(transaction, principal.workspace_id, model)
            storage.put_params(transaction, principal.workspace_id, pk, params)
            storage.put_tags(transaction, principal.workspace_id, pk, tags)
            events.record(transaction, event(principal, "logged_model.created", _resource(model_id), name=name))
            return model

        return await self._database.write(work)

    async def get(self, principal: Principal, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        """With params, tags and metrics. One in the trash is not found unless `allow_deleted`."""
        authorize(principal, "logged_models.read", _resource(model_id))
        found = await self._database.read(
            lambda transaction: storage.by_id(transaction, principal.workspace_id, model_id)
        )
        if found is None or (found.lifecycle is Lifecycle.DELETED and not allow_deleted):
            raise _not_found(model_id)
        return found

    async def finalize(self, principal: Principal, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        """Says that the files are all there, or never will be."""
        authorize(principal, "logged_models.update", _resource(model_id))

        def work(transaction: Transaction) -> LoggedModel:
            row = _row(transaction, principal, model_id)
            storage.finalize(transaction, row.pk, status, now_ms())
            change = event(principal, "logged_model.finalized", _resource(model_id), before=row.status, after=status)
            events.record(transaction, change)
            return storage.complete(transaction, [_row(transaction, principal, model_id)])[0]

        return await self._database.write(work)

    async def delete(self, principal: Principal, model_id: str) -> None:
        """Moves the model to the trash, where it may be already."""
        authorize(principal, "logged_models.delete", _resource(model_id))

        def work(transaction: Transaction) -> None:
            row = _row(transaction, principal, model_id)
            if row.lifecycle == Lifecycle.ACTIVE:
                storage.move(transaction, row.pk, Lifecycle.DELETED, now_ms())
                events.record(transaction, event(principal, "logged_model.deleted", _resource(model_id)))

        await self._database.write(work)

    async def set_tags(self, principal: Principal, model_id: str, tags: Sequence[tuple[str, str]]) -> LoggedModel:
        """Adds or replaces tags; of two equal keys the last wins. Raises InvalidInput for a bad key or value."""
        authorize(principal, "logged_models.update", _resource(model_id))
        checked = _checked_tags(tags)

        def work(transaction: Transaction) -> LoggedModel:
            row = _row(transaction, principal, model_id)
            storage.put_tags(transaction, principal.workspace_id, row.pk, checked)
            keys = ",".join(key for key, _ in checked)
            events.record(transaction, event(principal, "logged_model.tagged", _resource(model_id), keys=keys[:1000]))
            return storage.complete(transaction, [row])[0]

        return await self._database.write(work)

    async def delete_tag(self, principal: Principal, model_id: str, key: str) -> None:
        """Raises NotFound when there is no such tag."""
        authorize(principal, "logged_models.update", _resource(model_id))

        def work(transaction: Transaction) -> None:
            row = _row(transaction, principal, model_id)
            if not storage.remove_tag(transaction, row.pk, key):
                raise NotFound(f"No tag with key {key!r} found for model with ID {model_id!r}.")
            events.record(transaction, event(principal, "logged_model.untagged", _resource(model_id), key=key))

        await self._database.write(work)

    async def log_params(self, principal: Principal, model_id: str, params: Sequence[tuple[str, str]]) -> None:
        """Adds params. Raises InvalidInput for a bad one, or one that has another value already."""
        authorize(principal, "logged_models.update", _resource(model_id))
        checked = _checked_params(params)

        def work(transaction: Transaction) -> None:
            row = _row(transaction, principal, model_id)
            known = storage.params_of(transaction, row.pk)
            for key, value in checked:
                if known.get(key, value) != value:
                    raise InvalidInput(
                        f"Changing param values is not allowed. Param with key='{key}' was already logged with value="
                        f"'{known[key][:500]}' for model ID='{model_id}'."
                    )
            storage.put_params(transaction, principal.workspace_id, row.pk, checked)
            events.record(
                transaction, event(principal, "logged_model.logged", _resource(model_id), params=len(checked))
            )

        await self._database.write(work)

    async def search(
        self,
        principal: Principal,
        experiment_ids: Sequence[str],
        filter_: Filter,
        order: Sequence[Order],
        page: PageRequest,
        datasets: Sequence[DatasetChoice] = (),
    ) -> Page[LoggedModel]:
        """Models of these experiments, newest first unless ordered, none from the trash.

        With datasets, only metrics about one of them count, and models that have none are left out. Raises InvalidInput
        for a page over 10,000, a dataset without a name, more than 100 of them, or a foreign token.
        """
        authorize(principal, "logged_models.read", _resource(""))
        paging.check_limit(page, MOST_PER_PAGE)
        if len(datasets) > MOST_DATASETS:
            raise InvalidInput(f"At most {MOST_DATASETS} datasets can be asked about at once, not {len(datasets)}.")
        if not all(chosen.name for chosen in datasets):
            raise InvalidInput("`dataset_name` in the `datasets` clause must be specified.")
        numbers = [int(names.experiment_id(experiment_id)) for experiment_id in experiment_ids]
        digest = page_tokens.digest_of("logged models", tuple(sorted(numbers)), filter_, tuple(order), tuple(datasets))
        after = paging.start(page, digest)
        query = LoggedModelQuery(principal.workspace_id, numbers, filter_, datasets, order)
        items, last = await self._database.read(
            lambda transaction: logged_model_search.search(transaction, query, after, page.limit)
        )
        return paging.finish(items, last, digest)


def _row(transaction: Transaction, principal: Principal, model_id: str) -> Any:
    """Raises NotFound."""
    row = storage.row_of(transaction, principal.workspace_id, model_id)
    if row is None:
        raise _not_found(model_id)
    return row


def _not_found(model_id: str) -> NotFound:
    return NotFound(f"Logged model with ID '{model_id}' not found.")


def _checked_params(params: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(names.param_key(key), names.free_text(value, "param value")) for key, value in params]


def _checked_tags(tags: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(names.tag_key(key), names.model_tag_value(value)) for key, value in tags]


def _resource(model_id: str) -> Resource:
    return Resource("logged_model", model_id)
