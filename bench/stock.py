"""Filling a store with more than clients could log in an afternoon: rows made by the database itself.

The server must not run meanwhile. What is stored is what logging would have stored, without events and documents; the
first search makes those documents it shows.
"""

import asyncio
import random
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bench.databases import Store
from modelyard.domain.series import Points
from modelyard.formats.chunks import pack
from modelyard.storage.opening import open_database

KEYS = 3
"""Metrics m0, m1… and params p0, p1… of each run."""

BASE = 1_700_000_000_000
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) "
_RANDOM = {"sqlite": "chance()", "postgresql": "random()"}
_DIGIT = {"sqlite": "CAST(chance() * 10 AS INTEGER)", "postgresql": "CAST(floor(random() * 10) AS INTEGER)"}
_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "replace(gen_random_uuid()::text, '-', '')"}
_BARE_RUNS = """
    INSERT INTO runs
        (pk, workspace_id, id, experiment_pk, name, "user", status, lifecycle, started_at, artifact_uri, version)
    {numbers}
    SELECT :first + i, 1, {id}, :experiment, 'run-' || i, '', 'FINISHED', 'active', :base + i, 'mlflow-artifacts:/x', 1
    FROM n
"""
_BARE_SERIES = """
    INSERT INTO series (workspace_id, run_pk, "key", experiment_pk, chunks, latest_step, latest_at, latest_value)
    SELECT 1, pk, :key, experiment_pk, :chunks, 99999, :base, 0.5 FROM runs WHERE pk > :first
"""
_BARE_CHUNKS = 'INSERT INTO chunks (series_pk, "number", workspace_id, points) VALUES (:series, :number, 1, :points)'
POINTS_A_SERIES = 100_000
_POINTS_A_CHUNK = 10_000
_AT_ONCE = 200


def url(store: Store, directory: Path) -> str:
    """Where our server keeps its rows when it is given that directory."""
    return store.url(directory, "data/modelyard.db")


def runs(url: str, experiment: str, many: int) -> None:
    """Runs with three metrics, params and a tag each, all metrics between 0 and 1, params v0 to v9."""
    _write(url, partial(insert_runs, experiment=experiment, many=many))
    _write(url, _learned)


def insert_runs(transaction: Connection, experiment: str, many: int) -> None:
    dialect = transaction.dialect.name
    chance = _RANDOM[dialect]
    _seed(transaction)
    given = {
        "many": many,
        "pk": transaction.execute(text("SELECT coalesce(max(pk), 0) FROM runs")).scalar_one(),
        "experiment": int(experiment),
        "base": BASE,
    }

    def fill(table: str, columns: str, values: str, source: str = "n") -> None:
        statement = f"INSERT INTO {table} ({columns}) {_NUMBERS} SELECT {values} FROM {source}"  # noqa: S608
        transaction.execute(text(statement), given)

    fill(
        "runs",
        'pk, workspace_id, id, experiment_pk, name, "user", status, lifecycle, started_at, artifact_uri, version',
        f":pk + i, 1, {_ID[dialect]}, :experiment, 'run-' || i, 'me', 'FINISHED', 'active', :base + i, "
        f"'mlflow-artifacts:/{experiment}/run', 1",
    )
    each = f"n, (VALUES {', '.join(f'({key})' for key in range(KEYS))}) AS k"
    fill(
        "series",
        'workspace_id, run_pk, "key", experiment_pk, chunks, latest_step, latest_at, latest_value',
        f"1, :pk + i, 'm' || column1, :experiment, 0, 0, :base, {chance}",
        each,
    )
    digit = _DIGIT[dialect]
    fill("params", 'run_pk, "key", value, workspace_id', f":pk + i, 'p' || column1, 'v' || {digit}, 1", each)
    fill("run_tags", 'run_pk, "key", value, workspace_id', ":pk + i, 'mlflow.runName', 'run-' || i, 1")


def _seed(transaction: Connection) -> None:
    """The same numbers each time: what is asked of a stock has as many answers today as it had yesterday."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("SELECT setseed(0.5)"))
    else:
        driver: Any = transaction.connection.driver_connection
        driver.create_function("chance", 0, random.Random(5).random)


def points(url: str, experiment: str, many: int, key: str) -> None:
    """Runs of 100,000 points of one metric each, in chunks of 10,000, until there are so many points more."""
    chunks = [pack(line) for line in _lines(POINTS_A_SERIES)]

    def work(transaction: Connection) -> None:
        first = transaction.execute(text("SELECT coalesce(max(pk), 0) FROM runs")).scalar_one()
        given = {"many": many // POINTS_A_SERIES, "experiment": int(experiment), "base": BASE, "first": first}
        transaction.execute(text(_BARE_RUNS.format(numbers=_NUMBERS, id=_ID[transaction.dialect.name])), given)
        transaction.execute(text(_BARE_SERIES), {**given, "key": key, "chunks": len(chunks)})
        mine = text('SELECT pk FROM series WHERE run_pk > :first AND "key" = :key')
        found = transaction.execute(mine, {"first": first, "key": key}).scalars().all()
        rows = [
            {"series": pk, "number": number, "points": chunk}
            for pk in found
            for number, chunk in enumerate(chunks, start=1)
        ]
        for start in range(0, len(rows), _AT_ONCE):
            transaction.execute(text(_BARE_CHUNKS), rows[start : start + _AT_ONCE])

    _write(url, work)


def _lines(many: int) -> Iterator[Points]:
    """A loss as it is logged: falling, with noise, every few milliseconds."""
    chance, at = random.Random(3), BASE
    for first in range(0, many, _POINTS_A_CHUNK):
        steps = array("q", range(first, first + _POINTS_A_CHUNK))
        times, values = array("q"), array("d")
        for step in steps:
            at += chance.randrange(5, 40)
            times.append(at)
            values.append(1 / (1 + step / 1000) + chance.gauss(0, 0.01))
        yield Points(steps, times, values)


def _learned(transaction: Connection) -> None:
    """PostgreSQL would look at the new rows by itself within minutes."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("ANALYZE"))


def _write(url: str, work: Callable[[Connection], None]) -> None:
    database = open_database(url)
    try:
        asyncio.run(database.write(work))
    finally:
        database.close()
