"""Pipelines of steps that do nothing, on us and on our peers."""
