from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select

from modelyard.domain.errors import InvalidInput
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order, View
from modelyard.storage import conditions, keyset
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.run_inputs import context_of
from modelyard.storage.tables.tracking import datasets, params, run_datasets, run_tags, runs, series

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "run_id": runs.c.id,
    "run_name": runs.c.name,
    "status": runs.c.status,
    "artifact_uri": runs.c.artifact_uri,
    "user_id": runs.c.user,
    "start_time": runs.c.started_at,
    "end_time": runs.c.ended_at,
}


@dataclass(frozen=True, slots=True)
class RunQuery:
    """What to look for: experiments, lifecycle, conditions, order."""

    workspace_id: int
    experiments: Sequence[int]
    view: View
    filter: Filter
    order: Sequence[Order] = ()


def search(
    transaction: Transaction,
    query: RunQuery,
    after: Sequence[keyset.Scalar] | None,
    limit: int,
) -> tuple[Sequence[Row[Any]], list[keyset.Scalar] | None]:
    """A page of rows of `runs` and the sort values of the last one when there is a next page."""
    statement, keys = _ordered(_matching(transaction.dialect.name, query, select(runs)), query.order)
    rows = transaction.execute(keyset.page(statement, keys, after, limit)).all()
    shown = rows[:limit]
    return shown, (keyset.values_of(shown[-1], keys) if len(rows) > limit else None)


def count(transaction: Transaction, query: RunQuery) -> int:
    statement = _matching(transaction.dialect.name, query, select(func.count()).select_from(runs))
    return int(transaction.execute(statement).scalar_one())


def matching(transaction: Transaction, query: RunQuery, pks: Sequence[int]) -> frozenset[int]:
    """Which of these rows the query finds."""
    dialect = transaction.dialect.name
    statement = _matching(dialect, query, select(runs.c.pk)).where(among(runs.c.pk, pks, dialect))
    return frozenset(transaction.execute(statement).scalars())


def _matching(dialect: str, query: RunQuery, statement: Select[Any]) -> Select[Any]:
    within = _within(runs.c.experiment_pk, query, dialect)
    statement = statement.where(runs.c.workspace_id == query.workspace_id, within)
    if query.view is not View.ALL:
        statement = statement.where(runs.c.lifecycle == Lifecycle(query.view.value))
    return statement.where(*(_condition(comparison, query, dialect) for comparison in query.filter))


def _has_value(comparison: Comparison, query: RunQuery, dialect: str) -> ColumnElement[bool]:
    """By the index of values within the experiments, so that the work grows with what matches."""
    value = conditions.compare(series.c.latest_value, comparison, dialect)
    if comparison.operator is Operator.NE:  # NaN, which is stored as NULL, differs from every number
        value = or_(value, series.c.latest_value.is_(None))
    matching = select(series.c.run_pk).where(
        _within(series.c.experiment_pk, query, dialect), series.c.key == comparison.key, value
    )
    return runs.c.pk.in_(matching)


def _within(experiment: ColumnElement[int], query: RunQuery, dialect: str) -> ColumnElement[bool]:
    if len(query.experiments) == 1:
        return experiment == query.experiments[0]
    return among(experiment, query.experiments, dialect)


def _condition(comparison: Comparison, query: RunQuery, dialect: str) -> ColumnElement[bool]:
    match comparison.field:
        case Field.METRIC:
            return _has_value(comparison, query, dialect)
        case Field.PARAM:
            return conditions.has_key(params, runs.c.pk, comparison, dialect)
        case Field.TAG:
            return conditions.has_key(run_tags, runs.c.pk, comparison, dialect)
        case Field.DATASET:
            return _used_dataset(comparison, dialect)
        case _:
            return conditions.attribute(_COLUMNS, comparison, dialect)


def _used_dataset(comparison: Comparison, dialect: str) -> ColumnElement[bool]:
    used = select(1).where(run_datasets.c.run_pk == runs.c.pk, run_datasets.c.dataset_pk == datasets.c.pk)
    if comparison.key == "context":
        return exists(used.where(conditions.compare(context_of(dialect), comparison, dialect)))
    column = {"name": datasets.c.name, "digest": datasets.c.digest}.get(comparison.key)
    if column is None:
        raise InvalidInput(f"Invalid dataset attribute key '{comparison.key}'; use name, digest or context")
    return exists(used.where(conditions.compare(column, comparison, dialect)))


def _ordered(statement: Select[Any], order: Sequence[Order]) -> tuple[Select[Any], list[keyset.SortKey]]:
    """Missing values last in either direction; numbers before NaN; then newest first."""
    keys: list[keyset.SortKey] = []
    for term in order:
        if term.field is Field.ATTRIBUTE:
            keys.append(_attribute_key(term))
            continue
        table = {Field.METRIC: series, Field.PARAM: params, Field.TAG: run_tags}.get(term.field)
        if table is None:
            raise InvalidInput(f"Runs cannot be ordered by {term.field} {term.key!r}")
        value = table.alias()
        statement = statement.outerjoin(value, and_(value.c.run_pk == runs.c.pk, value.c.key == term.key))
        if table is series:
            missing = case((value.c.pk.is_(None), 2), (value.c.latest_value.is_(None), 1), else_=0)
            keys.append(keyset.SortKey(missing))
            keys.append(keyset.SortKey(value.c.latest_value, term.ascending, nullable=True))
        else:
            keys.append(keyset.SortKey(value.c.value, term.ascending, nullable=True))
    keys.append(keyset.SortKey(runs.c.started_at, ascending=False))
    keys.append(keyset.SortKey(runs.c.id))
    return statement, keys


def _attribute_key(term: Order) -> keyset.SortKey:
    column = _COLUMNS.get(term.key)
    if column is None:
        raise InvalidInput(f"Invalid order_by attribute {term.key!r}; one of {', '.join(sorted(_COLUMNS))}")
    return keyset.SortKey(column, term.ascending, nullable=term.key == "end_time")
