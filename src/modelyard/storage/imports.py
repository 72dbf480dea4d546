"""Writing what comes from another store: rows with ids and times of their own, beside what is here already."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Table, func, insert, select, text, update

from modelyard.domain.experiments import Experiment
from modelyard.domain.imports import ForeignRun
from modelyard.domain.logged_models import LoggedModel, LoggedModelStatus
from modelyard.domain.models import Model
from modelyard.domain.runs import Metric
from modelyard.domain.series import Points
from modelyard.storage import key_values, logged_model_points, logged_models, run_inputs, runs, series
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables import registry, tracking

_PIECE = 100_000
"""Points that are written at once."""

Point = tuple[int, int, float | None]
RunKey = tuple[int, int, int]
"""Workspace, experiment and run, the last two by their rows' keys."""


def highest_experiment(transaction: Transaction) -> int:
    return transaction.execute(select(func.max(tracking.experiments.c.pk))).scalar() or 0


def experiment_of_run(transaction: Transaction, workspace_id: int, run_id: str) -> str | None:
    """Which experiment a run is in, if there is such a run."""
    row = runs.row_of(transaction, workspace_id, run_id)
    return None if row is None else str(row.experiment_pk)


def known_runs(transaction: Transaction, workspace_id: int, run_ids: Sequence[str]) -> frozenset[str]:
    """Those of them that are here."""
    mine = (tracking.runs.c.workspace_id == workspace_id, among(tracking.runs.c.id, run_ids, transaction.dialect.name))
    return frozenset(transaction.execute(select(tracking.runs.c.id).where(*mine)).scalars())


def insert_experiment(transaction: Transaction, workspace_id: int, experiment: Experiment) -> None:
    transaction.execute(
        insert(tracking.experiments).values(
            pk=int(experiment.id),
            workspace_id=workspace_id,
            name=experiment.name,
            artifact_location=experiment.artifact_location,
            lifecycle=experiment.lifecycle,
            created_at=experiment.created_at,
            updated_at=experiment.updated_at,
        )
    )
    if transaction.dialect.name == "postgresql":  # SQLite goes on from the highest key by itself
        sequence = "pg_get_serial_sequence('experiments', 'pk')"
        transaction.execute(text(f"SELECT setval({sequence}, (SELECT max(pk) FROM experiments) + 1, false)"))  # noqa: S608


def add_missing(transaction: Transaction, table: Table, workspace_id: int, pk: int, wanted: Mapping[str, str]) -> int:
    """Adds the keys that are not there yet; how many these were."""
    known = key_values.read(transaction, table, [pk]).get(pk, {})
    missing = [(pk, key, value) for key, value in wanted.items() if key not in known]
    key_values.put(transaction, table, workspace_id, missing)
    return len(missing)


def add_experiment_tags(transaction: Transaction, workspace_id: int, pk: int, tags: Mapping[str, str]) -> None:
    add_missing(transaction, tracking.experiment_tags, workspace_id, pk, tags)


def add_model_tags(transaction: Transaction, workspace_id: int, pk: int, tags: Mapping[str, str]) -> None:
    add_missing(transaction, registry.model_tags, workspace_id, pk, tags)


def insert_run(transaction: Transaction, workspace_id: int, found: ForeignRun) -> int:
    """The new row's key; its points are added by `add_points`."""
    pk = runs.insert_one(transaction, workspace_id, found.run)
    if found.deleted_at is not None:
        transaction.execute(update(tracking.runs).where(tracking.runs.c.pk == pk).values(deleted_at=found.deleted_at))
    key_values.put(transaction, tracking.params, workspace_id, [(pk, *pair) for pair in found.params.items()])
    key_values.put(transaction, tracking.run_tags, workspace_id, [(pk, *pair) for pair in found.tags.items()])
    _link(transaction, workspace_id, pk, found)
    return pk


def complete_run(transaction: Transaction, workspace_id: int, found: ForeignRun) -> int:
    """Adds to a run that is here what it lacks; the row's key. What is here already stays as it is."""
    row = runs.row_of(transaction, workspace_id, found.run.id)
    assert row is not None  # noqa: S101 - the caller has seen it in this transaction
    added = add_missing(transaction, tracking.params, workspace_id, row.pk, found.params)
    added += add_missing(transaction, tracking.run_tags, workspace_id, row.pk, found.tags)
    if added:
        runs.outdate(transaction, [row.pk])
    if found.run.status.ended and not runs.from_row(row).status.ended:
        ended = {"status": found.run.status, "ended_at": found.run.ended_at}
        transaction.execute(update(tracking.runs).where(tracking.runs.c.pk == row.pk).values(ended))
    _link(transaction, workspace_id, row.pk, found)
    return int(row.pk)


