from collections.abc import Sequence
from functools import partial

from modelyard.domain.errors import NotFound
from modelyard.domain.principals import Principal
from modelyard.domain.runs import Fields, RunDetail
from modelyard.services.run_listing import RunListing
from modelyard.storage import documents, projection, run_inputs, run_search
from modelyard.storage import runs as storage
from modelyard.storage.database import Database, Transaction
from modelyard.storage.documents import Rebuilt
from modelyard.storage.runs import RunRow

Scalar = str | int | float | None


class RunDetails:
    """Runs with everything logged to them, read with a fixed number of statements however many there are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, principal: Principal, run_id: str) -> RunDetail:
        """Raises NotFound."""
        listing, rebuilt = await self._database.read(partial(self._one, principal.workspace_id, run_id))
        self._keep(rebuilt)
        return listing[0]

    async def search(
        self,
        query: run_search.RunQuery,
        after: Sequence[Scalar] | None,
        limit: int,
        fields: Fields | None = None,
        offset: int = 0,
    ) -> tuple[RunListing, Sequence[Scalar] | None]:
        """A page and the sort values of its last run when there is a next page.

        With `fields`, runs have these alone of what was logged to them, and neither datasets nor models.
        """

        def work(transaction: Transaction) -> tuple[RunListing, Sequence[Rebuilt], Sequence[Scalar] | None]:
            rows, last = run_search.search(transaction, query, after, limit, offset=offset)
            if fields is not None:
                return RunListing(rows, projection.project(transaction, [row.pk for row in rows], fields)), (), last
            listing, rebuilt = complete(transaction, query.workspace_id, rows)
            return listing, rebuilt, last

        listing, rebuilt, last = await self._database.read(work)
        self._keep(rebuilt)
        return listing, last

    @staticmethod
    def _one(workspace_id: int, run_id: str, transaction: Transaction) -> tuple[RunListing, Sequence[Rebuilt]]:
        row = storage.row_of(transaction, workspace_id, run_id)
        if row is None:
            raise NotFound(f"Run with id={run_id} not found")
        return complete(transaction, workspace_id, [row])

    def _keep(self, rebuilt: Sequence[Rebuilt]) -> None:
        """Nobody waits for this: a document that is not kept is made again."""
        if rebuilt:
            self._database.append_later(documents.keep, rebuilt)


def complete(
    transaction: Transaction, workspace_id: int, rows: Sequence[RunRow]
) -> tuple[RunListing, Sequence[Rebuilt]]:
    """Runs of these rows, and the documents that had to be made for it, to be kept."""
    if not rows:
        return RunListing((), {}), ()
    shown, rebuilt = documents.current(transaction, workspace_id, rows)
    linked = [row.pk for row in rows if row.linked]
    if not linked:
        return RunListing(rows, shown), rebuilt
    used, models = run_inputs.datasets_of(transaction, linked), run_inputs.models_of(transaction, linked)
    return RunListing(rows, shown, used, models), rebuilt
