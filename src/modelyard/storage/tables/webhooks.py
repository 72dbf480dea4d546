from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from modelyard.storage.tables.base import Number, String, metadata, number, serial, text, workspace

webhooks = Table(
    "webhooks",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    text("name"),
    text("description"),
    text("url"),
    text("events"),  # a JSON array of topics
    text("secret", null=True),
    text("status"),
    text("user"),
    number("created_at"),
    number("updated_at"),
    number("deleted_at", null=True),
    Index("ix_webhooks_newest", "workspace_id", "created_at"),
)
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    serial(),
    workspace(),
    Column("webhook_pk", Number, ForeignKey("webhooks.pk", ondelete="CASCADE"), nullable=False),
    Column("id", String, nullable=False, unique=True),
    text("payload"),  # the JSON document as it is sent
    text("state"),  # waiting, delivered or given_up
    Column("attempts", Integer, nullable=False),
    number("due_at"),
    Column("last_status", Integer),
    text("last_error"),
    number("created_at"),
    Index("ix_webhook_deliveries_due", "state", "due_at"),
)
