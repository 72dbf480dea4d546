"""Threads that read, each with a connection of its own: to borrow one takes longer than many a read."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from modelyard.storage import faults

T = TypeVar("T")
Asked: TypeAlias = tuple[Callable[[Connection], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]
Inbox: TypeAlias = SimpleQueue[Asked | None]


class Readers:
    """Runs functions of a connection, each on one snapshot, in up to `most` threads.

    Whoever was busy last is asked first, since its memory is warm; a thread is made when all are busy.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine = engine
        self._most = most
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle: list[Inbox] = []
        self._waiting: deque[Asked | None] = deque()

    async def run(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._hand_over((work, future, loop))
        return await future

    def close(self) -> None:
        """Finishes what waits."""
        for _ in self._threads:
            self._hand_over(None)
        for thread in self._threads:
            thread.join()

    def _hand_over(self, asked: Asked | None) -> None:
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
            if inbox is None:
                self._waiting.append(asked)
                if asked is not None and len(self._threads) < self._most:
                    self._start()
        if inbox is not None:
            inbox.put(asked)

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name=f"db-reader-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _next(self, inbox: Inbox) -> Asked | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(inbox)
        return inbox.get()

    def _run(self) -> None:
        inbox: Inbox = SimpleQueue()
        connection: Connection | None = None
        while (asked := self._next(inbox)) is not None:
            connection = self._answer(connection, *asked)
            del asked  # nor the answer, which may be large
        if connection is not None:
            connection.close()

    def _answer(
        self,
        connection: Connection | None,
        work: Callable[[Connection], Any],
        future: asyncio.Future[Any],
        loop: asyncio.AbstractEventLoop,
    ) -> Connection | None:
        tell = partial(_tell, loop, future)
        try:
            with faults.translated():
                connection = connection or self._engine.connect()
                _read(connection, work, tell)
        except BaseException as failure:  # noqa: BLE001 - whoever asked must hear of it
            tell(None, failure)
        return connection


def _read(connection: Connection, work: Callable[[Connection], Any], tell: Callable[[Any, None], None]) -> None:
    """Once more when it turns out that the database had closed the connection, as a restart of PostgreSQL does."""
    try:
        _on_a_snapshot(connection, work, tell)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        _on_a_snapshot(connection, work, tell)


def _on_a_snapshot(
    connection: Connection, work: Callable[[Connection], Any], tell: Callable[[Any, None], None]
) -> None:
    """Tells the outcome first, since to end the transaction is one more way to PostgreSQL and back."""
    transaction = connection.begin()
    try:
        tell(work(connection), None)
    finally:
        if transaction.is_valid:
            transaction.commit()  # after a rollback psycopg would prepare all statements anew
        else:
            transaction.rollback()


def _tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], outcome: Any, error: BaseException | None
) -> None:
    def settle() -> None:
        if future.done():  # whoever asked went away
            return
        if error is None:
            future.set_result(outcome)
        else:
            future.set_exception(error)

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:  # whoever asked has gone, with its loop
        return
