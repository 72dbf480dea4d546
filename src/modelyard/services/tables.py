import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from modelyard.domain.artifacts import File
from modelyard.domain.errors import TooLarge
from modelyard.domain.principals import Principal
from modelyard.domain.tables import ReadTable, TablePage
from modelyard.kit.threads import in_thread
from modelyard.services.artifacts import Artifacts
from modelyard.storage.blobs import Blobs

MOST_FETCHED = 64 << 20
"""Bytes of a file that is brought here from a bucket to be looked at."""


class Tables:
    """Pages of rows of artifacts. What `read` runs in must not be able to harm us: files come from strangers."""

    def __init__(self, artifacts: Artifacts, blobs: Blobs, read: ReadTable) -> None:
        self._artifacts = artifacts
        self._blobs = blobs
        self._read = read

    async def page(self, principal: Principal, path: str, offset: int, limit: int) -> TablePage:
        """Rows of a Parquet file. Raises as `Artifacts.get` and `ReadTable`; TooLarge for a big file in a bucket."""
        file = await self._artifacts.get(principal, path)
        async with self._opened(file) as descriptor:
            return await self._read(descriptor, offset, limit)

    @asynccontextmanager
    async def _opened(self, file: File) -> AsyncIterator[int]:
        local = await self._blobs.local_path(file.blob)
        if local is not None:
            descriptor = await in_thread(os.open, local, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                yield descriptor
            finally:
                os.close(descriptor)
            return
        if file.blob.size > MOST_FETCHED:
            raise TooLarge(
                f"'{file.path}' is in a bucket, and over the {MOST_FETCHED} bytes that are fetched from there to be "
                "looked at; download it"
            )
        with tempfile.TemporaryFile() as copy:
            async for piece in await self._artifacts.read(file):
                await in_thread(copy.write, piece)
            copy.seek(0)
            yield copy.fileno()
