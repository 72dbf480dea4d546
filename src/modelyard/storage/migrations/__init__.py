"""Alembic migrations, one file per change of the schema, named NNNN_what.py.

Enters: operations spelled out, so that a migration means the same forever. Stays out: imports of the current tables.
"""
