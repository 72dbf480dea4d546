"""The port of pipelines' steps, carried out by processes of this machine.

Enters: who may run when, in which environment, and how it ended. Stays out: what runs inside a step's process, which is
the runner's, and what its end means to a pipeline.
"""
