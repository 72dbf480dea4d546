"""Other tools' stores, read only: MLflow's file store, database and server.

Enters: opening, walking and asking them, each behind the port `ForeignStore`. Stays out: our own tables, and rules.
"""
