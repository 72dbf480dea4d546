"""The schema, one module per area; the same for SQLite and PostgreSQL.

Enters: tables, keys and indexes; `workspace_id` in every one. Stays out: statements.
Importing `modelyard.storage.tables.every` loads them all.
"""
