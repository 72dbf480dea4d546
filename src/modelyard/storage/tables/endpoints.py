from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, Table
from sqlalchemy import text as literal

from modelyard.storage.tables.base import Number, String, metadata, number, serial, text, unique, workspace

endpoints = Table(
    "endpoints",
    metadata,
    serial(),
    workspace(),
    text("name"),
    Column("revision", Integer, nullable=False),  # the highest number given to a revision
    text("desired"),  # serving, stopped or removed
    number("generation", default=1),
    Column("attributes", String, nullable=False, server_default="{}"),  # a JSON object of what protocols keep
    number("created_at"),
    number("updated_at"),
    unique("workspace_id", "name"),
)
rollouts = Table(
    "rollouts",
    metadata,
    Column("endpoint_pk", Number, ForeignKey("endpoints.pk", ondelete="CASCADE"), primary_key=True),
    Column("model", String, primary_key=True),  # empty for an endpoint with a single model
    workspace(),
    text("document"),  # domain.rollouts.Rollout
    sqlite_with_rowid=False,
)
revisions = Table(
    "revisions",
    metadata,
    Column("endpoint_pk", Number, ForeignKey("endpoints.pk", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    workspace(),
    Column("model", String, nullable=False, server_default=literal("''")),
    text("model_uri"),
    text("location"),
    text("model_version"),
    Column("options", String, nullable=False, server_default="{}"),  # domain.serving_options.ServingOptions
    Column("in_use", Integer, nullable=False, server_default="0"),  # 1: a rollout names it, or it is its model's newest
    number("created_at"),
)
source_credentials = Table(
    "source_credentials",
    metadata,
    Column("endpoint_pk", Number, primary_key=True),
    Column("number", Integer, primary_key=True),
    workspace(),
    text("document"),  # domain.outside_models.Credentials: nobody is shown them
    ForeignKeyConstraint(
        ["endpoint_pk", "number"],
        ["revisions.endpoint_pk", "revisions.number"],
        name="fk_source_credentials_revision",
        ondelete="CASCADE",
    ),
)
endpoint_status = Table(
    "endpoint_status",
    metadata,
    Column("endpoint_pk", Number, ForeignKey("endpoints.pk", ondelete="CASCADE"), primary_key=True),
    workspace(),
    text("document"),  # domain.endpoint_status.Status
)
revision_status = Table(
    "revision_status",
    metadata,
    Column("endpoint_pk", Number, primary_key=True),
    Column("number", Integer, primary_key=True),
    workspace(),
    text("document"),  # domain.endpoint_status.RevisionStatus
    ForeignKeyConstraint(
        ["endpoint_pk", "number"],
        ["revisions.endpoint_pk", "revisions.number"],
        name="fk_revision_status_revision",
        ondelete="CASCADE",
    ),
)
