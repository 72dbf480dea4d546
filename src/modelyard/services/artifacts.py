import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from modelyard.domain.artifacts import File, FileInfo
from modelyard.domain.errors import InvalidInput, NotFound, TooLarge
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import Principal, Resource
from modelyard.formats import page_tokens
from modelyard.kit.clock import now_ms
from modelyard.kit.paths import path_of_uri, safe_relative
from modelyard.services import paging
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events
from modelyard.storage import files as storage
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database, Transaction
from modelyard.storage.trees import write_file, write_tree

LARGEST_FILE = 5 << 40
"""Bytes of the biggest object that S3 takes."""
MOST_PER_PAGE = 50_000
MOST_AT_ONCE = 20_000
"""Files of a folder that is fetched as one."""
OURS = "mlflow-artifacts"


class Artifacts:
    """Files of a workspace by path, relative and POSIX; what they hold is immutable and kept by digest.

    Every call raises PermissionDenied when the principal may not, and InvalidInput for a path that is not safe:
    absolute, with `..`, control characters or `#`, however it is encoded.
    """

    def __init__(self, database: Database, blobs: Blobs, largest_file: int = LARGEST_FILE) -> None:
        self._database = database
        self._blobs = blobs
        self.largest_file = largest_file

    async def put(self, principal: Principal, path: str, stream: AsyncIterator[bytes]) -> File:
        """Adds or replaces a file; once this answers, it survives a power loss, and before, nothing can be seen of it.

        Raises InvalidInput when a directory has the path or a file is in place of one of its directories, TooLarge
        over `largest_file` bytes, StorageFull.
        """
        path = self.writable(principal, path)
        blob = await self._blobs.put(_limited(stream, self.largest_file))
        file = File(path, blob, now_ms())

        def work(transaction: Transaction) -> File:
            _check_place(transaction, principal, path)
            storage.put(transaction, principal.workspace_id, file)
            written = event(principal, "artifact.written", _resource(path), digest=blob.digest, size=blob.size)
            events.record(transaction, written)
            return file

        writing = asyncio.ensure_future(self._database.write(work))
        writing.add_done_callback(lambda _: self._blobs.claims.release(blob))
        return await asyncio.shield(writing)  # who goes away does not take the claim along before the row is stored

    def writable(self, principal: Principal, path: str) -> str:
        """The path as it is kept, where this principal may write."""
        path = _file_path(path)
        authorize(principal, "artifacts.write", _resource(path))
        return path

    async def check_place(self, principal: Principal, path: str) -> str:
        """As `writable`; refuses as `put` would, before anything is sent."""
        path = self.writable(principal, path)
        await self._database.read(lambda transaction: _check_place(transaction, principal, path))
        return path

    async def get(self, principal: Principal, path: str) -> File:
        """Raises NotFound, or InvalidInput for a directory."""
        path = _file_path(path)
        authorize(principal, "artifacts.read", _resource(path))

        def work(transaction: Transaction) -> File:
            found = storage.get(transaction, principal.workspace_id, path)
            if found is not None:
                return found
            if storage.is_directory(transaction, principal.workspace_id, path):
                raise InvalidInput(f"Artifact path refers to a directory, not a file: '{path}'")
            raise NotFound(f"No such artifact: '{path}'")

        return await self._database.read(work)

    async def read(self, file: File, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes `start` <= n < `stop` of a file that `get` answered. Raises Corrupt when its content is gone."""
        return await self._blobs.get(file.blob, start, stop)

    async def open(self, principal: Principal, path: str) -> tuple[File, AsyncIterator[bytes]]:
        """A file and its bytes in pieces. Raises as `get` and `read` do."""
        file = await self.get(principal, path)
        return file, await self.read(file)

    async def list(self, principal: Principal, path: str = "") -> Sequence[FileInfo]:
        """What is directly in a directory, with paths from the workspace's root. Nothing for what is none."""
        path = safe_path(path)
        authorize(principal, "artifacts.read", _resource(path))
        return await self._database.read(lambda transaction: storage.level(transaction, principal.workspace_id, path))

    async def page(self, principal: Principal, path: str, request: PageRequest) -> Page[FileInfo]:
        """As `list`, in pages of at most 50,000. Raises InvalidInput for a bigger one or a foreign token."""
        path = safe_path(path)
        authorize(principal, "artifacts.read", _resource(path))
        paging.check_limit(request, MOST_PER_PAGE)
        digest = page_tokens.digest_of("artifacts", path)
        after = paging.start(request, digest)
        found = await self._database.read(
            lambda transaction: storage.level(
                transaction, principal.workspace_id, path, str(after[0]) if after else "", request.limit + 1
            )
        )
        shown = found[: request.limit]
        return paging.finish(shown, [storage.sort_key(shown[-1], path)] if len(found) > len(shown) else None, digest)

    async def delete(self, principal: Principal, path: str) -> int:
        """Removes a file, or a directory with all in it; answers how many files. Removing nothing is no error."""
        path = _file_path(path)
        authorize(principal, "artifacts.delete", _resource(path))

        def work(transaction: Transaction) -> int:
            removed = storage.remove(transaction, principal.workspace_id, path)
            if removed:
                gone = event(principal, "artifact.deleted", _resource(path), files=removed)
                events.record(transaction, gone)
            return removed

        return await self._database.write(work)

    async def walk(self, principal: Principal, root: str, limit: int | None = None) -> Sequence[File]:
        """The file `root`, or all files below the directory, by path; nothing when there is neither."""
        root = _file_path(root)
        authorize(principal, "artifacts.read", _resource(root))
        return await self._database.read(
            lambda transaction: storage.walk(transaction, principal.workspace_id, root, limit)
        )

    async def all_in(self, principal: Principal, root: str) -> Sequence[tuple[str, File]]:
        """The files of a directory by their paths in it, or the one file by its name.

        Raises NotFound when nothing is there, TooLarge for more than 20,000 files.
        """
        files = await self.walk(principal, root, MOST_AT_ONCE + 1)
        if not files:
            raise NotFound(f"There are no artifacts below '{root}'")
        if len(files) > MOST_AT_ONCE:
            raise TooLarge(
                f"There are more than {MOST_AT_ONCE} files below '{root}'; fetch smaller folders one by one, or all of "
                "it with `mlflow artifacts download`"
            )
        root = _file_path(root)
        return [(file.path[len(root) + 1 :] or root.rpartition("/")[2], file) for file in files]

    async def materialise(self, principal: Principal, root: str, target: Path) -> None:
        """Makes `target`, which must not be there yet, a read-only copy of the directory `root`: whole or not at all.

        Raises NotFound when nothing is below `root`, AlreadyExists, Corrupt, StorageFull.
        """
        root = _file_path(root)
        files = await self.walk(principal, root)
        if not files:
            raise NotFound(f"There are no artifacts below '{root}'")
        if files[0].path == root:
            raise InvalidInput(f"'{root}' is a file; a directory was expected")
        await write_tree(self._blobs, {file.path[len(root) + 1 :]: file.blob for file in files}, target)

    async def fetch(self, principal: Principal, root: str, target: Path) -> None:
        """As `materialise`, of a file or a directory."""
        root = _file_path(root)
        files = await self.walk(principal, root)
        if files and files[0].path == root:
            await write_file(self._blobs, files[0].blob, target)
        else:
            await self.materialise(principal, root, target)


def safe_path(path: str) -> str:
    """The path without needless parts; empty is the root. Raises InvalidInput when it is not safe."""
    try:
        return safe_relative(path)
    except ValueError as error:
        raise InvalidInput(f"Invalid path: {error}") from None


def location_path(uri: str, own_hosts: Collection[str] = ()) -> str:
    """The path that an artifact URI of this server's means: `mlflow-artifacts:/1/models/x` is `1/models/x`.

    Raises InvalidInput for a URI that is not kept here, or names a host that is not in `own_hosts`.
    """
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise InvalidInput(f"Invalid artifact URI '{uri}': {error}") from None
    if parts.scheme != OURS:
        raise InvalidInput(
            f"The artifacts at '{uri}' are not kept by this server; read and write them with a client that can reach "
            "that place itself, as MLflow's does"
        )
    if parts.netloc and parts.netloc not in own_hosts:
        raise InvalidInput(f"The artifacts at '{uri}' are kept by another server, {parts.netloc}; ask that one")
    try:
        return path_of_uri(uri.partition(":")[2].removeprefix(f"//{parts.netloc}").lstrip("/"))
    except ValueError as error:
        raise InvalidInput(f"Invalid path: {error}") from None


def path_in(root_uri: str, path: str) -> str:
    """The workspace's path of a path below an artifact root, which is not left. Raises InvalidInput."""
    return safe_path("/".join(part for part in (location_path(root_uri), safe_path(path)) if part))


def _file_path(path: str) -> str:
    safe = safe_path(path)
    if not safe:
        raise InvalidInput("Invalid path: it is empty; name a file or a directory")
    return safe


def _check_place(transaction: Transaction, principal: Principal, path: str) -> None:
    other = storage.in_the_way(transaction, principal.workspace_id, path)
    if other is not None:
        raise InvalidInput(f"Invalid path '{path}': {_clash(path, other)}")


def _clash(path: str, other: str) -> str:
    if other.startswith(f"{path}/"):
        return f"it is a directory, '{other}' is in it"
    return f"'{other}' is a file, so nothing can be below it"


async def _limited(stream: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    seen = 0
    async for piece in stream:
        seen += len(piece)
        if seen > most:
            raise TooLarge(f"The file is over the limit of {most} bytes; nothing of it was kept")
        yield piece


def _resource(path: str) -> Resource:
    return Resource("artifact", path)
