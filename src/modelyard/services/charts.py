import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from modelyard.domain.charts import Axis, Drawn, Range, drawn
from modelyard.domain.errors import InvalidInput
from modelyard.domain.principals import Principal, Resource
from modelyard.services.authorize import authorize
from modelyard.services.recent_points import RecentPoints
from modelyard.storage import runs, series
from modelyard.storage.database import Database, Transaction

MOST_RUNS = 100
MOST_SERIES = 1_000
MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Chart:
    """A series that is drawn, by run and metric."""

    run_id: str
    key: str
    drawn: Drawn


class Charts:
    """Series made small enough to be drawn. Every call raises PermissionDenied when the principal may not, and
    InvalidInput for more than 10,000 buckets.
    """

    def __init__(self, database: Database, recent: RecentPoints | None = None) -> None:
        self._database = database
        self._recent = recent or RecentPoints(database)

    async def one(
        self, principal: Principal, run_id: str, key: str, buckets: int, axis: Axis, within: Range | None = None
    ) -> Chart:
        """Raises NotFound for an unknown run. A metric that was never logged has no points."""
        authorize(principal, "runs.read", Resource("run", run_id))
        _check(buckets)
        points = await self._recent.of(principal, run_id, key)
        return Chart(run_id, key, await asyncio.to_thread(drawn, points, buckets, axis, within))

    async def several(
        self,
        principal: Principal,
        run_ids: Sequence[str],
        keys: Sequence[str],
        buckets: int,
        axis: Axis,
        within: Range | None = None,
    ) -> Sequence[Chart]:
        """Each of these metrics of each of these runs, by run and metric as asked for; what was not logged is left out.

        Raises InvalidInput for more than 100 runs or 1,000 series.
        """
        authorize(principal, "runs.read", Resource("run"))
        _check(buckets)
        if len(run_ids) > MOST_RUNS or len(run_ids) * len(keys) > MOST_SERIES:
            raise InvalidInput(
                f"{len(run_ids)} runs with {len(keys)} metrics each are too many to draw at once; "
                f"ask for at most {MOST_RUNS} runs and {MOST_SERIES} series"
            )

        def work(transaction: Transaction) -> Sequence[Chart]:
            pks = {row.id: row.pk for row in runs.rows_of(transaction, principal.workspace_id, run_ids)}
            charts: dict[tuple[int, str], Drawn] = {}
            for key in keys:  # one after the other: the points of all of them may not fit into memory
                found = series.read(transaction, list(pks.values()), key)
                charts.update({(pk, key): drawn(points, buckets, axis, within) for pk, points in found.items()})
            wanted = [(run_id, key) for run_id in run_ids for key in keys if (pks.get(run_id), key) in charts]
            return [Chart(run_id, key, charts[pks[run_id], key]) for run_id, key in wanted]

        return await self._database.read(work)


def _check(buckets: int) -> None:
    if not 1 <= buckets <= MOST_BUCKETS:
        raise InvalidInput(f"{buckets} buckets: ask for 1 to {MOST_BUCKETS}")
