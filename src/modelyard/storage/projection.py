"""Of runs only the params, tags and latest metrics that are asked for, however many there are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, select

from modelyard.domain.runs import Fields, RunDocument
from modelyard.storage import key_values
from modelyard.storage.database import Transaction
from modelyard.storage.documents import Document, LatestMetric, Pair, as_json, encoded
from modelyard.storage.members import among
from modelyard.storage.tables.tracking import params, run_tags, series


def project(transaction: Transaction, pks: Sequence[int], fields: Fields) -> Mapping[int, RunDocument]:
    """A document for every key given, with at most three statements."""
    metrics: dict[int, list[LatestMetric]] = defaultdict(list)
    columns = (series.c.run_pk, series.c.key, series.c.latest_value, series.c.latest_at, series.c.latest_step)
    plain = dict.fromkeys(pks, True)
    for pk, key, value, at, step in _rows(transaction, select(*columns), series, pks, fields.metrics):
        shown = as_json(value)
        plain[pk] = plain[pk] and not isinstance(shown, str)
        metrics[pk].append(LatestMetric(key, shown, at, step))
    named = _pairs(transaction, params, pks, fields.params)
    tagged = _pairs(transaction, run_tags, pks, fields.tags)
    return {
        pk: encoded(Document(metrics.get(pk, ()), named.get(pk, ()), tagged.get(pk, ())), plain=plain[pk]) for pk in pks
    }


def _pairs(
    transaction: Transaction, table: Table, pks: Sequence[int], keys: Collection[str] | None
) -> Mapping[int, Sequence[Pair]]:
    found: dict[int, list[Pair]] = defaultdict(list)
    columns = (key_values.owner_of(table), table.c.key, table.c.value)
    for pk, key, value in _rows(transaction, select(*columns), table, pks, keys):
        found[pk].append(Pair(key, value))
    return found


def _rows(
    transaction: Transaction,
    statement: Select[Any],
    table: Table,
    pks: Sequence[int],
    keys: Collection[str] | None,
) -> Sequence[Any]:
    if keys is not None and not keys:
        return ()
    dialect = transaction.dialect.name
    statement = statement.where(among(table.c.run_pk, pks, dialect)).order_by(table.c.run_pk, table.c.key)
    if keys is not None:
        statement = statement.where(among(table.c.key, sorted(keys), dialect))
    return transaction.execute(statement).all()
