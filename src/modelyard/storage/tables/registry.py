from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from modelyard.storage.tables.base import (
    Number,
    String,
    key_values,
    metadata,
    number,
    owner,
    serial,
    text,
    unique,
    workspace,
)

models = Table(
    "models",
    metadata,
    serial(),
    workspace(),
    text("name"),
    text("description"),
    number("created_at"),
    number("updated_at"),
    Column("last_version", Integer, nullable=False),  # a deleted version's number is not used again
    unique("workspace_id", "name"),
)
_of_model = owner("model_pk", "models.pk")
model_tags = key_values("model_tags", _of_model)

model_versions = Table(
    "model_versions",
    metadata,
    serial(),
    workspace(),
    Column("model_pk", Number, ForeignKey("models.pk", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    text("description"),
    text("user"),
    text("stage"),
    text("source"),
    text("location"),
    text("run_id"),
    text("run_link"),
    text("logged_model_id"),
    text("status"),
    text("status_message"),
    number("created_at"),
    number("updated_at"),
    unique("model_pk", "number"),
    Index("ix_model_versions_stage", "model_pk", "stage", "number"),
    Index("ix_model_versions_updated", "workspace_id", "updated_at"),
    Index("ix_model_versions_run", "run_id"),
)
model_version_tags = key_values("model_version_tags", owner("version_pk", "model_versions.pk"))
model_aliases = Table(
    "model_aliases",
    metadata,
    _of_model(),
    Column("alias", String, primary_key=True),
    workspace(),
    Column("number", Integer, nullable=False),
)
