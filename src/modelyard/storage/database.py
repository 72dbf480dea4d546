"""Opening a database and running work on it: many readers, one writer that commits in groups."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine

from modelyard.domain.errors import Unavailable
from modelyard.storage.checkpoints import Checkpoints
from modelyard.storage.group import Batch, Change, Group
from modelyard.storage.inbox import Inbox
from modelyard.storage.readers import Readers
from modelyard.storage.writing import WritingConnection

log = logging.getLogger("modelyard.storage")
T = TypeVar("T")
Transaction: TypeAlias = Connection
"""What work is given; those above storage hand it down without looking inside."""
I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")
READERS = 4
MOST_IN_A_GROUP = 4096
_CLOSED = "The server is shutting down; send the request again to the next one"


class Database:
    """Work is a function of an open connection; it runs in a thread of this object's and must not block.

    Writes wait in a queue. One thread takes whatever has gathered, runs it in one transaction, commits, and only then
    answers: an answer means on disk, and many clients share one fsync. Each change has a savepoint, so one that fails
    leaves no trace and does not disturb its neighbours.
    """

    def __init__(self, reader: Engine, writer: Engine, checkpoints: Checkpoints | None = None) -> None:
        self._reader = reader
        self._writer = writer
        self._checkpoints = checkpoints
        self._readers = Readers(reader, READERS)
        self._queue: SimpleQueue[Sequence[Change] | None] = SimpleQueue()
        self._inbox: Inbox | None = None
        self._submitted = self._taken = 0
        self._closed = False
        self._thread = threading.Thread(target=self._write_groups, name="db-writer", daemon=True)
        self._thread.start()

    @property
    def is_sqlite(self) -> bool:
        return self._writer.dialect.name == "sqlite"

    @property
    def waiting(self) -> int:
        """How many changes the writer has not begun with."""
        return self._submitted - self._taken

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on a read-only snapshot that has everything acknowledged before the call."""
        if self._closed:
            raise Unavailable(_CLOSED)
        return await self._readers.run(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in the next group; what it raises is raised here and its changes are undone."""
        result: T = await self._submit(work, None)
        return result

    async def append(self, batch: Batch[I, R], item: I) -> R:
        """Hands `item` to `batch` together with the items of everybody else in the group.

        `batch` answers, item by item, with a result or with the error that refuses that item.
        """
        result: R = await self._submit(batch, item)
        return result

    def append_later(self, batch: Batch[I, R], item: I) -> None:
        """As `append`, for what nobody waits for; dropped when the server is going down."""
        if not self._closed:
            self._submit(batch, item).add_done_callback(_noticed)

    def _submit(self, work: Callable[..., Any], item: Any) -> asyncio.Future[Any]:
        if self._closed:
            raise Unavailable(_CLOSED)
        loop = asyncio.get_running_loop()
        inbox = self._inbox
        if inbox is None or inbox.loop is not loop:
            inbox = self._inbox = Inbox(loop, self._queue.put)
        change = Change(work, item, loop.create_future(), loop)
        inbox.add(change)
        self._submitted += 1
        return change.future

    def close(self) -> None:
        """Finishes what is queued, then closes every connection."""
        self._closed = True
        if self._inbox is not None:
            self._inbox.empty()
        self._queue.put(None)
        self._thread.join()
        self._readers.close()
        if self._checkpoints is not None:
            self._checkpoints.close()
        self._reader.dispose()
        self._writer.dispose()
        if self._checkpoints is not None:
            self._checkpoints.release()

    def _write_groups(self) -> None:
        writing = WritingConnection(self._writer)
        try:
            while (first := self._queue.get()) is not None:
                changes, last = self._gathered(first)
                self._taken += len(changes)
                self._commit(Group(changes), writing)
                if last:
                    return
        finally:
            writing.close()

    def _commit(self, group: Group, writing: WritingConnection) -> None:
        if self._checkpoints is None:
            group.run(writing)
            return
        self._checkpoints.before_a_change()
        group.run(writing)
        self._checkpoints.after_a_change(writing.connection)

    def _gathered(self, first: Sequence[Change]) -> tuple[Sequence[Change], bool]:
        changes = [*first]
        while len(changes) < MOST_IN_A_GROUP and not self._queue.empty():
            more = self._queue.get()
            if more is None:
                return changes, True
            changes += more
        return changes, False


def _noticed(future: asyncio.Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        log.warning("a change that nobody waited for was not stored: %s", error)
