import sys
from collections.abc import Mapping, Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.metrics import Metrics
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.runs import Metric
from modelyard.domain.series import Points
from modelyard.formats import page_tokens
from modelyard.services import paging
from modelyard.services.authorize import authorize
from modelyard.services.recent_points import RecentPoints
from modelyard.storage import runs, series
from modelyard.storage.database import Database, Transaction

MOST_RUNS_AT_ONCE = 100


class Series:
    """Reading the points that runs logged. Every call raises PermissionDenied when the principal may not."""

    def __init__(self, database: Database, recent: RecentPoints | None = None) -> None:
        self._database = database
        self._recent = recent or RecentPoints(database)

    async def history(
        self, principal: Principal, run_id: str, key: str, page: PageRequest | None = None
    ) -> Page[Metric]:
        """Points of one series by (timestamp, step, value), all of them without a page. An unknown key has none.

        Raises NotFound for an unknown run, InvalidInput for a page that is not positive.
        """
        authorize(principal, "runs.read", Resource("run", run_id))
        if page is not None:
            paging.check_limit(page, sys.maxsize)
        digest = page_tokens.digest_of("history", run_id, key)
        after = paging.start(page, digest) if page is not None else None
        points = await self._recent.of(principal, run_id, key)
        if page is None:
            return Page(Metrics(key, points))
        first = _position(after)
        until = first + page.limit
        return paging.finish(Metrics(key, points, first, until), [until] if until < len(points) else None, digest)

    async def bulk(self, principal: Principal, run_ids: Sequence[str], key: str) -> Mapping[str, Sequence[Metric]]:
        """One metric's points of up to 100 runs; a run that does not exist has none."""
        authorize(principal, "runs.read", Resource("run"))
        if len(run_ids) > MOST_RUNS_AT_ONCE:
            raise InvalidInput(f"GetMetricHistoryBulk request must specify at most {MOST_RUNS_AT_ONCE} run_ids.")

        def work(transaction: Transaction) -> Mapping[str, Points]:
            rows = runs.rows_of(transaction, principal.workspace_id, run_ids)
            ids = {row.pk: row.id for row in rows}
            return {ids[pk]: points for pk, points in series.read(transaction, list(ids), key).items()}

        found = await self._database.read(work)
        return {run_id: Metrics(key, found.get(run_id, Points())) for run_id in sorted(run_ids)}


def _position(after: Sequence[str | int | float | None] | None) -> int:
    if after is None:
        return 0
    first = after[0] if after else None
    if not isinstance(first, int) or first < 0:
        raise InvalidInput("Invalid page token")
    return first
