from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, cast, select, types

from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.domain.query import Comparison, Field, Filter, Order, View
from modelyard.storage import conditions, keyset
from modelyard.storage.database import Transaction
from modelyard.storage.experiments import with_tags
from modelyard.storage.tables.tracking import experiment_tags, experiments

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "name": experiments.c.name,
    "creation_time": experiments.c.created_at,
    "last_update_time": experiments.c.updated_at,
    "experiment_id": cast(experiments.c.pk, types.Text),
}
_ORDER: Mapping[str, ColumnElement[Any]] = {**_COLUMNS, "experiment_id": experiments.c.pk}
_DEFAULT = (Order(Field.ATTRIBUTE, "creation_time", ascending=False),)


def search(
    transaction: Transaction,
    workspace_id: int,
    view: View,
    filter_: Filter,
    order: Sequence[Order],
    after: Sequence[keyset.Scalar] | None,
    limit: int,
) -> tuple[list[Experiment], list[keyset.Scalar] | None]:
    """A page and the sort values of its last row when there is a next page."""
    statement = select(experiments).where(experiments.c.workspace_id == workspace_id)
    if view is not View.ALL:
        statement = statement.where(experiments.c.lifecycle == Lifecycle(view.value))
    dialect = transaction.dialect.name
    wanted = (_condition(comparison, dialect) for comparison in filter_)
    statement = statement.where(*conditions.all_of(wanted, dialect))
    keys = [keyset.SortKey(_ORDER[term.key], term.ascending) for term in (order or _DEFAULT)]
    keys.append(keyset.SortKey(experiments.c.pk, ascending=False))
    rows = transaction.execute(keyset.page(statement, keys, after, limit)).all()
    shown = rows[:limit]
    last = keyset.values_of(shown[-1], keys) if len(rows) > limit else None
    return with_tags(transaction, shown), last


def _condition(comparison: Comparison, dialect: str) -> ColumnElement[bool]:
    if comparison.field is Field.TAG:
        return conditions.has_key(experiment_tags, experiments.c.pk, comparison, dialect)
    return conditions.attribute(_COLUMNS, comparison, dialect)
