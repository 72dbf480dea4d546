from functools import partial

from modelyard.domain.principals import SYSTEM, Resource
from modelyard.services.authorize import authorize
from modelyard.storage import compaction as storage
from modelyard.storage.database import Database, Transaction

SERIES_AT_ONCE = 100


class Compaction:
    """Keeps series small on disk and quick to read, while they are written to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, least: int) -> int:
        """Merges the chunks of series that have at least `least` new ones, and says of how many.

        Takes up to 100 series. The points, their order and the latest values stay as they are, so it is no event.
        """
        authorize(SYSTEM, "series.compact", Resource("series"))
        found = await self._database.read(lambda transaction: storage.candidates(transaction, least, SERIES_AT_ONCE))
        done = 0
        for series_pk in found:
            result = await self._database.read(partial(_merged, series_pk))
            if result is not None:
                done += await self._database.write(partial(_put, result))
        return done


def _merged(series_pk: int, transaction: Transaction) -> storage.Merged | None:
    return storage.merged(transaction, series_pk)


def _put(result: storage.Merged, transaction: Transaction) -> bool:
    return storage.put(transaction, result)
