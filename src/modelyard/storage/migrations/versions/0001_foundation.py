"""The first schema: tracking, registry, artifacts, endpoints, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "endpoints",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("desired", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_endpoints")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_endpoints_workspace_id_name")),
    )
    op.create_table(
        "events",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("at", Number, nullable=False),
        sa.Column("actor", Text, nullable=False),
        sa.Column("action", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("subject", Text, nullable=False),
        sa.Column("detail", Text, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_subject", "events", ["workspace_id", "kind", "subject", "pk"], unique=False)
    op.create_table(
        "experiments",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("artifact_location", Text, nullable=False),
        sa.Column("lifecycle", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_experiments")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_experiments_workspace_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "files",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", Text, nullable=False),
        sa.Column("parent", Text, nullable=False),
        sa.Column("digest", Text, nullable=False),
        sa.Column("size", Number, nullable=False),
        sa.Column("modified_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "path", name=op.f("pk_files")),
    )
    op.create_index("ix_files_digest", "files", ["digest"], unique=False)
    op.create_index("ix_files_parent", "files", ["workspace_id", "parent", "path"], unique=False)
    op.create_table(
        "models",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_models")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_models_workspace_id_name")),
    )
    op.create_table(
        "workspaces",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("name", name=op.f("uq_workspaces_name")),
    )
    op.create_table(
        "datasets",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("experiment_pk", Number, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("digest", Text, nullable=False),
        sa.Column("source_type", Text, nullable=False),
        sa.Column("source", Text, nullable=False),
        sa.Column("schema", Text, nullable=True),
        sa.Column("profile", Text, nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_pk"], ["experiments.pk"], name=op.f("fk_datasets_experiment_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_datasets")),
        sa.UniqueConstraint("experiment_pk", "name", "digest", name=op.f("uq_datasets_experiment_pk_name_digest")),
    )
    op.create_table(
        "endpoint_status",
        sa.Column("endpoint_pk", Number, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("phase", Text, nullable=False),
        sa.Column("serving_revision", sa.Integer(), nullable=False),
        sa.Column("reason", Text, nullable=False),
        sa.Column("message", Text, nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("log_tail", Text, nullable=False),
        sa.Column("probe", Text, nullable=False),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_pk"], ["endpoints.pk"], name=op.f("fk_endpoint_status_endpoint_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint_pk", name=op.f("pk_endpoint_status")),
    )
    op.create_table(
        "experiment_tags",
        sa.Column("experiment_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_pk"], ["experiments.pk"], name=op.f("fk_experiment_tags_experiment_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("experiment_pk", "key", name=op.f("pk_experiment_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logged_models",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("experiment_pk", Number, nullable=False),
        sa.Column("source_run_id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("model_type", Text, nullable=False),
        sa.Column("status", Text, nullable=False),
        sa.Column("status_message", Text, nullable=False),
        sa.Column("lifecycle", Text, nullable=False),
        sa.Column("artifact_uri", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_pk"], ["experiments.pk"], name=op.f("fk_logged_models_experiment_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_logged_models")),
        sa.UniqueConstraint("id", name=op.f("uq_logged_models_id")),
    )
    op.create_index(
        "ix_logged_models_newest", "logged_models", ["experiment_pk", "lifecycle", "created_at", "id"], unique=False
    )
    op.create_index("ix_logged_models_run", "logged_models", ["source_run_id"], unique=False)
    op.create_table(
        "model_aliases",
        sa.Column("model_pk", Number, nullable=False),
        sa.Column("alias", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["models.pk"], name=op.f("fk_model_aliases_model_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_pk", "alias", name=op.f("pk_model_aliases")),
    )
    op.create_table(
        "model_tags",
        sa.Column("model_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["model_pk"], ["models.pk"], name=op.f("fk_model_tags_model_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_pk", "key", name=op.f("pk_model_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "model_versions",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("model_pk", Number, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("user", Text, nullable=False),
        sa.Column("stage", Text, nullable=False),
        sa.Column("source", Text, nullable=False),
        sa.Column("location", Text, nullable=False),
        sa.Column("run_id", Text, nullable=False),
        sa.Column("run_link", Text, nullable=False),
        sa.Column("logged_model_id", Text, nullable=False),
        sa.Column("status", Text, nullable=False),
        sa.Column("status_message", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["models.pk"], name=op.f("fk_model_versions_model_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("model_pk", "number", name=op.f("uq_model_versions_model_pk_number")),
    )
    op.create_index("ix_model_versions_run", "model_versions", ["run_id"], unique=False)
    op.create_index("ix_model_versions_stage", "model_versions", ["model_pk", "stage", "number"], unique=False)
    op.create_index("ix_model_versions_updated", "model_versions", ["workspace_id", "updated_at"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("endpoint_pk", Number, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("model_uri", Text, nullable=False),
        sa.Column("location", Text, nullable=False),
        sa.Column("model_version", Text, nullable=False),
        sa.Column("environment", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_pk"], ["endpoints.pk"], name=op.f("fk_revisions_endpoint_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint_pk", "number", name=op.f("pk_revisions")),
    )
    op.create_table(
        "runs",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("experiment_pk", Number, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("user", Text, nullable=False),
        sa.Column("status", Text, nullable=False),
        sa.Column("lifecycle", Text, nullable=False),
        sa.Column("started_at", Number, nullable=False),
        sa.Column("ended_at", Number, nullable=True),
        sa.Column("deleted_at", Number, nullable=True),
        sa.Column("artifact_uri", Text, nullable=False),
        sa.Column("version", Number, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_pk"], ["experiments.pk"], name=op.f("fk_runs_experiment_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_runs_id")),
    )
    op.create_index("ix_runs_newest", "runs", ["experiment_pk", "lifecycle", "started_at", "id"], unique=False)
    op.create_table(
        "logged_model_metrics",
        sa.Column("model_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("run_id", Text, nullable=False),
        sa.Column("dataset_name", Text, nullable=False),
        sa.Column("dataset_digest", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("latest_step", Number, nullable=False),
        sa.Column("latest_at", Number, nullable=False),
        sa.Column("latest_value", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_logged_model_metrics_model_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "model_pk", "key", "run_id", "dataset_name", "dataset_digest", name=op.f("pk_logged_model_metrics")
        ),
    )
    op.create_table(
        "logged_model_params",
        sa.Column("model_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_logged_model_params_model_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_pk", "key", name=op.f("pk_logged_model_params")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logged_model_tags",
        sa.Column("model_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_logged_model_tags_model_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_pk", "key", name=op.f("pk_logged_model_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "model_version_tags",
        sa.Column("version_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_pk"], ["model_versions.pk"], name=op.f("fk_model_version_tags_version_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_pk", "key", name=op.f("pk_model_version_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "params",
        sa.Column("run_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_params_run_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_pk", "key", name=op.f("pk_params")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_datasets",
        sa.Column("run_pk", Number, nullable=False),
        sa.Column("dataset_pk", Number, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("position", Number, nullable=False),
        sa.Column("tags", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_pk"], ["datasets.pk"], name=op.f("fk_run_datasets_dataset_pk"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_run_datasets_run_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_pk", "dataset_pk", name=op.f("pk_run_datasets")),
    )
    op.create_table(
        "run_documents",
        sa.Column("run_pk", Number, autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", Number, nullable=False),
        sa.Column("plain", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_run_documents_run_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_pk", name=op.f("pk_run_documents")),
    )
    op.create_table(
        "run_models",
        sa.Column("run_pk", Number, nullable=False),
        sa.Column("direction", Text, nullable=False),
        sa.Column("model_id", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("step", Number, nullable=False),
        sa.Column("position", Number, nullable=False),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_run_models_run_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_pk", "direction", "model_id", name=op.f("pk_run_models")),
    )
    op.create_table(
        "run_tags",
        sa.Column("run_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_run_tags_run_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_pk", "key", name=op.f("pk_run_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "series",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("run_pk", Number, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("chunks", Number, server_default="0", nullable=False),
        sa.Column("latest_step", Number, nullable=False),
        sa.Column("latest_at", Number, nullable=False),
        sa.Column("latest_value", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_series_run_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_series")),
        sa.UniqueConstraint("run_pk", "key", name=op.f("uq_series_run_pk_key")),
    )
    op.create_index("ix_series_latest", "series", ["key", "latest_value"], unique=False)
    op.create_table(
        "chunks",
        sa.Column("series_pk", Number, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["series_pk"], ["series.pk"], name=op.f("fk_chunks_series_pk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series_pk", "number", name=op.f("pk_chunks")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO workspaces (workspace_id, name) VALUES (1, 'default')")
