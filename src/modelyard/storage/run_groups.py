"""Runs by the values of their params and tags, with how the metrics of each group are spread."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, Column, Dialect, FromClause, Select, and_, bindparam, func, select

from modelyard.domain.query import Field
from modelyard.domain.run_groups import Group, Spread
from modelyard.storage import run_conditions
from modelyard.storage.database import Transaction
from modelyard.storage.members import among_bound, listed
from modelyard.storage.prepared import Prepared
from modelyard.storage.run_conditions import Shape
from modelyard.storage.run_pages import SHAPES
from modelyard.storage.run_search import RunQuery
from modelyard.storage.tables.tracking import params, run_tags, runs, series

_TABLES = {Field.PARAM: params, Field.TAG: run_tags}
Values = tuple[str | None, ...]


def groups(
    transaction: Transaction, query: RunQuery, by: Sequence[tuple[Field, str]], metrics: Sequence[str], limit: int
) -> Sequence[Group]:
    """The largest groups first."""
    dialect = transaction.dialect
    shape, bound = run_conditions.parted(
        dialect.name, query.workspace_id, query.experiments, query.view, query.filter, ()
    )
    bound |= {f"by_{at}": key for at, (_, key) in enumerate(by)} | {"most": limit}
    fields = tuple(field for field, _ in by)
    sizes = _sizes(dialect, shape, fields).rows(transaction, bound)
    spreads: Mapping[Values, Mapping[str, Spread]] = {}
    if metrics:
        wanted = bound | {"metrics": listed(list(metrics), dialect.name)}
        spreads = _by_values(_spreads(dialect, shape, fields).rows(transaction, wanted), len(fields))
    return [Group(tuple(values), number, spreads.get(tuple(values), {})) for *values, number in sizes]


def _by_values(rows: Sequence[tuple[Any, ...]], width: int) -> Mapping[Values, Mapping[str, Spread]]:
    found: dict[Values, dict[str, Spread]] = defaultdict(dict)
    for row in rows:
        key, count, mean, least, most, squares = row[width:]
        deviation = None if squares is None else max(0.0, squares / (count - 1)) ** 0.5 if count > 1 else 0.0
        found[row[:width]][key] = Spread(count, mean, deviation, least, most)
    return found


@lru_cache(SHAPES)
def _sizes(dialect: Dialect, shape: Shape, fields: tuple[Field, ...]) -> Prepared:
    grouped = _grouped(shape, fields)
    values = _values(grouped, fields)
    number = func.count().label("number")
    statement = select(*values, number).group_by(*values).order_by(number.desc(), *values)
    return Prepared(statement.limit(bindparam("most")), dialect)


@lru_cache(SHAPES)
def _spreads(dialect: Dialect, shape: Shape, fields: tuple[Field, ...]) -> Prepared:
    """The deviation is summed up around the mean: as the difference of two squares it would be noise."""
    grouped = _grouped(shape, fields)
    names = [f"value_of_{at}" for at in range(len(fields))]
    points = (
        select(*_values(grouped, fields), series.c.key, series.c.latest_value.label("point"))
        .join(series, series.c.run_pk == grouped.c.run_pk)
        .where(among_bound(series.c.key, "metrics", shape.dialect))
        .cte("points")
    )
    own = [points.c[name] for name in names]
    means = (
        select(
            *own,
            points.c.key,
            func.count(points.c.point).label("numbers"),
            func.avg(points.c.point).label("mean"),
            func.min(points.c.point).label("least"),
            func.max(points.c.point).label("most"),
        )
        .group_by(*own, points.c.key)
        .cte("means")
    )
    same = [points.c[name].is_not_distinct_from(means.c[name]) for name in names]
    known = [means.c[name] for name in (*names, "key", "numbers", "mean", "least", "most")]
    away = points.c.point - means.c.mean
    statement = select(*known, func.sum(away * away)).join(points, and_(points.c.key == means.c.key, *same))
    return Prepared(statement.group_by(*known), dialect)


def _grouped(shape: Shape, fields: tuple[Field, ...]) -> CTE:
    """The runs that match, and the value of each that they are grouped by."""
    tables = [_TABLES[field].alias(f"of_{at}") for at, field in enumerate(fields)]
    statement: Select[Any] = select(
        runs.c.pk.label("run_pk"), *(_named(table, at) for at, table in enumerate(tables))
    ).where(shape.within(runs.c.experiment_pk))
    for at, table in enumerate(tables):
        statement = statement.outerjoin(table, and_(table.c.run_pk == runs.c.pk, table.c.key == bindparam(f"by_{at}")))
    return run_conditions.restricted(statement, shape).cte("grouped")


def _named(table: FromClause, at: int) -> Any:
    return table.c.value.label(f"value_of_{at}")


def _values(grouped: CTE, fields: tuple[Field, ...]) -> list[Column[Any]]:
    return [grouped.c[f"value_of_{at}"] for at in range(len(fields))]  # type: ignore[misc]
