import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store, from_url

from modelyard.domain.artifacts import Blob, StoredBlob
from modelyard.domain.errors import Corrupt, StartupError
from modelyard.kit.threads import in_thread
from modelyard.storage.buckets import BLOBS, UPLOADS, bucket_faults, digest_of, first_line, key_of
from modelyard.storage.claims import Claims
from modelyard.storage.presigned import Presigned
from modelyard.storage.uploads import Fingerprint, regrouped

PART = 8 << 20
PARTS_AT_ONCE = 4
LARGEST_COPY = 5 << 30
"""Bytes that S3 copies within itself; more must pass through us."""

NEW = timedelta(minutes=30)
"""Half of what a server that shares its bucket with others waits before it removes a blob."""

ANSWER_SECONDS = 10.0
"""How long a store may take to say that it is there."""

_STALLED = timedelta(minutes=2)
_WHOLE_TRANSFER = timedelta(hours=12)


def open_bucket(url: str) -> "BucketBlobs":
    """Raises StartupError for a URL that names no bucket; nothing is asked of the store yet."""
    # Whoever names an endpoint with http:// means it; our options replace those of the environment.
    options = {"timeout": _WHOLE_TRANSFER, "read_timeout": _STALLED, "allow_http": True}
    try:
        return BucketBlobs(from_url(url, client_options=options), url)  # type: ignore[call-overload]
    except (BaseError, ValueError) as error:
        raise StartupError(f"Artifacts cannot be kept at {url}: {first_line(error)}") from None


class BucketBlobs:
    """Blobs as objects `blobs/ab/cdef…` of a store that shows an object whole or not at all.

    Big ones are received as `uploads/…` and copied within the store once their digest is known.
    """

    def __init__(self, store: ObjectStore, name: str, *, part: int = PART, largest_copy: int = LARGEST_COPY) -> None:
        self.claims = Claims()
        self.presigned = Presigned(store, name) if isinstance(store, S3Store) else None
        self._store = store
        self._name = name
        self._part = part
        self._largest_copy = largest_copy

    async def check(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await anext(aiter(obstore.list(self._store, BLOBS, chunk_size=1)), None)
        except TimeoutError:
            why = f"it does not answer within {ANSWER_SECONDS:g} s"
        except (BaseError, OSError) as error:
            why = first_line(error)
        else:
            return
        raise StartupError(
            f"Artifacts cannot be kept at {self._name} ({why}); check that the bucket exists, the credentials, "
            "and the network"
        )

    async def put(self, stream: AsyncIterator[bytes]) -> Blob:
        pieces = regrouped(stream, self._part)
        first = await anext(pieces, b"")
        if len(first) < self._part:
            return await self._put_small(first)
        upload = f"{UPLOADS}{secrets.token_hex(16)}"
        fingerprint = Fingerprint()
        try:
            with self._faults():
                await obstore.put_async(
                    self._store,
                    upload,
                    _marked(first, pieces, fingerprint),
                    use_multipart=True,
                    chunk_size=self._part,
                    max_concurrency=PARTS_AT_ONCE,
                )
            blob = fingerprint.blob()
            async with self._claimed(blob):
                await self._name_by_digest(upload, blob)
            return blob
        finally:
            await self._discard(upload)

    async def get(self, blob: Blob, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        end = blob.size if stop is None else min(stop, blob.size)
        if not await self._has(blob):
            raise Corrupt(f"The stored content {blob.digest} is missing or not {blob.size} bytes long; restore it")
        if start >= end:
            return _nothing()
        with self._faults():
            found = await obstore.get_async(self._store, key_of(blob), options={"range": (start, end)})
        return self._pieces(found.stream(min_chunk_size=1 << 20))

    async def local_path(self, blob: Blob) -> Path | None:  # noqa: ARG002 - of the port
        return None

    async def stored(self) -> AsyncIterator[Sequence[StoredBlob]]:
        with self._faults():
            async for part in obstore.list(self._store, BLOBS, chunk_size=1000):
                named = [(digest_of(found["path"]), found) for found in part]
                yield [
                    StoredBlob(Blob(digest, found["size"]), found["last_modified"].timestamp())
                    for digest, found in named
                    if digest is not None
                ]

    async def remove(self, blobs: Sequence[Blob]) -> None:
        if blobs:
            with self._faults(), contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, [key_of(blob) for blob in blobs])

    async def sweep(self, older_than: float) -> int:
        before = datetime.now(UTC) - timedelta(seconds=older_than)
        with self._faults():
            listed = await obstore.list(self._store, UPLOADS).collect_async()
            left = [found["path"] for found in listed if found["last_modified"] <= before]
            if left:
                await obstore.delete_async(self._store, left)
        return len(left)

    async def _put_small(self, content: bytes) -> Blob:
        fingerprint = Fingerprint()
        fingerprint.add(content)
        blob = fingerprint.blob()
        async with self._claimed(blob):
            if not await self._has_new(blob):
                with self._faults():
                    await obstore.put_async(self._store, key_of(blob), content, use_multipart=False)
        return blob

    async def _name_by_digest(self, upload: str, blob: Blob) -> None:
        if await self._has_new(blob):
            return
        with self._faults():
            if blob.size <= self._largest_copy:
                await obstore.copy_async(self._store, upload, key_of(blob))
            else:
                found = await obstore.get_async(self._store, upload)
                await obstore.put_async(
                    self._store, key_of(blob), found, chunk_size=self._part, max_concurrency=PARTS_AT_ONCE
                )

    @asynccontextmanager
    async def _claimed(self, blob: Blob) -> AsyncIterator[None]:
        """Leaves the blob claimed, unless what is done inside fails."""
        await self.claims.take(blob)
        try:
            yield
        except BaseException:
            self.claims.release(blob)
            raise

    async def _has_new(self, blob: Blob) -> bool:
        """Old ones are put anew: another server may be about to remove what has not been put for long."""
        put_at = await self._put_at(blob)
        return put_at is not None and put_at > datetime.now(UTC) - NEW

    async def _has(self, blob: Blob) -> bool:
        return await self._put_at(blob) is not None

    async def _put_at(self, blob: Blob) -> datetime | None:
        with self._faults():
            try:
                found = await obstore.head_async(self._store, key_of(blob))
            except FileNotFoundError:
                return None
            return found["last_modified"] if found["size"] == blob.size else None

    async def _discard(self, upload: str) -> None:
        try:
            await obstore.delete_async(self._store, upload)
        except (BaseError, OSError):
            return  # the sweep finds it

    async def _pieces(self, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        with self._faults():
            async for piece in stream:
                yield bytes(piece)

    def _faults(self) -> AbstractContextManager[None]:
        return bucket_faults(self._name)


async def _marked(first: bytes, rest: AsyncIterator[bytes], fingerprint: Fingerprint) -> AsyncIterator[bytes]:
    await in_thread(fingerprint.add, first)
    yield first
    async for piece in rest:
        await in_thread(fingerprint.add, piece)
        yield piece


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
