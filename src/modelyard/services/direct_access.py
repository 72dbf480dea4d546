import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace

from modelyard.domain.artifacts import File
from modelyard.domain.errors import Conflict, InvalidInput, ModelyardError, NotFound, NotSupported, TooLarge
from modelyard.domain.multipart import MultipartUpload, Part, UploadState
from modelyard.domain.principals import Principal
from modelyard.services.artifacts import Artifacts
from modelyard.storage.blobs import Presigning

MOST_PARTS = 10_000
LONGEST_SECONDS = 7 * 24 * 3600
"""How many parts and how old a URL S3 takes."""

AT_ONCE = 4
"""Uploads that are put together at a time; each takes the memory of some parts."""

_ID = re.compile("[0-9a-f]{32}")


class DirectAccess:
    """Files that go between clients and the store past the server, which signs, checks and puts them together.

    Every call but `supported` raises NotSupported when the store cannot sign URLs, or must not.
    """

    def __init__(self, artifacts: Artifacts, presigned: Presigning | None) -> None:
        self._artifacts = artifacts
        self._presigned = presigned
        self._completing: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def supported(self) -> bool:
        """Whether there is anything to give out."""
        return self._presigned is not None

    def check_uploads(self) -> None:
        """Refuses before a body is read."""
        self._store("Multipart upload")

    async def create_upload(self, principal: Principal, path: str, parts: int) -> tuple[str, Sequence[str]]:
        """An upload's id and the URLs to put its parts at. Raises as Artifacts.put does, but for what was sent."""
        presigned = self._store("Multipart upload")
        if not 1 <= parts <= MOST_PARTS:
            raise InvalidInput(f"Invalid num_parts {parts}: a file comes in 1 to {MOST_PARTS} parts; make them bigger")
        path = await self._artifacts.check_place(principal, path)
        upload = MultipartUpload(secrets.token_hex(16), principal.workspace_id, path, parts)
        return upload.id, await presigned.begin(upload)

    async def complete_upload(
        self, principal: Principal, path: str, upload_id: str, parts: Sequence[tuple[int, str]]
    ) -> None:
        """Makes a file of the parts, given by number and ETag; once this answers, it survives a power loss.

        Whoever asks again gets the same answer, and waits for it while the parts are put together. Who leaves does not
        stop that. Raises NotFound for no such upload to this path, InvalidInput for parts that are not those that
        were put, Conflict when it is aborted meanwhile, and as Artifacts.put does.
        """
        presigned = self._store("Multipart upload")
        upload = await self._find(principal, path, upload_id)
        task = self._completing.get(upload.id)
        if task is None:
            task = asyncio.create_task(self._complete(presigned, principal, upload, parts), name="multipart upload")
            self._completing[upload.id] = task
            task.add_done_callback(lambda done: self._completed(upload, done))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise Conflict(f"The upload to '{upload.path}' was aborted; nothing was kept") from None
            raise

    async def abort_upload(self, principal: Principal, path: str, upload_id: str) -> None:
        """Discards the parts. A file that is stored already stays. Raises NotFound for no such upload to this path."""
        presigned = self._store("Multipart upload")
        upload = await self._find(principal, path, upload_id)
        if (task := self._completing.get(upload.id)) is not None:
            task.cancel()
            await asyncio.wait([task])
            upload = await self._find(principal, path, upload_id)
        if upload.state is not UploadState.STORED:
            await presigned.note(replace(upload, state=UploadState.ABORTED))
        await presigned.discard_parts(upload)

    async def download_url(self, principal: Principal, path: str, seconds: int) -> tuple[File, str]:
        """A file and where to fetch it for so long. Raises as Artifacts.get and read do."""
        presigned = self._store("Presigned download")
        if not 1 <= seconds <= LONGEST_SECONDS:
            raise InvalidInput(f"expiration must be between 1 and {LONGEST_SECONDS} seconds (got {seconds}).")
        file = await self._artifacts.get(principal, path)
        return file, await presigned.download_url(file.blob, seconds)

    async def close(self) -> None:
        """Gives up what is being put together; it may be completed later."""
        tasks = list(self._completing.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _complete(
        self, presigned: Presigning, principal: Principal, upload: MultipartUpload, named: Sequence[tuple[int, str]]
    ) -> None:
        async with self._turns:
            if await self._is_stored(presigned, upload):
                return
            try:
                parts = _checked(upload, named, await presigned.parts(upload), self._artifacts.largest_file)
                await self._artifacts.put(principal, upload.path, presigned.read(upload, parts))
            except ModelyardError:
                if await self._is_stored(presigned, upload):  # another server was asked again, and was faster
                    return
                raise
            await presigned.note(replace(upload, state=UploadState.STORED))
            await presigned.discard_parts(upload)

    def _completed(self, upload: MultipartUpload, task: asyncio.Task[None]) -> None:
        del self._completing[upload.id]
        if not task.cancelled():
            task.exception()  # is told to whoever still waits

    async def _is_stored(self, presigned: Presigning, upload: MultipartUpload) -> bool:
        found = await presigned.find(upload.id)
        if found is None or found.state is UploadState.ABORTED:
            raise _unknown(upload.path)
        return found.state is UploadState.STORED

    async def _find(self, principal: Principal, path: str, upload_id: str) -> MultipartUpload:
        presigned = self._store("Multipart upload")
        path = self._artifacts.writable(principal, path)
        upload = await presigned.find(upload_id) if _ID.fullmatch(upload_id) else None
        if upload is None or (upload.workspace_id, upload.path) != (principal.workspace_id, path):
            raise _unknown(path)
        return upload

    def _store(self, what: str) -> Presigning:
        if self._presigned is None:
            # Clients look for these very words, and then send the file in one piece.
            raise NotSupported(f"{what} is not supported for the current artifact repository")
        return self._presigned


def _unknown(path: str) -> NotFound:
    return NotFound(
        f"There is no such upload to '{path}': it was never begun, was aborted, or is over a day old; begin a new one"
    )


def _checked(
    upload: MultipartUpload, named: Sequence[tuple[int, str]], found: Sequence[Part], most: int
) -> Sequence[Part]:
    """All parts of the upload in their order, if those are the parts that are named."""
    if [number for number, _ in named] != list(range(1, upload.parts + 1)):
        raise InvalidInput(f"Invalid parts: name all parts of the upload, 1 to {upload.parts}, once and in order")
    put = {part.number: part for part in found}
    for number, etag in named:
        if number not in put:
            raise InvalidInput(f"Part {number} of {upload.parts} has not been put; put it, then complete the upload")
        if put[number].etag != etag.strip('"'):
            raise InvalidInput(
                f"Part {number} is not what was put: its ETag is {put[number].etag}; put it again, then complete"
            )
    if sum(part.size for part in found) > most:
        raise TooLarge(f"The file is over the limit of {most} bytes; nothing of it was kept")
    return [put[number] for number, _ in named]
