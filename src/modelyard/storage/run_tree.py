"""Nested runs: a run names the one it is part of in a tag."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, func, literal, literal_column, select

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.runs import RunStatus
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.runs import SHOWN, RunRow
from modelyard.storage.tables.tracking import PARENT_TAG, run_tags, runs

_PARENT = run_tags.c.key == literal_column(f"'{PARENT_TAG}'")
"""Said in the statement itself, so that the index of parents is used."""


def below(transaction: Transaction, workspace_id: int, run_pk: int, depth: int, limit: int) -> Sequence[Row[Any]]:
    """Rows of the run and those below it, with `parent_id` and `depth`, level by level; one more than `limit`."""
    none = func.substr(runs.c.id, 1, 0)  # with the collation of ids, which PostgreSQL wants to be the same throughout
    top = select(runs.c.pk, runs.c.id, none.label("parent_id"), literal(0).label("depth")).where(runs.c.pk == run_pk)
    tree = top.cte("tree", recursive=True)
    children = (
        select(runs.c.pk, runs.c.id, tree.c.id, tree.c.depth + 1)
        .select_from(tree)
        .join(run_tags, and_(_PARENT, run_tags.c.value == tree.c.id))
        .join(runs, runs.c.pk == run_tags.c.run_pk)
        .where(runs.c.workspace_id == workspace_id, tree.c.depth < depth)
    )
    tree = tree.union_all(children)
    statement = (
        select(runs, tree.c.parent_id, tree.c.depth)
        .join(tree, tree.c.pk == runs.c.pk)
        .order_by(tree.c.depth, runs.c.started_at.desc(), runs.c.id)
        .limit(limit + 1)
    )
    return transaction.execute(statement).all()


def above(transaction: Transaction, workspace_id: int, run_pks: Sequence[int], depth: int) -> Sequence[RunRow]:
    """Rows of the runs that these are part of, at up to `depth` levels, each once and none of these themselves."""
    dialect = transaction.dialect.name
    start = select(runs.c.pk, literal(0).label("depth")).where(among(runs.c.pk, run_pks, dialect))
    line = start.cte("line", recursive=True)
    parent = runs.alias()
    line = line.union(
        select(parent.c.pk, line.c.depth + 1)
        .select_from(line)
        .join(run_tags, and_(run_tags.c.run_pk == line.c.pk, _PARENT))
        .join(parent, parent.c.id == run_tags.c.value)
        .where(parent.c.workspace_id == workspace_id, line.c.depth < depth)
    )
    mine = among(runs.c.pk, run_pks, dialect)
    statement = (
        select(*SHOWN).where(runs.c.pk.in_(select(line.c.pk)), ~mine).order_by(runs.c.started_at.desc(), runs.c.id)
    )
    return [RunRow._make(row) for row in transaction.execute(statement)]


def open_below(
    transaction: Transaction, workspace_id: int, run_id: str, keys: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """Runs at any level below this one that have not ended, by id, with those of these tags that they have.

    Those that have none of them are absent.
    """
    tree = select(runs.c.pk, runs.c.id).where(runs.c.id == run_id).cte("tree", recursive=True)
    child = runs.alias()
    tree = tree.union(
        select(child.c.pk, child.c.id)
        .select_from(tree)
        .join(run_tags, and_(_PARENT, run_tags.c.value == tree.c.id))
        .join(child, child.c.pk == run_tags.c.run_pk)
        .where(child.c.workspace_id == workspace_id)
    )
    statement = (
        select(runs.c.id, run_tags.c.key, run_tags.c.value)
        .join(tree, tree.c.pk == runs.c.pk)
        .join(run_tags, run_tags.c.run_pk == runs.c.pk)
        .where(runs.c.id != run_id, runs.c.lifecycle == Lifecycle.ACTIVE, runs.c.status == RunStatus.RUNNING)
        .where(run_tags.c.key.in_(keys))
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in transaction.execute(statement):
        found[row.id][row.key] = row.value
    return found
