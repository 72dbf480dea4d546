from collections.abc import Sequence
from functools import partial
from typing import Any

from modelyard.domain.errors import NotFound
from modelyard.domain.principals import Principal
from modelyard.domain.runs import Fields, RunDetail
from modelyard.storage import documents, projection, run_inputs, run_search
from modelyard.storage import runs as storage
from modelyard.storage.database import Database, Transaction
from modelyard.storage.documents import Rebuilt

Scalar = str | int | float | None


class RunDetails:
    """Runs with everything logged to them, read with a fixed number of statements however many there are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, principal: Principal, run_id: str) -> RunDetail:
        """Raises NotFound."""
        details, rebuilt = await self._database.read(partial(self._one, principal.workspace_id, run_id))
        self._keep(rebuilt)
        return details[0]

    async def search(
        self, query: run_search.RunQuery, after: Sequence[Scalar] | None, limit: int, fields: Fields | None = None
    ) -> tuple[Sequence[RunDetail], Sequence[Scalar] | None]:
        """A page and the sort values of its last run when there is a next page.

        With `fields`, runs have these alone of what was logged to them, and neither datasets nor models.
        """

        def work(transaction: Transaction) -> tuple[Sequence[RunDetail], Sequence[Rebuilt], Sequence[Scalar] | None]:
            rows, last = run_search.search(transaction, query, after, limit)
            if fields is not None:
                return _projected(transaction, rows, fields), (), last
            details, rebuilt = complete(transaction, query.workspace_id, rows)
            return details, rebuilt, last

        details, rebuilt, last = await self._database.read(work)
        self._keep(rebuilt)
        return details, last

    @staticmethod
    def _one(workspace_id: int, run_id: str, transaction: Transaction) -> tuple[Sequence[RunDetail], Sequence[Rebuilt]]:
        row = storage.row_of(transaction, workspace_id, run_id)
        if row is None:
            raise NotFound(f"Run with id={run_id} not found")
        return complete(transaction, workspace_id, [row])

    def _keep(self, rebuilt: Sequence[Rebuilt]) -> None:
        """Nobody waits for this: a document that is not kept is made again."""
        if rebuilt:
            self._database.append_later(documents.keep, rebuilt)


def _projected(transaction: Transaction, rows: Sequence[Any], fields: Fields) -> Sequence[RunDetail]:
    shown = projection.project(transaction, [row.pk for row in rows], fields)
    return [RunDetail(storage.from_row(row), shown[row.pk]) for row in rows]


def complete(
    transaction: Transaction, workspace_id: int, rows: Sequence[Any]
) -> tuple[Sequence[RunDetail], Sequence[Rebuilt]]:
    """Runs of these rows, and the documents that had to be made for it, to be kept."""
    if not rows:
        return (), ()
    pks = [row.pk for row in rows]
    shown, rebuilt = documents.current(transaction, workspace_id, {row.pk: row.version for row in rows})
    used = run_inputs.datasets_of(transaction, pks)
    linked = run_inputs.models_of(transaction, pks)
    details = [
        RunDetail(
            storage.from_row(row),
            shown[row.pk],
            used.get(row.pk, ()),
            linked.get((row.pk, "input"), ()),
            linked.get((row.pk, "output"), ()),
        )
        for row in rows
    ]
    return details, rebuilt
