"""Choosing what in the trash goes for good, and taking it out of everybody's sight in one stroke.

What is condemned moves to a workspace that nobody is in, minus its own; erasing it may then take any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, cast, exists, false, func, or_, select, update

from modelyard.domain.deletion import Kept, Selection
from modelyard.domain.experiments import Lifecycle
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.pins import Pins, path_of
from modelyard.storage.tables.base import String
from modelyard.storage.tables.tracking import experiments, logged_models, runs


@dataclass(frozen=True, slots=True)
class Thing:
    """A row that is to go; `root` is where its files are, if they are kept here."""

    kind: str
    pk: int
    id: str
    experiment_pk: int
    root: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of what was selected: to go, and to stay; `last` is the key to go on behind, None at the end."""

    going: Sequence[Thing]
    kept: Sequence[Kept]
    last: int | None


class Trash:
    """What one selection finds. The same functions look and act, so that a look says what acting would do."""

    def __init__(self, workspace_id: int, selection: Selection) -> None:
        self._workspace_id = workspace_id
        self._selection = selection

    def chosen_runs(
        self, transaction: Transaction, pins: Pins, after: int, limit: int, only: Sequence[int] | None = None
    ) -> Chosen:
        """`only` looks again at rows that were found before."""
        rows = self._rows(transaction, runs, self._runs(transaction), after, limit, only)
        things = [Thing("run", row.pk, row.id, row.experiment_pk, path_of(row.artifact_uri), row.name) for row in rows]
        reasons = [pins.of_run(row.id, row.artifact_uri) for row in rows]
        return _split(things, reasons, limit)

    def chosen_models(
        self, transaction: Transaction, pins: Pins, after: int, limit: int, only: Sequence[int] | None = None
    ) -> Chosen:
        """`only` looks again at rows that were found before."""
        rows = self._rows(transaction, logged_models, self._models(transaction), after, limit, only)
        things = [
            Thing("logged_model", row.pk, row.id, row.experiment_pk, path_of(row.artifact_uri), row.name)
            for row in rows
        ]
        reasons = [pins.of_model(row.id, row.source_run_id, row.artifact_uri) for row in rows]
        return _split(things, reasons, limit)

    def chosen_experiments(
        self, transaction: Transaction, pins: Pins, after: int, limit: int, gone: Mapping[int, Sequence[Thing]]
    ) -> Chosen:
        """Those that nothing is left in, once `gone` (by experiment) is."""
        rows = self._rows(transaction, experiments, self._experiments(transaction), after, limit, None)
        things = [
            Thing("experiment", row.pk, str(row.pk), row.pk, self._own_root(transaction, row), row.name) for row in rows
        ]
        reasons = [
            self._left_in(transaction, one.pk, gone.get(one.pk, ())) or (pins.of_path(one.root) if one.root else None)
            for one in things
        ]
        return _split(things, reasons, limit)

    def condemned(self, transaction: Transaction, kind: str, limit: int) -> Sequence[Thing]:
        """What is still to be erased, whoever condemned it."""
        if kind == "experiment":
            found = select(experiments).where(experiments.c.workspace_id == -self._workspace_id).limit(limit)
            return [
                Thing(kind, row.pk, str(row.pk), row.pk, self._own_root(transaction, row), row.name)
                for row in transaction.execute(found)
            ]
        table = runs if kind == "run" else logged_models
        found = select(table).where(table.c.workspace_id == -self._workspace_id).limit(limit)
        return [
            Thing(kind, row.pk, row.id, row.experiment_pk, path_of(row.artifact_uri), row.name)
            for row in transaction.execute(found)
        ]

    def _rows(
        self,
        transaction: Transaction,
        table: Table,
        mine: ColumnElement[bool],
        after: int,
        limit: int,
        only: Sequence[int] | None,
    ) -> Sequence[Row[Any]]:
        statement = select(table).where(mine, table.c.pk > after).order_by(table.c.pk).limit(limit)
        if only is not None:
            statement = statement.where(among(table.c.pk, only, transaction.dialect.name))
        return transaction.execute(statement).all()

    def condemn(self, transaction: Transaction, things: Sequence[Thing]) -> None:
        """From now on only `condemned` finds them, and their names are free."""
        for table, kind in ((runs, "run"), (logged_models, "logged_model"), (experiments, "experiment")):
            pks = [one.pk for one in things if one.kind == kind]
            if pks:
                values: dict[str, Any] = {"workspace_id": -self._workspace_id}
                if kind == "experiment":
                    values["name"] = cast(experiments.c.pk, String)
                mine = among(table.c.pk, pks, transaction.dialect.name)
                transaction.execute(update(table).where(mine).values(values))

    def count(self, transaction: Transaction) -> int:
        """About how many things were selected."""
        return sum(
            int(transaction.execute(select(func.count()).select_from(table).where(mine)).scalar_one())
            for table, mine in (
                (runs, self._runs(transaction)),
                (logged_models, self._models(transaction)),
                (experiments, self._experiments(transaction)),
            )
        )

    def _experiments(self, transaction: Transaction) -> ColumnElement[bool]:
        deleted = and_(
            experiments.c.workspace_id == self._workspace_id,
            experiments.c.lifecycle == Lifecycle.DELETED,
            experiments.c.updated_at <= self._selection.before,
        )
        if self._selection.everything:
            return deleted
        wanted = [int(one) for one in self._selection.experiment_ids]
        return and_(deleted, among(experiments.c.pk, wanted, transaction.dialect.name)) if wanted else false()

    def _whole_experiments(self, transaction: Transaction) -> Select[Any]:
        """Those in which nothing has been brought back from the trash."""
        active = exists().where(runs.c.experiment_pk == experiments.c.pk, runs.c.lifecycle == Lifecycle.ACTIVE)
        return select(experiments.c.pk).where(self._experiments(transaction), ~active)

    def _runs(self, transaction: Transaction) -> ColumnElement[bool]:
        ways: list[ColumnElement[bool]] = [runs.c.experiment_pk.in_(self._whole_experiments(transaction))]
        old = func.coalesce(runs.c.deleted_at, 0) <= self._selection.before
        if self._selection.everything:
            ways.append(old)
        elif self._selection.run_ids:
            ways.append(and_(old, among(runs.c.id, self._selection.run_ids, transaction.dialect.name)))
        return and_(runs.c.workspace_id == self._workspace_id, runs.c.lifecycle == Lifecycle.DELETED, or_(*ways))

    def _models(self, transaction: Transaction) -> ColumnElement[bool]:
        """A deleted experiment's models are not in the trash themselves, but go with it."""
        ways: list[ColumnElement[bool]] = [logged_models.c.experiment_pk.in_(self._whole_experiments(transaction))]
        if self._selection.everything:
            deleted = logged_models.c.lifecycle == Lifecycle.DELETED
            ways.append(and_(deleted, logged_models.c.updated_at <= self._selection.before))
        return and_(logged_models.c.workspace_id == self._workspace_id, or_(*ways))

    def _left_in(self, transaction: Transaction, experiment_pk: int, gone: Sequence[Thing]) -> str | None:
        for table, kind, what in ((runs, "run", "run"), (logged_models, "logged_model", "logged model")):
            mine = and_(table.c.experiment_pk == experiment_pk, table.c.workspace_id == self._workspace_id)
            if going := [one.pk for one in gone if one.kind == kind]:
                mine = and_(mine, ~among(table.c.pk, going, transaction.dialect.name))
            left = transaction.execute(select(table.c.id).where(mine).order_by(table.c.pk).limit(1)).scalar()
            if left is not None:
                return f"{what} {left} in it is kept"
        return None

    def _own_root(self, transaction: Transaction, row: Any) -> str | None:
        """The experiment's folder, unless others have been given places in it."""
        root = path_of(row.artifact_location)
        if root != str(row.pk):
            return None
        inside = and_(
            experiments.c.pk != row.pk,
            or_(
                experiments.c.artifact_location == row.artifact_location,
                experiments.c.artifact_location.startswith(f"{row.artifact_location.rstrip('/')}/", autoescape=True),
            ),
        )
        return root if transaction.execute(select(experiments.c.pk).where(inside).limit(1)).first() is None else None


def _split(things: Sequence[Thing], reasons: Sequence[str | None], limit: int) -> Chosen:
    judged = list(zip(things, reasons, strict=True))
    return Chosen(
        going=[one for one, reason in judged if reason is None],
        kept=[Kept(one.kind, one.id, reason) for one, reason in judged if reason is not None],
        last=things[-1].pk if len(things) == limit else None,
    )
