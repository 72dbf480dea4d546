"""Datasets and logged models that runs read and wrote."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, Literal

from sqlalchemy import JSON, ColumnElement, Select, Table, Text, cast, func, select, update

from modelyard.domain.experiments import DatasetUse
from modelyard.domain.runs import Dataset, DatasetInput, ModelLink
from modelyard.storage.database import Transaction
from modelyard.storage.members import among, among_bound, listed
from modelyard.storage.tables.tracking import datasets, run_datasets, run_models, runs
from modelyard.storage.upserts import insert_into

Direction = Literal["input", "output"]


def add_datasets(
    transaction: Transaction, workspace_id: int, experiment_pk: int, run_pk: int, inputs: Sequence[DatasetInput]
) -> None:
    """A dataset is known by experiment, name and digest; what was said first of it, and of its use here, stays."""
    if not inputs:
        return
    first: dict[tuple[str, str], DatasetInput] = {}
    for given in inputs:
        first.setdefault((given.dataset.name, given.dataset.digest), given)
    owner = {"workspace_id": workspace_id, "experiment_pk": experiment_pk}
    _insert_new(transaction, datasets, [{**owner, **asdict(given.dataset)} for given in first.values()])
    names = among(datasets.c.name, [name for name, _ in first], transaction.dialect.name)
    known = select(datasets.c.pk, datasets.c.name, datasets.c.digest).where(
        datasets.c.experiment_pk == experiment_pk, names
    )
    pks = {(row.name, row.digest): row.pk for row in transaction.execute(known)}
    start = _next_position(transaction, run_datasets, run_pk)
    _insert_new(
        transaction,
        run_datasets,
        [
            {
                "run_pk": run_pk,
                "dataset_pk": pks[identity],
                "workspace_id": workspace_id,
                "position": start + at,
                "tags": json.dumps(dict(given.tags), sort_keys=True),
            }
            for at, (identity, given) in enumerate(first.items())
        ],
    )
    _mark(transaction, run_pk)


def add_models(
    transaction: Transaction, workspace_id: int, run_pk: int, direction: Direction, links: Sequence[ModelLink]
) -> None:
    if not links:
        return
    start = _next_position(transaction, run_models, run_pk)
    rows = [
        {
            "run_pk": run_pk,
            "direction": direction,
            "model_id": link.model_id,
            "workspace_id": workspace_id,
            "step": link.step,
            "position": start + at,
        }
        for at, link in enumerate(links)
    ]
    _insert_new(transaction, run_models, rows)
    _mark(transaction, run_pk)


def datasets_of(transaction: Transaction, run_pks: Sequence[int]) -> Mapping[int, Sequence[DatasetInput]]:
    """By run, in the order they were logged; runs without any are absent."""
    dialect = transaction.dialect.name
    found: dict[int, list[DatasetInput]] = defaultdict(list)
    for row in transaction.execute(_datasets_of(dialect), {"runs": listed(run_pks, dialect)}):
        dataset = Dataset(row.name, row.digest, row.source_type, row.source, row.schema, row.profile)
        found[row.run_pk].append(DatasetInput(dataset, json.loads(row.tags)))
    return found


def models_of(transaction: Transaction, run_pks: Sequence[int]) -> Mapping[tuple[int, Direction], Sequence[ModelLink]]:
    """By run and direction, in the order they were logged."""
    dialect = transaction.dialect.name
    found: dict[tuple[int, Direction], list[ModelLink]] = defaultdict(list)
    for row in transaction.execute(_models_of(dialect), {"runs": listed(run_pks, dialect)}):
        found[row.run_pk, row.direction].append(ModelLink(row.model_id, row.step))
    return found


@cache
def _datasets_of(dialect: str) -> Select[Any]:
    return (
        select(run_datasets.c.run_pk, run_datasets.c.tags, datasets)
        .join(datasets, datasets.c.pk == run_datasets.c.dataset_pk)
        .where(among_bound(run_datasets.c.run_pk, "runs", dialect))
        .order_by(run_datasets.c.run_pk, run_datasets.c.position)
    )


@cache
def _models_of(dialect: str) -> Select[Any]:
    mine = among_bound(run_models.c.run_pk, "runs", dialect)
    return select(run_models).where(mine).order_by(run_models.c.run_pk, run_models.c.position)


def uses(transaction: Transaction, workspace_id: int, experiment_pks: Sequence[int], most: int) -> Sequence[DatasetUse]:
    """Each dataset of these experiments once for every context that a run gave it."""
    context = context_of(transaction.dialect.name)
    statement = (
        select(datasets.c.experiment_pk, datasets.c.name, datasets.c.digest, context.label("context"))
        .distinct()
        .join(run_datasets, run_datasets.c.dataset_pk == datasets.c.pk)
        .where(
            datasets.c.workspace_id == workspace_id,
            among(datasets.c.experiment_pk, experiment_pks, transaction.dialect.name),
        )
        .order_by(datasets.c.experiment_pk, datasets.c.name, datasets.c.digest, context)
        .limit(most)
    )
    return [DatasetUse(str(pk), name, digest, use) for pk, name, digest, use in transaction.execute(statement)]


def context_of(dialect: str) -> ColumnElement[Any]:
    """What a dataset was read for, which its tags say."""
    if dialect == "sqlite":
        return func.json_extract(run_datasets.c.tags, '$."mlflow.data.context"')
    tags = cast(run_datasets.c.tags, JSON)
    return func.json_extract_path_text(tags, "mlflow.data.context", type_=Text()).collate("C")


def _insert_new(transaction: Transaction, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    transaction.execute(insert_into(table, transaction).on_conflict_do_nothing(), rows)


def _mark(transaction: Transaction, run_pk: int) -> None:
    """Whoever reads the run need not look here for what is not there."""
    transaction.execute(update(runs).where(runs.c.pk == run_pk).values(linked=1))


def _next_position(transaction: Transaction, table: Table, run_pk: int) -> int:
    highest = transaction.execute(select(func.max(table.c.position)).where(table.c.run_pk == run_pk)).scalar()
    return 0 if highest is None else highest + 1
