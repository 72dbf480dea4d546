import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from modelyard.domain.artifacts import Blob


class Claims:
    """Blobs that somebody has put and not referred to yet, and blobs that are being removed: never the same.

    Holds within one process. A claim that is never released keeps its blob until the process ends.
    """

    def __init__(self) -> None:
        self._claimed: Counter[str] = Counter()
        self._going: dict[str, asyncio.Event] = {}

    async def take(self, blob: Blob) -> None:
        """To be called before looking whether the blob is there; waits while it is being removed."""
        while (gone := self._going.get(blob.digest)) is not None:
            await gone.wait()
        self._claimed[blob.digest] += 1

    def release(self, blob: Blob) -> None:
        """To be called when what refers to the blob is stored, or never will be."""
        self._claimed[blob.digest] -= 1
        if self._claimed[blob.digest] <= 0:
            del self._claimed[blob.digest]

    @contextmanager
    def removing(self, blobs: Sequence[Blob]) -> Iterator[Sequence[Blob]]:
        """Those of `blobs` that nobody claims and, inside, nobody can."""
        free = [blob for blob in blobs if blob.digest not in self._claimed and blob.digest not in self._going]
        gone = asyncio.Event()
        self._going.update((blob.digest, gone) for blob in free)
        try:
            yield free
        finally:
            for blob in free:
                del self._going[blob.digest]
            gone.set()
