"""Runs in MLflow's environment: `python -m bench.ui.fill_mlflow DATABASE RUNS`.

One experiment, written in bulk through MLflow's own tables, with all that its client would have logged.
"""

import sys
from collections import defaultdict
from typing import Any

from mlflow.store.tracking.dbmodels import models
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from bench.ui import numbered

AT_ONCE = 5_000


def main(database: str, runs: int) -> None:
    store = SqlAlchemyStore(f"sqlite:///{database}", "mlflow-artifacts:/")
    experiment = int(store.create_experiment("many runs"))
    with store.ManagedSessionMaker() as session:
        for first in range(0, runs, AT_ONCE):
            rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
            for number in range(first, min(first + AT_ONCE, runs)):
                _add(rows, experiment, number, runs)
            for table, values in rows.items():
                session.bulk_insert_mappings(table, values)


def _add(rows: dict[Any, list[dict[str, Any]]], experiment: int, number: int, runs: int) -> None:
    run = {"run_uuid": f"{number:032x}"}
    tags = {"mlflow.runName": numbered.name(number), "mlflow.user": "ana", "mlflow.source.name": "train.py"}
    rows[models.SqlRun].append({**run, **_run(experiment, number)})
    rows[models.SqlTag] += [{**run, "key": key, "value": value} for key, value in tags.items()]
    rows[models.SqlParam] += [{**run, "key": key, "value": value} for key, value in numbered.params(number).items()]
    when = {"timestamp": numbered.started(number), "step": 0, "is_nan": False}
    points = [{**run, **when, "key": key, "value": value} for key, value in numbered.metrics(number, runs).items()]
    rows[models.SqlMetric] += points
    rows[models.SqlLatestMetric] += points


def _run(experiment: int, number: int) -> dict[str, Any]:
    started = numbered.started(number)
    return {
        "name": numbered.name(number),
        "source_type": "LOCAL",
        "source_name": "train.py",
        "entry_point_name": "",
        "user_id": "ana",
        "status": "FINISHED",
        "start_time": started,
        "end_time": started + 60_000,
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": f"mlflow-artifacts:/{experiment}/{number:032x}/artifacts",
        "experiment_id": experiment,
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
