"""Pipelines' runs: what to do next, and doing it.

Enters: the planner (pure), the controller that records what it says and has it done, what goes to and from a step.
Stays out: SQL, processes, requests.
"""
