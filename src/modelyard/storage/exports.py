"""Reading our own tables from front to back, for an export: everything in one snapshot, some hundred rows at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from modelyard.domain.experiments import Experiment
from modelyard.domain.imports import ForeignRun
from modelyard.domain.logged_models import LoggedModel
from modelyard.domain.models import Model, ModelVersion
from modelyard.domain.series import Points
from modelyard.storage import experiments, key_values, logged_models, model_versions, models, run_inputs, runs, series
from modelyard.storage.database import Transaction
from modelyard.storage.tables import files as file_tables
from modelyard.storage.tables import registry, system, tracking

_PAGE = 500


def all_experiments(transaction: Transaction, workspace_id: int) -> Sequence[Experiment]:
    """By id, those in the trash too."""
    table = tracking.experiments
    rows = transaction.execute(select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.pk)).all()
    return experiments.with_tags(transaction, rows)


def runs_of(transaction: Transaction, experiment: Experiment) -> Iterator[tuple[int, ForeignRun]]:
    """All runs of an experiment with their rows' keys."""
    table = tracking.runs
    for rows in _pages(transaction, table, table.c.experiment_pk == int(experiment.id)):
        pks = [row.pk for row in rows]
        params = key_values.read(transaction, tracking.params, pks)
        tags = key_values.read(transaction, tracking.run_tags, pks)
        inputs = run_inputs.datasets_of(transaction, pks)
        links = run_inputs.models_of(transaction, pks)
        for row in rows:
            yield (
                row.pk,
                ForeignRun(
                    runs.from_row(row),
                    params.get(row.pk, {}),
                    tags.get(row.pk, {}),
                    inputs.get(row.pk, ()),
                    links.get((row.pk, "input"), ()),
                    links.get((row.pk, "output"), ()),
                    row.deleted_at,
                ),
            )


def points_of(transaction: Transaction, run_pk: int) -> Iterator[tuple[str, Points]]:
    """By metric."""
    table = tracking.series
    for key in transaction.execute(select(table.c.key).where(table.c.run_pk == run_pk).order_by(table.c.key)).scalars():
        points = series.read(transaction, [run_pk], key).get(run_pk)
        if points:
            yield key, points


def logged_models_of(transaction: Transaction, experiment: Experiment) -> Iterator[LoggedModel]:
    """Those in the trash too."""
    table = tracking.logged_models
    for rows in _pages(transaction, table, table.c.experiment_pk == int(experiment.id)):
        yield from logged_models.complete(transaction, rows)


def all_models(transaction: Transaction, workspace_id: int) -> Iterator[tuple[Model, int]]:
    """With the highest number that was ever given to a version."""
    table = registry.models
    for rows in _pages(transaction, table, table.c.workspace_id == workspace_id):
        for row, model in zip(rows, models.complete(transaction, rows), strict=True):
            yield model, row.last_version


def all_versions(transaction: Transaction, workspace_id: int) -> Iterator[ModelVersion]:
    table, last = registry.model_versions, 0
    while True:
        page = model_versions.with_names().where(table.c.workspace_id == workspace_id, table.c.pk > last)
        rows = transaction.execute(page.order_by(table.c.pk).limit(_PAGE)).all()
        yield from model_versions.complete(transaction, rows)
        if len(rows) < _PAGE:
            return
        last = rows[-1].pk


def all_events(transaction: Transaction, workspace_id: int) -> Iterator[Row[Any]]:
    for rows in _pages(transaction, system.events, system.events.c.workspace_id == workspace_id):
        yield from rows


def files_after(transaction: Transaction, workspace_id: int, path: str) -> Sequence[Row[Any]]:
    """The next files by path."""
    table = file_tables.files
    mine = select(table).where(table.c.workspace_id == workspace_id, table.c.path > path)
    return transaction.execute(mine.order_by(table.c.path).limit(_PAGE)).all()


def _pages(transaction: Transaction, table: Any, mine: Any) -> Iterator[Sequence[Row[Any]]]:
    last = 0
    while True:
        page = select(table).where(mine, table.c.pk > last).order_by(table.c.pk).limit(_PAGE)
        rows = transaction.execute(page).all()
        yield rows
        if len(rows) < _PAGE:
            return
        last = rows[-1].pk
