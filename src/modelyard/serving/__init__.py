"""The data plane: loading a model in a process of its own and getting predictions out of it.

Enters: what a request to a model passes through. Stays out: the database, platform credentials, control decisions.
"""
