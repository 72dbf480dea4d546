import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine

from modelyard.domain.errors import ModelyardError
from modelyard.storage import faults

log = logging.getLogger("modelyard.storage")
I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")
Batch: TypeAlias = Callable[[Connection, Sequence[I]], Sequence[R | ModelyardError]]


@dataclass(slots=True, eq=False)
class Change:
    """One caller's change: a function of a connection, or an item of a batch, and whom to tell."""

    work: Callable[..., Any]
    item: Any
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    outcome: Any = field(default=None)


class Group:
    """Changes that came in together and are committed together; being concurrent, they may go in any order."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes

    def run(self, engine: Engine) -> None:
        """Commits, then answers everybody; when the commit itself fails, everybody is told so."""
        try:
            with faults.translated(), engine.begin() as connection:
                self._apply(connection)
        except Exception as error:  # noqa: BLE001 - whatever it was, the callers must hear of it
            for change in self._changes:
                change.outcome = error
        self._answer()

    def _apply(self, connection: Connection) -> None:
        batches: dict[Callable[..., Any], list[Change]] = defaultdict(list)
        for change in self._changes:
            if change.item is None:
                change.outcome = _attempt(connection, change.work)
            else:
                batches[change.work].append(change)
        for work, changes in batches.items():
            _apply_batch(connection, work, changes)

    def _answer(self) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Change]] = defaultdict(list)
        for change in self._changes:
            by_loop[change.loop].append(change)
        for loop, changes in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, changes)
            except RuntimeError:
                log.warning("%d changes were stored after their callers had gone", len(changes))


def _apply_batch(connection: Connection, work: Callable[..., Any], changes: Sequence[Change]) -> None:
    outcome = _attempt(connection, lambda open_: work(open_, [change.item for change in changes]))
    if isinstance(outcome, Exception):
        # One bad item must not take its neighbours along: find it by trying each alone.
        for change in changes:
            single = _attempt(connection, partial(_alone, work, change.item))
            change.outcome = single if isinstance(single, Exception) else single[0]
        return
    for change, result in zip(changes, outcome, strict=True):
        change.outcome = result


def _alone(work: Callable[..., Any], item: Any, connection: Connection) -> Any:
    return work(connection, [item])


def _attempt(connection: Connection, work: Callable[[Connection], Any]) -> Any:
    """The result, or the exception after undoing what was done; a failure of the disk ends the whole group."""
    run = _driver(connection).execute
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


def _driver(connection: Connection) -> Any:
    """For savepoints, which SQLAlchemy makes forty times as dear as the driver does."""
    return connection.connection.driver_connection


def _resolve(changes: Sequence[Change]) -> None:
    for change in changes:
        if change.future.done():  # its caller went away
            continue
        if isinstance(change.outcome, Exception):
            change.future.set_exception(change.outcome)
        else:
            change.future.set_result(change.outcome)
