"""Finding and removing contents that no file stands for."""

import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from modelyard.domain.artifacts import Blob
from modelyard.storage import deletion
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database

GRACE = 3600.0
"""Seconds. Servers that share a database do not see each other's uploads between content and row."""

ABANDONED_AFTER = 24 * 3600.0
"""Seconds: no upload takes that long, so what it left behind is nobody's, even where others put artifacts too."""


async def unused(
    database: Database, blobs: Blobs, without: Mapping[int, Collection[str]] | None = None
) -> AsyncIterator[tuple[float, Sequence[Blob]]]:
    """Part by part, how far the search has come (0 to 1) and blobs that no file stands for.

    Files of a workspace at or below its paths in `without` count as gone already. Somebody may refer to one of the
    blobs before it is looked at again.
    """
    newest = time.time() - grace(database)
    async for part in blobs.stored():
        if not part:
            continue
        digests = [one.blob.digest for one in part]
        used = await database.read(lambda transaction, of=digests: deletion.referenced(transaction, of, without))  # type: ignore[misc]
        found = [one.blob for one in part if one.blob.digest not in used and one.put_at <= newest]
        yield (int(digests[-1].removeprefix("sha256:")[:2], 16) + 1) / 256, found


def grace(database: Database) -> float:
    """Seconds for which a blob that nothing refers to is left alone. A SQLite database has one server only."""
    return -1.0 if database.is_sqlite else GRACE
