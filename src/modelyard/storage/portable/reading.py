"""An export directory as a store to import from."""

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from modelyard.domain.errors import NotFound
from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.domain.imports import ForeignFile, ForeignRun, Unreadable
from modelyard.domain.logged_models import LoggedModel, LoggedModelMetric, LoggedModelStatus
from modelyard.domain.models import Model, ModelVersion, Stage, VersionStatus
from modelyard.domain.runs import Dataset, DatasetInput, ModelLink, Run, RunStatus
from modelyard.domain.series import Points
from modelyard.storage.foreign import local_files
from modelyard.storage.portable import layout

PIECE = 50_000
Row = Mapping[str, Any]


class ExportDirectory:
    """What `modelyard export` has written. A `ForeignStore` that reads its big tables from front to back."""

    keeps_places = True

    def __init__(self, root: Path) -> None:
        self._root = root
        _check(root)
        self._arrow: Any = layout.arrow()
        self._experiments = {row["id"]: row for row in self._rows(root / layout.EXPERIMENTS)}
        self._models = {row["name"]: row for row in self._rows(root / layout.MODELS)}
        self._order: dict[str, int] = {}
        self._runs = _Cursor(iter(()))
        self._points = _Cursor(iter(()))
        self._open = ""

    @property
    def name(self) -> str:
        return str(self._root)

    def experiment_ids(self) -> Sequence[str]:
        return sorted(self._experiments, key=lambda name: (len(name), name))

    def experiment(self, experiment_id: str) -> Experiment:
        row = self._experiments[experiment_id]
        with _about(self._root / layout.EXPERIMENTS):
            return Experiment(**{**row, "lifecycle": Lifecycle(row["lifecycle"]), "tags": dict(row["tags"])})

    def run_ids(self, experiment_id: str) -> Iterator[str]:
        self._begin(experiment_id)
        yield from self._order

    def run(self, experiment_id: str, run_id: str) -> ForeignRun:
        self._begin(experiment_id)
        path = self._place(experiment_id, layout.RUNS)
        for row in self._seek("_runs", path, run_id):
            with _about(path):
                return _run(row, experiment_id)
        raise Unreadable(f"{path}: there is no run {run_id} in it")

    def points(self, experiment_id: str, run_id: str) -> Iterator[tuple[str, Points]]:
        self._begin(experiment_id)
        yield from self._seek("_points", self._place(experiment_id, layout.METRICS), run_id)

    def logged_model_ids(self, experiment_id: str) -> Sequence[str]:
        return [row["id"] for row in self._rows(self._place(experiment_id, layout.LOGGED_MODELS), ["id"])]

    def logged_model(self, experiment_id: str, model_id: str) -> LoggedModel:
        path = self._place(experiment_id, layout.LOGGED_MODELS)
        for row in self._rows(path, filters=[("id", "=", model_id)]):
            with _about(path):
                return _logged_model(row, experiment_id)
        raise Unreadable(f"{path}: there is no logged model {model_id} in it")

    def model_names(self) -> Sequence[str]:
        return sorted(self._models)

    def model(self, name: str) -> Model:
        row = dict(self._models[name])
        row.pop("last_version")
        return Model(**{**row, "tags": dict(row["tags"]), "aliases": dict(row["aliases"])})

    def versions(self, name: str) -> Sequence[ModelVersion]:
        path = self._root / layout.VERSIONS
        with _about(path):
            found = [_version(row) for row in self._rows(path, filters=[("name", "=", name)])]
        return sorted(found, key=lambda one: one.number)

    def last_version(self, name: str) -> int:
        return int(self._models[name]["last_version"])

    def files(self, location: str, owner: str) -> Iterator[ForeignFile] | None:  # noqa: ARG002 - of the port
        if not location.startswith("mlflow-artifacts:"):
            return None
        if location == "mlflow-artifacts:/":
            return local_files.walk(self._root / layout.ARTIFACTS)
        return local_files.below(location, self._root, self._root / layout.ARTIFACTS)

    def pipelines(self, of: str) -> Iterator[Row]:
        """None in an export of a Modelyard that left them out."""
        path = self._root / of
        if not path.exists():
            return iter(())
        with _about(path):
            if missing := set(layout.schemas()[of].names) - set(self._arrow.parquet.read_schema(path).names):
                raise Unreadable(f"it has no column {', '.join(map(repr, sorted(missing)))}")
        return self._rows(path)

    def notes(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        return

    def _place(self, experiment_id: str, name: str) -> Path:
        return self._root / layout.FOLDER / experiment_id / name

    def _begin(self, experiment_id: str) -> None:
        if self._open != experiment_id:
            ids = (row["id"] for row in self._rows(self._place(experiment_id, layout.RUNS), ["id"]))
            self._order = {run_id: at for at, run_id in enumerate(ids)}
            self._runs, self._points = _Cursor(iter(())), _Cursor(iter(()))
            self._open = experiment_id

    def _seek(self, which: str, path: Path, run_id: str) -> Iterator[Any]:
        """Runs are asked for in their order, so that what is behind is needed again only from the start."""
        wanted = self._order.get(run_id, -1)
        cursor: _Cursor = getattr(self, which)
        if not cursor.may_hold(wanted):
            groups = self._run_rows(path) if which == "_runs" else self._series(path)
            cursor = _Cursor(groups)
            setattr(self, which, cursor)
        return cursor.take(wanted)

    def _run_rows(self, path: Path) -> Iterator[tuple[int, Any]]:
        for row in self._rows(path):
            yield self._order[row["id"]], row

    def _series(self, path: Path) -> Iterator[tuple[int, tuple[str, Points]]]:
        with _about(path):
            for batch in self._arrow.parquet.ParquetFile(path).iter_batches(PIECE):
                run_ids, keys, *columns = (column.to_pylist() for column in batch.columns)
                start = 0
                for (run_id, key), same in groupby(zip(run_ids, keys, strict=True)):
                    end = start + sum(1 for _ in same)
                    steps, times, values = (column[start:end] for column in columns)
                    yield self._order[run_id], (key, Points(array("q", steps), array("q", times), array("d", values)))
                    start = end

    def _rows(self, path: Path, columns: Sequence[str] | None = None, filters: object = None) -> Iterator[Row]:
        with _about(path):
            if filters is not None:
                yield from self._arrow.parquet.read_table(path, filters=filters).to_pylist()
                return
            for batch in self._arrow.parquet.ParquetFile(path).iter_batches(PIECE // 100, columns=columns):
                yield from batch.to_pylist()


class _Cursor:
    """Goes once through items that are numbered in ascending order, several of which may have one number."""

    def __init__(self, items: Iterator[tuple[int, Any]]) -> None:
        self._items = items
        self._next: tuple[int, Any] | None = next(items, None)
        self._behind = -1 if self._next is not None else 1 << 62

    def may_hold(self, number: int) -> bool:
        return number > self._behind

    def take(self, number: int) -> Iterator[Any]:
        self._behind = max(self._behind, number)
        while self._next is not None and self._next[0] <= number:
            at, item = self._next
            self._next = next(self._items, None)
            if at == number:
                yield item


def _check(root: Path) -> None:
    manifest = root / layout.MANIFEST
    if not manifest.is_file():
        hint = ""
        if (root / "meta.yaml").exists() or any(root.glob("*/meta.yaml")) or (root / "mlruns").is_dir():
            hint = f"; for MLflow's file store write `modelyard import mlflow {root}`"
        raise NotFound(f"{root} was not written by `modelyard export`: it has no {layout.MANIFEST}{hint}")
    with _about(manifest):
        told = json.loads(manifest.read_bytes())
        if told["format"] != layout.FORMAT or told["version"] > layout.VERSION:
            raise Unreadable(f"it is of format {told['format']} {told['version']}, which a newer Modelyard reads")


@contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise Unreadable(f"{path}: {error.message}") from None
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or str(error).partition(chr(10))[0]}") from None
    except (ValueError, TypeError, KeyError, OverflowError) as error:  # pyarrow's errors are ValueErrors
        raise Unreadable(f"{path}: {str(error).partition(chr(10))[0]}") from None


def _run(row: Row, experiment_id: str) -> ForeignRun:
    own = {name: row[name] for name in ("id", "name", "user", "started_at", "ended_at", "artifact_uri")}
    run = Run(
        **own,
        experiment_id=experiment_id,
        status=RunStatus(row["status"]),
        lifecycle=Lifecycle(row["lifecycle"]),
    )
    return ForeignRun(
        run,
        dict(row["params"]),
        dict(row["tags"]),
        [_input(one) for one in row["inputs"]],
        [ModelLink(**one) for one in row["model_inputs"]],
        [ModelLink(**one) for one in row["model_outputs"]],
        row["deleted_at"],
    )


def _input(row: Row) -> DatasetInput:
    about = {key: value for key, value in row.items() if key != "tags"}
    return DatasetInput(Dataset(**about), dict(row["tags"]))


def _logged_model(row: Row, experiment_id: str) -> LoggedModel:
    parsed = {
        "status": LoggedModelStatus(row["status"]),
        "lifecycle": Lifecycle(row["lifecycle"]),
        "params": dict(row["params"]),
        "tags": dict(row["tags"]),
        "metrics": [LoggedModelMetric(**one) for one in row["metrics"]],
    }
    return LoggedModel(**{**row, **parsed}, experiment_id=experiment_id)


def _version(row: Row) -> ModelVersion:
    parsed = {"stage": Stage(row["stage"]), "status": VersionStatus(row["status"]), "tags": dict(row["tags"])}
    return ModelVersion(**{**row, **parsed})
