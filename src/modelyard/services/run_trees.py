from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from modelyard.domain.errors import InvalidInput
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.query import Filter, View
from modelyard.domain.runs import RunDetail
from modelyard.services.authorize import authorize
from modelyard.services.run_details import complete
from modelyard.services.runs import existing
from modelyard.storage import documents, run_search, run_tree, runs
from modelyard.storage.database import Database, Transaction
from modelyard.storage.documents import Rebuilt

T = TypeVar("T")
DEEPEST = 50
MOST_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class Branch:
    """A run in a tree: whose part it is, how many levels below the top, and whether it was asked for itself."""

    detail: RunDetail
    parent_id: str | None
    depth: int
    matches: bool = True


@dataclass(frozen=True, slots=True)
class Tree:
    """A run and those nested in it, level by level, newest first within one; `whole` unless there are too many."""

    branches: Sequence[Branch]
    whole: bool = True


class RunTrees:
    """Runs that are parts of runs, which they name in their tag `mlflow.parentRunId`.

    Every call raises PermissionDenied when the principal may not.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def below(self, principal: Principal, run_id: str, depth: int = DEEPEST, filter_: Filter = ()) -> Tree:
        """The run and what is nested in it, up to `depth` levels; with a filter, what matches and all that leads there.

        Raises NotFound, InvalidInput for a depth over 50 or a key that cannot be searched.
        """
        authorize(principal, "runs.read", Resource("run", run_id))
        if not 0 <= depth <= DEEPEST:
            raise InvalidInput(f"A tree of {depth} levels: ask for 0 to {DEEPEST}")

        def work(transaction: Transaction) -> tuple[Tree, Sequence[Rebuilt]]:
            pk, _ = existing(transaction, principal, run_id)
            found = run_tree.below(transaction, principal.workspace_id, pk, depth, MOST_RUNS)
            rows = {row.pk: row for row in reversed(found[:MOST_RUNS])}  # of a circle, each run once, as high as it is
            matching = _matching(transaction, principal, rows, filter_)
            kept = _leading_to(matching, rows) | {pk}
            shown = [row for row in reversed(rows.values()) if row.pk in kept]
            details, rebuilt = complete(transaction, principal.workspace_id, shown)
            branches = [
                Branch(detail, row.parent_id or None, row.depth, row.pk in matching)
                for row, detail in zip(shown, details, strict=True)
            ]
            return Tree(branches, len(found) <= MOST_RUNS), rebuilt

        return self._kept(await self._database.read(work))

    async def above(self, principal: Principal, run_ids: Sequence[str]) -> Sequence[RunDetail]:
        """The runs that these are nested in, at every level, each once, without these."""
        authorize(principal, "runs.read", Resource("run"))

        def work(transaction: Transaction) -> tuple[Sequence[RunDetail], Sequence[Rebuilt]]:
            pks = [row.pk for row in runs.rows_of(transaction, principal.workspace_id, run_ids)]
            rows = run_tree.above(transaction, principal.workspace_id, pks, DEEPEST)
            return complete(transaction, principal.workspace_id, rows)

        return self._kept(await self._database.read(work))

    def _kept(self, found: tuple[T, Sequence[Rebuilt]]) -> T:
        answer, rebuilt = found
        if rebuilt:
            self._database.append_later(documents.keep, rebuilt)
        return answer


def _matching(
    transaction: Transaction, principal: Principal, rows: Mapping[int, Any], filter_: Filter
) -> frozenset[int]:
    if not filter_:
        return frozenset(rows)
    homes = sorted({row.experiment_pk for row in rows.values()})
    query = run_search.RunQuery(principal.workspace_id, homes, View.ALL, filter_)
    return run_search.matching(transaction, query, list(rows))


def _leading_to(matching: frozenset[int], rows: Mapping[int, Any]) -> frozenset[int]:
    """Those that match, and what they are nested in."""
    pks = {row.id: row.pk for row in rows.values()}
    kept: set[int] = set()
    for pk in matching:
        at: int | None = pk
        while at is not None and at not in kept:
            kept.add(at)
            at = pks.get(rows[at].parent_id)
    return frozenset(kept)
