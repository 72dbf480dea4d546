import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection

from modelyard.domain.errors import ModelyardError
from modelyard.storage import faults
from modelyard.storage.writing import WritingConnection, driver_of

log = logging.getLogger("modelyard.storage")
I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")
Batch: TypeAlias = Callable[[Connection, Sequence[I]], Sequence[R | ModelyardError]]
Batches: TypeAlias = Mapping[Callable[..., Any], Sequence["Change"]]


@dataclass(slots=True, eq=False)
class Change:
    """One caller's change: a function of a connection, or an item of a batch, and whom to tell."""

    work: Callable[..., Any]
    item: Any
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    outcome: Any = field(default=None)


class _Fallen(Exception):
    """A batch raised instead of refusing the item that it could not take."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Group:
    """Changes that came in together and are committed together; being concurrent, they may go in any order."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes
        self._singles: list[Change] = []
        self._batches: dict[Callable[..., Any], list[Change]] = defaultdict(list)
        for change in changes:
            if change.item is None:
                self._singles.append(change)
            else:
                self._batches[change.work].append(change)

    def run(self, writing: WritingConnection) -> None:
        """Commits, then answers everybody; when the commit itself fails, everybody is told so."""
        try:
            self._commit(writing)
        except Exception as error:  # noqa: BLE001 - whatever it was, the callers must hear of it
            for change in self._changes:
                change.outcome = error
        self._answer()

    def _commit(self, writing: WritingConnection) -> None:
        """Batches seldom fall, so they go first and without savepoints: should one fall, all start again, with them."""
        with faults.translated():
            try:
                with writing.transaction() as connection:
                    _apply(connection, self._batches)
                    _apply_each(connection, self._singles)
            except _Fallen as fallen:
                if len(self._changes) == 1:
                    raise fallen.error from None
            else:
                return
            with writing.transaction() as connection:
                _apply_carefully(connection, self._batches)
                _apply_each(connection, self._singles)

    def _answer(self) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Change]] = defaultdict(list)
        for change in self._changes:
            by_loop[change.loop].append(change)
        for loop, changes in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, changes)
            except RuntimeError:
                log.warning("%d changes were stored after their callers had gone", len(changes))


def _apply(connection: Connection, batches: Batches) -> None:
    """Raises _Fallen; then nothing of it may stay."""
    for work, changes in batches.items():
        try:
            with faults.translated():
                _note(changes, work(connection, [change.item for change in changes]))
        except Exception as error:
            if faults.ends_the_transaction(error):
                raise
            raise _Fallen(error) from error


def _apply_carefully(connection: Connection, batches: Batches) -> None:
    """One bad item must not take its neighbours along: find it by trying each alone."""
    for work, changes in batches.items():
        outcome = _attempt(connection, partial(_together, work, changes))
        if isinstance(outcome, Exception):
            for change in changes:
                single = _attempt(connection, partial(_together, work, [change]))
                change.outcome = single if isinstance(single, Exception) else change.outcome


def _together(work: Callable[..., Any], changes: Sequence[Change], connection: Connection) -> None:
    _note(changes, work(connection, [change.item for change in changes]))


def _note(changes: Sequence[Change], outcomes: Sequence[Any]) -> None:
    for change, outcome in zip(changes, outcomes, strict=True):
        change.outcome = outcome


def _apply_each(connection: Connection, changes: Sequence[Change]) -> None:
    for change in changes:
        change.outcome = _attempt(connection, change.work)


def _attempt(connection: Connection, work: Callable[[Connection], Any]) -> Any:
    """The result, or the exception after undoing what was done; a failure of the disk ends the whole group."""
    run = driver_of(connection).execute  # SQLAlchemy's own savepoints are forty times as dear
    run("SAVEPOINT change")
    try:
        with faults.translated():
            result = work(connection)
    except Exception as error:
        if faults.ends_the_transaction(error):
            raise
        run("ROLLBACK TO SAVEPOINT change")
        run("RELEASE SAVEPOINT change")
        return error
    run("RELEASE SAVEPOINT change")
    return result


def _resolve(changes: Sequence[Change]) -> None:
    for change in changes:
        if change.future.done():  # its caller went away
            continue
        if isinstance(change.outcome, Exception):
            change.future.set_exception(change.outcome)
        else:
            change.future.set_result(change.outcome)
