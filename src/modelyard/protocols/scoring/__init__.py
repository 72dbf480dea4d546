"""MLflow's scoring protocol (`/invocations`, `/ping`, `/version`), as clients of `mlflow models serve` speak it.

Enters: scoring requests and answers. Stays out: services and storage; it sees the data plane only.
"""
