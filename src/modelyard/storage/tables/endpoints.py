from sqlalchemy import Column, ForeignKey, Integer, Table

from modelyard.storage.tables.base import Number, metadata, number, serial, text, unique, workspace

endpoints = Table(
    "endpoints",
    metadata,
    serial(),
    workspace(),
    text("name"),
    Column("revision", Integer, nullable=False),  # the number of the revision that is wanted
    text("desired"),  # serving or removed
    number("created_at"),
    number("updated_at"),
    unique("workspace_id", "name"),
)
revisions = Table(
    "revisions",
    metadata,
    Column("endpoint_pk", Number, ForeignKey("endpoints.pk", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    workspace(),
    text("model_uri"),
    text("location"),
    text("model_version"),
    text("environment"),
    number("created_at"),
)
endpoint_status = Table(
    "endpoint_status",
    metadata,
    Column("endpoint_pk", Number, ForeignKey("endpoints.pk", ondelete="CASCADE"), primary_key=True),
    workspace(),
    text("phase"),
    Column("serving_revision", Integer, nullable=False),  # 0: none answers
    text("reason"),
    text("message"),
    Column("exit_code", Integer),
    text("log_tail"),
    text("probe"),
    Column("restarts", Integer, nullable=False),
    number("updated_at"),
)
