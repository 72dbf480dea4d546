from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table
from sqlalchemy import text as literal
from sqlalchemy.schema import SchemaItem

from modelyard.storage.tables.base import (
    Number,
    String,
    metadata,
    number,
    owner,
    partial_index,
    serial,
    text,
    unique,
    workspace,
)

pipeline_documents = Table(
    "pipeline_documents",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("digest", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),  # the IR; the same for all runs of a version
)
pipelines = Table(
    "pipelines",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    text("name"),
    text("display_name"),
    text("description"),
    text("tags"),  # a JSON object
    number("created_at"),
    unique("workspace_id", "name"),
    Index("ix_pipelines_newest", "workspace_id", "created_at", "pk"),
)
pipeline_versions = Table(
    "pipeline_versions",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    Column("pipeline_pk", Number, ForeignKey("pipelines.pk", ondelete="CASCADE"), nullable=False),
    text("name"),
    text("display_name"),
    text("description"),
    text("tags"),  # a JSON object
    text("package_url"),
    text("code_url"),
    text("digest"),  # of its document
    number("created_at"),
    unique("pipeline_pk", "name"),
    Index("ix_pipeline_versions_newest", "pipeline_pk", "created_at", "pk"),
    Index("ix_pipeline_versions_digest", "digest"),
)


def starter(name: str, *more: SchemaItem) -> Table:
    """Of what starts runs by itself: schedules and triggers."""
    return Table(
        name,
        metadata,
        serial(),
        workspace(),
        Column("id", String, nullable=False, unique=True),
        Column("experiment_pk", Number, ForeignKey("experiments.pk", ondelete="CASCADE"), nullable=False),
        text("name"),
        text("description"),
        text("pipeline_id"),
        text("version_id"),
        Column("enabled", Integer, nullable=False),
        text("user"),
        text("error"),
        number("runs"),  # how many it has started
        number("created_at"),
        number("updated_at"),
        Index(f"ix_{name}_newest", "workspace_id", "created_at", "pk"),
        *more,
    )


pipeline_schedules = starter(
    "pipeline_schedules",
    text("digest"),  # of the document it runs; empty for the newest version of its pipeline
    text("plan"),  # domain.schedules.Plan
    number("next_at", null=True),
    Index("ix_pipeline_schedules_due", "enabled", "next_at"),
    Index("ix_pipeline_schedules_digest", "digest"),
)
pipeline_runs = Table(
    "pipeline_runs",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    Column("experiment_pk", Number, ForeignKey("experiments.pk", ondelete="CASCADE"), nullable=False),
    text("name"),
    text("description"),
    text("state"),
    Column("archived", Integer, nullable=False),
    Column("doomed", Integer, nullable=False),  # 1: to be deleted once it has ended
    text("user"),
    text("pipeline"),  # the name in its document
    text("pipeline_id"),
    text("version_id"),
    text("schedule_id"),
    Column("trigger_id", String, nullable=False, server_default=literal("''")),
    text("service_account"),
    text("pipeline_root"),
    text("tracking_run_id"),
    text("parameters"),  # a JSON object
    text("error"),  # domain.pipeline_runs.Failure; empty without
    text("history"),  # a JSON array of domain.pipeline_runs.Moment
    text("digest"),  # of its document
    number("fence"),  # of who may record what becomes of it
    number("created_at"),
    number("scheduled_at"),
    number("started_at", null=True),
    number("ended_at", null=True),
    Index("ix_pipeline_runs_newest", "workspace_id", "created_at", "pk"),
    Index("ix_pipeline_runs_experiment", "experiment_pk", "created_at", "pk"),
    Index("ix_pipeline_runs_digest", "digest"),
)
OPEN = "ended_at IS NULL"
partial_index("ix_pipeline_runs_open", pipeline_runs.c.schedule_id, OPEN)
SCHEDULED = "schedule_id <> ''"
partial_index("ix_pipeline_runs_schedule", pipeline_runs.c.schedule_id, SCHEDULED)

TRIGGERED = "trigger_id <> ''"
partial_index("ix_pipeline_runs_trigger", pipeline_runs.c.trigger_id, TRIGGERED)

pipeline_tasks = Table(
    "pipeline_tasks",
    metadata,
    owner("run_pk", "pipeline_runs.pk")(),
    Column("id", String, primary_key=True),
    workspace(),
    text("parent_id"),
    text("name"),
    text("display_name"),
    text("kind"),
    text("state"),
    Column("iteration", Integer),
    Column("attempt", Integer, nullable=False),
    text("fingerprint"),
    text("body"),  # a JSON object: inputs, outputs, error, cached_from, log
    text("history"),  # a JSON array of domain.pipeline_runs.Moment
    number("created_at"),
    number("started_at", null=True),
    number("ended_at", null=True),
    number("retry_at", null=True),
)
REUSABLE = "fingerprint <> '' AND state = 'SUCCEEDED'"
partial_index("ix_pipeline_tasks_reusable", pipeline_tasks.c.fingerprint, REUSABLE)

pipeline_artifacts = Table(
    "pipeline_artifacts",
    metadata,
    owner("run_pk", "pipeline_runs.pk")(),
    Column("task_id", String, primary_key=True),
    Column("direction", String, primary_key=True),  # input or output
    Column("name", String, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    workspace(),
    text("id"),
    text("schema_title"),
    text("uri"),
    Index("ix_pipeline_artifacts_id", "id"),
    Index("ix_pipeline_artifacts_uri", "uri"),
)
