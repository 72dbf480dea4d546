"""Opening a database, broken off before its nth statement or commit: by an error of the disk, or by SIGKILL."""

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import alembic.command  # noqa: F401 - so that each process of many need not load it
import psycopg  # noqa: F401
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from tests.support.old_databases import open_kept

BEGIN, COMMIT = "BEGIN", "COMMIT"
_CONTEXT = multiprocessing.get_context("forkserver")


@contextmanager
def failing_at(nth: int) -> Iterator[Sequence[str]]:
    """What has been carried out; the nth statement fails, and so does what comes after it."""
    done: list[str] = []

    def step(statement: str) -> None:
        if len(done) + 1 >= nth:
            error = sqlite3.OperationalError("disk I/O error")
            if statement == BEGIN:  # it is our own, so nobody wraps what it raises
                raise error
            raise OperationalError(statement, {}, error)
        done.append(statement)

    with _every_step(step):
        yield done


def steps(url: str, data: Path) -> Sequence[str]:
    """All that it takes to open the database."""
    with failing_at(10**6) as done:
        open_kept(url, data)
    return done


def killed_at(nth: int, url: str, data: Path, log: Path) -> int | None:
    """The exit code of a process that opens the database and kills itself before the nth statement."""
    _CONTEXT.set_forkserver_preload(["tests.support.killed_migration"])
    process = _CONTEXT.Process(target=_open_and_die, args=(nth, url, data, log))
    process.start()
    process.join()
    return process.exitcode


@contextmanager
def _every_step(step: Callable[[str], None]) -> Iterator[None]:
    def before_statement(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        step(statement)

    def before_begin(_connection: Connection) -> None:
        step(BEGIN)

    def before_commit(_connection: Connection) -> None:
        step(COMMIT)

    met: Mapping[str, Callable[..., None]] = {
        "before_cursor_execute": before_statement,
        "begin": before_begin,
        "commit": before_commit,
    }
    for name, meeting in met.items():
        event.listen(Engine, name, meeting)
    try:
        yield
    finally:
        for name, meeting in met.items():
            event.remove(Engine, name, meeting)


def _open_and_die(nth: int, url: str, data: Path, log: Path) -> None:
    with log.open("ab") as stderr:
        os.dup2(stderr.fileno(), 2)
    left = iter(range(nth - 1))

    def step(_: str) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    with _every_step(step):
        open_kept(url, data)
