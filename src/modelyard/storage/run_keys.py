"""Which keys the newest runs of experiments have, and how busy experiments are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, case, func, select

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.query import Field
from modelyard.domain.run_groups import Activity, Keys, LoggedKey
from modelyard.domain.runs import RunStatus
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.tracking import params, run_tags, runs, series

_TABLES: Mapping[Field, Table] = {Field.METRIC: series, Field.PARAM: params, Field.TAG: run_tags}


def of_newest(
    transaction: Transaction,
    workspace_id: int,
    experiments: Sequence[int],
    field: Field,
    contains: str,
    bounds: tuple[int, int],
) -> Keys:
    """Keys of which a part is `contains`, in any case; `bounds` are how many runs are looked at and keys answered."""
    newest, limit = bounds
    table = _TABLES[field]
    values = table.c.latest_value if table is series else table.c.value
    number = func.count().label("number")
    found = (
        select(table.c.key, number, func.count(values.distinct()), func.count().over())
        .where(table.c.run_pk.in_(_newest(transaction, workspace_id, experiments, newest)))
        .group_by(table.c.key)
        .order_by(number.desc(), table.c.key)
        .limit(limit)
    )
    if contains:
        found = found.where(table.c.key.icontains(contains, autoescape=True))
    rows = transaction.execute(found).all()
    return Keys([LoggedKey(field, key, of, different) for key, of, different, _ in rows], rows[0][3] if rows else 0)


def _newest(transaction: Transaction, workspace_id: int, experiments: Sequence[int], limit: int) -> Select[Any]:
    mine = among(runs.c.experiment_pk, experiments, transaction.dialect.name)
    statement = select(runs.c.pk).where(runs.c.workspace_id == workspace_id, mine)
    return statement.where(runs.c.lifecycle == Lifecycle.ACTIVE).order_by(runs.c.started_at.desc()).limit(limit)


def activity(transaction: Transaction, workspace_id: int, experiments: Sequence[int]) -> Mapping[int, Activity]:
    """By experiment; those without runs are left out."""

    def those(status: RunStatus) -> Any:
        return func.sum(case((runs.c.status == status, 1), else_=0))

    statement = (
        select(
            runs.c.experiment_pk,
            func.count(),
            those(RunStatus.RUNNING),
            those(RunStatus.FAILED),
            func.max(runs.c.started_at),
        )
        .where(runs.c.workspace_id == workspace_id, runs.c.lifecycle == Lifecycle.ACTIVE)
        .where(among(runs.c.experiment_pk, experiments, transaction.dialect.name))
        .group_by(runs.c.experiment_pk)
    )
    return {
        pk: Activity(str(pk), number, int(running), int(failed), last)
        for pk, number, running, failed, last in transaction.execute(statement)
    }
