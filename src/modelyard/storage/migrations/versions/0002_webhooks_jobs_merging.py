"""Webhooks with their deliveries, resumable jobs, series that know their experiment, points of logged models, and runs
that know whether they are linked with anything.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("spec", Text, nullable=False),
        sa.Column("progress", Text, nullable=False),
        sa.Column("error", Text, nullable=False),
        sa.Column("user", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.Column("ended_at", Number, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_jobs")),
        sa.UniqueConstraint("id", name=op.f("uq_jobs_id")),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "pk"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("url", Text, nullable=False),
        sa.Column("events", Text, nullable=False),
        sa.Column("secret", Text, nullable=True),
        sa.Column("status", Text, nullable=False),
        sa.Column("user", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.Column("deleted_at", Number, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("id", name=op.f("uq_webhooks_id")),
    )
    op.create_index("ix_webhooks_newest", "webhooks", ["workspace_id", "created_at"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("webhook_pk", Number, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("payload", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Number, nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_pk"], ["webhooks.pk"], name=op.f("fk_webhook_deliveries_webhook_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_webhook_deliveries_id")),
    )
    op.create_index("ix_webhook_deliveries_due", "webhook_deliveries", ["state", "due_at"], unique=False)
    op.add_column("series", sa.Column("packed", Number, server_default="0", nullable=False))
    op.add_column("series", sa.Column("experiment_pk", Number, server_default="0", nullable=False))
    op.execute("UPDATE series SET experiment_pk = (SELECT experiment_pk FROM runs WHERE runs.pk = series.run_pk)")
    op.drop_index("ix_series_latest", "series")
    op.create_index("ix_series_latest", "series", ["experiment_pk", "key", "latest_value", "run_pk"])
    unmerged = sa.text("chunks - packed >= 64")
    op.create_index("ix_series_unmerged", "series", ["pk"], sqlite_where=unmerged, postgresql_where=unmerged)
    of_parents = sa.text("\"key\" = 'mlflow.parentRunId'")
    op.create_index("ix_run_tags_parent", "run_tags", ["value"], sqlite_where=of_parents, postgresql_where=of_parents)
    _list_runs_faster()
    _keep_every_point_of_a_model()


def _list_runs_faster() -> None:
    """An index in the very order of a list of runs; and who has no datasets or models is not asked for them."""
    op.drop_index("ix_runs_newest", "runs")
    op.create_index("ix_runs_newest", "runs", ["experiment_pk", "lifecycle", sa.text("started_at DESC"), "id"])
    op.add_column("runs", sa.Column("linked", Number, server_default="0", nullable=False))
    op.execute(
        "UPDATE runs SET linked = 1 WHERE pk IN (SELECT run_pk FROM run_datasets UNION SELECT run_pk FROM run_models)"
    )


def _keep_every_point_of_a_model() -> None:
    op.create_table(
        "logged_model_points",
        sa.Column("model_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("at", Number, autoincrement=False, nullable=False),
        sa.Column("step", Number, autoincrement=False, nullable=False),
        sa.Column("run_id", Text, nullable=False),
        sa.Column("dataset_name", Text, nullable=False),
        sa.Column("dataset_digest", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_logged_model_points_model_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            *("model_pk", "key", "at", "step", "run_id", "dataset_name", "dataset_digest"),
            name=op.f("pk_logged_model_points"),
        ),
        sqlite_with_rowid=False,
    )
    columns = "model_pk, key, run_id, dataset_name, dataset_digest, workspace_id"
    op.execute(
        f"INSERT INTO logged_model_points ({columns}, at, step, value) "  # noqa: S608 - names only
        f"SELECT {columns}, latest_at, latest_step, latest_value FROM logged_model_metrics"
    )
    op.drop_table("logged_model_metrics")
