"""Reading one series. A long one is kept for a moment, since its reader goes on to the next page or draws it anew."""

import asyncio
import threading
import time
from functools import partial

from modelyard.domain.principals import Principal
from modelyard.domain.series import Points
from modelyard.services.runs import existing
from modelyard.storage import series
from modelyard.storage.database import Database, Transaction

LONG = 25_000
MOST_KEPT = 1_000_000
"""Points, of 24 bytes each."""

SECONDS_KEPT = 30.0


class RecentPoints:
    """Series by run and metric; one that was added to since is read anew."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[int, float, Points]] = {}

    async def of(self, principal: Principal, run_id: str, key: str) -> Points:
        """In history order; none for an unknown key. Raises NotFound for an unknown run."""
        points = await self._database.read(partial(self._read, principal, run_id, key))
        if len(points) >= LONG:
            asyncio.get_running_loop().call_later(SECONDS_KEPT, self._forget)
        return points

    def _read(self, principal: Principal, run_id: str, key: str, transaction: Transaction) -> Points:
        pk, _ = existing(transaction, principal, run_id)
        found = series.one(transaction, pk, key)
        if found is None:
            return Points()
        with self._lock:
            newest, _, points = self._kept.get((run_id, key), (0, 0.0, Points()))
        if newest != found.newest:
            points = series.points_of(transaction, found.pk)
        if len(points) >= LONG:
            self._keep((run_id, key), found.newest, points)
        return points

    def _keep(self, place: tuple[str, str], newest: int, points: Points) -> None:
        with self._lock:
            self._kept.pop(place, None)
            self._kept[place] = (newest, time.monotonic(), points)
            while sum(len(kept) for *_, kept in self._kept.values()) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    def _forget(self) -> None:
        with self._lock:
            old = time.monotonic() - SECONDS_KEPT
            self._kept = {place: kept for place, kept in self._kept.items() if kept[1] > old}
