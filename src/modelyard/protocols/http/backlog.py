"""By itself, so that who only opens a port need not load a server."""

BACKLOG = 2048
"""Connections that wait to be taken."""
