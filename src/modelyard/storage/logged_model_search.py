from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, exists, or_, select

from modelyard.domain.errors import InvalidInput
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.logged_models import DatasetChoice, LoggedModel
from modelyard.domain.query import Comparison, Field, Filter, Order
from modelyard.storage import conditions, keyset
from modelyard.storage.database import Transaction
from modelyard.storage.logged_models import complete
from modelyard.storage.members import among
from modelyard.storage.tables.base import String
from modelyard.storage.tables.tracking import logged_model_params, logged_model_tags, logged_models
from modelyard.storage.tables.tracking import logged_model_points as metrics

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "name": logged_models.c.name,
    "model_id": logged_models.c.id,
    "model_type": logged_models.c.model_type,
    "status": logged_models.c.status,
    "source_run_id": logged_models.c.source_run_id,
    "experiment_id": cast(logged_models.c.experiment_pk, String),
    "lifecycle_stage": logged_models.c.lifecycle,
    "creation_timestamp": logged_models.c.created_at,
    "last_updated_timestamp": logged_models.c.updated_at,
}


@dataclass(frozen=True, slots=True)
class LoggedModelQuery:
    """What to look for; with datasets, only metrics about one of them count."""

    workspace_id: int
    experiments: Sequence[int]
    filter: Filter = ()
    datasets: Sequence[DatasetChoice] = ()
    order: Sequence[Order] = ()


def search(
    transaction: Transaction, query: LoggedModelQuery, after: Sequence[keyset.Scalar] | None, limit: int
) -> tuple[list[LoggedModel], list[keyset.Scalar] | None]:
    """A page, newest first unless ordered, and the sort values of its last row when there is a next page."""
    dialect = transaction.dialect.name
    statement = select(logged_models).where(
        logged_models.c.workspace_id == query.workspace_id,
        logged_models.c.lifecycle == Lifecycle.ACTIVE,
        among(logged_models.c.experiment_pk, query.experiments, dialect),
        *conditions.all_of((_condition(one, query.datasets, dialect) for one in query.filter), dialect),
    )
    if query.datasets and not any(comparison.field is Field.METRIC for comparison in query.filter):
        statement = statement.where(exists(_measured(query.datasets)))
    keys = [_sort_key(term) for term in query.order]
    keys.append(keyset.SortKey(logged_models.c.created_at, ascending=False))
    keys.append(keyset.SortKey(logged_models.c.id))
    rows = transaction.execute(keyset.page(statement, keys, after, limit)).all()
    last = keyset.values_of(rows[limit - 1], keys) if len(rows) > limit else None
    return complete(transaction, rows[:limit]), last


def _condition(comparison: Comparison, datasets: Sequence[DatasetChoice], dialect: str) -> ColumnElement[bool]:
    match comparison.field:
        case Field.METRIC:
            mine = _measured(datasets).where(metrics.c.key == comparison.key)
            return exists(mine.where(conditions.compare(metrics.c.value, comparison, dialect)))
        case Field.PARAM:
            return conditions.has_key(logged_model_params, logged_models.c.pk, comparison, dialect)
        case Field.TAG:
            return conditions.has_key(logged_model_tags, logged_models.c.pk, comparison, dialect)
        case _:
            return conditions.attribute(_COLUMNS, comparison, dialect)


def _measured(datasets: Sequence[DatasetChoice]) -> Any:
    mine = select(1).select_from(metrics).where(metrics.c.model_pk == logged_models.c.pk)
    return mine.where(or_(*(_about(chosen.name, chosen.digest) for chosen in datasets))) if datasets else mine


def _about(name: str | None, digest: str | None) -> ColumnElement[bool]:
    named = [metrics.c.dataset_name == name] if name else []
    return and_(*named, *([metrics.c.dataset_digest == digest] if digest else []))


def _sort_key(term: Order) -> keyset.SortKey:
    """A metric counts with its newest point, whichever run measured it; models without it come last."""
    if term.field is Field.ATTRIBUTE and term.key in _COLUMNS:
        return keyset.SortKey(_COLUMNS[term.key], term.ascending)
    if term.field is not Field.METRIC:
        raise InvalidInput(f"Logged models cannot be ordered by {term.field} {term.key!r}")
    newest = (
        select(metrics.c.value)
        .where(metrics.c.model_pk == logged_models.c.pk, metrics.c.key == term.key)
        .order_by(metrics.c.at.desc(), metrics.c.step.desc(), metrics.c.run_id)
        .limit(1)
    )
    if term.dataset_name:
        newest = newest.where(_about(term.dataset_name, term.dataset_digest))
    return keyset.SortKey(newest.correlate(logged_models).scalar_subquery(), term.ascending, nullable=True)
