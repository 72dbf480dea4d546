"""Graphs of endpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "graphs",
        sa.Column("pk", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("document", Text, nullable=False),
        sa.Column("generation", Number, server_default="1", nullable=False),
        sa.Column("attributes", Text, server_default="{}", nullable=False),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_graphs")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_graphs_workspace_id_name")),
    )
