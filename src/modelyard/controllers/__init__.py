"""Loops that make the world match the database.

Enters: reconciliation that calls services and executors. Stays out: request handling and SQL.
"""
