"""MLflow's REST API (2.0 and 3.0) for tracking, registry and artifacts, as the stock `mlflow` client speaks it.

Enters: MLflow's words and their translation. Stays out: rules that hold for other protocols too.
"""
