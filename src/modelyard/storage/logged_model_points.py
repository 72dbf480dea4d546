"""Every point that runs measured of a logged model, by run and by dataset."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from modelyard.domain.errors import NotFound
from modelyard.domain.logged_models import LoggedModelMetric
from modelyard.domain.runs import Metric
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.tracking import logged_model_points as table
from modelyard.storage.tables.tracking import logged_models
from modelyard.storage.upserts import insert_into

_KEY = ("model_pk", "key", "at", "step", "run_id", "dataset_name", "dataset_digest")
_Place = tuple[str, int, int]


def record(
    transaction: Transaction,
    workspace_id: int,
    model_id: str,
    run_id: str,
    dataset: tuple[str, str],
    metrics: Sequence[Metric],
) -> None:
    """Of several values at one time and step the highest stays; the dataset is (name, digest) or two empty texts.

    Raises NotFound for an unknown model.
    """
    model_pk = transaction.execute(
        select(logged_models.c.pk).where(logged_models.c.id == model_id, logged_models.c.workspace_id == workspace_id)
    ).scalar()
    if model_pk is None:
        raise NotFound(f"Logged model with ID '{model_id}' not found.")
    values: dict[_Place, float | None] = {}
    for metric in metrics:
        place, value = (metric.key, metric.timestamp, metric.step), _stored(metric.value)
        if place not in values or (value or 0.0) > (values[place] or 0.0):
            values[place] = value
    name, digest = dataset
    owner = {"model_pk": model_pk, "run_id": run_id, "dataset_name": name, "dataset_digest": digest}
    _put(
        transaction,
        [
            {**owner, "workspace_id": workspace_id, "key": key, "at": at, "step": step, "value": value}
            for (key, at, step), value in values.items()
        ],
    )


def _put(transaction: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    statement = insert_into(table, transaction)
    new = statement.excluded
    higher = func.coalesce(new.value, 0.0) > func.coalesce(table.c.value, 0.0)
    upsert = statement.on_conflict_do_update(index_elements=_KEY, set_={"value": new.value}, where=higher)
    transaction.execute(upsert, rows)


def of_models(transaction: Transaction, model_pks: Sequence[int]) -> Mapping[int, Sequence[LoggedModelMetric]]:
    """By model, sorted by key, then by when they were measured."""
    found: dict[int, list[LoggedModelMetric]] = defaultdict(list)
    if not model_pks:
        return found
    mine = among(table.c.model_pk, model_pks, transaction.dialect.name)
    order = (table.c.model_pk, table.c.key, table.c.at, table.c.step, table.c.run_id)
    for row in transaction.execute(select(table).where(mine).order_by(*order)):
        found[row.model_pk].append(
            LoggedModelMetric(
                key=row.key,
                value=math.nan if row.value is None else row.value,
                timestamp=row.at,
                step=row.step,
                run_id=row.run_id,
                dataset_name=row.dataset_name,
                dataset_digest=row.dataset_digest,
            )
        )
    return found


def _stored(value: float) -> float | None:
    return None if math.isnan(value) else value
