"""Where blobs are kept: a directory of ours, or a bucket."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from modelyard.domain.artifacts import Blob, StoredBlob
from modelyard.domain.errors import StartupError
from modelyard.domain.multipart import MultipartUpload, Part
from modelyard.storage.blob_directory import DirectoryBlobs
from modelyard.storage.claims import Claims

SCHEMES = ("s3", "gs", "az")


class Presigning(Protocol):
    """What clients put into a store and fetch from it themselves, at URLs signed for one object and some time."""

    async def begin(self, upload: MultipartUpload) -> Sequence[str]:
        """Remembers an upload; answers the URLs to put its parts at, in their order."""

    async def note(self, upload: MultipartUpload) -> None:
        """Remembers how an upload stands, until it is swept."""

    async def find(self, upload_id: str) -> MultipartUpload | None:
        """An upload by its id, which must look like one."""

    async def parts(self, upload: MultipartUpload) -> Sequence[Part]:
        """What has been put so far."""

    def read(self, upload: MultipartUpload, parts: Sequence[Part]) -> AsyncIterator[bytes]:
        """The bytes of the parts, one after the other. Raises Conflict when one is not what it was."""

    async def discard_parts(self, upload: MultipartUpload) -> None:
        """Removes what has been put; what is put later is left to the sweep."""

    async def download_url(self, blob: Blob, seconds: int) -> str:
        """Where to fetch a blob. Raises Corrupt when it is missing or has another size."""


class Blobs(Protocol):
    """A content-addressed store: a blob is there whole or not at all, once however often it is put."""

    @property
    def claims(self) -> Claims:
        """Who is about to refer to which blobs."""

    @property
    def presigned(self) -> Presigning | None:
        """For what goes past us, where the store can sign URLs."""

    async def check(self) -> None:
        """Raises StartupError when the store does not answer, or what is named is not there."""

    async def put(self, stream: AsyncIterator[bytes]) -> Blob:
        """Stores all of `stream` durably, in constant memory; when the stream raises, nothing of it stays.

        The blob is claimed: release it once something that is stored refers to it.
        Raises StorageFull, or Unavailable when the store cannot be written.
        """

    async def get(self, blob: Blob, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes `start` <= n < `stop` in pieces. Raises Corrupt when the blob is missing or has another size."""

    async def local_path(self, blob: Blob) -> Path | None:
        """A read-only file with the blob's bytes, where there is one on this machine."""

    def stored(self) -> AsyncIterator[Sequence[StoredBlob]]:
        """All blobs, by digest, in parts; of those that come and go meanwhile, some."""

    async def remove(self, blobs: Sequence[Blob]) -> None:
        """Removes those that are there; call it inside `claims.removing`."""

    async def sweep(self, older_than: float) -> int:
        """Removes what uploads that never ended have left for so many seconds; answers how many."""


def open_blobs(location: str | Path) -> Blobs:
    """A path, `file:///path`, `s3://bucket/prefix`, `gs://…` or `az://…`; a directory is made where it is missing.

    Buckets take credentials, region and endpoint from where their own tools do. Raises StartupError.
    """
    text = str(location)
    scheme, separator, _ = text.partition("://")
    if not separator:
        return DirectoryBlobs(Path(location))
    if scheme == "file":
        return DirectoryBlobs(Path(unquote(urlsplit(text).path)))
    if scheme in SCHEMES:
        from modelyard.storage.blob_bucket import open_bucket  # noqa: PLC0415 - megabytes that a directory does not need

        return open_bucket(text)
    raise StartupError(
        f"Artifacts cannot be kept at {text}; write a directory or one of {', '.join(f'{one}://' for one in SCHEMES)}"
    )
