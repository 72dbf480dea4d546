from sqlalchemy import Column, Index, Integer, Table

from modelyard.storage.tables.base import String, metadata, number, serial, text, workspace

workspaces = Table(
    "workspaces",
    metadata,
    Column("workspace_id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)
events = Table(
    "events",
    metadata,
    serial(),
    workspace(),
    number("at"),
    text("actor"),
    text("action"),
    text("kind"),
    text("subject"),
    text("detail"),  # a JSON object
    Index("ix_events_subject", "workspace_id", "kind", "subject", "pk"),
    sqlite_autoincrement=True,
)
