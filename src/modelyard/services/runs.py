import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelyard.domain import dataset_limits, names
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order, View
from modelyard.domain.runs import (
    DatasetInput,
    Fields,
    ModelLink,
    NewRun,
    Run,
    RunChange,
    RunDetail,
    RunStatus,
    RunsWanted,
)
from modelyard.formats import page_tokens
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import friendly_name, hex_id
from modelyard.services import paging
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.services.run_details import RunDetails
from modelyard.storage import documents, events, run_changes, run_inputs, run_search, run_starts
from modelyard.storage import runs as storage
from modelyard.storage.database import Database, Transaction

MOST_PER_PAGE = 50_000
MODELS_TAG = "mlflow.log-model.history"
"""The tag that lists the models of a run."""

_NESTED_IN_NONE = Comparison(Field.TAG, "mlflow.parentRunId", Operator.IS_NULL, None)


class Runs:
    """Use cases of runs. Every call raises PermissionDenied when the principal may not, NotFound for an unknown id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._details = RunDetails(database)

    async def create(self, principal: Principal, new: NewRun) -> RunDetail:
        """Starts a run. The name is the one given, else the tag `mlflow.runName`, else made up.

        Raises InvalidInput for a deleted experiment or when name and tag differ.
        """
        authorize(principal, "runs.create", Resource("experiment", new.experiment_id))
        tags = {names.tag_key(key): names.free_text(value, "tag value") for key, value in new.tags}
        tags[storage.NAME_TAG] = name = _chosen_name(new, tags)
        run = _started(new, name)
        created = event(principal, "run.created", _resource(run.id), experiment=run.experiment_id)
        start = run_starts.Start(principal.workspace_id, run, tags, created)
        started: Run = await self._database.append(run_starts.start, start)
        return RunDetail(started, documents.of_new_run(tags))

    async def get(self, principal: Principal, run_id: str) -> RunDetail:
        """Deleted ones too."""
        authorize(principal, "runs.read", _resource(run_id))
        return await self._details.of(principal, run_id)

    async def update(self, principal: Principal, run_id: str, change: RunChange) -> Run:
        """Raises InvalidInput for a run in the trash."""
        authorize(principal, "runs.update", _resource(run_id))
        wanted = replace(change, name=names.run_name(change.name)) if change.name else change
        entry = run_changes.Entry(
            principal.workspace_id, run_id, wanted, event(principal, "run.updated", _resource(run_id))
        )
        updated: Run = await self._database.append(run_changes.update, entry)
        return updated

    async def delete(self, principal: Principal, run_id: str) -> None:
        """Moves the run to the trash; once more does nothing."""
        await self._move(principal, run_id, Lifecycle.DELETED, "run.deleted")

    async def restore(self, principal: Principal, run_id: str) -> None:
        """Brings the run back; once more does nothing."""
        await self._move(principal, run_id, Lifecycle.ACTIVE, "run.restored")

    async def _move(self, principal: Principal, run_id: str, lifecycle: Lifecycle, action: str) -> None:
        authorize(principal, "runs.delete", _resource(run_id))

        def work(transaction: Transaction) -> None:
            pk, run = existing(transaction, principal, run_id)
            if run.lifecycle is lifecycle:
                return
            storage.move(transaction, pk, lifecycle, now_ms())
            events.record(transaction, event(principal, action, _resource(run_id)))

        await self._database.write(work)

    async def delete_tag(self, principal: Principal, run_id: str, key: str) -> None:
        """Raises NotFound when there is no such tag."""
        authorize(principal, "runs.update", _resource(run_id))

        def work(transaction: Transaction) -> None:
            pk, _ = _active(transaction, principal, run_id)
            if not storage.remove_tag(transaction, pk, key):
                raise NotFound(f"No tag with name: {key} in run with id {run_id}")
            events.record(transaction, event(principal, "run.untagged", _resource(run_id), key=key))

        await self._database.write(work)

    async def log_inputs(
        self,
        principal: Principal,
        run_id: str,
        inputs: Sequence[DatasetInput],
        models: Sequence[ModelLink] = (),
    ) -> None:
        """Links datasets and logged models that the run reads. Raises InvalidInput for a run in the trash."""
        authorize(principal, "runs.update", _resource(run_id))
        for given in inputs:
            dataset_limits.check(given)
        for link in models:
            names.linked_model_id(link.model_id)

        def work(transaction: Transaction) -> None:
            pk, run = _active(transaction, principal, run_id)
            run_inputs.add_datasets(transaction, principal.workspace_id, int(run.experiment_id), pk, inputs)
            run_inputs.add_models(transaction, principal.workspace_id, pk, "input", models)
            linked = event(principal, "run.read", _resource(run_id), datasets=len(inputs), models=len(models))
            events.record(transaction, linked)

        await self._database.write(work)

    async def log_outputs(self, principal: Principal, run_id: str, models: Sequence[ModelLink]) -> None:
        """Links logged models that the run wrote. Raises InvalidInput for a run in the trash."""
        authorize(principal, "runs.update", _resource(run_id))
        for link in models:
            names.linked_model_id(link.model_id)

        def work(transaction: Transaction) -> None:
            pk, _ = _active(transaction, principal, run_id)
            run_inputs.add_models(transaction, principal.workspace_id, pk, "output", models)
            events.record(transaction, event(principal, "run.wrote", _resource(run_id), models=len(models)))

        await self._database.write(work)

    async def note_model(self, principal: Principal, run_id: str, model: Mapping[str, Any]) -> None:
        """Adds a model to the tag that lists those of a run. Raises InvalidInput for a run in the trash."""
        authorize(principal, "runs.log", _resource(run_id))

        def work(transaction: Transaction) -> None:
            pk, _ = _active(transaction, principal, run_id)
            listed = [*_listed(storage.tag_of(transaction, pk, MODELS_TAG)), model]
            storage.put_tags(transaction, principal.workspace_id, pk, [(MODELS_TAG, json.dumps(listed))])
            storage.outdate(transaction, [pk])
            events.record(transaction, event(principal, "run.logged", _resource(run_id), params=0, tags=MODELS_TAG))

        await self._database.write(work)

    async def search(
        self,
        principal: Principal,
        experiment_ids: Sequence[str],
        filter_: Filter,
        order: Sequence[Order],
        view: View,
        page: PageRequest,
    ) -> Page[RunDetail]:
        """As `find`, with everything that was logged to them."""
        return await self.find(principal, RunsWanted(experiment_ids, filter_, order, view, page))

    async def find(self, principal: Principal, wanted: RunsWanted) -> Page[RunDetail]:
        """Runs of some experiments, newest first unless ordered.

        Raises InvalidInput for a page over 50,000, a foreign token or a key that cannot be searched.
        """
        authorize(principal, "runs.read", Resource("run"))
        page, order = wanted.page, wanted.order
        paging.check_limit(page, MOST_PER_PAGE)
        asked = ("runs", tuple(wanted.experiment_ids), wanted.filter, tuple(order), wanted.view)
        after = paging.start(page, page_tokens.digest_of(*asked)) if page.token else None
        numbers = _numbers(wanted.experiment_ids)
        query = run_search.RunQuery(principal.workspace_id, numbers, wanted.view, wanted.filter, order)
        items, last = await self._details.search(query, after, page.limit, wanted.fields, wanted.offset)
        return paging.finish(items, last, page_tokens.digest_of(*asked)) if last else Page(items)

    async def best(self, principal: Principal, by: Mapping[str, Order]) -> Mapping[str, RunDetail]:
        """Of experiments, the run that comes first of those that are nested in no other, with that metric if it has it.

        Raises InvalidInput for an order by something else.
        """
        found: dict[str, RunDetail] = {}
        for experiment, order in by.items():
            if order.field is not Field.METRIC:
                raise InvalidInput(
                    f"The best run of experiment {experiment} is told by a metric, not by a {order.field}"
                )
            fields = Fields(frozenset({order.key}), frozenset(), frozenset())
            wanted = RunsWanted([experiment], (_NESTED_IN_NONE,), [order], View.ACTIVE, PageRequest(1), fields)
            page = await self.find(principal, wanted)
            found.update((experiment, one) for one in page.items)
        return found

    async def count(self, principal: Principal, experiment_ids: Sequence[str], filter_: Filter, view: View) -> int:
        """How many runs a search would find, without reading them."""
        authorize(principal, "runs.read", Resource("run"))
        query = run_search.RunQuery(principal.workspace_id, _numbers(experiment_ids), view, filter_)
        return await self._database.read(lambda transaction: run_search.count(transaction, query))


def existing(transaction: Transaction, principal: Principal, run_id: str) -> tuple[int, Run]:
    """The row's key and the run. Raises NotFound."""
    row = storage.row_of(transaction, principal.workspace_id, run_id)
    if row is None:
        raise NotFound(f"Run with id={run_id} not found")
    return row.pk, storage.from_row(row)


