import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import timedelta

import obstore
from obstore.exceptions import PreconditionError
from obstore.store import S3Store

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import Conflict, Corrupt
from modelyard.domain.multipart import MultipartUpload, Part, UploadState
from modelyard.storage.buckets import UPLOADS, bucket_faults, key_of

UPLOAD_TIME = timedelta(hours=12)
"""Half of what an upload may be old before it counts as abandoned: no part of one that goes on is removed."""


class Presigned:
    """Parts are objects `uploads/<id>/00001`…; what they will be is noted beside them, where all servers find it."""

    def __init__(self, store: S3Store, name: str) -> None:
        self._store = store
        self._name = name

    async def begin(self, upload: MultipartUpload) -> Sequence[str]:
        await self.note(upload)
        with bucket_faults(self._name):
            keys = [_part_key(upload, number) for number in range(1, upload.parts + 1)]
            return await obstore.sign_async(self._store, "PUT", keys, UPLOAD_TIME)

    async def note(self, upload: MultipartUpload) -> None:
        with bucket_faults(self._name):
            await obstore.put_async(self._store, _note_key(upload.id), json.dumps(asdict(upload)).encode())

    async def find(self, upload_id: str) -> MultipartUpload | None:
        with bucket_faults(self._name):
            try:
                found = await obstore.get_async(self._store, _note_key(upload_id))
            except FileNotFoundError:
                return None
            noted = json.loads(bytes(await found.bytes_async()))
        return MultipartUpload(**{**noted, "state": UploadState(noted["state"])})

    async def parts(self, upload: MultipartUpload) -> Sequence[Part]:
        with bucket_faults(self._name):
            listed = await obstore.list(self._store, _folder(upload.id)).collect_async()
        names = [(found["path"].rpartition("/")[2], found) for found in listed]
        return [Part(int(name), _bare(one["e_tag"]), one["size"]) for name, one in names if name.isdecimal()]

    async def read(self, upload: MultipartUpload, parts: Sequence[Part]) -> AsyncIterator[bytes]:
        for part in parts:
            key = _part_key(upload, part.number)
            with bucket_faults(self._name):
                try:
                    found = await obstore.get_async(self._store, key, options={"if_match": f'"{part.etag}"'})
                except (FileNotFoundError, PreconditionError):
                    raise Conflict(
                        f"Part {part.number} was replaced or removed while the upload was completed; nothing was kept"
                    ) from None
                async for piece in found.stream(min_chunk_size=1 << 20):
                    yield bytes(piece)

    async def discard_parts(self, upload: MultipartUpload) -> None:
        keys = [_part_key(upload, part.number) for part in await self.parts(upload)]
        if keys:
            with bucket_faults(self._name):
                await obstore.delete_async(self._store, keys)

    async def download_url(self, blob: Blob, seconds: int) -> str:
        key = key_of(blob)
        with bucket_faults(self._name):
            try:
                size = (await obstore.head_async(self._store, key))["size"]
            except FileNotFoundError:
                size = -1
            if size != blob.size:
                raise Corrupt(f"The stored content {blob.digest} is missing or not {blob.size} bytes long; restore it")
            return await obstore.sign_async(self._store, "GET", key, timedelta(seconds=seconds))


def _bare(etag: str | None) -> str:
    """An ETag without its quotes, which some leave away."""
    return (etag or "").strip('"')


def _folder(upload_id: str) -> str:
    return f"{UPLOADS}{upload_id}/"


def _note_key(upload_id: str) -> str:
    return f"{_folder(upload_id)}upload.json"


def _part_key(upload: MultipartUpload, number: int) -> str:
    return f"{_folder(upload.id)}{number:05d}"
