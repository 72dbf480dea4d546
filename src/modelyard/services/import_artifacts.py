"""Bringing in the files of another store: what can be read from here is copied, all else stays where it is."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from modelyard.domain.artifacts import File
from modelyard.domain.errors import NotFound
from modelyard.domain.imports import Counted, ForeignFile, ForeignStore, ImportOptions, Watcher
from modelyard.domain.principals import Principal
from modelyard.kit.clock import now_ms
from modelyard.kit.threads import in_thread
from modelyard.services.artifacts import OURS, location_path, safe_path
from modelyard.storage import files
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database, Transaction

AT_ONCE = 8
LOOKED_UP_AT_ONCE = 64
_UNSAFE = re.compile(r"[^\w.\-]")
T = TypeVar("T")


def root_of_run(experiment_id: str, run_id: str) -> str:
    """The path here of a run's artifacts."""
    return f"{experiment_id}/{run_id}/artifacts"


def root_of_model(experiment_id: str, model_id: str) -> str:
    """The path here of a logged model's artifacts."""
    return f"{experiment_id}/models/{model_id}/artifacts"


def root_of_version(name: str, number: int) -> str:
    """The path here of files that belong to a model version and to no run or logged model."""
    plain = _UNSAFE.sub("_", name)
    if plain != name:
        plain += f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"registered-models/{plain}/{number}"


def reachable(store: ForeignStore, location: str, owner: str) -> bool:
    """Whether the files at an artifact root can be copied; where there is no root, there is nothing to copy."""
    return not location or store.files(location, owner) is not None


def place(store: ForeignStore, location: str, owner: str, root: str) -> str:
    """The address that an artifact root has here: one of ours, or the one it had if only others can read it."""
    if store.keeps_places and location.startswith(f"{OURS}:"):
        return location
    if location.startswith(f"{OURS}:") or reachable(store, location, owner):
        return f"{OURS}:/{root}"
    return location


def root_of(store: ForeignStore, location: str, usual: str) -> str:
    """The path here of what lies at `location`: the one it has in an export, else the usual one."""
    return location_path(location) if store.keeps_places and location.startswith(f"{OURS}:") else usual


def stays(locations: Collection[str]) -> str:
    """A sentence on artifacts that were not copied."""
    first, more = min(locations), len(locations) - 1
    places = f"{first} and {more} more places" if more else first
    if first.startswith(f"{OURS}:"):
        return f"the artifacts at {places} were not found: name their folder with --mlflow-artifacts and import again"
    return f"artifacts stay at {places}, which cannot be read from here"


class ArtifactImport:
    """Copies trees of files, several at once and in constant memory; files that are here already are left out."""

    def __init__(self, database: Database, blobs: Blobs, principal: Principal, options: ImportOptions) -> None:
        self._database = database
        self._blobs = blobs
        self._principal = principal
        self._dry = options.dry_run

    async def copy(self, store: ForeignStore, location: str, owner: str, root: str, watcher: Watcher) -> Counted:
        """What lies at `location`, to below the path `root`. A file here that is as new or newer stays.

        Raises Unreadable, StorageFull, Unavailable; what has been copied until then stays for the next try.
        """
        found = await in_thread(store.files, location, owner) if location else None
        added = Counted()
        if found is None:
            return added
        while group := await in_thread(_some, found):
            missing = await self._missing(root, group)
            for start in range(0, len(missing), AT_ONCE):
                await self._put(root, missing[start : start + AT_ONCE], added, watcher)
        return added

    async def copy_rest(self, store: ForeignStore, watcher: Watcher) -> Counted:
        """All files of an export that belong to nothing that has been copied before."""
        return await self.copy(store, f"{OURS}:/", "", "", watcher)

    async def _missing(self, root: str, found: Sequence[ForeignFile]) -> list[ForeignFile]:
        def work(transaction: Transaction) -> list[ForeignFile]:
            workspace = self._principal.workspace_id
            return [file for file in found if _is_newer(file, files.get(transaction, workspace, _path(root, file)))]

        return await self._database.read(work)

    async def _put(self, root: str, found: list[ForeignFile], added: Counted, watcher: Watcher) -> None:
        if found and not self._dry:
            stored = await asyncio.gather(*(self._store(root, file) for file in found))

            def work(transaction: Transaction) -> None:
                for file in stored:
                    files.put(transaction, self._principal.workspace_id, file)

            await self._database.write(work)
        for file in found:
            added.files += 1
            added.bytes += file.size
            watcher.moved(size=file.size)

    async def _store(self, root: str, file: ForeignFile) -> File:
        path = safe_path(_path(root, file))
        if root and not path.startswith(f"{root}/"):
            raise NotFound(f"The file {file.path!r} would lie outside of its root")
        blob = await self._blobs.put(_pieces(file.read()))
        return File(path, blob, now_ms() if file.modified_at is None else file.modified_at)


def _is_newer(file: ForeignFile, known: File | None) -> bool:
    if known is None:
        return True
    if file.modified_at is None:
        return file.size != known.blob.size
    return file.modified_at > known.modified_at


async def _pieces(read: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await in_thread(_next, read)) is not None:
        yield piece


def _path(root: str, file: ForeignFile) -> str:
    return f"{root}/{file.path}" if root else file.path


def _some(found: Iterator[ForeignFile]) -> list[ForeignFile]:
    return list(islice(found, LOOKED_UP_AT_ONCE))


def _next(iterator: Iterator[T]) -> T | None:
    return next(iterator, None)
