from sqlalchemy import Column, Table

from modelyard.storage.tables.base import String, metadata, number, serial, text, unique, workspace

graphs = Table(
    "graphs",
    metadata,
    serial(),
    workspace(),
    text("name"),
    text("document"),  # domain.graphs.Wiring
    number("generation", default=1),
    Column("attributes", String, nullable=False, server_default="{}"),  # a JSON object of what protocols keep
    number("created_at"),
    number("updated_at"),
    unique("workspace_id", "name"),
)
