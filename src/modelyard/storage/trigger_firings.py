from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, literal_column, select, update

from modelyard.domain.listing import Listing
from modelyard.domain.triggers import Firing, FiringState
from modelyard.storage import keyset, pipeline_json
from modelyard.storage.database import Transaction
from modelyard.storage.listing import Shelf
from modelyard.storage.tables.triggers import WAITING
from modelyard.storage.tables.triggers import pipeline_trigger_firings as firings
from modelyard.storage.tables.triggers import pipeline_triggers as triggers
from modelyard.storage.upserts import insert_into

_SHELF = Shelf(firings.c.pk, {name: firings.c[name] for name in ("id", "key", "state", "run_id", "at", "created_at")})
_OWNED = select(firings, triggers.c.id.label("trigger_id")).join(triggers, triggers.c.pk == firings.c.trigger_pk)
_WAITING: ColumnElement[bool] = literal_column(WAITING)


def put(transaction: Transaction, workspace_id: int, trigger_pk: int, firing: Firing) -> bool:
    """Whether it is the first for its key; a second changes nothing."""
    statement = insert_into(firings, transaction).values(
        workspace_id=workspace_id,
        trigger_pk=trigger_pk,
        id=firing.id,
        key=firing.key,
        state=firing.state,
        at=firing.at,
        said=firing.said,
        parameters=pipeline_json.text(firing.parameters),
        run_id=firing.run_id,
        error=firing.error,
        created_at=firing.created_at,
        ended_at=firing.ended_at,
    )
    made = statement.on_conflict_do_nothing().returning(firings.c.pk)
    return transaction.execute(made).one_or_none() is not None


def by_key(transaction: Transaction, trigger_pk: int, key: str) -> Firing | None:
    found = _OWNED.where(firings.c.trigger_pk == trigger_pk, firings.c.key == key)
    row = transaction.execute(found).one_or_none()
    return None if row is None else _firing(row)


def change(transaction: Transaction, firing_id: str, values: Mapping[str, Any]) -> None:
    """`values` by column."""
    transaction.execute(update(firings).where(firings.c.id == firing_id).values(values))


def find(
    transaction: Transaction, trigger_id: str, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[Firing], int, list[keyset.Scalar] | None]:
    rows, total, last = _SHELF.find(transaction, _OWNED.where(triggers.c.id == trigger_id), listing, after)
    return [_firing(row) for row in rows], total, last


def triggers_that_wait(transaction: Transaction) -> list[str]:
    """Their ids, of all workspaces."""
    some = select(firings.c.trigger_pk).where(_WAITING).distinct()
    return list(transaction.execute(select(triggers.c.id).where(triggers.c.pk.in_(some))).scalars())


def waiting(transaction: Transaction, trigger_pk: int) -> list[Firing]:
    """The oldest first."""
    mine = _OWNED.where(firings.c.trigger_pk == trigger_pk, _WAITING).order_by(firings.c.pk)
    return [_firing(row) for row in transaction.execute(mine)]


def how_many_wait(transaction: Transaction, trigger_pk: int) -> int:
    mine = (firings.c.trigger_pk == trigger_pk, _WAITING)
    return int(transaction.execute(select(func.count()).select_from(firings).where(*mine)).scalar_one())


def started_since(transaction: Transaction, trigger_pk: int, since: int, most: int) -> int:
    """At most `most`: they start in the order in which they came, so that no more need be looked at."""
    mine = (firings.c.trigger_pk == trigger_pk, firings.c.state == FiringState.STARTED)
    newest = (firings.c.created_at.desc(), firings.c.pk.desc())
    last = select(firings.c.ended_at).where(*mine).order_by(*newest).limit(most).subquery()
    late = select(func.count()).select_from(last).where(last.c.ended_at > since)
    return int(transaction.execute(late).scalar_one())


def prune(transaction: Transaction, before: int) -> None:
    """Deletes those that had ended before. None had that came later, so that the index of the newest tells them."""
    of_each = firings.c.trigger_pk.in_(select(triggers.c.pk))
    transaction.execute(delete(firings).where(of_each, firings.c.created_at < before, firings.c.ended_at < before))


def _firing(row: Row[Any]) -> Firing:
    return Firing(
        id=row.id,
        trigger_id=row.trigger_id,
        key=row.key,
        state=FiringState(row.state),
        at=row.at,
        said=row.said,
        created_at=row.created_at,
        parameters=pipeline_json.decoded(row.parameters),
        run_id=row.run_id,
        error=row.error,
        ended_at=row.ended_at,
    )
