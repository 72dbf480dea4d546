from sqlalchemy import Column, Index, Integer, Table

from modelyard.storage.tables.base import String, metadata, number, text

files = Table(
    "files",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("path", String, primary_key=True),
    text("parent"),  # path up to and with its last slash, so that one level is one range of an index
    text("digest"),
    number("size"),
    number("modified_at"),
    Index("ix_files_parent", "workspace_id", "parent", "path"),
    Index("ix_files_digest", "digest"),
)
