"""Pipelines with their versions, runs, tasks and schedules."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _make_pipeline_documents()
    _make_pipelines()
    _make_pipeline_versions()
    _make_pipeline_schedules()
    _make_pipeline_runs()
    _make_pipeline_tasks()
    _make_pipeline_artifacts()


def _make_pipeline_documents() -> None:
    op.create_table(
        "pipeline_documents",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", Text, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name=op.f("pk_pipeline_documents")),
    )


def _make_pipelines() -> None:
    op.create_table(
        "pipelines",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("display_name", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("tags", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_pipelines")),
        sa.UniqueConstraint("id", name=op.f("uq_pipelines_id")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_pipelines_workspace_id_name")),
    )
    op.create_index("ix_pipelines_newest", "pipelines", ["workspace_id", "created_at", "pk"])


def _make_pipeline_versions() -> None:
    op.create_table(
        "pipeline_versions",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("pipeline_pk", Number, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("display_name", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("tags", Text, nullable=False),
        sa.Column("package_url", Text, nullable=False),
        sa.Column("code_url", Text, nullable=False),
        sa.Column("digest", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline_pk"], ["pipelines.pk"], name=op.f("fk_pipeline_versions_pipeline_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_pipeline_versions")),
        sa.UniqueConstraint("pipeline_pk", "name", name=op.f("uq_pipeline_versions_pipeline_pk_name")),
        sa.UniqueConstraint("id", name=op.f("uq_pipeline_versions_id")),
    )
    op.create_index("ix_pipeline_versions_digest", "pipeline_versions", ["digest"])
    op.create_index("ix_pipeline_versions_newest", "pipeline_versions", ["pipeline_pk", "created_at", "pk"])


def _make_pipeline_schedules() -> None:
    op.create_table(
        "pipeline_schedules",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("experiment_pk", Number, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("pipeline_id", Text, nullable=False),
        sa.Column("version_id", Text, nullable=False),
        sa.Column("digest", Text, nullable=False),
        sa.Column("plan", Text, nullable=False),
        sa.Column("enabled", sa.Integer(), nullable=False),
        sa.Column("user", Text, nullable=False),
        sa.Column("error", Text, nullable=False),
        sa.Column("runs", Number, nullable=False),
        sa.Column("next_at", Number, nullable=True),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_pk"], ["experiments.pk"], name=op.f("fk_pipeline_schedules_experiment_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_pipeline_schedules")),
        sa.UniqueConstraint("id", name=op.f("uq_pipeline_schedules_id")),
    )
    op.create_index("ix_pipeline_schedules_digest", "pipeline_schedules", ["digest"])
    op.create_index("ix_pipeline_schedules_due", "pipeline_schedules", ["enabled", "next_at"])
    op.create_index("ix_pipeline_schedules_newest", "pipeline_schedules", ["workspace_id", "created_at", "pk"])


def _make_pipeline_runs() -> None:
    op.create_table(
        "pipeline_runs",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("experiment_pk", Number, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("archived", sa.Integer(), nullable=False),
        sa.Column("doomed", sa.Integer(), nullable=False),
        sa.Column("user", Text, nullable=False),
        sa.Column("pipeline", Text, nullable=False),
        sa.Column("pipeline_id", Text, nullable=False),
        sa.Column("version_id", Text, nullable=False),
        sa.Column("schedule_id", Text, nullable=False),
        sa.Column("service_account", Text, nullable=False),
        sa.Column("pipeline_root", Text, nullable=False),
        sa.Column("tracking_run_id", Text, nullable=False),
        sa.Column("parameters", Text, nullable=False),
        sa.Column("error", Text, nullable=False),
        sa.Column("history", Text, nullable=False),
        sa.Column("digest", Text, nullable=False),
        sa.Column("fence", Number, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("scheduled_at", Number, nullable=False),
        sa.Column("started_at", Number, nullable=True),
        sa.Column("ended_at", Number, nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_pk"], ["experiments.pk"], name=op.f("fk_pipeline_runs_experiment_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_pipeline_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_pipeline_runs_id")),
    )
    op.create_index("ix_pipeline_runs_digest", "pipeline_runs", ["digest"])
    op.create_index("ix_pipeline_runs_experiment", "pipeline_runs", ["experiment_pk", "created_at", "pk"])
    op.create_index("ix_pipeline_runs_newest", "pipeline_runs", ["workspace_id", "created_at", "pk"])
    some = sa.text("ended_at IS NULL")
    op.create_index("ix_pipeline_runs_open", "pipeline_runs", ["schedule_id"], sqlite_where=some, postgresql_where=some)
    some = sa.text("schedule_id <> ''")
    op.create_index(
        "ix_pipeline_runs_schedule", "pipeline_runs", ["schedule_id"], sqlite_where=some, postgresql_where=some
    )


def _make_pipeline_tasks() -> None:
    op.create_table(
        "pipeline_tasks",
        sa.Column("run_pk", Number, autoincrement=False, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("display_name", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fingerprint", Text, nullable=False),
        sa.Column("body", Text, nullable=False),
        sa.Column("history", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("started_at", Number, nullable=True),
        sa.Column("ended_at", Number, nullable=True),
        sa.Column("retry_at", Number, nullable=True),
        sa.ForeignKeyConstraint(
            ["run_pk"], ["pipeline_runs.pk"], name=op.f("fk_pipeline_tasks_run_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_pk", "id", name=op.f("pk_pipeline_tasks")),
    )
    some = sa.text("fingerprint <> '' AND state = 'SUCCEEDED'")
    op.create_index(
        "ix_pipeline_tasks_reusable", "pipeline_tasks", ["fingerprint"], sqlite_where=some, postgresql_where=some
    )


def _make_pipeline_artifacts() -> None:
    op.create_table(
        "pipeline_artifacts",
        sa.Column("run_pk", Number, autoincrement=False, nullable=False),
        sa.Column("task_id", Text, nullable=False),
        sa.Column("direction", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("schema_title", Text, nullable=False),
        sa.Column("uri", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_pk"], ["pipeline_runs.pk"], name=op.f("fk_pipeline_artifacts_run_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "run_pk", "task_id", "direction", "name", "position", name=op.f("pk_pipeline_artifacts")
        ),
    )
    op.create_index("ix_pipeline_artifacts_id", "pipeline_artifacts", ["id"])
    op.create_index("ix_pipeline_artifacts_uri", "pipeline_artifacts", ["uri"])
