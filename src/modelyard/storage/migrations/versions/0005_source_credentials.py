"""Credentials of models that lie in buckets."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "source_credentials",
        sa.Column("endpoint_pk", Number, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("document", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_pk", "number"],
            ["revisions.endpoint_pk", "revisions.number"],
            name="fk_source_credentials_revision",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("endpoint_pk", "number", name=op.f("pk_source_credentials")),
    )
