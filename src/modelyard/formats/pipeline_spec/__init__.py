"""Pipelines as the Kubeflow Pipelines SDK compiles them (IR, schema 2.1.0): documents.

Enters: reading and checking packages, parameters, CEL, placeholders, the shell text that components start with.
Stays out: what to do with a pipeline; files, sockets, processes.
"""
