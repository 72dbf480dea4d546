"""From MLflow's messages to our values and back, a module per noun.

Enters: pure functions between `wire` and `domain`. Stays out: input and output, services, HTTP.
"""
