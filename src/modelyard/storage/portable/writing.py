from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from modelyard.domain.experiments import Experiment
from modelyard.domain.imports import ForeignRun
from modelyard.domain.logged_models import LoggedModel
from modelyard.domain.models import Model, ModelVersion
from modelyard.domain.series import Points
from modelyard.storage.portable.layout import METRICS, arrow, schemas

ROWS = 500
POINTS = 500_000
"""Rows that are held before they become a row group."""


class Table:
    """A Parquet file in the making; `add` takes rows as mappings."""

    def __init__(self, path: Path, writer: Any) -> None:
        self._schema = schemas()[path.name]
        self._writer = writer
        self._rows: list[Mapping[str, object]] = []

    def add(self, row: Mapping[str, object]) -> None:
        self._rows.append(row)
        if len(self._rows) == ROWS:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self._writer.write_table(arrow().Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []


class MetricsTable:
    """The points of an experiment's runs, run by run in the order of its runs."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._batches: list[Any] = []
        self._waiting = 0

    def add(self, run_id: str, key: str, points: Points) -> None:
        pa: Any = arrow()
        size = len(points)
        columns = [
            pa.repeat(run_id, size),
            pa.repeat(key, size),
            *(
                pa.Array.from_buffers(kind, size, [None, pa.py_buffer(column)])
                for kind, column in (
                    (pa.int64(), points.steps),
                    (pa.int64(), points.timestamps),
                    (pa.float64(), points.values),
                )
            ),
        ]
        self._batches.append(pa.record_batch(columns, schema=schemas()[METRICS]))
        self._waiting += size
        if self._waiting >= POINTS:
            self.flush()

    def flush(self) -> None:
        if self._batches:
            self._writer.write_table(arrow().Table.from_batches(self._batches))
            self._batches, self._waiting = [], 0


@contextmanager
def table(path: Path) -> Iterator[Table]:
    """A file named as in the layout."""
    with _writer(path) as writer:
        made = Table(path, writer)
        yield made
        made.flush()


@contextmanager
def metrics(path: Path) -> Iterator[MetricsTable]:
    with _writer(path) as writer:
        made = MetricsTable(writer)
        yield made
        made.flush()


@contextmanager
def _writer(path: Path) -> Iterator[Any]:
    pa: Any = arrow()
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.parquet.ParquetWriter(path, schemas()[path.name], compression="zstd") as writer:
        yield writer


def experiment_row(experiment: Experiment) -> Mapping[str, object]:
    return {**_plain(experiment), "tags": _pairs(experiment.tags)}


def run_row(found: ForeignRun) -> Mapping[str, object]:
    return {
        **_plain(found.run),
        "deleted_at": found.deleted_at,
        "params": _pairs(found.params),
        "tags": _pairs(found.tags),
        "inputs": [{**_plain(one.dataset), "tags": _pairs(one.tags)} for one in found.inputs],
        "model_inputs": _rows(found.model_inputs),
        "model_outputs": _rows(found.model_outputs),
    }


def logged_model_row(model: LoggedModel) -> Mapping[str, object]:
    pairs = {"params": _pairs(model.params), "tags": _pairs(model.tags)}
    return {**_plain(model), **pairs, "metrics": _rows(model.metrics)}


def model_row(model: Model, last_version: int) -> Mapping[str, object]:
    pairs = {"tags": _pairs(model.tags), "aliases": _pairs(model.aliases)}
    return {**_plain(model), **pairs, "last_version": last_version}


def version_row(version: ModelVersion) -> Mapping[str, object]:
    return {**_plain(version), "tags": _pairs(version.tags)}


def _rows(values: Iterable[Any]) -> list[Mapping[str, object]]:
    return [_plain(value) for value in values]


def _plain(value: Any) -> dict[str, object]:
    return asdict(value)


def _pairs(values: Mapping[str, object]) -> list[tuple[str, object]]:
    return list(values.items())
