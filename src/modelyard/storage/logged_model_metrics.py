"""The latest value of each metric of a logged model, kept apart by run and by dataset."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from modelyard.domain.errors import NotFound
from modelyard.domain.logged_models import LoggedModelMetric
from modelyard.domain.runs import Metric
from modelyard.domain.series import Latest
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.tracking import logged_model_metrics as table
from modelyard.storage.tables.tracking import logged_models

_KEY = ("model_pk", "key", "run_id", "dataset_name", "dataset_digest")
_LATEST = ("latest_step", "latest_at", "latest_value")


def record_metrics(
    transaction: Transaction,
    workspace_id: int,
    model_id: str,
    run_id: str,
    dataset: tuple[str, str],
    metrics: Sequence[Metric],
) -> None:
    """Keeps of each key the highest (step, timestamp, value) seen; the dataset is (name, digest) or two empty texts.

    Raises NotFound for an unknown model.
    """
    model_pk = transaction.execute(
        select(logged_models.c.pk).where(logged_models.c.id == model_id, logged_models.c.workspace_id == workspace_id)
    ).scalar()
    if model_pk is None:
        raise NotFound(f"Logged model with ID '{model_id}' not found.")
    latest: dict[str, Latest] = {}
    for metric in metrics:
        point = Latest(metric.step, metric.timestamp, metric.value)
        if metric.key not in latest or point.supersedes(latest[metric.key]):
            latest[metric.key] = point
    name, digest = dataset
    _put(
        transaction,
        [
            {
                "model_pk": model_pk,
                "key": key,
                "run_id": run_id,
                "dataset_name": name,
                "dataset_digest": digest,
                "workspace_id": workspace_id,
                "latest_step": point.step,
                "latest_at": point.timestamp,
                "latest_value": None if math.isnan(point.value) else point.value,
            }
            for key, point in latest.items()
        ],
    )


def _put(transaction: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    new = statement.excluded
    newer = tuple_(new.latest_step, new.latest_at, func.coalesce(new.latest_value, 0.0)) > tuple_(
        table.c.latest_step, table.c.latest_at, func.coalesce(table.c.latest_value, 0.0)
    )
    upsert = statement.on_conflict_do_update(
        index_elements=_KEY, set_={name: new[name] for name in _LATEST}, where=newer
    )
    transaction.execute(upsert, rows)


def of_models(transaction: Transaction, model_pks: Sequence[int]) -> Mapping[int, Sequence[LoggedModelMetric]]:
    """By model, sorted by key, then by when they were measured."""
    found: dict[int, list[LoggedModelMetric]] = defaultdict(list)
    if not model_pks:
        return found
    mine = among(table.c.model_pk, model_pks, transaction.dialect.name)
    statement = select(table).where(mine).order_by(table.c.model_pk, table.c.key, table.c.latest_at, table.c.run_id)
    for row in transaction.execute(statement):
        found[row.model_pk].append(
            LoggedModelMetric(
                key=row.key,
                value=math.nan if row.latest_value is None else row.latest_value,
                timestamp=row.latest_at,
                step=row.latest_step,
                run_id=row.run_id,
                dataset_name=row.dataset_name,
                dataset_digest=row.dataset_digest,
            )
        )
    return found
