"""The program inside a replica: one MLflow model behind a Unix socket, run as `<python of the environment> main.py`.

Enters: what can run in an environment that has mlflow, numpy and pandas, but not modelyard; any Python from 3.9 on.
Stays out: every import of ours, except that `main` loads its neighbours here by their path.
"""
