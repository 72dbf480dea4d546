from sqlalchemy import Column, Index, Table

from modelyard.storage.tables.base import String, metadata, number, serial, text, workspace

jobs = Table(
    "jobs",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    text("kind"),
    text("state"),  # waiting, running, succeeded or failed
    text("spec"),  # a JSON object: what to do
    text("progress"),  # a JSON object: what has been done, enough to go on after a crash
    text("error"),
    text("user"),
    number("created_at"),
    number("updated_at"),
    number("ended_at", null=True),
    Index("ix_jobs_state", "state", "pk"),
)
