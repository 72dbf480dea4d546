"""Endpoints share requests out among revisions; how these are served is kept with them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("endpoints", sa.Column("generation", Number, server_default="1", nullable=False))
    op.add_column("endpoints", sa.Column("attributes", Text, server_default="{}", nullable=False))
    op.add_column("revisions", sa.Column("model", Text, server_default=sa.text("''"), nullable=False))
    op.add_column("revisions", sa.Column("options", Text, server_default="{}", nullable=False))
    op.add_column("revisions", sa.Column("in_use", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE revisions SET options = '{\"environment\":\"' || environment || '\"}'")
    op.drop_column("revisions", "environment")
    op.create_table(
        "rollouts",
        sa.Column("endpoint_pk", Number, nullable=False),
        sa.Column("model", Text, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("document", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_pk"], ["endpoints.pk"], name=op.f("fk_rollouts_endpoint_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint_pk", "model", name=op.f("pk_rollouts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revision_status",
        sa.Column("endpoint_pk", Number, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("document", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_pk", "number"],
            ["revisions.endpoint_pk", "revisions.number"],
            name="fk_revision_status_revision",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("endpoint_pk", "number", name=op.f("pk_revision_status")),
    )
    _carry_over()
    op.drop_table("endpoint_status")
    op.create_table(
        "endpoint_status",
        sa.Column("endpoint_pk", Number, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("document", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_pk"], ["endpoints.pk"], name=op.f("fk_endpoint_status_endpoint_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint_pk", name=op.f("pk_endpoint_status")),
    )
    op.execute(
        "INSERT INTO endpoint_status (endpoint_pk, workspace_id, document) SELECT pk, workspace_id, '{}' FROM endpoints"
    )


def _carry_over() -> None:
    """The wanted revision gets all requests; what answered instead, if anything did, is the one before.

    (A colon before a letter or digit would be a parameter.)
    """
    of_endpoints = "FROM endpoints JOIN endpoint_status ON endpoint_status.endpoint_pk = endpoints.pk"
    lagging = "serving_revision <> endpoints.revision"
    previous = f"CASE WHEN {lagging} THEN serving_revision ELSE 0 END"
    document = (
        f'\'{{"targets":[{{"revision":\' || revision || \',"weight": 100}}],"previous":\' || {previous} || \'}}\''
    )
    op.execute(
        "INSERT INTO rollouts (endpoint_pk, model, workspace_id, document) "
        f"SELECT endpoints.pk, '', endpoints.workspace_id, {document} {of_endpoints}"
    )
    op.execute(
        "INSERT INTO revision_status (endpoint_pk, number, workspace_id, document) "
        "SELECT endpoints.pk, serving_revision, endpoints.workspace_id, "
        f"'{{\"number\":' || serving_revision || ',\"proven\": true}}' {of_endpoints} WHERE serving_revision > 0"
    )
    op.execute(
        "UPDATE revisions SET in_use = 1 WHERE EXISTS ("
        "SELECT 1 FROM endpoints JOIN endpoint_status ON endpoint_status.endpoint_pk = endpoints.pk "
        "WHERE endpoints.pk = revisions.endpoint_pk "
        "AND (endpoints.revision = revisions.number OR serving_revision = revisions.number))"
    )
