from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, Table

from modelyard.storage.tables.base import (
    Number,
    String,
    key_values,
    metadata,
    number,
    owner,
    partial_index,
    serial,
    text,
    unique,
    workspace,
)

experiments = Table(
    "experiments",
    metadata,
    serial(),
    workspace(),
    text("name"),
    text("artifact_location"),
    text("lifecycle"),
    number("created_at"),
    number("updated_at"),
    unique("workspace_id", "name"),
    sqlite_autoincrement=True,  # ids name artifact folders, so none is given out twice
)
experiment_tags = key_values("experiment_tags", owner("experiment_pk", "experiments.pk"))

runs = Table(
    "runs",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    Column("experiment_pk", Number, ForeignKey("experiments.pk", ondelete="CASCADE"), nullable=False),
    text("name"),
    text("user"),
    text("status"),
    text("lifecycle"),
    number("started_at"),
    number("ended_at", null=True),
    number("deleted_at", null=True),
    text("artifact_uri"),
    number("version", default=0),  # counts changes to what its document shows
    number("linked", default=0),  # 1 once it has read or written datasets or models
)
Index("ix_runs_newest", runs.c.experiment_pk, runs.c.lifecycle, runs.c.started_at.desc(), runs.c.id)
_of_run = owner("run_pk", "runs.pk")
params = key_values("params", _of_run)
run_tags = key_values("run_tags", _of_run)
PARENT_TAG = "mlflow.parentRunId"
partial_index("ix_run_tags_parent", run_tags.c.value, f"\"key\" = '{PARENT_TAG}'")

series = Table(
    "series",
    metadata,
    serial(),
    workspace(),
    Column("run_pk", Number, ForeignKey("runs.pk", ondelete="CASCADE"), nullable=False),
    text("key"),
    number("experiment_pk", default=0),  # the run's, so that a search by value stays within its experiment
    number("chunks", default=0),  # the newest chunk's number
    number("packed", default=0),  # chunks up to this number have been merged
    number("latest_step"),
    number("latest_at"),
    Column("latest_value", Float(53)),  # NULL is NaN: neither database orders NaN as we need
    unique("run_pk", "key"),
    Index("ix_series_latest", "experiment_pk", "key", "latest_value", "run_pk"),
)
MANY_UNMERGED = 64
partial_index("ix_series_unmerged", series.c.pk, f"chunks - packed >= {MANY_UNMERGED}")
chunks = Table(
    "chunks",
    metadata,
    Column("series_pk", Number, ForeignKey("series.pk", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    workspace(),
    Column("points", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
run_documents = Table(
    "run_documents",
    metadata,
    Column("run_pk", Number, ForeignKey("runs.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    workspace(),
    number("version"),
    Column("plain", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

datasets = Table(
    "datasets",
    metadata,
    serial(),
    workspace(),
    Column("experiment_pk", Number, ForeignKey("experiments.pk", ondelete="CASCADE"), nullable=False),
    text("name"),
    text("digest"),
    text("source_type"),
    text("source"),
    text("schema", null=True),
    text("profile", null=True),
    unique("experiment_pk", "name", "digest"),
)
run_datasets = Table(
    "run_datasets",
    metadata,
    _of_run(),
    Column("dataset_pk", Number, ForeignKey("datasets.pk", ondelete="CASCADE"), primary_key=True),
    workspace(),
    number("position"),
    text("tags"),  # a JSON object
)
run_models = Table(
    "run_models",
    metadata,
    _of_run(),
    Column("direction", String, primary_key=True),  # input or output
    Column("model_id", String, primary_key=True),
    workspace(),
    number("step"),
    number("position"),
)

logged_models = Table(
    "logged_models",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    Column("experiment_pk", Number, ForeignKey("experiments.pk", ondelete="CASCADE"), nullable=False),
    text("source_run_id"),
    text("name"),
    text("model_type"),
    text("status"),
    text("status_message"),
    text("lifecycle"),
    text("artifact_uri"),
    number("created_at"),
    number("updated_at"),
    Index("ix_logged_models_newest", "experiment_pk", "lifecycle", "created_at", "id"),
    Index("ix_logged_models_run", "source_run_id"),
)
_of_logged_model = owner("model_pk", "logged_models.pk")
logged_model_params = key_values("logged_model_params", _of_logged_model)
logged_model_tags = key_values("logged_model_tags", _of_logged_model)
logged_model_points = Table(
    "logged_model_points",
    metadata,
    _of_logged_model(),
    Column("key", String, primary_key=True),
    Column("at", Number, primary_key=True, autoincrement=False),
    Column("step", Number, primary_key=True, autoincrement=False),
    Column("run_id", String, primary_key=True),
    Column("dataset_name", String, primary_key=True),  # empty: about no dataset
    Column("dataset_digest", String, primary_key=True),
    workspace(),
    Column("value", Float(53)),  # NULL is NaN
    sqlite_with_rowid=False,
)