def _active(transaction: Transaction, principal: Principal, run_id: str) -> tuple[int, Run]:
    pk, run = existing(transaction, principal, run_id)
    if run.lifecycle is not Lifecycle.ACTIVE:
        raise InvalidInput(
            f"The run {run_id} must be in the 'active' state. Current state is {run.lifecycle}. Restore it first."
        )
    return pk, run


def _listed(tag: str | None) -> list[Any]:
    try:
        listed = json.loads(tag or "[]")
    except ValueError:  # anybody may set this tag to anything
        return []
    return listed if isinstance(listed, list) else []


def _chosen_name(new: NewRun, tags: dict[str, str]) -> str:
    tagged = tags.get(storage.NAME_TAG, "")
    given = names.run_name(new.name) if new.name else ""
    if given and tagged and given != tagged:
        raise InvalidInput(
            f"Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{given}', mlflow.runName='{tagged}')."
        )
    return given or tagged or friendly_name()


def _started(new: NewRun, name: str) -> Run:
    """Without the place of its artifacts, which is up to its experiment."""
    return Run(
        id=hex_id(),
        experiment_id=names.experiment_id(new.experiment_id),
        name=name,
        user=names.free_text(new.user, "user_id"),
        status=RunStatus.RUNNING,
        lifecycle=Lifecycle.ACTIVE,
        started_at=now_ms() if new.started_at is None else new.started_at,
        ended_at=None,
        artifact_uri="",
    )


def _numbers(experiment_ids: Sequence[str]) -> list[int]:
    return [int(names.experiment_id(experiment_id)) for experiment_id in experiment_ids]


def _resource(run_id: str) -> Resource:
    return Resource("run", run_id)
