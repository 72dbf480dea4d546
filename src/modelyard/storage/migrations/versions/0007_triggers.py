"""Triggers of pipelines, and what became of what they fired for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _make_triggers()
    _make_firings()
    op.add_column("pipeline_runs", sa.Column("trigger_id", Text, server_default="", nullable=False))
    some = sa.text("trigger_id <> ''")
    op.create_index(
        "ix_pipeline_runs_trigger", "pipeline_runs", ["trigger_id"], sqlite_where=some, postgresql_where=some
    )


def _make_triggers() -> None:
    op.create_table(
        "pipeline_triggers",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("experiment_pk", Number, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("pipeline_id", Text, nullable=False),
        sa.Column("version_id", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("rule", Text, nullable=False),
        sa.Column("secret", Text, nullable=False),
        sa.Column("enabled", sa.Integer(), nullable=False),
        sa.Column("user", Text, nullable=False),
        sa.Column("error", Text, nullable=False),
        sa.Column("runs", Number, nullable=False),
        sa.Column("seen", Number, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_pk"], ["experiments.pk"], name=op.f("fk_pipeline_triggers_experiment_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_pipeline_triggers")),
        sa.UniqueConstraint("id", name=op.f("uq_pipeline_triggers_id")),
    )
    op.create_index("ix_pipeline_triggers_newest", "pipeline_triggers", ["workspace_id", "created_at", "pk"])


def _make_firings() -> None:
    op.create_table(
        "pipeline_trigger_firings",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("trigger_pk", Number, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("at", Number, nullable=False),
        sa.Column("said", Text, nullable=False),
        sa.Column("parameters", Text, nullable=False),
        sa.Column("run_id", Text, nullable=False),
        sa.Column("error", Text, nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("ended_at", Number, nullable=True),
        sa.ForeignKeyConstraint(
            ["trigger_pk"],
            ["pipeline_triggers.pk"],
            name=op.f("fk_pipeline_trigger_firings_trigger_pk"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_pipeline_trigger_firings")),
        sa.UniqueConstraint("id", name=op.f("uq_pipeline_trigger_firings_id")),
        sa.UniqueConstraint("trigger_pk", "key", name=op.f("uq_pipeline_trigger_firings_trigger_pk_key")),
    )
    op.create_index(
        "ix_pipeline_trigger_firings_newest", "pipeline_trigger_firings", ["trigger_pk", "created_at", "pk"]
    )
    some = sa.text("state = 'WAITING'")
    op.create_index(
        "ix_pipeline_trigger_firings_waiting",
        "pipeline_trigger_firings",
        ["trigger_pk"],
        sqlite_where=some,
        postgresql_where=some,
    )
