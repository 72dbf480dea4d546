"""MLflow's database: the tracking half."""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.domain.imports import ForeignFile, ForeignRun, Unreadable
from modelyard.domain.logged_models import LoggedModel, LoggedModelMetric, LoggedModelStatus
from modelyard.domain.models import Model, ModelVersion
from modelyard.domain.runs import Dataset, DatasetInput, ModelLink, Run, RunStatus
from modelyard.domain.series import Points
from modelyard.storage.foreign import local_files, mlflow_registry
from modelyard.storage.foreign.mlflow_tables import Row, Tables

_MODEL_STATUSES = {0: "PENDING", 1: "PENDING", 2: "READY", 3: "FAILED"}
_TRACES = "trace_info"


class MlflowDatabase:
    """Relative artifact roots are below `base`; `mlflow-artifacts:` ones below `proxied`. A `ForeignStore`."""

    keeps_places = False

    def __init__(self, url: str, base: Path, proxied: Path | None = None) -> None:
        self._tables = Tables(url)
        self._base = base
        self._proxied = proxied

    @property
    def name(self) -> str:
        return self._tables.shown

    def experiment_ids(self) -> Sequence[str]:
        return [
            str(row["experiment_id"])
            for row in self._tables.rows("experiments", ["experiment_id"], order=["experiment_id"])
        ]

    def experiment(self, experiment_id: str) -> Experiment:
        number = int(experiment_id)
        columns = ("name", "artifact_location", "lifecycle_stage", "creation_time", "last_update_time")
        row = self._one("experiments", columns, {"experiment_id": number})
        created = row["creation_time"] or 0
        return Experiment(
            id=experiment_id,
            name=row["name"],
            artifact_location=row["artifact_location"] or "",
            lifecycle=_lifecycle(row["lifecycle_stage"], f"experiments, experiment_id {experiment_id}"),
            created_at=created,
            updated_at=row["last_update_time"] or created,
            tags=self._values("experiment_tags", {"experiment_id": number}),
        )

    def run_ids(self, experiment_id: str) -> Iterator[str]:
        rows = self._tables.rows("runs", ["run_uuid"], {"experiment_id": int(experiment_id)}, ["run_uuid"])
        return iter([row["run_uuid"] for row in rows])

    def run(self, experiment_id: str, run_id: str) -> ForeignRun:
        columns = (
            "name",
            "user_id",
            "status",
            "start_time",
            "end_time",
            "deleted_time",
            "lifecycle_stage",
            "artifact_uri",
        )
        row = self._one("runs", columns, {"run_uuid": run_id})
        place = f"runs, run_uuid {run_id}"
        if row["status"] not in RunStatus.__members__:
            raise self._unreadable(place, f"status {row['status']!r} is no status of a run")
        tags = self._values("tags", {"run_uuid": run_id})
        run = Run(
            id=run_id,
            experiment_id=experiment_id,
            name=tags.get("mlflow.runName") or row["name"] or "",
            user=row["user_id"] or "",
            status=RunStatus(row["status"]),
            lifecycle=_lifecycle(row["lifecycle_stage"], place),
            started_at=row["start_time"] or 0,
            ended_at=row["end_time"],
            artifact_uri=row["artifact_uri"] or "",
        )
        params = self._values("params", {"run_uuid": run_id})
        links = list(self._tables.rows("inputs", ["destination_id", "destination_type", "step"], {"source_id": run_id}))
        return ForeignRun(
            run,
            params,
            tags,
            self._datasets(run_id),
            [ModelLink(one["destination_id"]) for one in links if one["destination_type"] == "MODEL_INPUT"],
            [
                ModelLink(one["destination_id"], one["step"] or 0)
                for one in links
                if one["destination_type"] == "MODEL_OUTPUT"
            ],
            row["deleted_time"],
        )

    def points(self, experiment_id: str, run_id: str) -> Iterator[tuple[str, Points]]:  # noqa: ARG002 - of the port
        columns = ("key", "step", "timestamp", "value", "is_nan")
        for keys, *rest in self._tables.columns("metrics", columns, {"run_uuid": run_id}, ["key", "step", "timestamp"]):
            start = 0
            for key, same in groupby(keys):
                end = start + sum(1 for _ in same)
                yield key, self._points(run_id, key, *(column[start:end] for column in rest))
                start = end

    def _points(
        self,
        run_id: str,
        key: str,
        steps: Sequence[int],
        times: Sequence[int],
        values: Sequence[float],
        nan: Sequence[int],
    ) -> Points:
        try:
            known = array("d", [math.nan if no else value for value, no in zip(values, nan, strict=True)])
            return Points(array("q", steps), array("q", times), known)
        except (TypeError, OverflowError):
            raise self._unreadable(f"metrics, run_uuid {run_id}, key {key!r}", "it holds no number") from None

    def logged_model_ids(self, experiment_id: str) -> Sequence[str]:
        rows = self._tables.rows("logged_models", ["model_id"], {"experiment_id": int(experiment_id)}, ["model_id"])
        return [row["model_id"] for row in rows]

    def logged_model(self, experiment_id: str, model_id: str) -> LoggedModel:
        columns = (
            "name", "artifact_location", "creation_timestamp_ms", "last_updated_timestamp_ms", "status",
            "lifecycle_stage", "model_type", "source_run_id", "status_message",
        )  # fmt: skip
        mine = {"model_id": model_id}
        row = self._one("logged_models", columns, mine)
        place = f"logged_models, model_id {model_id}"
        if row["status"] not in _MODEL_STATUSES:
            raise self._unreadable(place, f"status {row['status']!r} is no status of a logged model")
        return LoggedModel(
            id=model_id,
            experiment_id=experiment_id,
            name=row["name"],
            artifact_uri=row["artifact_location"],
            created_at=row["creation_timestamp_ms"],
            updated_at=row["last_updated_timestamp_ms"],
            status=LoggedModelStatus(_MODEL_STATUSES[row["status"]]),
            status_message=row["status_message"] or "",
            lifecycle=_lifecycle(row["lifecycle_stage"], place),
            model_type=row["model_type"] or "",
            source_run_id=row["source_run_id"] or "",
            params=self._values("logged_model_params", mine, "param_key", "param_value"),
            tags=self._values("logged_model_tags", mine, "tag_key", "tag_value"),
            metrics=self._model_metrics(mine),
        )

    def model_names(self) -> Sequence[str]:
        return mlflow_registry.names(self._tables)

    def model(self, name: str) -> Model:
        return mlflow_registry.model(self._tables, name)

    def versions(self, name: str) -> Sequence[ModelVersion]:
        return mlflow_registry.versions(self._tables, name)

    def last_version(self, name: str) -> int:  # noqa: ARG002 - of the port
        return 0

    def files(self, location: str, owner: str) -> Iterator[ForeignFile] | None:  # noqa: ARG002 - of the port
        return local_files.below(location, self._base, self._proxied)

    def pipelines(self, of: str) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002 - of the port
        return iter(())

    def notes(self) -> Sequence[str]:
        said = [f"The workspace '{name}' is left out: only 'default' is imported" for name in self._tables.workspaces()]
        if next(self._tables.rows(_TRACES, ["request_id"]), None) is not None:
            said.append("Traces stay where they are: they cannot be imported")
        return said

    def close(self) -> None:
        self._tables.close()

    def _one(self, table: str, columns: Sequence[str], where: Mapping[str, object]) -> Row:
        for row in self._tables.rows(table, columns, where):
            return row
        raise self._unreadable(table, f"there is no row with {dict(where)} any more")

    def _values(
        self, table: str, where: Mapping[str, object], key: str = "key", value: str = "value"
    ) -> dict[str, str]:
        return {row[key]: row[value] or "" for row in self._tables.rows(table, [key, value], where, [key])}

    def _datasets(self, run_id: str) -> list[DatasetInput]:
        found = []
        mine = {"destination_id": run_id, "destination_type": "RUN", "source_type": "DATASET"}
        for link in list(self._tables.rows("inputs", ["input_uuid", "source_id"], mine)):
            columns = ("name", "digest", "dataset_source_type", "dataset_source", "dataset_schema", "dataset_profile")
            row = self._one("datasets", columns, {"dataset_uuid": link["source_id"]})
            tags = self._values("input_tags", {"input_uuid": link["input_uuid"]}, "name")
            found.append(DatasetInput(Dataset(*(row[column] for column in columns)), tags))
        return found

    def _model_metrics(self, mine: Mapping[str, object]) -> tuple[LoggedModelMetric, ...]:
        """The latest of each run and dataset."""
        columns = (
            "metric_name", "metric_value", "metric_timestamp_ms", "metric_step",
            "run_id", "dataset_name", "dataset_digest",
        )  # fmt: skip
        latest: dict[tuple[Any, ...], LoggedModelMetric] = {}
        rows = self._tables.rows(
            "logged_model_metrics", columns, mine, ["metric_step", "metric_timestamp_ms", "metric_value"]
        )
        for row in rows:
            value = math.nan if row["metric_value"] is None else row["metric_value"]
            about = (row["dataset_name"] or "", row["dataset_digest"] or "")
            latest[row["metric_name"], row["run_id"], about] = LoggedModelMetric(
                row["metric_name"], value, row["metric_timestamp_ms"], row["metric_step"], row["run_id"], *about
            )
        return tuple(latest.values())

    def _unreadable(self, place: str, why: str) -> Unreadable:
        return Unreadable(f"{self.name}: table {place}: {why}")


def _lifecycle(text: str | None, place: str) -> Lifecycle:
    try:
        return Lifecycle(text or Lifecycle.ACTIVE)
    except ValueError:
        raise Unreadable(f"table {place}: lifecycle_stage {text!r} is neither active nor deleted") from None
