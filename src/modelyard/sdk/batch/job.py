import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, TooLarge, Unavailable
from modelyard.sdk.batch import tables
from modelyard.sdk.batch.parts import BadRow, Parts, plan_of
from modelyard.sdk.client import Client
from modelyard.sdk.transport import JSON

CHUNK = 1000
SIDE_BY_SIDE = 4
_TRIES = 8
_FIRST_DELAY = 0.2
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Finished:
    """How many rows were predicted and how many were refused; `refused` is the file of those, if any."""

    rows: int
    bad: int
    output: Path
    refused: Path | None


def predict_file(
    client: Client, endpoint: str, source: Path, output: Path, *, rows: int = CHUNK, progress: Progress | None = None
) -> Finished:
    """Predictions of an endpoint for every row of a file, as Parquet: the rows with their predictions.

    A job that broke off goes on where it was when it is started again. Rows that the model refuses are written to
    OUTPUT.bad.jsonl with the reason. `progress` is told the rows done and all rows, where these are known.
    Raises InvalidInput when the file cannot be read or every row of a first chunk is refused, InvalidState when parts
    of another job are in the way, Unavailable when the endpoint does not answer for long.
    """
    served = client.endpoint(endpoint).revision
    parts = Parts(output, plan_of(f"{served.model_uri} {served.model_version}", source, rows))
    total = tables.count(source)
    done = 0
    for finished in _side_by_side(_Asking(client, endpoint, parts), source, rows):
        done += finished
        if progress is not None:
            progress(done, total)
    written, bad = parts.finish()
    return Finished(written, bad, output, output.with_name(output.name + ".bad.jsonl") if bad else None)


def _side_by_side(asking: "_Asking", source: Path, rows: int) -> Iterator[int]:
    """The rows of each chunk as it is done; a few are read ahead, never all of them."""
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="batch") as pool:
        running: set[Future[int]] = set()
        try:
            for number, chunk in zip(count(), tables.chunks(source, rows)):
                running.add(pool.submit(asking.chunk, number, number * rows, chunk))
                if len(running) >= 2 * SIDE_BY_SIDE:
                    ended, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in ended)
            for one in running:
                yield one.result()
        finally:
            for one in running:
                one.cancel()


class _Asking:
    def __init__(self, client: Client, endpoint: str, parts: Parts) -> None:
        self._client = client
        self._endpoint = endpoint
        self._parts = parts

    def chunk(self, number: int, first: int, table: Any) -> int:
        """Asks for one chunk and keeps the answer, unless it is there already. How many rows it has."""
        if not self._parts.done(number):
            bad: list[BadRow] = []
            good = [part for part in self._answered(first, table, bad) if part.num_rows]
            if not good and number == 0:
                raise InvalidInput(f"Every one of the first {table.num_rows} rows was refused: {bad[0].message}")
            kept = tables.arrow().concat_tables(good, promote_options="permissive") if good else table.slice(0, 0)
            self._parts.put(number, kept, bad)
        return int(table.num_rows)

    def _answered(self, first: int, table: Any, bad: list[BadRow]) -> list[Any]:
        """The rows with predictions; where some are refused, halves are asked until the bad ones stand alone."""
        try:
            predictions = self._ask(tables.body(table))
        except (InvalidInput, TooLarge) as error:
            if table.num_rows == 1:
                bad.append(BadRow(first, error.message, table.to_pylist()[0]))
                return []
            half = table.num_rows // 2
            return [
                *self._answered(first, table.slice(0, half), bad),
                *self._answered(first + half, table.slice(half), bad),
            ]
        return [tables.answered(table, predictions)]

    def _ask(self, body: bytes) -> object:
        delay = _FIRST_DELAY
        for left in reversed(range(_TRIES)):
            try:
                return self._client.predict_bytes(self._endpoint, body, JSON)
            except (Unavailable, DeadlineExceeded):
                if not left:
                    raise
                time.sleep(delay)  # the server says so when it is busy
                delay *= 2
        raise AssertionError("unreachable")