def outdate(transaction: Transaction, pk: int) -> None:
    runs.outdate(transaction, [pk])


def _link(transaction: Transaction, workspace_id: int, pk: int, found: ForeignRun) -> None:
    run_inputs.add_datasets(transaction, workspace_id, int(found.run.experiment_id), pk, found.inputs)
    run_inputs.add_models(transaction, workspace_id, pk, "input", found.model_inputs)
    run_inputs.add_models(transaction, workspace_id, pk, "output", found.model_outputs)


def add_points(transaction: Transaction, run: RunKey, pieces: Iterable[tuple[str, Points]]) -> Iterator[int]:
    """Adds points to a run, yielding how many have been added so far at each step."""
    gathered: dict[series.Key, Points] = {}
    waiting = 0
    for key, points in pieces:
        place = (*run, key)
        if waiting and (waiting + len(points) > _PIECE or place in gathered):
            series.append(transaction, gathered)
            yield waiting
            gathered, waiting = {}, 0
        gathered[place] = points
        waiting += len(points)
    if waiting:
        series.append(transaction, gathered)
        yield waiting


def unknown(transaction: Transaction, pk: int, pieces: Iterable[tuple[str, Points]]) -> Iterator[tuple[str, Points]]:
    """Of these points, those that the run does not have yet."""
    current: str | None = None
    known: set[Point] = set()
    for key, points in pieces:
        if key != current:
            stored = series.read(transaction, [pk], key).get(pk, Points())
            current, known = key, {_comparable(*point) for point in stored}
        fresh = Points()
        for step, timestamp, value in points:
            if _comparable(step, timestamp, value) not in known:
                fresh.steps.append(step)
                fresh.timestamps.append(timestamp)
                fresh.values.append(value)
        if fresh:
            yield key, fresh


def _comparable(step: int, timestamp: int, value: float) -> Point:
    return step, timestamp, None if math.isnan(value) else value


def put_logged_model(transaction: Transaction, workspace_id: int, model: LoggedModel) -> bool:
    """Adds a model, or to one that is here what it lacks; whether it is new."""
    row = logged_models.row_of(transaction, workspace_id, model.id)
    pk = logged_models.insert_one(transaction, workspace_id, model) if row is None else row.pk
    add_missing(transaction, tracking.logged_model_params, workspace_id, pk, model.params)
    add_missing(transaction, tracking.logged_model_tags, workspace_id, pk, model.tags)
    about: dict[tuple[str, str, str], list[Metric]] = defaultdict(list)
    for one in model.metrics:
        place = (one.run_id, one.dataset_name, one.dataset_digest)
        about[place].append(Metric(one.key, one.value, one.timestamp, one.step))
    for (run_id, name, digest), metrics in about.items():
        logged_model_points.record(transaction, workspace_id, model.id, run_id, (name, digest), metrics)
    if row is not None and row.status == LoggedModelStatus.PENDING and model.status is not LoggedModelStatus.PENDING:
        logged_models.finalize(transaction, pk, model.status, model.updated_at)
    return row is None


def insert_model(transaction: Transaction, workspace_id: int, model: Model) -> int:
    """The new row's key."""
    made = transaction.execute(
        insert(registry.models).values(
            workspace_id=workspace_id,
            name=model.name,
            description=model.description,
            created_at=model.created_at,
            updated_at=model.updated_at,
            last_version=0,
        )
    ).inserted_primary_key
    return int(made[0]) if made is not None else 0


def version_times(transaction: Transaction, model_pk: int) -> Mapping[int, int]:
    """When each version of a model was created, by number."""
    versions = registry.model_versions
    rows = transaction.execute(select(versions.c.number, versions.c.created_at).where(versions.c.model_pk == model_pk))
    return {row.number: row.created_at for row in rows}


def number_from(transaction: Transaction, model_pk: int, highest: int) -> None:
    """The next version gets a number above `highest`."""
    models = registry.models
    transaction.execute(
        update(models).where(models.c.pk == model_pk, models.c.last_version < highest).values(last_version=highest)
    )
